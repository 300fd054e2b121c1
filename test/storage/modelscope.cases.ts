/** Repositories of ModelScope: what they list, and reading it. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import type { SourceError } from "../../src/errors.ts";
import { type AccessOptions, toStore } from "../../src/storage/mod.ts";
import { makeNoise, rejection } from "./bytes.ts";
import { MODELSCOPE, ModelScopeHost, type ModelScopeOptions } from "./modelscope_host.ts";
import { makeShard } from "./shard_bytes.ts";

const TOKEN = "ms-SECRET";
const ms = { endpoint: MODELSCOPE };

async function makeHost(
  options?: ModelScopeOptions,
): Promise<[host: ModelScopeHost, access: AccessOptions]> {
  const host = new ModelScopeHost({
    "in/t-2.tar": await makeShard(["two"]),
    "in/t-0.tar": await makeShard(["zero"]),
    "README.md": makeNoise(9),
    "in/t-1.tar": await makeShard(["one"]),
    "in/deep/t-3.tar": await makeShard(["three"]),
    "a b+#.tar": await makeShard(["odd"]),
  }, options);
  return [host, { fetch: host.fetch, ms, retry: { baseMs: 1 } }];
}

async function listNames(address: string, access: AccessOptions, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of toStore(address, access).list!(prefix)) names.push(name);
  return names;
}

async function readKeys(shards: string, access: AccessOptions): Promise<string> {
  const keys: string[] = [];
  for await (const { key } of webdataset(shards, access)) keys.push(key);
  return keys.join(" ");
}

export const cases: TestCase[] = [
  {
    name: "ms: lists all files of a dataset in their order, whatever its pages are like",
    async run() {
      for (const counts of [undefined, "all", "files"] as const) {
        for (const pageSize of [1, 2, 3, 100]) {
          const [, access] = await makeHost({ counts, pageSize });
          const of = `${counts} ${pageSize}`;
          assert.deepEqual(
            await listNames("ms://datasets/o/n", access),
            [
              "README.md",
              "a b+#.tar",
              "in/deep/t-3.tar",
              "in/t-0.tar",
              "in/t-1.tar",
              "in/t-2.tar",
            ],
            of,
          );
          assert.deepEqual(
            await listNames("ms://datasets/o/n/in", access, "t-"),
            ["t-0.tar", "t-1.tar", "t-2.tar"],
            of,
          );
        }
      }
    },
  },
  {
    name: "webdataset() reads ms://datasets/owner/name/*.tar in the order of the names",
    async run() {
      const [host, access] = await makeHost({ token: TOKEN, pageSize: 2 });
      const own = { ...access, token: TOKEN };
      assert.equal(await readKeys("ms://datasets/o/n/in/t-*.tar", own), "zero one two");
      assert.include(
        host.seen[0],
        "/api/v1/datasets/o/n/repo/tree?Revision=master&Root=in&Recursive=False&PageNumber=1&PageSize=",
      );
      assert.equal(await readKeys("ms://datasets/o/n/**.tar", own), "odd three zero one two");
      assert.equal(await readKeys("ms://o/n/in/t-{1,2}*.tar", own), "one two");
      assert.isTrue(
        host.seen.some((line) => line.startsWith("/api/v1/models/o/n/repo/files?Revision=master")),
      );
      const sizes: number[] = [];
      for await (const { sizeBytes } of toStore("ms://o/n/in", own).list!("t-")) {
        sizes.push(sizeBytes!);
      }
      assert.deepEqual(sizes, ["0", "1", "2"].map((n) => host.files.get(`in/t-${n}.tar`)!.length));
    },
  },
  {
    name: "ms: says what the hub says where it refuses, and shows no token",
    async run() {
      const [, access] = await makeHost({ token: TOKEN });
      const fail = async (shards: string, more: AccessOptions = {}): Promise<SourceError> =>
        await rejection(readKeys(shards, { ...access, ...more })) as SourceError;
      const stranger = await fail("ms://datasets/o/n/*.tar");
      assert.equal(stranger.code, "source/unauthorized");
      const token = TOKEN;
      const other = await fail("ms://datasets/o/n@v9/*.tar", { token });
      assert.equal(other.code, "source/http");
      assert.match(other.message, /no such revision/);
      assert.notInclude(`${other.stack}`, TOKEN);
      assert.equal((await fail("ms://datasets/o/n/no-*.tar", { token })).code, "source/not-found");
      assert.equal((await fail("ms://spaces/o/n/*.tar", { token })).code, "source/unsupported");
    },
  },
  {
    name: "ms: answers that are no listing are typed errors, and pages that repeat come to an end",
    async run() {
      for (const page of ["<html>", "[]", '{"Data":{}}', '{"Data":{"Files":7}}', "null"]) {
        const fetch = (() => Promise.resolve(new Response(page))) as typeof globalThis.fetch;
        const error = await rejection(listNames("ms://datasets/o/n", { fetch, ms }));
        assert.equal((error as SourceError).code, "source/http", page);
      }
      let asked = 0;
      const files = [{ Path: "a.tar", Type: "blob", Size: 7 }];
      const fetch = (() => {
        asked++;
        return Promise.resolve(Response.json({ Data: { Files: files } }));
      }) as typeof globalThis.fetch;
      assert.deepEqual(await listNames("ms://datasets/o/n", { fetch, ms }), ["a.tar"]);
      assert.equal(asked, 2);
      const none =
        (() =>
          Promise.resolve(Response.json({ Data: { Files: null } }))) as typeof globalThis.fetch;
      assert.deepEqual(await listNames("ms://datasets/o/n", { fetch: none, ms }), []);
    },
  },
];
