/** Local files. */

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { SourceError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { readTar } from "../../src/tar/mod.ts";
import { archive, member } from "../tar/archive.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";

const OPEN_FILES = "/proc/self/fd";

/** Why open files cannot be counted here: no such list, or Deno's permissions. */
function countingSkip(): string | undefined {
  try {
    return existsSync(OPEN_FILES) ? undefined : "this system does not list open files";
  } catch {
    return "the list of open files may not be read";
  }
}

async function withFile(
  name: string,
  bytes: Uint8Array,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wdstream-"));
  try {
    await writeFile(join(folder, name), bytes);
    await use(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function countOpenFiles(): Promise<number> {
  return (await readdir(OPEN_FILES)).length;
}

/** Waits until no more files are open than before; closing may take a turn of the event loop. */
async function assertClosed(before: number): Promise<void> {
  for (let i = 0; i < 1000 && await countOpenFiles() > before; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.isAtMost(await countOpenFiles(), before);
}

const bytes = makeNoise(1_200_000);

export const cases: TestCase[] = [
  {
    name: "toSource() reads files in full and in parts, by path and by URL",
    run: () =>
      withFile("my shard {0}.tar", bytes, async (path) => {
        for (const input of [path, pathToFileURL(path), pathToFileURL(path).href]) {
          const source = toSource(input);
          assert.equal(source.name, path);
          assert.equal((await source.stat?.())?.sizeBytes, bytes.length);
          for (const [offset, length] of [[0, undefined], [7, 600_000], [1_199_999, 5], [2e6, 5]]) {
            const got = await collect((await source.open({ offset, length })).body);
            const end = length === undefined ? undefined : offset! + length;
            const expected = bytes.subarray(offset, end);
            assert.equal(got.length, expected.length, `${offset}, ${length}`);
            assert.isTrue(got.every((byte, i) => byte === expected[i]), `${offset}, ${length}`);
          }
        }
      }),
  },
  {
    name: "webdataset() keeps the backslashes of Windows' paths",
    async run() {
      const { sources } = await webdataset("C:\\data\\a-{0..2}.tar").plan();
      assert.deepEqual(
        sources.map(({ name }) => name),
        ["C:\\data\\a-0.tar", "C:\\data\\a-1.tar", "C:\\data\\a-2.tar"],
      );
      assert.equal(toSource("file:///C:/my%20data/a.tar").name, "C:/my data/a.tar");
      assert.equal(toSource("file://server/share/a.tar").name, "//server/share/a.tar");
      assert.equal(toSource("file:///a%zz.tar").name, "/a%zz.tar");
    },
  },
  {
    name: "toSource() reports files that are missing or folders",
    run: () =>
      withFile("a.tar", bytes, async (path) => {
        const missing = toSource(join(path, "../missing.tar"));
        const error = await rejection(Promise.resolve(missing.open())) as SourceError;
        assert.instanceOf(error, SourceError);
        assert.equal(error.code, "source/not-found");
        assert.equal(error.message, `Cannot open "${missing.name}": there is no such file`);
        const below = await rejection(Promise.resolve(toSource(`${path}/b.tar`).open()));
        assert.equal((below as SourceError).code, "source/not-found");
        const folder = await rejection(Promise.resolve(toSource(join(path, "..")).open()));
        assert.equal((folder as SourceError).code, "source/read");
      }),
  },
  {
    name: "toSource() closes a file when it was read, cancelled, aborted, or its loop was left",
    skip: countingSkip(),
    run: () => {
      const members = Array.from({ length: 40 }, (_, i) => member({ name: `${i}.jpg` }, bytes));
      return withFile("a.tar", archive(...members), async (path) => {
        const source = toSource(path);
        const before = await countOpenFiles();
        for await (const _ of readTar((await source.open()).body)) break;
        await assertClosed(before);
        await (await source.open()).body.cancel();
        await assertClosed(before);
        await collect((await source.open({ length: 1000 })).body);
        await assertClosed(before);
        const controller = new AbortController();
        const { body: stream } = await source.open({ signal: controller.signal });
        const reader = stream.getReader();
        await reader.read();
        controller.abort();
        assert.equal((await rejection(reader.read())).name, "AbortError");
        await assertClosed(before);
      });
    },
  },
];
