/** Whatever is refused, or left early, closes its file and its connection. */

import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join as joinPath } from "node:path";
import { gzipSync } from "node:zlib";
import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { imagenet1k } from "../../src/imagenet/mod.ts";
import { evaluation } from "../../src/image/mod.ts";
import { sampleShard, webdataset } from "../../src/dataset/mod.ts";
import { indexShard, openShard } from "../../src/index/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { runCli } from "../cli/capture.ts";
import { makeShard } from "../dataset/shards.ts";
import { join } from "../tar/archive.ts";
import { makeNoise, rejection } from "./bytes.ts";
import { sendBody, withServer } from "./server.ts";

const OPEN_FILES = "/proc/self/fd";

/** Why open files cannot be counted here: no such list, or Deno's permissions. */
function countingSkip(): string | undefined {
  try {
    return existsSync(OPEN_FILES) ? undefined : "this system does not list open files";
  } catch {
    return "the list of open files may not be read";
  }
}

/** Waits until no more is open than `most`: closing may take a turn of the event loop, or two. */
async function assertSettles(count: () => Promise<number>, most: number): Promise<void> {
  for (let i = 0; i < 2000 && await count() > most; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.isAtMost(await count(), most);
}

async function countFiles(): Promise<number> {
  return (await readdir(OPEN_FILES)).length;
}

/** A shard that goes on long after what is read of it. */
async function makeLongShard(): Promise<Uint8Array<ArrayBuffer>> {
  const ballast = makeNoise(40_000);
  const members: [string, string | Uint8Array][] = [];
  for (let i = 0; i < 60; i++) {
    members.push([`${i}.cls`, String(i)], [`${i}.jpg`, "no picture"], [`${i}.bin`, ballast]);
  }
  return await makeShard(members);
}

const shard = await makeLongShard();
const damaged = shard.slice();
damaged.fill(0x41, 512 * 4, 512 * 8);
const packed = new Uint8Array(gzipSync(shard));
const damagedPacked = packed.slice();
damagedPacked.fill(0x41, 400, 4000);
const index = await indexShard(shard);
const staleIndex = { ...index, sizeBytes: shard.length + 512 };

/** Files by their names, on a disk and on a host. */
const FILES: Readonly<Record<string, Uint8Array>> = {
  "a.tar": shard,
  "damaged.tar": damaged,
  "a.tar.gz": packed,
  "damaged.tar.gz": damagedPacked,
  "garbage.tar.gz": join([new Uint8Array(gzipSync(makeNoise(100))), makeNoise(3_000_000, 3)]),
  "_info.json": new TextEncoder().encode("no JSON"),
  "huge/_info.json": makeNoise(20_000_000),
};

/** Reads samples until it fails, or to the end. */
async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

/** One thing that is refused or left, of the folder or the host at `base`; throws unless it is. */
type Refusal = readonly [what: string, run: (base: string) => Promise<unknown>];

function refused(what: string, run: (base: string) => unknown): Refusal {
  return [what, (base) => rejection((async () => await run(base))())];
}

/** What concerns files and hosts alike. */
const REFUSALS: readonly Refusal[] = [
  refused("an index of another version", async (base) => {
    await (await openShard(`${base}a.tar`, { index: staleIndex })).get(0);
  }),
  refused("an archive that is damaged", (base) => drain(webdataset(`${base}damaged.tar`))),
  refused("gzip data that is damaged", (base) => drain(webdataset(`${base}damaged.tar.gz`))),
  refused("gzip data that is followed by others", async (base) => {
    await drain(webdataset(`${base}garbage.tar.gz`));
  }),
  refused("a compressed shard that is to be indexed", (base) => indexShard(`${base}a.tar.gz`)),
  refused("a damaged shard that is to be indexed", (base) => indexShard(`${base}damaged.tar`)),
  refused("a compressed shard of which a sample is wanted", async (base) => {
    await (await openShard(`${base}a.tar.gz`, { index: "none" })).get(50);
  }),
  refused("pictures that are none", async (base) => {
    await drain(webdataset(`${base}a.tar`).transform(evaluation({ size: 32 })));
  }),
  refused("a callback that throws", async (base) => {
    await drain(
      webdataset(`${base}a.tar`).filter(() => {
        throw new Error("no");
      }),
    );
  }),
  refused("a catalogue that is none", async (base) => {
    await imagenet1k("validation", { store: base }).plan();
  }),
  refused("a catalogue without end", async (base) => {
    await imagenet1k("validation", { store: `${base}huge` }).plan();
  }),
  ["a loop that was left", async (base) => {
    for await (const _ of webdataset(`${base}a.tar`)) break;
  }],
  ["samples that were taken", (base) => drain(webdataset(`${base}a.tar`).take(2).prefetch(1))],
  ["a compressed shard that was left", async (base) => {
    for await (const _ of webdataset(`${base}a.tar.gz`)) break;
  }],
  ["a stream that was cancelled", async (base) => {
    const reader = webdataset(`${base}a.tar`).readable().getReader();
    await reader.read();
    await reader.cancel();
  }],
  ["a body that nobody read", async (base) => {
    await (await toSource(`${base}a.tar`).open()).body.cancel();
  }],
  ["a pass that was aborted", async (base) => {
    const abort = new AbortController();
    const reading = drain(
      webdataset(`${base}a.tar`, { signal: abort.signal }).map(() => abort.abort()),
    );
    await rejection(reading);
  }],
];

/** What concerns the command line on files. */
const COMMANDS: readonly (readonly [code: number, ...args: string[]])[] = [
  [0, "ls", "a.tar", "--limit", "2"],
  [1, "ls", "damaged.tar"],
  [1, "stream", "a.tar", "--limit", "2"],
  [0, "info", "a.tar", "--limit", "2"],
  [1, "digest", "a.tar", "a.tar.gz", "--limit", "2"],
  [1, "digest", "damaged.tar.gz", "damaged.tar"],
  [1, "index", "damaged.tar", "--output", "-"],
  [1, "index", "a.tar.gz", "--output", "-"],
];

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(joinPath(tmpdir(), "wdstream-"));
  try {
    for (const [name, bytes] of Object.entries(FILES)) {
      await mkdir(dirname(joinPath(folder, name)), { recursive: true });
      await writeFile(joinPath(folder, name), bytes);
    }
    await copyFile(sampleShard(), joinPath(folder, "sample.tar"));
    await use(`${folder}/`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const files: TestCase[] = REFUSALS.map(([what, run]) => ({
  name: `no file stays open after ${what}`,
  skip: countingSkip(),
  run: () =>
    withFolder(async (folder) => {
      await run(folder);
      const before = await countFiles();
      for (let i = 0; i < 40; i++) await run(folder);
      await assertSettles(countFiles, before);
    }),
}));

const commands: TestCase = {
  name: "no file stays open after commands that failed, or were told to stop",
  skip: countingSkip(),
  run: () =>
    withFolder(async (folder) => {
      const inFolder = (name: string): string => /\.tar/.test(name) ? folder + name : name;
      for (const [code, ...args] of COMMANDS) {
        const run = async (): Promise<void> => {
          const { code: got, notes } = await runCli(...args.map(inFolder));
          assert.equal(got, code, `${args.join(" ")}: ${notes}`);
        };
        await run();
        const before = await countFiles();
        for (let i = 0; i < 10; i++) await run();
        await assertSettles(countFiles, before);
      }
    }),
};

/** The case of issue 12: 400 refusals, each of which left a descriptor open. */
const stale: TestCase = {
  name: "400 refusals of a stale index leave no file open",
  skip: countingSkip(),
  run: () =>
    withFolder(async (folder) => {
      const opened = await openShard(`${folder}a.tar`, { index: staleIndex });
      await rejection(opened.get(0));
      const before = await countFiles();
      for (let i = 0; i < 400; i++) {
        assert.equal((await rejection(opened.get(0)) as { code?: string }).code, "index/stale");
      }
      await assertSettles(countFiles, before);
    }),
};

/** Answers of which nobody wants the body, which goes on for ever. */
const ENDLESS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/missing": (response) => response.writeHead(404),
  "/refused": (response) => response.writeHead(403),
  "/failed": (response) => response.writeHead(500),
  "/no-content-of-it": (response) => response.writeHead(202),
  "/away": (response) => response.writeHead(302, { location: "/missing" }),
  "/nowhere": (response) => response.writeHead(302, { location: "file:///etc/passwd" }),
  "/circle": (response) => response.writeHead(302, { location: "/circle" }),
  "/range": (response) => response.writeHead(206, { "content-range": "bytes 5-9/10" }),
  "/packed": (response) =>
    response.writeHead(206, { "content-range": "bytes 0-9/99", "content-encoding": "gzip" }),
};

function sendEndlessly(response: ServerResponse): void {
  const chunk = makeNoise(65_536);
  const send = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", send);
  send();
}

// Connections that stay open for the next request are none that leak.
const KEPT_ALIVE = 8;

function hostCase(what: string, run: (base: string) => Promise<unknown>, times: number): TestCase {
  return {
    name: `no connection stays open after ${what}`,
    run: () =>
      withServer(
        (request, response) => {
          const path = request.url ?? "";
          const endless = ENDLESS[path];
          const bytes = FILES[path.slice(1)];
          if (endless !== undefined) {
            endless(response);
            if (request.method === "HEAD") response.end();
            else sendEndlessly(response);
          } else if (bytes !== undefined) {
            sendBody(request, response, bytes);
          } else {
            response.writeHead(404).end();
          }
        },
        async ({ origin, countConnections }) => {
          for (let i = 0; i < times; i++) await run(`${origin}/`);
          await assertSettles(countConnections, KEPT_ALIVE);
        },
      ),
  };
}

const hosts: TestCase[] = [
  ...REFUSALS.map(([what, run]) => hostCase(what, run, what.includes("without end") ? 12 : 30)),
  ...Object.keys(ENDLESS).map((path) =>
    hostCase(`an answer at ${path} that was refused`, async (base) => {
      const source = toSource(base + path.slice(1), { retry: { attempts: 2, baseMs: 1 } });
      await rejection((async () => await source.open({ offset: 1, length: 9 }))());
      await source.stat?.().catch(() => {});
    }, 30)
  ),
];

const staleHost: TestCase = hostCase("400 refusals of a stale index", async (base) => {
  const opened = await openShard(`${base}a.tar`, { index: staleIndex });
  for (let i = 0; i < 400; i++) {
    assert.equal((await rejection(opened.get(i % 60)) as { code?: string }).code, "index/stale");
  }
}, 1);

export const cases: TestCase[] = [...files, commands, stale, ...hosts, staleHost];
