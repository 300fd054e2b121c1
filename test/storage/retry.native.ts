/** Retries and resumed downloads, against hosts that fail. */

import type { ServerResponse } from "node:http";
import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { openShard } from "../../src/index/mod.ts";
import { type RetryEvent, type RetryOptions, toSource } from "../../src/storage/mod.ts";
import { readRateLimit, readRetryAfter } from "../../src/storage/retry_advice.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";
import { type Fault, isSame, makeFaultyFetch, type Open, runFaults } from "./faults.ts";
import { sendBody, withServer } from "./server.ts";

/** What waits long: on a busy machine an answer takes its time, and tries are counted. */
const QUICK: RetryOptions = { baseMs: 1, maxMs: 5, connectMs: 20_000, stallMs: 20_000 };
const body = makeNoise(700);
/** Of which every byte is tried over a real connection. */
const small = body.slice(0, 200);
const TAG = '"1"';

async function read(url: string, retry: RetryOptions = QUICK, offset = 0): Promise<Uint8Array> {
  return await collect((await toSource(url, { retry }).open({ offset })).body);
}

/** Sends so many bytes of an answer and breaks it off. */
function breakOff(response: ServerResponse, bytes: Uint8Array): void {
  // Headers at least: a connection that breaks before them is another fault.
  response.flushHeaders();
  if (bytes.length === 0) setTimeout(() => response.destroy(), 2);
  else response.write(bytes, () => setTimeout(() => response.destroy(), 2));
}

const everyByte: TestCase = {
  name: "a download that breaks off at any byte goes on at that byte",
  run: () => {
    let cut = 0;
    let isFirst = true;
    return withServer(
      (request, response) => {
        response.setHeader("etag", TAG);
        if (!isFirst) return sendBody(request, response, small);
        isFirst = false;
        response.writeHead(200, { "content-length": small.length });
        breakOff(response, small.subarray(0, cut));
      },
      async ({ origin, seen }) => {
        for (cut = 0; cut < small.length; cut++) {
          isFirst = true;
          seen.length = 0;
          assert.deepEqual(await read(`${origin}/a`), small, `cut at ${cut}`);
          assert.lengthOf(seen, 2);
          const range = seen[1].headers.range;
          // What was sent may be lost with the connection; more than that cannot have come.
          const from = Number(/^bytes=([0-9]+)-$/.exec(range ?? "bytes=0-")?.[1]);
          assert.isAtMost(from, cut);
          if (cut === 0) assert.isUndefined(range);
        }
      },
    );
  },
};

const everyByteInProcess: TestCase = {
  name: "a body that is reset or short at any byte is gone on with exactly, from any offset",
  async run() {
    const bytes = makeNoise(1000);
    const open: Open = { bodies: 0 };
    const cutAt = async (fault: Fault, cut: number): Promise<void> => {
      const offset = cut % 3 === 0 ? 0 : cut % 300;
      const next = (request: number): { fault: Fault; at: number } => ({
        fault: request === 0 ? fault : "none",
        at: (cut + 0.5) / bytes.length,
      });
      const fetch = makeFaultyFetch({ bytes, version: { etag: TAG } }, next, open);
      const source = toSource("https://host.test/a", { fetch, retry: { baseMs: 0 } });
      const got = await collect((await source.open({ offset })).body);
      assert.isTrue(isSame(got, bytes.slice(offset)), `${fault} at ${cut} from ${offset}`);
    };
    // Many at a time: most of their time is waiting.
    for (let from = 0; from < bytes.length; from += 100) {
      const cuts = Array.from({ length: 100 }, (_, i) => from + i);
      await Promise.all(cuts.flatMap((cut) => [cutAt("reset", cut), cutAt("end early", cut)]));
    }
    assert.equal(open.bodies, 0);
  },
};

/** What a host does to the second answer, after a first one that broke off at byte 300. */
const RESUMES: readonly (readonly [
  what: string,
  answer: (response: ServerResponse, send: (status?: number) => void) => void,
  says?: RegExp,
])[] = [
  ["gives the rest", (_, send) => send()],
  ["ignores ranges", (_, send) => send(200)],
  ["has another version", (response, send) => {
    response.setHeader("etag", '"2"');
    send();
  }, /its entity tag is "2", and was "1" when it was opened/],
  ["ignores ranges and has another version", (response, send) => {
    response.setHeader("etag", '"2"');
    send(200);
  }, /source\/changed/],
  ["has a shorter version", (response) => {
    response.writeHead(416, { "content-range": "bytes */200" }).end();
  }, /it has 200 bytes, and had 700/],
  ["finds no condition fulfilled", (response) => response.writeHead(412).end(), /source\/changed/],
  ["has it no more", (response) => response.writeHead(404).end(), /source\/not-found.*from byte/],
  ["shows a page in its place", (response) => {
    response.removeHeader("etag");
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>".padEnd(700));
  }, /source\/network.* does not say which version .*tried 3 times from byte/],
];

