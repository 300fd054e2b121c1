/** Caches in folders, which processes share, and which are ended at any moment. */

import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import { CACHE_FOLDER } from "../../src/storage/cache/folder.ts";
import { verifyCache } from "../../src/storage/cache/inspect.ts";
import { toSource } from "../../src/storage/mod.ts";
import { runCli } from "../cli/capture.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { collect } from "./bytes.ts";
import { crash, lineOf, makeObject, startFiller, withObjects } from "./cache_crash.ts";
import { sendBody, withServer } from "./server.ts";

async function listFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const object of await readdir(join(folder, CACHE_FOLDER))) {
    for (const name of await readdir(join(folder, CACHE_FOLDER, object))) {
      names.push(join(folder, CACHE_FOLDER, object, name));
    }
  }
  return names.sort();
}

export const cases: TestCase[] = [
  {
    name: "a cache in a folder is read by another process, and what is damaged is fetched anew",
    run: () =>
      withFolder((folder) =>
        withObjects(async ({ origin, seen }) => {
          assert.deepEqual(await startFiller(origin, folder, "7", "1").over, [lineOf(7)]);
          const files = await listFiles(folder);
          assert.lengthOf(files, 5);
          seen.length = 0;
          const read = async (): Promise<Uint8Array> =>
            await collect((await toSource(`${origin}/7`, { cache: folder }).open()).body);
          assert.deepEqual(await read(), makeObject(7));
          assert.deepEqual(seen.map(({ headers }) => headers.range), ["bytes=0-0"]);
          await truncate(files[1], 900_000);
          assert.lengthOf((await verifyCache(folder)).damaged, 1);
          assert.deepEqual(await read(), makeObject(7));
          assert.deepEqual((await verifyCache(folder)).damaged, []);
        })
      ),
  },
  {
    name: "processes that fill one small cache at one time are given the right bytes",
    run: () =>
      withFolder((folder) =>
        withObjects(async ({ origin }) => {
          const fillers = [0, 3, 6].map((first) =>
            startFiller(origin, folder, String(first), "8", "16000000")
          );
          for (const [i, { over }] of fillers.entries()) {
            const expected = Array.from({ length: 8 }, (_, j) => lineOf(3 * i + j));
            assert.deepEqual(await over, expected);
          }
          const { damaged, soundBytes } = await verifyCache(folder);
          assert.deepEqual(damaged, []);
          assert.isAtMost(soundBytes, 16e6 * 1.2);
        })
      ),
  },
  {
    name:
      "processes that are killed while they fill a cache leave nothing that is believed wrongly",
    run: () => withFolder(async (folder) => void await crash(folder, 6, 1)),
  },
  {
    name: "wdstream cache tells what is kept, finds what is damaged, and clears nothing else",
    run: () =>
      withFolder(async (folder) => {
        const shard = await makeTextShard("a", 3);
        await writeFile(join(folder, "mine.txt"), "mine");
        await withServer((request, response) => {
          response.setHeader("etag", '"1"');
          sendBody(request, response, shard);
        }, async ({ origin, seen }) => {
          const ls = (...more: string[]): ReturnType<typeof runCli> =>
            runCli("ls", `${origin}/a.tar?token=secret`, "--cache", folder, ...more);
          const first = await ls();
          assert.equal(first.code, 0, first.notes.join());
          seen.length = 0;
          assert.deepEqual((await ls("--cache-max-bytes", "1000000")).lines, first.lines);
          assert.lengthOf(seen, 1);
          const info = await runCli("cache", "info", folder);
          const size = shard.length;
          assert.equal(info.lines[0], `${origin}/a.tar\t${size} of ${size} bytes`);
          assert.equal(info.lines.at(-1), `1 object, 1 segment, ${size} bytes`);
          assert.notInclude(info.lines.join(), "secret");
        });
        const verified = await runCli("cache", "verify", folder);
        assert.deepEqual([verified.code, verified.lines.length], [0, 1]);
        for (const file of await listFiles(folder)) {
          assert.notInclude((await readFile(file)).toString("latin1"), "secret");
          await truncate(file, 30);
        }
        const damaged = await runCli("cache", "verify", folder);
        assert.equal(damaged.code, 1);
        assert.match(damaged.lines.at(-1)!, /^0 sound, 2 damaged/);
        assert.equal((await runCli("cache", "clear", folder)).code, 0);
        assert.deepEqual(await readdir(folder), ["mine.txt"]);
        for (const wrong of [["cache"], ["cache", "info"], ["cache", "drop", folder]]) {
          assert.equal((await runCli(...wrong)).code, 2);
        }
        for (const action of ["info", "verify", "clear"]) {
          for (const name of ["misspelt", "mine.txt"]) {
            const { code, notes } = await runCli("cache", action, join(folder, name));
            assert.equal(code, 1, action);
            assert.match(notes.join(), /there is no such folder/);
          }
        }
        assert.equal((await runCli("ls", "a.tar", "--cache-max-bytes", "5")).code, 2);
      }),
  },
  {
    name:
      "--retries 0 sends a request once, and a host without versions is named where a cache is wanted",
    run: () =>
      withFolder(async (folder) => {
        const shard = await makeTextShard("a", 3);
        await withServer((request, response) => {
          if (request.url === "/busy.tar") response.writeHead(503).end();
          else sendBody(request, response, shard);
        }, async ({ origin, seen }) => {
          assert.equal((await runCli("ls", `${origin}/busy.tar`, "--retries", "0")).code, 1);
          assert.lengthOf(seen, 1);
          const { notes, code } = await runCli("ls", `${origin}/a.tar`, "--cache", folder);
          assert.equal(code, 0);
          assert.deepEqual(notes, [
            `not kept: ${origin}/a.tar: its host names no version of it (no ETag, no Last-Modified)`,
          ]);
        });
      }),
  },
];
