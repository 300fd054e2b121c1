/** `wdstream serve`: the gallery of one command, and who may look at it. */

import { assert } from "chai";
import { spawn } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import { makeSplits } from "../../src/cli/served_splits.ts";
import { toSource } from "../../src/storage/mod.ts";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import { cliCommand, runCli, runProcess } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());

/** Runs the command while `use` runs, and interrupts it then; gives its exit code and what it said. */
async function withGallery(
  args: readonly string[],
  use: (origin: string) => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly notes: string }> {
  const permissions = ["--allow-read", "--allow-net=127.0.0.1:0,127.0.0.1", "--allow-env"];
  const [command, ...rest] = cliCommand(["serve", "--port", "0", ...args], permissions);
  const child = spawn(command, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_NO_WARNINGS: "1", NO_COLOR: "1", ...environment },
  });
  let notes = "";
  child.stderr.on("data", (chunk) => notes += chunk);
  const closed = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk) => resolve(String(chunk).trim()));
    child.once("close", () => reject(new Error(`it did not start: ${notes}`)));
  });
  try {
    await use(line.replace(/\/$/, ""));
  } finally {
    process.kill(child.pid!, "SIGINT");
  }
  return { code: await closed, notes };
}

/** The status of an answer, where the client calls the server by a name of its choice. */
function askAs(origin: string, host: string): Promise<number> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: "/", headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject).end();
  });
}

/** Fetches scripts with all that they import from the start; gives how many there are. */
async function crawl(addresses: readonly string[]): Promise<number> {
  const seen = new Set(addresses);
  for (const address of seen) {
    const response = await fetch(address);
    assert.equal(response.status, 200, address);
    assert.match(response.headers.get("content-type")!, /^text\/javascript/);
    const text = await response.text();
    const imports = /^(?:import|export)\s*(?:[\w\s{},*$]*\bfrom\s*)?"([^"]+)"/gm;
    for (const [, specifier] of text.matchAll(imports)) {
      assert.match(specifier, /^\.{1,2}\//, address);
      seen.add(new URL(specifier, address).href);
    }
  }
  return seen.size;
}

