/** http sources against a loopback server. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { SourceError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";
import { sendBody, withServer } from "./server.ts";

const body = makeNoise(300_000);
const TOKEN = "hf_topsecret";

/** Fails if a secret is anywhere in an error that a person may see, its causes included. */
function assertNoSecret(error: unknown, secret: string): void {
  const { message, name, stack, shard, cause } = error as SourceError;
  assert.notInclude([message, name, stack, shard].join("\n"), secret);
  assert.notInclude(JSON.stringify(error), secret);
  assert.notInclude(inspect(error, { depth: 10 }), secret);
  if (cause !== undefined) assertNoSecret(cause, secret);
}

const ranges: TestCase[] = [true, false].map((supported) => ({
  name: `toSource() reads parts from a host that ${supported ? "knows" : "ignores"} ranges`,
  run: () =>
    withServer(
      (request, response) => sendBody(request, response, body, supported),
      async ({ origin, seen }) => {
        const source = toSource(`${origin}/a.tar`);
        const wanted: [number | undefined, number | undefined][] = [
          [undefined, undefined],
          [0, 100],
          [1000, undefined],
          [1000, 7],
          [299_999, 1],
          [299_990, 100],
          [300_000, undefined],
          [400_000, 10],
          [5, 0],
        ];
        for (const [offset, length] of wanted) {
          const { body: stream } = await source.open({ offset, length });
          const start = offset ?? 0;
          const expected = body.slice(start, length === undefined ? undefined : start + length);
          assert.deepEqual(await collect(stream), expected, `${offset}, ${length}`);
        }
        assert.isUndefined(seen[0].headers.range);
        assert.equal(seen[1].headers.range, "bytes=0-99");
        assert.equal(seen[2].headers.range, "bytes=1000-");
        assert.equal((await source.stat?.())?.sizeBytes, 300_000);
        assert.equal(seen[seen.length - 1].method, "HEAD");
      },
    ),
}));

const statuses: TestCase[] = ([
  [404, "source/not-found", "HTTP 404 Not Found"],
  [410, "source/not-found", "HTTP 410 Gone"],
  [401, "source/unauthorized", "HTTP 401 Unauthorized (the credentials were not accepted)"],
  [403, "source/unauthorized", "HTTP 403 Forbidden (the credentials were not accepted)"],
  [429, "source/http", "HTTP 429 Too Many Requests"],
  [500, "source/http", "HTTP 500 Internal Server Error"],
  [304, "source/http", "HTTP 304 Not Modified"],
] as const).map(([status, code, reason]) => ({
  name: `toSource() reports HTTP ${status} as ${code}`,
  run: () =>
    withServer(
      (_, response) => response.writeHead(status).end(),
      async ({ origin }) => {
        const source = toSource(`${origin}/a.tar?key=${TOKEN}`, { token: TOKEN, retry: false });
        const error = await rejection(Promise.resolve(source.open()));
        assert.instanceOf(error, SourceError);
        assert.equal((error as SourceError).code, code);
        assert.equal(error.message, `Cannot open "${origin}/a.tar": ${reason}`);
        assert.equal((error as SourceError).shard, `${origin}/a.tar`);
        assertNoSecret(error, TOKEN);
      },
    ),
}));

