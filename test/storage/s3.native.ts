/** Buckets of S3 over loopback: what the runtime's own `fetch` makes of signed requests; and patterns of files. */

import { AwsClient } from "aws4fetch";
import { assert } from "chai";
import { Buffer } from "node:buffer";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestCase } from "../case.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import type { SourceError } from "../../src/errors.ts";
import { toSource, toStore } from "../../src/storage/mod.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";
import { S3Host } from "./s3_host.ts";
import { withServer } from "./server.ts";
import { makeShard } from "./shard_bytes.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "SECRET/EXAMPLE+KEY" };

export const cases: TestCase[] = [
  {
    name: "s3: signatures that go over the wire are those that AWS's package makes",
    async run() {
      const bytes = makeNoise(30_000);
      const keys = ["a b+c=d.tar", "ключ/é.tar", "a%20b.tar"];
      const objects = Object.fromEntries(keys.map((key) => [key, bytes]));
      objects["t-1.tar"] = await makeShard(["one", "two"]);
      const host = new S3Host(objects, { keys: KEYS, pageSize: 1 });
      await withServer((request, response, { origin }) => {
        // The host that was signed is the one that the client has sent.
        const url = new URL(request.url!, `http://${request.headers.host}`);
        assert.equal(url.origin, origin);
        const headers = new Headers(request.headers as Record<string, string>);
        host.answer(request.method!, url, headers).then(async (answer) => {
          response.writeHead(answer.status, Object.fromEntries(answer.headers));
          response.end(Buffer.from(await answer.arrayBuffer()));
        });
      }, async ({ origin }) => {
        const client = new AwsClient({ ...KEYS, service: "s3", region: "eu-central-1" });
        const options = {
          sign: (request: Request) => client.sign(request),
          s3: { endpoint: origin },
        };
        for (const key of keys) {
          const source = toSource(`s3://bucket/${key}`, options);
          const { body } = await source.open({ offset: 9, length: 1000 });
          assert.deepEqual(await collect(body), bytes.slice(9, 1009), key);
          assert.equal((await source.stat!()).sizeBytes, 30_000);
        }
        const read: string[] = [];
        for await (const { key } of webdataset("s3://bucket/t-*.tar", options)) read.push(key);
        assert.deepEqual(read, ["one", "two"]);
      });
      assert.deepEqual(host.faults, []);
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
