/** `ShardWriter` into folders: what other programs read, and what is left where it is stopped. */

import { assert } from "chai";
import { execFile } from "node:child_process";
import { readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import type { WdsError } from "../../src/errors.ts";
import { openShard } from "../../src/index/mod.ts";
import { ShardWriter } from "../../src/writing/mod.ts";
import { rejection } from "../storage/bytes.ts";

const run = promisify(execFile);

/** Keys that each need another way of writing a name. */
const KEYS = [
  "plain",
  `${"folder/".repeat(20)}deep`,
  `${"no-slash-".repeat(15)}x`,
  "caf\u00e9/\u{1f600}",
];

async function write(folder: string, pattern: string): Promise<void> {
  const writer = new ShardWriter(folder, { pattern });
  for (const [i, key] of KEYS.entries()) {
    await writer.write({ key, fields: { cls: i, txt: `text ${i}` } });
  }
  await writer.close();
}

const MEMBERS = KEYS.flatMap((key, i) => [[`${key}.cls`, `${i}`], [`${key}.txt`, `text ${i}`]]);

const TARFILE = `
import json, sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    print(json.dumps([[m.name, archive.extractfile(m).read().decode(), oct(m.mode), m.uname, m.mtime] for m in archive]))
`;

/** Why a program cannot read here. */
const lacking = async (name: string): Promise<string | undefined> =>
  await run(name, ["--version"]).then(() => undefined, () => `there is no ${name}`);

const SKIPS = new Map(
  await Promise.all(
    ["python3", "tar", "bsdtar"].map(async (name) => [name, await lacking(name)] as const),
  ),
);

const readers: TestCase[] = (["s-%d.tar", "s-%d.tar.gz"] as const).flatMap((pattern) => {
  const shard = pattern.replace("%d", "0");
  return [
    {
      name: `tarfile reads ${shard} of ShardWriter`,
      skip: SKIPS.get("python3"),
      async run() {
        await withFolder(async (folder) => {
          await write(folder, pattern);
          const { stdout } = await run("python3", ["-c", TARFILE, `${folder}/${shard}`]);
          assert.deepEqual(
            JSON.parse(stdout),
            MEMBERS.map((member) => [...member, "0o444", "bigdata", 0]),
          );
        });
      },
    },
    ...["tar", "bsdtar"].map((tar): TestCase => ({
      name: `${tar} unpacks ${shard} of ShardWriter`,
      skip: SKIPS.get(tar),
      async run() {
        await withFolder(async (folder) => {
          await write(folder, pattern);
          await run(tar, ["-xf", `${folder}/${shard}`, "-C", folder], {
            env: { ...globalThis.process?.env, LC_ALL: "C.UTF-8" },
          });
          for (const [path, text] of MEMBERS) {
            assert.equal(await readFile(`${folder}/${path}`, "utf8"), text);
          }
        });
      },
    })),
  ];
});

export const cases: TestCase[] = [
  ...readers,
  {
    name: "ShardWriter writes into a folder that it makes; random access goes by its index",
    async run() {
      await withFolder(async (folder) => {
        await write(`${folder}/new/deeper`, "a-%05d.tar");
        assert.deepEqual((await readdir(`${folder}/new/deeper`)).sort(), [
          "a-00000.tar",
          "a-00000.tar.idx",
          "a-00000.tar.split",
        ]);
        const shard = await openShard(`${folder}/new/deeper/a-00000.tar`);
        assert.equal(shard.length, KEYS.length);
        const { fields } = await shard.get(KEYS[3]);
        assert.equal(new TextDecoder().decode(fields.txt), "text 3");
      });
    },
  },
  {
    name: "ShardWriter leaves no draft in a folder, and what was there as it was",
    async run() {
      await withFolder(async (folder) => {
        await writeFile(`${folder}/a-0.tar`, "mine");
        const error = await rejection(write(folder, "a-%d.tar")) as WdsError;
        assert.equal(error.code, "source/exists", error.message);
        assert.equal(await readFile(`${folder}/a-0.tar`, "utf8"), "mine");
        const writer = new ShardWriter(folder, { pattern: "b-%d.tar" });
        await writer.write({ key: "k", fields: { txt: "x" } });
        await writer.discard();
        assert.deepEqual(await readdir(folder), ["a-0.tar"]);
        const blocked = new ShardWriter(`${folder}/a-0.tar`, { pattern: "b-%d.tar" });
        const failed = await rejection(blocked.write({ key: "k", fields: { txt: "x" } }));
        assert.equal((failed as WdsError).code, "source/write");
      });
    },
  },
  {
    name: "ShardWriter says that another process writes there, where its draft was taken away",
    async run() {
      await withFolder(async (folder) => {
        const writer = new ShardWriter(folder, { pattern: "c-%d.tar", ifExists: "replace" });
        await writer.write({ key: "k", fields: { txt: "x" } });
        const [draft] = await readdir(folder);
        assert.match(draft, /^c-0\.tar\..*\.tmp$/);
        await unlink(`${folder}/${draft}`);
        const error = await rejection(writer.close()) as WdsError;
        assert.equal(error.code, "source/write");
        assert.match(error.message, /another process writes there/);
        assert.deepEqual(await readdir(folder), []);
      });
    },
  },
];