const resumes: TestCase[] = RESUMES.map(([what, answer, says]) => ({
  name: `a download is gone on with, or refused, where the host then ${what}`,
  run: () => {
    let isFirst = true;
    return withServer(
      (request, response) => {
        response.setHeader("etag", TAG);
        const wasFirst = isFirst;
        isFirst = false;
        if (wasFirst) {
          response.writeHead(200, { "content-length": body.length });
          breakOff(response, body.subarray(0, 300));
        } else {
          answer(response, (status) => sendBody(request, response, body, status !== 200));
        }
      },
      async ({ origin }) => {
        const reading = (async () => {
          const stream =
            (await toSource(`${origin}/a`, { retry: { ...QUICK, attempts: 3 } }).open())
              .body;
          const reader = stream.getReader();
          const parts: Uint8Array[] = [];
          for (let part = await reader.read(); !part.done; part = await reader.read()) {
            parts.push(part.value);
          }
          return await collect(new Blob(parts as Uint8Array<ArrayBuffer>[]).stream());
        })();
        if (says === undefined) return assert.deepEqual(await reading, body);
        const { code, message } = await rejection(reading) as WdsError;
        assert.match(`${code} ${message}`, says);
      },
    );
  },
}));

/** Serves a shard as a busy host does: every second request is refused. */
function withBusyHost(
  status: number,
  use: (url: string) => Promise<void>,
): Promise<void> {
  let requests = 0;
  return withServer(async (request, response) => {
    response.setHeader("etag", TAG);
    if (request.url !== "/a.tar") return void response.writeHead(404).end();
    if (requests++ % 2 === 0) return void response.writeHead(status, { "retry-after": "0" }).end();
    sendBody(request, response, await makeTextShard("s", 3));
  }, ({ origin }) => use(`${origin}/a.tar`));
}

const busy: TestCase[] = [503, 429].map((status) => ({
  name: `every way to a sample gets past a host that answers HTTP ${status} once`,
  run: () =>
    withBusyHost(status, async (url) => {
      const keys: string[] = [];
      const options = { retry: QUICK };
      const dataset = webdataset(url, options);
      for await (const { key } of dataset) keys.push(key);
      assert.deepEqual(keys, ["s0", "s1", "s2"]);
      const { requests, retries, bytes, waitMs } = dataset.stats.network;
      assert.deepEqual([requests, retries], [2, 1]);
      assert.equal(bytes, dataset.stats.bytes);
      assert.isAtLeast(waitMs, 0);
      assert.equal((await webdataset(url, options).at(2)).key, "s2");
      assert.equal((await (await openShard(url, options)).get(2)).key, "s2");
    }),
}));

