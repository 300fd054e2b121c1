/** Files that are changed while they are read, and those that are none: pipes and devices. */

import { spawn } from "node:child_process";
import { appendFile, open, rename, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import type { SourceError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";

const bytes = makeNoise(20_000_000);

const noPipes = process.platform === "win32" ? "there are no such pipes here" : undefined;

/** What may happen to a file while it is read, and whether that is noticed. */
const CHANGES: readonly (readonly [
  what: string,
  change: (path: string) => Promise<unknown>,
  message?: RegExp,
])[] = [
  ["is cut", (path) => truncate(path, 10_000_000), /it was cut to 10000000 of its 20000000 bytes/],
  ["is emptied", (path) => truncate(path, 0), /it was cut to 0 of its 20000000 bytes/],
  ["grows", (path) => appendFile(path, "more"), /it was changed while it was read/],
  ["is written anew", async (path) => {
    const file = await open(path, "r+");
    await file.write(makeNoise(1000, 5), 0, 1000, 15_000_000);
    await file.close();
    // Whatever the resolution of the file system's clock is.
    await utimes(path, new Date(), new Date(Date.now() + 5000));
  }, /it was changed while it was read/],
  // The one that was opened is still there.
  ["is replaced", async (path) => {
    await writeFile(`${path}.new`, "another");
    await rename(`${path}.new`, path);
  }],
  ["is removed", (path) => rm(path)],
];

const changes: TestCase[] = CHANGES.map(([what, change, message]) => ({
  name: `toSource() ${message === undefined ? "reads on where" : "notices that"} a file ${what}`,
  run: () =>
    withFolder(async (folder) => {
      const path = join(folder, "a.tar");
      await writeFile(path, bytes);
      if (what === "is replaced" || what === "is removed") {
        if (process.platform === "win32") return;
      }
      const { body, sizeBytes } = await toSource(path).open();
      assert.equal(sizeBytes, bytes.length);
      const reader = body.getReader();
      let length = 0;
      const readOn = async (): Promise<void> => {
        while (true) {
          const { done, value } = await reader.read();
          if (done) return;
          length += value.length;
          if (length === value.length) await change(path);
        }
      };
      if (message === undefined) {
        await readOn();
        assert.equal(length, bytes.length);
      } else {
        const error = await rejection(readOn()) as SourceError;
        assert.equal(error.code, "source/changed");
        assert.match(error.message, message);
      }
    }),
}));

export const cases: TestCase[] = [
  ...changes,
  {
    name: "toSource() notices that a file was cut where a part of it ends",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "a.tar");
        await writeFile(path, bytes);
        const { body } = await toSource(path).open({ offset: 1000, length: 600_000 });
        await truncate(path, 601_000);
        assert.equal((await rejection(collect(body)) as SourceError).code, "source/changed");
      }),
  },
  {
    name: "webdataset() takes no archive for whole that was cut while it was read",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "a.tar");
        const shard = await makeTextShard("s", 2000);
        await writeFile(path, shard);
        const reading = (async () => {
          let isFirst = true;
          for await (const _ of webdataset(path, { endOfArchive: "optional" })) {
            // Where a member ends, behind what was read so far.
            if (isFirst) await truncate(path, 1024 * 1500);
            isFirst = false;
          }
        })();
        assert.equal((await rejection(reading) as SourceError).code, "source/changed");
      }),
  },
  {
    name: "toSource() reads a named pipe, from where it is",
    skip: noPipes,
    run: () =>
      withFolder(async (folder) => {
        const shard = await makeTextShard("s", 50);
        const file = join(folder, "a.tar");
        await writeFile(file, shard);
        // A pipe for each, for one that was left has a reader until its writer ends.
        const feed = async (name: string): Promise<{ path: string; fed: Promise<unknown> }> => {
          const path = join(folder, name);
          const make = spawn("mkfifo", [path]);
          await new Promise((resolve) => make.on("close", resolve));
          const child = spawn("sh", ["-c", `cat "${file}" > "${path}"`]);
          return { path, fed: new Promise((resolve) => child.on("close", resolve)) };
        };
        const whole = await feed("whole");
        const opened = await toSource(whole.path).open();
        assert.isUndefined(opened.sizeBytes);
        assert.deepEqual(await collect(opened.body), shard);
        await whole.fed;
        const partly = await feed("partly");
        const part = await toSource(partly.path).open({ offset: 700, length: 5000 });
        assert.deepEqual(await collect(part.body), shard.slice(700, 5700));
        await partly.fed;
        // In an order, too: nothing is taken of it to count its samples, nor to say what a pass takes.
        const dealt = await feed("dealt");
        const shuffled = webdataset(dealt.path).shuffle({ lanes: 2, window: 8, seed: 5 });
        assert.isUndefined((await shuffled.explain({ count: true })).samples);
        const keys = new Set<string>();
        for await (const { key } of shuffled) keys.add(key);
        assert.equal(keys.size, 50);
        await dealt.fed;
      }),
  },
];
