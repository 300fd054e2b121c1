/** `index --output`: what is there is replaced in one piece, written into, or left alone. */

import { assert } from "chai";
import { execFile, spawn } from "node:child_process";
import {
  chmod,
  link,
  lstat,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { writeFileWhole } from "../../src/cli/write_file.ts";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import { rejection } from "../storage/bytes.ts";
import { runCli, runWritingShell } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());
const onUnix = process.platform === "win32" ? "Windows has none of these" : undefined;
const onLinux = process.platform === "linux" ? undefined : "there is no /dev/full here";

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8");
}

export const cases: TestCase[] = [
  {
    name: "index --output writes a file, replaces one, and leaves no draft",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "a.idx");
        await writeFileWhole(path, "one");
        assert.equal(await readText(path), "one");
        if (process.platform !== "win32") await chmod(path, 0o640);
        await writeFileWhole(path, "two");
        assert.equal(await readText(path), "two");
        if (process.platform !== "win32") assert.equal((await stat(path)).mode & 0o777, 0o640);
        assert.deepEqual(await readdir(folder), ["a.idx"]);
        const { code } = await runCli("index", SAMPLE, "--output", path);
        assert.equal(code, 0);
        assert.match(await readText(path), /^v1\.2 36\n|wdstream/);
        assert.deepEqual(await readdir(folder), ["a.idx"]);
      }),
  },
  {
    name: "index --output writes through a symbolic link, and refuses one to nothing",
    skip: onUnix,
    run: () =>
      withFolder(async (folder) => {
        const target = join(folder, "target");
        const first = join(folder, "first");
        const second = join(folder, "second");
        await writeFile(target, "old");
        await symlink("target", first);
        await symlink(first, second);
        await writeFileWhole(second, "new");
        assert.equal(await readText(target), "new");
        assert.equal(await readlink(first), "target");
        assert.equal(await readlink(second), first);
        await rm(target);
        const error = await rejection(writeFileWhole(second, "more"));
        assert.match(error.message, /^Cannot write ".*second": it is a link to nothing$/);
        assert.deepEqual((await readdir(folder)).sort(), ["first", "second"]);
      }),
  },
  {
    name: "index --output writes into a file that has several names",
    skip: onUnix,
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "a");
        await writeFile(path, "a longer text than the new one");
        await link(path, join(folder, "b"));
        await writeFileWhole(path, "new");
        assert.equal(await readText(join(folder, "b")), "new");
        assert.equal((await stat(path)).nlink, 2);
      }),
  },
  {
    name: "index --output writes into a named pipe, which stays one",
    skip: onUnix,
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "pipe");
        await promisify(execFile)("mkfifo", [path]);
        const reader = spawn("cat", [path], { stdio: ["ignore", "pipe", "ignore"] });
        let read = "";
        reader.stdout.on("data", (chunk) => read += chunk);
        const ended = new Promise((resolve) => reader.on("close", resolve));
        await writeFileWhole(path, "through");
        await ended;
        assert.equal(read, "through");
        assert.isTrue((await lstat(path)).isFIFO());
        assert.deepEqual(await readdir(folder), ["pipe"]);
      }),
  },
  {
    name: "index --output writes into a device, which stays one, and tells when it is full",
    skip: onLinux,
    async run(): Promise<void> {
      await writeFileWhole("/dev/null", "gone");
      assert.isTrue((await lstat("/dev/null")).isCharacterDevice());
      const { code, notes } = await runCli("index", SAMPLE, "--output", "/dev/full");
      assert.equal(code, 1);
      assert.match(notes[0], /^wdstream: Cannot write "\/dev\/full": .*(space|ENOSPC)/i);
      assert.isTrue((await lstat("/dev/full")).isCharacterDevice());
    },
  },
  {
    name: "index --output leaves neither a draft nor a part where the disk is full",
    skip: onLinux,
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "a.idx");
        await writeFile(path, "old");
        // No file may have more than one block: what a full disk does to larger ones.
        const script = 'trap "" XFSZ; ulimit -f 1; exec "$@"';
        for (const output of [path, join(folder, "new.idx")]) {
          const { code, notes } = await runWritingShell(
            script,
            "index",
            SAMPLE,
            "--output",
            output,
          );
          assert.equal(code, 1, notes.join("\n"));
          assert.match(notes.join("\n"), /^wdstream: Cannot write ".*\.idx": .*(large|EFBIG)/im);
        }
        assert.deepEqual(await readdir(folder), ["a.idx"]);
        assert.equal(await readText(path), "old");
      }),
  },
  {
    name: "index --output to where nothing can be is told in one line",
    run: () =>
      withFolder(async (folder) => {
        const { code, notes } = await runCli("index", SAMPLE, "--output", join(folder, "no/a.idx"));
        assert.equal(code, 1);
        assert.lengthOf(notes, 1);
        assert.match(notes[0], /^wdstream: Cannot write ".*a\.idx": /);
      }),
  },
];
