/** Reading and writing a bucket that demands signatures: the same on every runtime, over its own `fetch`. */

import { AwsClient } from "aws4fetch";
import { assert } from "chai";
import { webdataset } from "../../src/dataset/webdataset.ts";
import { openShard } from "../../src/index/open_shard.ts";
import type { SourceError } from "../../src/errors.ts";
import { toSource, toStore } from "../../src/storage/mod.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";
import { makeShard } from "./shard_bytes.ts";

/** Whose signatures the bucket demands. */
export const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "SECRET/EXAMPLE+KEY" };

const NOISE_KEYS = ["a b+c=d.tar", "ключ/é.tar", "a%20b.tar"];

/** What is in the bucket. */
export async function makeBucket(): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const bytes = makeNoise(30_000);
  return {
    ...Object.fromEntries(NOISE_KEYS.map((key) => [key, bytes])),
    "t-1.tar": await makeShard(["one", "two"]),
    "t-0.tar": await makeShard(["zero"]),
    "other.tar": await makeShard(["other"]),
  };
}

/**
 * Reads ranges, sizes, a pattern and a sample of a bucket, writes to it, and is refused with another secret.
 *
 * @throws {Error} If anything is not what it must be.
 */
export async function useBucket(origin: string): Promise<void> {
  const client = new AwsClient({ ...KEYS, service: "s3", region: "eu-central-1" });
  const s3 = { endpoint: origin };
  const options = { sign: (request: Request) => client.sign(request), s3 };
  const bytes = makeNoise(30_000);
  for (const key of NOISE_KEYS) {
    const source = toSource(`s3://bucket/${key}`, options);
    const { body } = await source.open({ offset: 9, length: 1000 });
    assert.deepEqual(await collect(body), bytes.slice(9, 1009), key);
    assert.equal((await source.stat!()).sizeBytes, 30_000);
  }
  const read: string[] = [];
  const dataset = webdataset("s3://bucket/t-*.tar", options);
  for await (const { key } of dataset) read.push(key);
  assert.deepEqual(read, ["zero", "one", "two"]);
  const shuffled: string[] = [];
  for await (const { key } of dataset.shuffle({ seed: 1, lanes: 2 })) shuffled.push(key);
  assert.deepEqual(shuffled.sort(), ["one", "two", "zero"]);
  const shard = await openShard("s3://bucket/t-1.tar", { ...options, index: "none" });
  assert.equal((await shard.get(1)).key, "two");

  const store = toStore("s3://bucket/in", options);
  const name = `${crypto.randomUUID()} +é.tar`;
  assert.isTrue(await store.put!(name, bytes, { ifAbsent: true }));
  assert.isFalse(await store.put!(name, new Blob(["x"]), { ifAbsent: true }));
  assert.deepEqual(await collect((await store.open(name).open()).body), bytes);

  const other = new AwsClient({ ...KEYS, secretAccessKey: "WRONG", service: "s3" });
  const refused = toSource("s3://bucket/t-0.tar", { s3, sign: (request) => other.sign(request) });
  const error = await rejection((async () => await refused.open())()) as SourceError;
  assert.equal(error.code, "source/unauthorized");
  assert.notMatch(`${error.stack} ${error.cause}`, /WRONG|AKID|Signature=/);
}