const redirects: TestCase[] = [
  {
    name: "toSource() drops token and headers when a redirect changes the origin, for good",
    run: () =>
      withServer(
        (request, response, server) => {
          const to: Record<string, string> = {
            "/start": "/same",
            "/same": `${server.otherOrigin}/other`,
            "/other": `${server.origin}/back`,
          };
          const location = to[request.url ?? ""];
          if (location === undefined) sendBody(request, response, body);
          else response.writeHead(302, { location }).end();
        },
        async ({ origin, seen }) => {
          const headers = { "x-own": "mine", cookie: "session=1" };
          const source = toSource(`${origin}/start`, { token: TOKEN, headers });
          assert.deepEqual(
            await collect((await source.open({ offset: 10, length: 20 })).body),
            body.slice(10, 30),
          );
          assert.deepEqual(seen.map(({ url }) => url), ["/start", "/same", "/other", "/back"]);
          for (const { url, headers } of seen.slice(0, 2)) {
            assert.equal(headers.authorization, `Bearer ${TOKEN}`, url);
            assert.equal(headers["x-own"], "mine", url);
          }
          for (const { url, headers } of seen.slice(2)) {
            assert.isUndefined(headers.authorization, url);
            assert.isUndefined(headers["x-own"], url);
            assert.isUndefined(headers.cookie, url);
          }
          for (const { headers } of seen) assert.equal(headers.range, "bytes=10-29");
        },
      ),
  },
  ...[301, 302, 303, 307, 308].map((status): TestCase => ({
    name: `toSource() follows HTTP ${status}`,
    run: () =>
      withServer(
        (request, response) => {
          if (request.url === "/a") response.writeHead(status, { location: "b" }).end();
          else sendBody(request, response, body);
        },
        async ({ origin }) => {
          assert.deepEqual(await collect((await toSource(`${origin}/a`).open()).body), body);
        },
      ),
  })),
  {
    name: "toSource() reports redirects without end and without aim as source/redirect",
    run: () =>
      withServer(
        (request, response) => {
          const location = request.url === "/loop"
            ? "/loop"
            : request.url === "/scheme"
            ? "file:///etc/passwd"
            : undefined;
          response.writeHead(302, location === undefined ? {} : { location }).end();
        },
        async ({ origin, seen }) => {
          for (const path of ["loop", "scheme", "nowhere"]) {
            const source = toSource(`${origin}/${path}`, { maxRedirects: 3 });
            const error = await rejection(Promise.resolve(source.open()));
            assert.equal((error as SourceError).code, "source/redirect", path);
          }
          assert.lengthOf(seen.filter(({ url }) => url === "/loop"), 4);
        },
      ),
  },
];

