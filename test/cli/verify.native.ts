/** `wdstream verify`: its lines, reports, repairs, progress and interrupts. */

import { assert } from "chai";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { sampleShard } from "../../src/dataset/mod.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import { toSource } from "../../src/storage/mod.ts";
import { verifyShards } from "../../src/tools/mod.ts";
import type { TestCase } from "../case.ts";
import { makeShard, makeTextShard } from "../dataset/shards.ts";
import { sharedPath, sharedSkip } from "../shared_data.ts";
import { withFolder } from "../temporary.ts";
import { interruptAt, noTerminal, runOnTerminal } from "../tools/terminal.ts";
import { runCli, runProcess } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());

/** The sample with a header damaged, that of the twelfth member: the json of the fourth sample. */
async function writeDamaged(path: string): Promise<number> {
  const bytes = new Uint8Array(await readFile(SAMPLE));
  const offset = await findOffset("json", 3);
  bytes[offset + 3] ^= 0x20;
  await writeFile(path, bytes);
  return offset;
}

async function findOffset(extension: string, index: number): Promise<number> {
  for await (const { offsets, index: own } of webdataset(SAMPLE)) {
    if (own === index) return offsets[extension];
  }
  throw new Error("no such sample");
}

async function readKeys(path: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of webdataset(path)) keys.push(key);
  return keys;
}

