/** Indexes written by the command line, over files and over http. */

import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import { indexShard, openShard, parseIndex, parseShardList } from "../../src/index/mod.ts";
import { runCli } from "../cli/capture.ts";
import type { TestCase } from "../case.ts";
import { fixturePath } from "../fixtures.ts";
import { sharedPath, sharedSkip } from "../shared_data.ts";
import { sendBody, withServer } from "../storage/server.ts";
import { catchError } from "../dataset/shards.ts";

async function withFolder(run: (folder: string, shard: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wdstream-"));
  try {
    const shard = join(folder, "shard.tar");
    await copyFile(fixturePath("index/shard.tar"), shard);
    await run(folder, shard);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const SHARDS = ["imagenet1k-validation-00.tar", "imagenet1k-validation-01.tar"];

/** Tests of `wdstream index`, and of indexes beside shards. */
export const cases: TestCase[] = [
  {
    name: "wdstream index writes an index beside each shard, which at() and openShard() use",
    run: () =>
      withFolder(async (folder, shard) => {
        const { code, notes } = await runCli("index", shard);
        assert.equal(code, 0);
        assert.deepEqual(notes, [`${shard}.idx: 5 samples`]);
        assert.deepEqual((await readdir(folder)).sort(), ["shard.tar", "shard.tar.idx"]);
        const index = parseIndex(await readFile(`${shard}.idx`, "utf8"));
        assert.deepEqual(index, { ...await indexShard(shard), shard: "shard.tar" });
        assert.equal((await openShard(shard)).length, 5);
        assert.equal((await webdataset(shard).at(1)).key, "b");
      }),
  },
  {
    name: "wdstream index writes DALI's and wids' formats where it is told to",
    run: () =>
      withFolder(async (folder, shard) => {
        const dali = await runCli("index", shard, "--format", "dali", "--output", "-");
        const expected = await readFile(fixturePath("index/shard.v1.2.idx"), "utf8");
        assert.equal(dali.lines.join("\n"), expected.trimEnd());
        const list = join(folder, "shards.json");
        assert.equal((await runCli("index", shard, "--format", "wids", "--output", list)).code, 0);
        assert.deepEqual(parseShardList(await readFile(list, "utf8")), [
          { url: "shard.tar", sampleCount: 5, sizeBytes: 20_480 },
        ]);
        assert.equal(
          (await runCli("index", shard, "--format", "dali", "--output", folder)).code,
          0,
        );
        assert.equal((await openShard(shard)).length, 5);
      }),
  },
  {
    name: "wdstream index says what is wrong with its arguments",
    run: () =>
      withFolder(async (folder, shard) => {
        for (
          const args of [
            [],
            [shard, "--format", "csv"],
            ["https://host.test/a.tar"],
            [shard, shard, "--output", join(folder, "one.idx")],
          ]
        ) {
          assert.equal((await runCli("index", ...args)).code, 2, args.join(" "));
        }
        assert.equal((await runCli("index", join(folder, "none.tar"))).code, 1);
      }),
  },
  {
    name:
      "openShard() takes one range request a sample of a host, and notices that the shard changed",
    async run(fixtures): Promise<void> {
      const body = await fixtures.read("index/shard.tar");
      const { samples, shard } = await indexShard(body, { name: "shard.tar" });
      let etag = '"one"';
      await withServer(
        (request, response) => {
          if (request.url?.endsWith(".idx")) {
            response.statusCode = 404;
            return void response.end();
          }
          response.setHeader("etag", etag);
          sendBody(request, response, body, true);
        },
        async ({ origin, seen }) => {
          const url = `${origin}/shard.tar`;
          const index = { ...await indexShard(url), shard };
          assert.deepEqual(index, { samples, shard, sizeBytes: body.length, etag });
          seen.length = 0;
          const opened = await openShard(url, { index });
          assert.equal((await opened.get("a")).fields.jpg.length, 1000);
          assert.equal((await opened.get(4)).key, "c");
          assert.deepEqual(seen.map(({ headers }) => headers.range), [
            "bytes=0-2535",
            "bytes=13824-15363",
          ]);
          etag = '"two"';
          const error = await catchError(opened.get(0)) as { code?: string };
          assert.equal(error.code, "index/stale");
          const unindexed = await openShard(url);
          assert.equal((await unindexed.get(4)).key, "c");
        },
      );
    },
  },
  {
    name: "openShard() gives the samples of ImageNet shards that a pass gives",
    skip: sharedSkip,
    async run(): Promise<void> {
      for (const name of SHARDS) {
        const path = sharedPath(`imagenet/${name}`);
        const shards = [
          await openShard(path, { index: await indexShard(path) }),
          await openShard(path, { index: "none" }),
        ];
        let i = 0;
        for await (const sample of webdataset(path)) {
          for (const shard of shards) assert.deepEqual(await shard.get(i), sample);
          i++;
        }
        assert.equal(shards[0].length, i);
      }
    },
  },
];
