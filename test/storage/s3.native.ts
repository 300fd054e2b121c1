/** Buckets of S3 over loopback: what the runtime's own `fetch` makes of signed requests; and patterns of files. */

import { assert } from "chai";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestCase } from "../case.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import type { SourceError } from "../../src/errors.ts";
import { toStore } from "../../src/storage/mod.ts";
import { rejection } from "./bytes.ts";
import { S3Host } from "./s3_host.ts";
import { KEYS, makeBucket, useBucket } from "./s3_reading.ts";
import { startS3Server } from "./s3_server.ts";
import { makeShard } from "./shard_bytes.ts";

export const cases: TestCase[] = [
  {
    name: "s3: signatures that go over the wire are those that AWS's package makes",
    async run() {
      const host = new S3Host(await makeBucket(), { keys: KEYS, pageSize: 1 });
      const server = await startS3Server(host);
      try {
        await useBucket(server.origin);
      } finally {
        await server.close();
      }
      // That of the wrong secret.
      assert.lengthOf(host.faults, 1);
    },
  },
  {
    name: "webdataset() reads the files that a pattern matches, in the order of their names",
    async run() {
      const folder = await mkdtemp(join(tmpdir(), "wildcards-"));
      try {
        await mkdir(join(folder, "in", "deep.tar"), { recursive: true });
        for (const n of [2, 0, 1]) {
          await writeFile(join(folder, "in", `t-${n}.tar`), await makeShard([`k${n}`]));
        }
        await writeFile(join(folder, "in", "deep.tar", "t-3.tar"), await makeShard(["k3"]));
        await writeFile(join(folder, "in", "t-4.txt"), "");
        const read = async (pattern: string): Promise<string> => {
          const keys: string[] = [];
          for await (const { key } of webdataset(`${folder}/${pattern}`)) keys.push(key);
          return keys.join(" ");
        };
        assert.equal(await read("in/t-*.tar"), "k0 k1 k2");
        assert.equal(await read("in/t-{1,2}*.tar"), "k1 k2");
        assert.equal(await read("in/**/t-*.tar"), "k3");
        assert.equal(await read("in/**.tar"), "k3 k0 k1 k2");
        assert.equal((await rejection(read("in/x-*.tar")) as SourceError).code, "source/not-found");
        assert.equal((await rejection(read("no/x-*.tar")) as SourceError).code, "source/not-found");
        const names: string[] = [];
        for await (const { name } of toStore(folder).list!("in/t")) names.push(name);
        assert.deepEqual(names, ["in/t-0.tar", "in/t-1.tar", "in/t-2.tar", "in/t-4.txt"]);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  },
];