export const cases: TestCase[] = [
  {
    name:
      "verifyShards() finds with workers what it finds without them, whatever number of images is left",
    async run() {
      const images = await Array.fromAsync(webdataset(SAMPLE).take(11), ({ bytes }) => bytes.jpg);
      for (const count of [1, 2, 3, 4, 5, 11]) {
        const members = images.slice(0, count).map((bytes, i) => {
          // Every third one is cut.
          const body = i % 3 === 1 ? bytes.subarray(0, bytes.length >> 1) : bytes;
          return [`k${i}.jpg`, body] as const;
        });
        const shard = toSource(await makeShard(members), { name: "x.tar" });
        const [without, some] = await Promise.all(
          [0, 3].map((workers) => verifyShards([shard, shard], { workers })),
        );
        assert.equal(without.images, 2 * (count - Math.floor((count + 1) / 3)));
        assert.equal(JSON.stringify(some), JSON.stringify(without), `${count} images`);
      }
    },
  },
  {
    name: "wdstream verify finds nothing in the sample, also packed, and exits with 0",
    run: () =>
      withFolder(async (folder) => {
        const packed = join(folder, "packed.tar.gz");
        await writeFile(packed, gzipSync(await readFile(SAMPLE)));
        for (const path of [SAMPLE, packed]) {
          const { code, lines, notes } = await runCli("verify", path, "--classes", "1000");
          assert.deepEqual(notes, []);
          assert.equal(code, 0);
          assert.match(
            lines.join("\n"),
            /^1 shard, 36 samples, 36 images, .* MB: nothing is wrong$/,
          );
        }
      }),
  },
  {
    name: "wdstream verify prints each fault with shard, key and offset, and exits with 1",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "x.tar");
        const offset = await writeDamaged(path);
        const { code, lines } = await runCli(
          "verify",
          path,
          SAMPLE,
          "--skip",
          "keys",
          "--workers",
          "1",
        );
        assert.equal(code, 1);
        assert.lengthOf(lines, 2);
        const [check, shard, key, at, message] = lines[0].split("\t");
        assert.deepEqual([check, shard, key, at], ["archive", path, "-", `${offset}`]);
        assert.match(
          message,
          /checksum.*; the next header that is whole is at byte \d+ \(tar\/bad-header\)$/,
        );
        // The sample that lacks its json is left out with it.
        assert.match(lines[1], /^2 shards, 71 samples, 71 images, .*: archive 1$/);
        const { lines: rows } = await runCli("verify", path, "--json");
        assert.deepInclude(JSON.parse(rows[0]), { check: "archive", offsetBytes: offset });
        assert.deepInclude(JSON.parse(rows[1]), { samples: 35, counts: { archive: 1 } });
      }),
  },
  {
    name: "wdstream verify takes the lengths of the _info.json beside shards, or of a named one",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "x.tar");
        await writeFile(path, await makeTextShard("a", 4));
        const info = (length: number): string =>
          JSON.stringify({ splits: { train: { filenames: ["x.tar"], shard_lengths: [length] } } });
        const find = async (...args: string[]): Promise<string> =>
          (await runCli("verify", path, ...args)).lines.join("\n");
        assert.include(await find(), "nothing is wrong");
        await writeFile(join(folder, "_info.json"), info(5));
        assert.match(
          await find(),
          /^count\t.*x\.tar\t-\t-\t.*has 4 samples, and .*_info\.json says 5/,
        );
        assert.include(await find("--skip", "count"), "nothing is wrong");
        const other = join(folder, "other.json");
        await writeFile(other, info(4));
        assert.include(await find("--info", other), "nothing is wrong");
        const missing = await runCli("verify", path, "--info", join(folder, "none.json"));
        assert.equal(missing.code, 1);
        assert.match(missing.notes[0], /source\/not-found/);
      }),
  },
  {
    name: "wdstream verify finds that an index is of another shard",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "x.tar");
        await writeFile(path, await makeTextShard("a", 4));
        assert.equal((await runCli("index", path, "--split")).code, 0);
        assert.equal((await runCli("verify", path)).code, 0);
        await writeFile(path, await makeTextShard("b", 5));
        const { code, lines } = await runCli("verify", path);
        assert.equal(code, 1);
        assert.match(lines[0], /^count\t.* has 5 samples, and x\.tar\.split says 4$/);
        assert.match(lines[1], /^index\t.*another shard: .* \(index\/stale\)$/);
      }),
  },
  {
    name: "wdstream verify writes reports for programs and people",
    run: () =>
      withFolder(async (folder) => {
        const [path, junit, html] = ["x.tar", "r.xml", "r.html"].map((name) => join(folder, name));
        await writeDamaged(path);
        await runCli("verify", path, "--junit", junit, "--html", html, "--quiet");
        const xml = await readFile(junit, "utf8");
        assert.include(xml, 'tests="11" failures="1"');
        assert.match(
          xml,
          /<failure type="archive" message="1 found">[^<]*tar\/bad-header\) at byte \d+</,
        );
        const page = await readFile(html, "utf8");
        assert.match(page, /^<!doctype html>[\s\S]*1 found[\s\S]*tar\/bad-header/);
      }),
  },
  {
    name: "wdstream verify --repair writes shards in which nothing is wrong, and what was left out",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "x.tar");
        await writeDamaged(path);
        const second = join(folder, "y.tar");
        await writeFile(
          second,
          await makeShard([["a.cls", "1"], ["b.cls", "no"], ["c.cls", "3"], ["a.cls", "4"]]),
        );
        const out = join(folder, "out");
        const { code, notes } = await runCli(
          "verify",
          path,
          second,
          "--repair",
          out,
          "--skip",
          "fields",
        );
        assert.equal(code, 1);
        assert.match(notes.at(-1)!, /out: 2 shards, 37 samples, 2 left out$/);
        const all = await readKeys(SAMPLE);
        assert.deepEqual(await readKeys(join(out, "x.tar")), all.toSpliced(3, 1));
        assert.deepEqual(await readKeys(join(out, "y.tar")), ["a", "c"]);
        const bad = (await readFile(join(out, "bad-samples.jsonl"), "utf8")).trimEnd().split("\n");
        assert.deepEqual(bad.map((line) => JSON.parse(line).check), [
          "archive",
          "decodable",
          "keys",
        ]);
        const again = await runCli(
          "verify",
          join(out, "x.tar"),
          join(out, "y.tar"),
          "--skip",
          "fields",
        );
        assert.equal(again.code, 0, again.lines.join("\n"));
        assert.includeMembers(await readdir(out), ["x.tar.idx", "y.tar.idx", "x.tar.split"]);
        // Nothing is written over.
        const twice = await runCli("verify", path, second, "--repair", out, "--skip", "fields");
        assert.match(twice.notes.at(-1)!, /source\/exists/);
      }),
  },
  {
    name: "wdstream verify says what it cannot take",
    async run(): Promise<void> {
      const rejected = async (args: string[], expected: RegExp): Promise<void> => {
        const { code, notes } = await runCli("verify", ...args);
        assert.equal(code, 2);
        assert.match(notes[0], expected);
      };
      await rejected(
        [SAMPLE, "--skip", "image"],
        /--skip takes names of checks \(access, .*, not "image"/,
      );
      await rejected(["-", "--repair", "out"], /standard input cannot be/);
      await rejected([SAMPLE, "--classes", "0"], /--classes takes a positive integer/);
      const missing = await runCli("verify", "missing.tar");
      assert.equal(missing.code, 1);
      assert.match(missing.lines[0], /^access\tmissing\.tar\t-\t-\tCannot open/);
    },
  },
  {
    name: "wdstream verify needs no more permissions than it names",
    async run(): Promise<void> {
      const { code, lines, notes } = await runProcess(["verify", SAMPLE, "--workers", "2"]);
      assert.equal(code, 0, notes.join("\n"));
      assert.match(lines[0], /36 images/);
    },
  },
  {
    name: "wdstream verify draws a bar on a terminal, and none with --quiet",
    skip: noTerminal,
    async run(): Promise<void> {
      const shown = await runOnTerminal(["verify", SAMPLE]);
      assert.match(shown, /[█░]+ \d+% \| \d+ samples?, \d+ samples\/s/);
      assert.include(shown, "nothing is wrong");
      const quiet = await runOnTerminal(["verify", SAMPLE, "--quiet"]);
      assert.notMatch(quiet, /[█░]/);
      assert.include(quiet, "nothing is wrong");
    },
  },
  {
    name: "wdstream verify stops on Ctrl-C, says how far it was, and exits with 130",
    run: () =>
      withFolder(async (folder) => {
        const shards = [join(folder, "x.tar"), ...Array.from({ length: 400 }, () => SAMPLE)];
        await writeFile(shards[0], await makeShard([["a.cls", "no number"]]));
        const { code, notes } = await interruptAt(
          ["verify", ...shards, "--skip", "keys"],
          (lines) => lines.includes("decodable"),
        );
        assert.equal(code, 130, notes);
        assert.match(
          notes,
          /stopped in ".*sample\.tar", shard \d+ of 401, after \d+ samples?: \d+ found so far/,
        );
      }),
  },
  {
    name: "wdstream verify finds nothing in ImageNet's first shard of validation",
    skip: sharedSkip,
    async run(): Promise<void> {
      const path = sharedPath("imagenet/imagenet1k-validation-00.tar");
      const { code, lines } = await runCli("verify", path, "--classes", "1000");
      assert.equal(code, 0, lines.join("\n"));
    },
  },
];