const waits: TestCase[] = [
  {
    name: "a host that never recovers is given up with the tries, each of which was told",
    run: () =>
      withServer((_, response) => response.writeHead(500).end(), async ({ origin, seen }) => {
        const events: RetryEvent[] = [];
        const onRetry = (event: RetryEvent): void => void events.push(event);
        const error = await rejection(read(`${origin}/a`, { ...QUICK, attempts: 4, onRetry }));
        assert.include(error.message, "HTTP 500 Internal Server Error (tried 4 times");
        assert.lengthOf(seen, 4);
        assert.deepEqual(events.map(({ attempt, offset }) => [attempt, offset]), [
          [1, 0],
          [2, 0],
          [3, 0],
        ]);
        assert.deepEqual(new Set(events.map(({ shard }) => shard)), new Set([`${origin}/a`]));
      }),
  },
  {
    name: "a host that asks for a longer wait than there is time is not tried again",
    run: () =>
      withServer(
        (_, response) => response.writeHead(429, { ratelimit: '"api";r=0;t=600' }).end(),
        async ({ origin, seen }) => {
          const error = await rejection(read(`${origin}/a`));
          assert.match(error.message, /HTTP 429 .*\(the host asks to wait 600 s/);
          assert.lengthOf(seen, 1);
        },
      ),
  },
  {
    name: "retry: false is one try",
    run: () =>
      withServer((_, response) => response.writeHead(503).end(), async ({ origin, seen }) => {
        const source = toSource(`${origin}/a`, { retry: false });
        await rejection(Promise.resolve(source.open()));
        await rejection(source.stat!());
        assert.lengthOf(seen, 2);
      }),
  },
  {
    name: "a body that stalls, and an answer that does not begin, are tried again",
    run: () => {
      let requests = 0;
      return withServer((request, response) => {
        requests++;
        if (requests === 1) return;
        response.setHeader("etag", TAG);
        if (requests > 2) return sendBody(request, response, body);
        response.writeHead(200, { "content-length": body.length });
        response.write(body.subarray(0, 300));
      }, async ({ origin }) => {
        const reasons: string[] = [];
        const retry: RetryOptions = {
          ...QUICK,
          connectMs: 1000,
          stallMs: 1000,
          onRetry: ({ error }) => void reasons.push(`${error.code} ${error.reason}`),
        };
        assert.deepEqual(await read(`${origin}/a`, retry), body);
        assert.deepEqual(reasons, [
          "source/timeout the host did not answer for 1000 ms",
          "source/timeout no byte came for 1000 ms",
        ]);
      });
    },
  },
  {
    name: "a download is not gone on with where the host names no version",
    run: () =>
      withServer((_, response) => {
        response.writeHead(200, { "content-length": body.length });
        breakOff(response, body.subarray(0, 300));
      }, async ({ origin, seen }) => {
        const error = await rejection(read(`${origin}/a`)) as WdsError;
        assert.equal(error.code, "source/network");
        assert.match(error.message, /at byte 300; the host names no version/);
        assert.deepEqual(seen.filter(({ headers }) => headers.range !== undefined), []);
      }),
  },
  {
    name: "a signal ends the wait for the next try, and its reason is the error",
    run: () =>
      withServer((_, response) => response.writeHead(503).end(), async ({ origin }) => {
        const stop = new AbortController();
        const reason = new Error("stop");
        const onRetry = (): void => void setTimeout(() => stop.abort(reason), 5);
        const retry: RetryOptions = { baseMs: 1e9, maxMs: 1e9, totalMs: Infinity, onRetry };
        const source = toSource(`${origin}/a`, { retry, signal: stop.signal });
        assert.strictEqual(await rejection(Promise.resolve(source.open())), reason);
      }),
  },
  {
    name: "a version is the one that a redirect names, whatever tag its target has",
    run: () => {
      let requests = 0;
      return withServer((request, response) => {
        if (request.url === "/a") {
          const headers = { location: "/cdn", "x-linked-etag": '"sha"' };
          return void response.writeHead(302, headers).end();
        }
        // Two networks for the same bytes, each with tags of its own.
        response.setHeader("etag", `"${++requests}"`);
        if (requests > 1) return sendBody(request, response, body);
        response.writeHead(200, { "content-length": body.length });
        breakOff(response, body.subarray(0, 300));
      }, async ({ origin }) => assert.deepEqual(await read(`${origin}/a`), body));
    },
  },
  {
    name: "Retry-After and RateLimit are read as they are sent",
    run() {
      const now = Date.parse("Mon, 02 Nov 2026 00:00:00 GMT");
      assert.equal(readRetryAfter("0", now), 0);
      assert.equal(readRetryAfter(" 120 ", now), 120_000);
      assert.equal(readRetryAfter("Mon, 02 Nov 2026 00:00:30 GMT", now), 30_000);
      assert.equal(readRetryAfter("Sun, 01 Nov 2026 00:00:00 GMT", now), 0);
      for (const none of [null, "", "-1", "1.5", "soon"]) {
        assert.isUndefined(readRetryAfter(none, now), `${none}`);
      }
      assert.equal(readRateLimit('"resolvers";r=0;t=55'), 55_000);
      assert.equal(readRateLimit('"api";r=10;t=90, "resolvers";r=0;t=55'), 55_000);
      assert.isUndefined(readRateLimit('"api";r=10;t=90'));
      assert.isUndefined(readRateLimit(null));
    },
  },
  {
    name: "400 readings from a host that fails at random give exact bytes or one typed error",
    async run() {
      const outcomes = await Promise.all(Array.from({ length: 400 }, (_, i) => runFaults(i + 1)));
      assert.deepEqual(
        outcomes.flatMap(({ broken }, i) => broken ? [`${i + 1}: ${broken}`] : []),
        [],
      );
      assert.isAbove(outcomes.filter(({ code }) => code === "whole").length, 200);
    },
  },
];

export const cases: TestCase[] = [everyByte, everyByteInProcess, ...resumes, ...busy, ...waits];