export const cases: TestCase[] = [
  {
    name: "wdstream serve shows the built-in sample, and ends on Ctrl-C",
    async run(): Promise<void> {
      const { code, notes } = await withGallery([], async (origin) => {
        assert.match(origin, /^http:\/\/127\.0\.0\.1:[0-9]+$/);
        const page = await fetch(`${origin}/`);
        assert.match(await page.text(), /<title>wdstream gallery/);
        const splits = await (await fetch(`${origin}/v1`)).json();
        assert.deepEqual(splits, {
          splits: [{ name: "sample", shards: ["sample.tar"] }],
          labels: true,
        });
        const picture = await fetch(`${origin}/v1/sample/0/35?size=64`);
        assert.equal(picture.status, 200);
        assert.match(picture.headers.get("content-type")!, /^image\//);
        assert.isNull(picture.headers.get("access-control-allow-origin"));
        await picture.arrayBuffer();
      });
      assert.equal(code, 0, notes);
      assert.match(notes, /^serving sample \(1 shard\); Ctrl-C ends it$/m);
    },
  },
  {
    name: "wdstream serve answers those alone who call this machine by its own names",
    async run(): Promise<void> {
      await withGallery([SAMPLE], async (origin) => {
        const { port } = new URL(origin);
        const statuses = await Promise.all(
          [
            `localhost:${port}`,
            `127.0.0.1:${port}`,
            `evil.example:${port}`,
            "127.0.0.1.evil.example",
          ]
            .map((host) => askAs(origin, host)),
        );
        assert.deepEqual(statuses, [200, 200, 421, 421]);
      });
    },
  },
  {
    name: "wdstream serve takes names of classes from a file, and asks visitors for a token",
    run: () =>
      withFolder(async (folder) => {
        const shards = ["b-000.tar", "b-001.tar", "other.tar"].map((name) => join(folder, name));
        for (const shard of shards) await copyFile(SAMPLE, shard);
        const labels = join(folder, "classes.txt");
        const names = Array.from({ length: 1000 }, (_, i) => `thing ${i}`);
        await writeFile(labels, `${names.join("\n")}\n`);
        const args = [...shards, "--labels", labels, "--visitor-token-env", "LOOK"];
        await withGallery(args, async (origin) => {
          const refused = await fetch(`${origin}/v1`);
          assert.equal(refused.status, 401);
          await refused.body?.cancel();
          const page = await fetch(`${origin}/inspect`);
          assert.equal(page.status, 401);
          await page.body?.cancel();
          const headers = { authorization: "Bearer secret" };
          const { splits } = await (await fetch(`${origin}/v1`, { headers })).json();
          assert.deepEqual(splits, [
            { name: "b", shards: ["b-000.tar", "b-001.tar"] },
            { name: "other", shards: ["other.tar"] },
          ]);
          const json = { ...headers, accept: "application/json" };
          const list =
            await (await fetch(`${origin}/v1/b/samples?shard=1&count=1`, { headers: json })).json();
          assert.equal(list.samples[0].name, "thing 970", JSON.stringify(list));
        }, { LOOK: "secret" });
      }),
  },
  {
    name: "wdstream serve has the page that looks into shards, with every module that it loads",
    run: () =>
      withGallery([], async (origin) => {
        const page = await fetch(`${origin}/inspect`);
        assert.match(page.headers.get("content-type")!, /^text\/html/);
        const policy = page.headers.get("content-security-policy")!;
        assert.match(policy, /default-src 'none'.*script-src 'self'; worker-src 'self'/);
        assert.notMatch(policy, /unsafe|http/);
        assert.notMatch(await page.text(), /https?:\/\/(?!host\/train)|innerHTML/);
        const style = await fetch(`${origin}/inspect/style.css`);
        assert.match(await style.text(), /prefers-color-scheme: dark/);
        const scripts = ["page/main.ts", "worker/main.ts"].map((path) =>
          `${origin}/inspect/src/inspect/${path}`
        );
        const seen = await crawl(scripts);
        assert.isAbove(seen, 40);
        const worker = await fetch(scripts[1], { method: "HEAD" });
        assert.match(worker.headers.get("content-security-policy")!, /'wasm-unsafe-eval'/);
        const etag = worker.headers.get("etag")!;
        const again = await fetch(scripts[1], { headers: { "if-none-match": etag } });
        assert.equal(again.status, 304);
        const packed = await fetch(`${origin}/inspect/packages/pako.js`);
        assert.match(await packed.text(), /export/);
        const paths = [
          "deno.json",
          "src/dataset/sample.tar",
          "src/none.ts",
          "src/..%2fmod.ts",
          "x",
        ];
        for (const path of ["", ...paths]) {
          const { status, body } = await fetch(`${origin}/inspect/${path}`);
          await body?.cancel();
          assert.equal(status, 404, path);
        }
      }).then(({ code, notes }) => {
        assert.equal(code, 0, notes);
        assert.match(notes, /\/inspect looks into a shard/);
      }),
  },
  {
    name: "wdstream serve gives its shards to the page that looks into them, and links to it",
    run: () =>
      withFolder(async (folder) => {
        const shards = ["b-000.tar", "b-001.tar"].map((name) => join(folder, name));
        for (const shard of shards) await copyFile(SAMPLE, shard);
        const bytes = await readFile(SAMPLE);
        const { code, notes } = await withGallery(
          [...shards, "--labels", "imagenet"],
          async (origin) => {
            const gallery = await (await fetch(`${origin}/`)).text();
            assert.include(gallery, '<body data-inspect="/inspect">');
            const path = `${origin}/inspect/shards/b/1/b-001.tar`;
            const headers = { range: "bytes=1000-1999" };
            const part = await fetch(path, { headers });
            assert.equal(part.status, 206);
            assert.equal(part.headers.get("content-range"), `bytes 1000-1999/${bytes.length}`);
            assert.deepEqual(
              new Uint8Array(await part.arrayBuffer()),
              new Uint8Array(bytes.subarray(1000, 2000)),
            );
            const whole = await fetch(path);
            assert.equal((await whole.arrayBuffer()).byteLength, bytes.length);
            assert.isNull(whole.headers.get("access-control-allow-origin"));
            assert.equal(whole.headers.get("cross-origin-resource-policy"), "same-origin");
            const index = await fetch(`${path}.idx`);
            assert.equal(index.status, 404);
            await index.body?.cancel();
            // Whoever leaves in the middle ends nothing.
            const leaving = new AbortController();
            const left = await fetch(path, { signal: leaving.signal });
            leaving.abort();
            await left.arrayBuffer().catch(() => {});
            const search = await fetch(`${origin}/v1/b/samples?search=zebra`);
            const { samples, reached, total } = await search.json();
            assert.deepEqual([samples.length, reached, total], [8, 72, 72]);
          },
        );
        assert.equal(code, 0, notes);
        assert.notMatch(notes, /AbortError|cancel/i);
      }),
  },
  {
    name: "wdstream serve says that its port is taken, and what it cannot take",
    async run(): Promise<void> {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      const { port } = other.address() as AddressInfo;
      try {
        const permissions = ["--allow-read", "--allow-net=127.0.0.1"];
        const { code, notes } = await runProcess(["serve", "--port", `${port}`], permissions);
        assert.equal(code, 1);
        assert.match(
          notes[0],
          new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}: the port is taken; --port N`),
        );
      } finally {
        await new Promise((resolve) => other.close(resolve));
      }
      const usage = async (args: string[], expected: RegExp): Promise<void> => {
        const { code, notes } = await runCli("serve", ...args);
        assert.equal(code, 2);
        assert.match(notes[0], expected);
      };
      await usage(["-"], /takes no standard input/);
      await usage([SAMPLE, "--port", "65536"], /--port takes 0 to 65535/);
      await usage([SAMPLE, "--visitor-token-env", "NOT_SET_AT_ALL"], /not set/);
    },
  },
  {
    name:
      "makeSplits() makes one split of shards that differ by a number, and tells those of one name apart",
    run(): void {
      const names = [
        "a/imagenet1k-train-0000.tar",
        "a/imagenet1k-train-0001.tar",
        "b/imagenet1k-train-0001.tar",
        "https://h.example/x/val_00.tar.gz?sig=1",
        "000.tar",
        "\u00fc ber.tgz",
      ];
      const sources = names.map((name) => toSource(new Uint8Array(1), { name }));
      const { splits, store } = makeSplits(sources);
      assert.deepEqual(splits, {
        "imagenet1k-train": [
          "imagenet1k-train-0000.tar",
          "imagenet1k-train-0001.tar",
          "2-imagenet1k-train-0001.tar",
        ],
        val: ["val_00.tar.gz"],
        shards: ["000.tar"],
        ber: ["\u00fc ber.tgz"],
      });
      assert.throws(() => store.open("none.tar"), /no shard "none\.tar"/);
    },
  },
];
