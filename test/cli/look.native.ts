/** `wdstream get`, `cat` and `diff`. */

import { assert } from "chai";
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { sampleShard } from "../../src/dataset/mod.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import type { Sample } from "../../src/sample/sample.ts";
import type { TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { sendBody, withServer } from "../storage/server.ts";
import { withFolder } from "../temporary.ts";
import { runCli, runProcess, runShell } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());
const onUnix = process.platform === "win32" ? "there is no sh here" : undefined;

async function readSample(index: number): Promise<Sample> {
  for await (const sample of webdataset(SAMPLE).skip(index)) return sample;
  throw new Error("no such sample");
}

export const cases: TestCase[] = [
  {
    name: "wdstream cat prints samples as lines of JSON",
    async run(): Promise<void> {
      const { code, lines } = await runCli("cat", SAMPLE);
      assert.equal(code, 0);
      assert.lengthOf(lines, 36);
      const { key, index, fields } = JSON.parse(lines[17]);
      const sample = await readSample(17);
      assert.deepEqual([key, index], [sample.key, 17]);
      assert.equal(fields.jpg.sizeBytes, sample.bytes.jpg.length);
      assert.deepEqual(fields.json, JSON.parse(new TextDecoder().decode(sample.bytes.json)));
      const few = await runCli(
        "cat",
        SAMPLE,
        "--fields",
        "cls,jpg",
        "--bytes",
        "base64",
        "--limit",
        "2",
      );
      assert.lengthOf(few.lines, 2);
      const own = JSON.parse(few.lines[1]).fields;
      assert.deepEqual(Object.keys(own), ["cls", "jpg"]);
      assert.deepEqual(
        Uint8Array.from(atob(own.jpg.base64), (letter) => letter.charCodeAt(0)),
        (await readSample(1)).bytes.jpg,
      );
    },
  },
  {
    name: "wdstream cat shows a field that is not what it says, and exits with 1",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "x.tar");
        await writeFile(path, await makeShard([["a.cls", "one"], ["b.cls", "2"]]));
        const { code, lines, notes } = await runCli("cat", path);
        assert.equal(code, 1);
        assert.lengthOf(lines, 2);
        assert.equal(JSON.parse(lines[0]).fields.cls.error.code, "sample/bad-field");
        assert.match(notes[0], /"a\.cls".*sample\/bad-field/);
      }),
  },
  {
    name:
      "wdstream get gives a sample by key or number, with an index and without, packed, and of a stream",
    skip: onUnix,
    run: () =>
      withFolder(async (folder) => {
        const { key } = await readSample(20);
        const [plain, indexed, packed] = ["a.tar", "b.tar", "c.tar.gz"].map((name) =>
          join(folder, name)
        );
        await copyFile(SAMPLE, plain);
        await copyFile(SAMPLE, indexed);
        await writeFile(packed, gzipSync(await readFile(SAMPLE)));
        assert.equal((await runCli("index", indexed)).code, 0);
        const fields = JSON.stringify(JSON.parse((await runCli("cat", SAMPLE)).lines[20]).fields);
        for (const path of [plain, indexed, packed]) {
          for (const which of ["20", key]) {
            const { code, lines } = await runCli("get", path, which);
            assert.equal(code, 0, path);
            const found = JSON.parse(lines[0]);
            assert.deepEqual([found.key, found.index], [key, 20]);
            assert.equal(JSON.stringify(found.fields), fields);
          }
        }
        const piped = await runShell(`cat "${SAMPLE}" | "$@"`, "get", "-", key, "--field", "cls");
        assert.deepEqual(piped.lines, ["340"]);
      }),
  },
  {
    name:
      "wdstream get writes the bytes of a field to standard output or a file, and all fields to a folder",
    skip: onUnix,
    run: () =>
      withFolder(async (folder) => {
        const { key, bytes } = await readSample(4);
        const path = join(folder, "x.jpg");
        const piped = await runShell(`"$@" > "${path}"`, "get", SAMPLE, "4", "--field", "jpg");
        assert.equal(piped.code, 0, piped.notes.join("\n"));
        assert.deepEqual(new Uint8Array(await readFile(path)), bytes.jpg);
        const file = join(folder, "y.jpg");
        assert.equal(
          (await runCli("get", SAMPLE, key, "--field", "jpg", "--output", file)).code,
          0,
        );
        assert.deepEqual(new Uint8Array(await readFile(file)), bytes.jpg);
        const out = join(folder, "out");
        assert.equal((await runCli("get", SAMPLE, key, "--output", out)).code, 0);
        assert.sameMembers(
          await readdir(out),
          Object.keys(bytes).map((field) => `${key}.${field}`),
        );
        // What is called so in its shard stays in the folder.
        const evil = join(folder, "evil.tar");
        await writeFile(evil, await makeShard([["a/../../up.txt", "x"]]));
        assert.equal((await runCli("get", evil, "0", "--output", out)).code, 0);
        assert.include(await readdir(out), "up.txt");
      }),
  },
  {
    name: "wdstream get reads one range of a shard on a host that has an index",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "a.tar");
        await copyFile(SAMPLE, path);
        assert.equal((await runCli("index", path)).code, 0);
        const files: Record<string, Uint8Array> = {
          "/a.tar": new Uint8Array(await readFile(path)),
          "/a.tar.idx": new Uint8Array(await readFile(`${path}.idx`)),
        };
        await withServer(
          (request, response) => sendBody(request, response, files[request.url!]),
          async ({
            origin,
            seen,
          }) => {
            const { code, lines, notes } = await runCli("get", `${origin}/a.tar`, "30");
            assert.equal(code, 0, notes.join("\n"));
            assert.equal(JSON.parse(lines[0]).index, 30);
            assert.lengthOf(seen.filter((request) => request.url === "/a.tar"), 1);
          },
        );
      }),
  },
  {
    name: "wdstream get says what there is not, and what it cannot take",
    async run(): Promise<void> {
      const failed = async (args: string[], expected: RegExp, code = 1): Promise<void> => {
        const result = await runCli("get", ...args);
        assert.equal(result.code, code, args.join(" "));
        assert.match(result.notes[0], expected);
      };
      await failed([SAMPLE, "36"], /has 36 samples, there is no number 36/);
      await failed([SAMPLE, "none"], /none with the key "none" \(index\/no-key\)/);
      await failed([SAMPLE, "12", "--key"], /none with the key "12"/);
      await failed(
        [SAMPLE, "0", "--field", "png"],
        /no field "png", only cls, jpg, json \(sample\/no-field\)/,
      );
      await failed([SAMPLE], /get needs a key or a number/, 2);
      await failed([SAMPLE, "1", "2"], /get does not take "2"/, 2);
      await failed(["{a,b}.tar", "1"], /names 2/, 2);
      const file = fileURLToPath(import.meta.url);
      await failed([SAMPLE, "1", "--output", file], /is a file/, 2);
      await failed([SAMPLE, "1", "--output", SAMPLE], /would write over/, 2);
    },
  },
  {
    name: "wdstream diff prints what is different, and exits with 1 where something is",
    run: () =>
      withFolder(async (folder) => {
        const [a, b] = ["a.tar", "b.tar"].map((name) => join(folder, name));
        await writeFile(
          a,
          await makeShard([["x.cls", "1"], ["y.cls", "2"], ["z\u001b[31m.cls", "3"]]),
        );
        await writeFile(b, await makeShard([["x.cls", "7"], ["y.cls", "2"], ["w.cls", "4"]]));
        const { code, lines } = await runCli("diff", a, b);
        assert.equal(code, 1);
        assert.deepEqual(lines, [
          "~ x.cls\t1 and 1 bytes, from byte 0 on",
          `- z\\x1b[31m\t${a}`,
          `+ w\t${b}`,
          "1 the same, 1 changed, 1 removed, 1 added",
        ]);
        const json = await runCli("diff", a, b, "--json");
        assert.deepInclude(JSON.parse(json.lines[0]), { kind: "changed", key: "x", field: "cls" });
        assert.deepInclude(JSON.parse(json.lines[3]), { same: 1, added: 1 });
        const same = await runProcess(["diff", SAMPLE, SAMPLE, "--pixels"]);
        assert.equal(same.code, 0, same.notes.join("\n"));
        assert.deepEqual(same.lines, ["36 the same, 0 changed, 0 removed, 0 added"]);
        assert.equal((await runCli("diff", a)).code, 2);
        assert.equal((await runCli("diff", a, b, a)).code, 2);
      }),
  },
];
