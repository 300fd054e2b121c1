/** Fields that batches carry. */

import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import { evaluation } from "../../src/image/mod.ts";
import { NO_LABEL_HINT } from "../../src/steps/fields.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { catchError, collect, makeShard } from "./shards.ts";

const transform = evaluation({ size: 8, resize: 9, type: "uint8" });

type Members = [string, string | Uint8Array][];

/** Shards as img2dataset writes them: `jpg`, `txt` and `json` by running numbers, no `cls`. */
export async function makeCaptionShards(
  fixtures: Fixtures,
  shards = 4,
  samples = 5,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
  return await Promise.all(Array.from({ length: shards }, (_, shard) => {
    const members: Members = [];
    for (let index = 0; index < samples; index++) {
      const key = `${String(shard).padStart(5, "0")}${String(index).padStart(4, "0")}`;
      const caption = `picture ${index} of ${shard}`;
      const facts = { caption, key, width: 42, height: 32, status: "success" };
      members.push([`${key}.jpg`, picture], [`${key}.json`, JSON.stringify(facts)], [
        `${key}.txt`,
        caption,
      ]);
    }
    return makeShard(members);
  }));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export const cases: TestCase[] = [
  {
    name: "Dataset.batch() carries captions and metadata of a set of img2dataset's shape",
    async run(fixtures): Promise<void> {
      const shards = await makeCaptionShards(fixtures);
      const hints: string[] = [];
      const dataset = webdataset(shards, { onHint: (hint) => hints.push(hint) })
        .transform(transform).batch(8, { fields: ["txt", "json"] });
      const batches = await collect(dataset);
      assert.deepEqual(batches.map(({ size }) => size), [8, 8, 4]);
      // The types: strings, and values of which nothing is known.
      const captions: string[] = batches.flatMap(({ fields }) => fields.txt);
      const facts: unknown[] = batches.flatMap(({ fields }) => fields.json);
      const keys = batches.flatMap((batch) => batch.keys);
      for (const [i, key] of keys.entries()) {
        const [shard, index] = [Math.floor(i / 5), i % 5];
        assert.equal(key, `${String(shard).padStart(5, "0")}${String(index).padStart(4, "0")}`);
        assert.equal(captions[i], `picture ${index} of ${shard}`);
        assert.deepInclude(facts[i] as object, { key, status: "success" });
      }
      assert.deepEqual(batches.flatMap(({ indexes }) => indexes), keys.map((_, i) => i % 5));
      assert.isTrue(batches.every(({ labels }) => labels.every((label) => label === -1)));
      assert.deepEqual(hints, [NO_LABEL_HINT]);
    },
  },
  {
    name:
      "Dataset.batch() gives fields alike apart, into an array, ahead, decoded before and gone on with",
    async run(fixtures): Promise<void> {
      const shards = await makeCaptionShards(fixtures);
      const options = { fields: ["txt", "json"] } as const;
      const tensors = webdataset(shards).transform(transform);
      const expected = await collect(tensors.batch(6, options));
      assert.deepEqual(await collect(tensors.filter(() => true).batch(6, options)), expected);
      assert.deepEqual(await collect(tensors.batch(6, options).prefetch(2)), expected);
      const decoded = webdataset(shards).decode({ fields: ["txt"] }).transform(transform);
      assert.deepEqual(await collect(decoded.batch(6, options)), expected);
      const into = new Uint8Array(6 * 8 * 8 * 3);
      let at = 0;
      for await (const batch of tensors.batch(6, { ...options, into })) {
        assert.deepEqual(batch.fields, expected[at].fields);
        assert.deepEqual([...batch.images], [...expected[at++].images]);
      }
      assert.equal(at, expected.length);
      const first = tensors.batch(6, options);
      for await (const _ of first) break;
      const rest = webdataset(shards).resume(JSON.stringify(first.state())).transform(transform);
      assert.deepEqual(await collect(rest.batch(6, options)), expected.slice(1));
      const other = webdataset(shards).resume(first.state()!).transform(transform);
      const error = await catchError(collect(other.batch(6, { fields: ["txt"] })));
      assert.equal((error as WdsError).code, "order/changed");
    },
  },
  {
    name:
      "Dataset.batch() gives integers as arrays, bytes as bytes and alternatives by their order",
    async run(): Promise<void> {
      const shard = await makeShard([
        ["a.cls", "3"],
        ["a.id", "9007199254740993"],
        ["a.sub.txt", "one"],
        ["a.bin", new Uint8Array([1, 2])],
        ["b.cls", "-4"],
        ["b.id", "-1"],
        ["b.text", "two"],
        ["b.bin", new Uint8Array([])],
      ]);
      const [{ fields, size, keys }, ...others] = await collect(
        webdataset(shard).batch(4, { fields: ["cls", "id", "sub.txt;text", "bin"] }),
      );
      assert.lengthOf(others, 0);
      assert.deepEqual([size, keys], [2, ["a", "b"]]);
      const classes: Int32Array = fields.cls;
      const ids: BigInt64Array = fields.id;
      const texts: string[] = fields["sub.txt;text"];
      const bytes: Uint8Array[] = fields.bin;
      assert.deepEqual(classes, Int32Array.of(3, -4));
      assert.deepEqual(ids, BigInt64Array.of(9007199254740993n, -1n));
      assert.deepEqual(texts, ["one", "two"]);
      assert.deepEqual(bytes.map((each) => [...each]), [[1, 2], []]);
    },
  },
  {
    name: "Dataset.batch() treats a missing field as it was told",
    async run(): Promise<void> {
      const shard = await makeShard([
        ["a.cls", "1"],
        ["a.txt", "one"],
        ["b.cls", "2"],
        ["c.txt", "three"],
        ["c.cls", "3"],
      ]);
      const faults: string[] = [];
      const dataset = webdataset(shard, { name: "s.tar" });
      const names = ["txt", "cls"] as const;
      const error = await catchError(collect(dataset.batch(2, { fields: names })));
      const { code, key, message } = error as WdsError;
      assert.deepEqual([code, key], ["sample/no-field", "b"]);
      assert.match(message, /it has no field "txt", only cls; `missing: "skip"`/);
      const skipped = webdataset(shard, {
        name: "s.tar",
        onError: "skip",
        onSkip: (fault) => faults.push(`${fault.code} ${fault.key}`),
      }).batch(2, { fields: names });
      assert.deepEqual((await collect(skipped)).map(({ keys }) => keys), [["a", "c"]]);
      assert.deepEqual(faults, ["sample/no-field b"]);
      const [left] = await collect(dataset.batch(2, { fields: names, missing: "skip" }));
      assert.deepEqual([left.fields.txt, [...left.fields.cls]], [["one", "three"], [1, 3]]);
      const [open] = await collect(dataset.batch(3, { fields: names, missing: "undefined" }));
      const texts: (string | undefined)[] = open.fields.txt;
      const classes: (number | undefined)[] = open.fields.cls;
      assert.deepEqual(texts, ["one", undefined, "three"]);
      assert.deepEqual(classes, [1, 2, 3]);
    },
  },
  {
    name: "Dataset.batch() says which field is damaged, and leaves such samples out where it may",
    async run(fixtures): Promise<void> {
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const shard = await makeShard([
        ["a.jpg", picture],
        ["a.json", "{"],
        ["b.jpg", picture],
        ["b.json", "[7]"],
        ["c.jpg", picture],
        ["c.cls2", "4294967296"],
        ["c.json", "8"],
      ]);
      const tensors = webdataset(shard, { name: "s.tar" }).transform(transform);
      const error = await catchError(collect(tensors.batch(2, { fields: ["json"] })));
      const { code, key, field, offsetBytes } = error as WdsError;
      assert.deepEqual([code, key, field], ["sample/bad-field", "a", "json"]);
      assert.isAbove(offsetBytes!, 0);
      const kept = webdataset(shard, { onError: "skip" }).transform(transform);
      const [batch] = await collect(kept.batch(2, { fields: ["json"] }));
      assert.deepEqual([batch.keys, batch.fields.json], [["b", "c"], [[7], 8]]);
      const wide = tensors.skip(2).batch(1, { fields: ["cls2"] });
      assert.match(`${await catchError(collect(wide))}`, /4294967296, no integer of 32 bits/);
    },
  },
  {
    name: "Dataset.batch() stacks arrays as numpy.stack() does",
    async run(fixtures): Promise<void> {
      const { rows } = JSON.parse(
        new TextDecoder().decode(await fixtures.read("columns/golden.json")),
      );
      assert.isAbove(rows.length, 50);
      for (const { name, files, shape, bytes } of rows) {
        const members = files.map((file: string, i: number) => [`${i}.npy`, fromBase64(file)]);
        const [{ fields: { npy } }] = await collect(
          webdataset(await makeShard(members)).batch(3, { fields: ["npy"] }),
        );
        if (Array.isArray(npy)) throw new Error(`${name} is a list`);
        assert.deepEqual([npy.shape, npy.fortranOrder], [shape, false], name);
        const { buffer, byteOffset, byteLength } = npy.data;
        const found = new Uint8Array(buffer, byteOffset, byteLength);
        assert.deepEqual([...found], [...fromBase64(bytes)], name);
      }
      const [three, other] = [rows[0], rows[3]].map(({ files }) => fromBase64(files[0]));
      const shard = await makeShard([["a.npy", three], ["b.npy", other]]);
      const [{ fields }] = await collect(webdataset(shard).batch(2, { fields: ["npy"] }));
      if (!Array.isArray(fields.npy)) throw new Error("shapes that differ were stacked");
      assert.deepEqual(fields.npy.map(({ shape }) => shape), [[3], [2, 3]]);
    },
  },
  {
    name: "Dataset.batch() refuses fields that are none, and items that have none",
    async run(): Promise<void> {
      const dataset = webdataset(await makeShard([["a.txt", "one"]]));
      // deno-lint-ignore no-explicit-any -- what the types forbid
      const batch = (options: any): unknown => dataset.batch(2, options);
      for (const fields of ["txt", [""], [1], ["a;"]]) {
        assert.throws(() => batch({ fields }), TypeError, /fields must be a list/);
      }
      assert.throws(() => batch({ fields: ["txt"], missing: "ignore" }), TypeError, /missing/);
      // deno-lint-ignore no-explicit-any -- what the types forbid
      const numbers = dataset.map(() => 1).batch(2, { fields: ["txt"] } as any);
      assert.instanceOf(await catchError(collect(numbers)), TypeError);
    },
  },
];