const transport: TestCase[] = [
  {
    name: "webdataset() reads from a host whose address is in brackets",
    async run() {
      const shard = await makeTextShard("s", 3);
      const server = createServer((request, response) => sendBody(request, response, shard));
      const listening = new Promise((resolve, reject) => {
        server.on("error", reject);
        server.listen(0, "::1", () => resolve(undefined));
      });
      // Some machines have no such address.
      if (await listening.then(() => false, () => true)) return;
      try {
        const { port } = server.address() as AddressInfo;
        const url = `http://[::1]:${port}/a-{0..1}.tar::http://[::1]:${port}/b.tar`;
        const shards: string[] = [];
        for await (const sample of webdataset(url)) shards.push(sample.shard);
        assert.lengthOf(shards, 9);
        assert.equal(shards[8], `http://[::1]:${port}/b.tar`);
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  },
  {
    name: "toSource() reports a wrong Content-Range as source/range",
    run: () =>
      withServer(
        (_, response) => {
          response.writeHead(206, { "content-range": "bytes 0-9/100", "content-length": 10 });
          response.end(body.subarray(0, 10));
        },
        async ({ origin }) => {
          const error = await rejection(
            Promise.resolve(toSource(`${origin}/a`).open({ offset: 50, length: 10 })),
          );
          assert.equal((error as SourceError).code, "source/range");
        },
      ),
  },
  {
    name: "toSource() reports a body that breaks off as source/network",
    run: () =>
      withServer(
        (_, response) => {
          response.writeHead(200, { "content-length": body.length });
          response.write(body.subarray(0, 1000), () => response.destroy());
        },
        async ({ origin }) => {
          const source = toSource(`${origin}/a.tar?key=${TOKEN}`, { retry: false });
          const error = await rejection((async () => await collect((await source.open()).body))());
          assert.equal((error as SourceError).code, "source/network");
          assert.include(error.message, `Cannot `);
          assert.isDefined(error.cause);
          assertNoSecret(error, TOKEN);
        },
      ),
  },
  {
    name: "toSource() reports a host that is not there as source/network with its cause",
    async run() {
      let url = "";
      await withServer((_, response) => response.end(), ({ origin }) => {
        url = `${origin}/a.tar`;
        return Promise.resolve();
      });
      const source = toSource(`${url}?key=${TOKEN}`, { token: TOKEN });
      const error = await rejection(Promise.resolve(source.open()));
      assert.equal((error as SourceError).code, "source/network");
      assert.equal((error as SourceError).shard, url);
      assert.isDefined(error.cause);
      assertNoSecret(error, TOKEN);
    },
  },
  {
    name: "toSource() sends a URL's user and password as credentials, and names neither",
    run: () =>
      withServer(
        (_, response) => response.writeHead(403).end(),
        async ({ origin, seen }) => {
          const url = origin.replace("://", "://us%C3%A9r:pa%20ss@");
          const error = await rejection(Promise.resolve(toSource(`${url}/a.tar`).open()));
          const expected = "dXPDqXI6cGEgc3M=";
          assert.equal(seen[0].headers.authorization, `Basic ${expected}`);
          assert.equal(
            error.message,
            `Cannot open "${origin}/a.tar": HTTP 403 Forbidden (the credentials were not accepted)`,
          );
        },
      ),
  },
  {
    name: "toSource() takes the blanks off a token, and refuses one that no header can hold",
    async run() {
      const asked: (string | null)[] = [];
      const fetchIt = ((_: string, init: RequestInit) => {
        asked.push(new Headers(init.headers).get("authorization"));
        return Promise.resolve(new Response(body));
      }) as typeof globalThis.fetch;
      await toSource("https://host.example/a", { fetch: fetchIt, token: `${TOKEN}\n` }).open();
      assert.deepEqual(asked, [`Bearer ${TOKEN}`]);
      for (const token of ["", `${TOKEN}\n${TOKEN}`, `${TOKEN} ${TOKEN}`]) {
        try {
          toSource("https://host.example/a", { token });
        } catch (error) {
          assert.instanceOf(error, TypeError);
          assertNoSecret(error, TOKEN);
          continue;
        }
        assert.fail("it was taken");
      }
    },
  },
  {
    name: "toSource() redacts URLs in what fetch fails with",
    async run() {
      const inner = Object.assign(new Error(`connect https://u:${TOKEN}@cdn.example/a?b=1`), {
        code: "ECONNREFUSED",
      });
      const url = `https://host.example/a.tar?Signature=${TOKEN}&x=(1)#${TOKEN}`;
      const failure = new TypeError(`error sending request for url (${url}): refused`, {
        cause: inner,
      });
      const fetchIt = (() => Promise.reject(failure)) as unknown as typeof globalThis.fetch;
      const source = toSource(url, { fetch: fetchIt, retry: false });
      const error = await rejection(Promise.resolve(source.open())) as SourceError;
      assertNoSecret(error, TOKEN);
      assert.equal(
        error.message,
        'Cannot open "https://host.example/a.tar": the host was not reached (connect https://cdn.example/a)',
      );
      assert.equal((error.cause as Error).name, "TypeError");
      assert.equal(((error.cause as Error).cause as { code?: string }).code, "ECONNREFUSED");
    },
  },
  {
    name: "toSource() uses the fetch that it is given",
    async run() {
      const asked: string[] = [];
      const fetchIt = ((url: string, init: RequestInit) => {
        asked.push(`${url} ${new Headers(init.headers).get("authorization")}`);
        return Promise.resolve(new Response(body));
      }) as typeof globalThis.fetch;
      const source = toSource("https://host.example/a.tar", { fetch: fetchIt, token: "t" });
      assert.deepEqual(
        await collect((await source.open({ offset: 5, length: 5 })).body),
        body.slice(5, 10),
      );
      assert.deepEqual(asked, ["https://host.example/a.tar Bearer t"]);
    },
  },
  {
    name: "toSource() closes the connection when its stream is cancelled",
    async run() {
      let closed: () => void;
      const closing = new Promise<void>((resolve) => closed = resolve);
      await withServer(
        (_, response) => {
          response.on("close", () => closed());
          response.writeHead(200);
          const timer = setInterval(() => response.write(body), 5);
          response.on("close", () => clearInterval(timer));
        },
        async ({ origin }) => {
          const reader = (await toSource(`${origin}/endless`).open()).body.getReader();
          await reader.read();
          await reader.cancel();
          await closing;
        },
      );
    },
  },
  {
    name: "toSource() gives the signal's reason, before the answer and in the body",
    run: () =>
      withServer(
        (request, response) => {
          if (request.url === "/silent") return;
          response.writeHead(200);
          response.write(body);
        },
        async ({ origin }) => {
          const reason = new Error("stop");
          const silent = new AbortController();
          const source = toSource(`${origin}/silent`, { signal: silent.signal });
          const opening = rejection(Promise.resolve(source.open()));
          setTimeout(() => silent.abort(reason), 20);
          assert.strictEqual(await opening, reason);

          const halfway = new AbortController();
          const { body: stream } = await toSource(`${origin}/half`).open({
            signal: halfway.signal,
          });
          const reading = rejection(collect(stream));
          setTimeout(() => halfway.abort(reason), 20);
          assert.strictEqual(await reading, reason);
        },
      ),
  },
];

export const cases: TestCase[] = [...ranges, ...statuses, ...redirects, ...transport];
