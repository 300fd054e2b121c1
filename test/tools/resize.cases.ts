/** `resizeShards()`: Pillow's pixels and files, what stays, and how it goes on. */

import { assert } from "chai";
import { type Fixtures, noCompression, type TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { decodePng } from "../../src/image/png/decode.ts";
import { encodePng } from "../../src/image/encode/png.ts";
import type { Sample } from "../../src/sample/sample.ts";
import { toSource } from "../../src/storage/mod.ts";
import { type ResizeReport, resizeShards, type ResizeShardsOptions } from "../../src/jobs/mod.ts";
import { replaceIntegers } from "../../src/tools/json_numbers.ts";
import { makeShard } from "../dataset/shards.ts";
import { draw } from "../image/baseline.cases.ts";
import { rejection } from "../storage/bytes.ts";
import { hash } from "../tar/listing.ts";
import { runUntilDone } from "./stopped_runs.ts";
import { MemoryStore } from "../writing/memory_store.ts";

type Row = readonly [key: string, file: string, pixels: string | null, json: string];

const readGolden = async ({ read }: Fixtures): Promise<Record<string, readonly Row[]>> =>
  JSON.parse(new TextDecoder().decode(await read("resize/golden.json"))).sample;

/** Makes shards smaller, and reads what was written. */
export async function resized(
  shards: Readonly<Record<string, Uint8Array>>,
  options: ResizeShardsOptions,
  store: MemoryStore = new MemoryStore(),
): Promise<{ samples: Sample[]; store: MemoryStore; report: ResizeReport }> {
  const sources = Object.entries(shards).map(([name, bytes]) => toSource(bytes, { name }));
  const report = await resizeShards(sources, store, { workers: 0, ...options });
  const samples: Sample[] = [];
  const filled = report.shards.filter(({ sampleCount }) => sampleCount > 0);
  for (const { url } of filled) {
    for await (const sample of webdataset(store.files.get(url)!)) samples.push(sample);
  }
  return { samples, store, report };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const OBJECTS: readonly (readonly [before: string, after: string])[] = [
  ['{"width":500,"height":375,"x":500}', '{"width":7,"height":5,"x":500}'],
  [
    '{ "a" : {"width": 1}, "width" :\n 9, "list": [1, "width", {"height": 2}] }',
    '{ "a" : {"width": 1}, "width" :\n 7, "list": [1, "width", {"height": 2}] }',
  ],
  [
    '{"caption": "\\"width\\": 3, {", "height": 12, "r": 1.0, "big": 9007199254740993}',
    '{"caption": "\\"width\\": 3, {", "height": 5, "r": 1.0, "big": 9007199254740993}',
  ],
  [
    '{"\\u0077idth": 3, "width": 2.5, "height": null}',
    '{"\\u0077idth": 7, "width": 2.5, "height": null}',
  ],
  ['["width", 3]', '["width", 3]'],
  [
    '{"s": "width", "width": "3", "n": [[{"width": 3}]], "height": 1}',
    '{"s": "width", "width": "3", "n": [[{"width": 3}]], "height": 5}',
  ],
  ["3", "3"],
];

/** A PNG file of some size. */
export const makePng = (width: number, height: number): Promise<Uint8Array> =>
  encodePng(draw("smooth", width, height));

/** Of a camera's file: what Pillow saves of it (nothing where it stays), and its size. */
type Upright = readonly [file: string | null, width: number, height: number];

export const readUpright = async (
  { read }: Pick<Fixtures, "read">,
): Promise<Readonly<Record<string, Readonly<Record<"small" | "kept", Upright>>>>> =>
  JSON.parse(new TextDecoder().decode(await read("resize/upright.json"))).files;

export const cases: TestCase[] = [
  {
    name: "resizeShards() turns what cameras store as Pillow does, where it is to be upright",
    async run(fixtures) {
      const golden = await readUpright(fixtures);
      const names = Object.keys(golden);
      assert.isAbove(names.length, 8);
      const files = await Promise.all(names.map((name) => fixtures.read(`jpeg/markers/${name}`)));
      const members = names.flatMap((name, i) => {
        const key = name.replace(/\.jpg$/, "");
        return [[`${key}.jpg`, files[i]], [`${key}.json`, '{"width": 0, "height": 0}']] as const;
      });
      const shard = { "s.tar": await makeShard(members) };
      for (const [kind, short] of [["small", 20], ["kept", 1000]] as const) {
        const { samples } = await resized(shard, { short, upright: true });
        for (const [i, { bytes }] of samples.entries()) {
          const [file, width, height] = golden[names[i]][kind];
          const [own, info] = file === null
            ? [await hash(files[i]), { width: 0, height: 0 }]
            : [file, { width, height }];
          assert.equal(await hash(bytes.jpg), own, `${names[i]} ${kind}`);
          assert.deepEqual(JSON.parse(text(bytes.json)), info, names[i]);
        }
      }
      // As before, and as another job, unless it is asked for.
      const { samples, store } = await resized(shard, { short: 1000 });
      for (const [i, { bytes }] of samples.entries()) assert.deepEqual(bytes.jpg, files[i]);
      const error = await rejection(
        resized(shard, { short: 1000, upright: true }, store),
      ) as WdsError;
      assert.equal(error.code, "job/plan");
    },
  },
  ...["200 90 bicubic", "333 75 lanczos", "96 50 bilinear"].map((name): TestCase => ({
    name: `resizeShards() writes what Pillow writes of the sample: ${name}`,
    async run(fixtures) {
      const golden = (await readGolden(fixtures))[name];
      const [short, quality, interpolation] = name.split(" ");
      const options = {
        short: Number(short),
        quality: Number(quality),
        interpolation: interpolation as "bicubic",
      };
      const sample = await fixtures.read("sample.tar");
      const { samples, report } = await resized({ "sample.tar": sample }, options);
      assert.lengthOf(samples, golden.length);
      for (const [i, [key, file, , json]] of golden.entries()) {
        assert.equal(samples[i].key, key);
        assert.equal(await hash(samples[i].fields.jpg), file, key);
        assert.deepEqual(JSON.parse(text(samples[i].fields.json)), JSON.parse(json));
      }
      assert.equal(report.copied, golden.filter(([, , pixels]) => pixels === null).length);
      // Losslessly, the pixels themselves; of one size, as deflate in JavaScript takes its time.
      if (options.short > 96) return;
      const { samples: pictures } = await resized({ "s.tar": sample }, {
        ...options,
        format: "png",
      });
      for (const [i, [key, , pixels]] of golden.entries()) {
        if (pixels === null) continue;
        const { data } = await decodePng(pictures[i].fields.png, {});
        assert.equal(await hash(data), pixels, key);
      }
    },
  })),
  {
    name:
      "resizeShards() keeps small images, other fields and samples without images byte for byte",
    skip: noCompression,
    async run() {
      const [small, large] = [await makePng(40, 20), await makePng(40, 60)];
      const shard = await makeShard([
        ["a.cls", "1"],
        ["a.png", small],
        ["b.png", large],
        ["b.json", '{"width": 40, "height": 60, "r": 1.0}'],
        ["b.seg.txt", "x"],
        ["c.txt", "no image"],
      ]);
      const kept = await resized({ "x.tar": shard }, { short: 20 });
      assert.deepInclude(kept.report, { resized: 1, copied: 1, samples: 3 });
      const [a, b, c] = kept.samples;
      assert.deepEqual(a.fields.png, small);
      assert.deepEqual(Object.keys(b.fields), ["jpg", "json", "seg.txt"]);
      assert.equal(text(b.fields.json), '{"width": 20, "height": 30, "r": 1.0}');
      assert.deepEqual(Object.keys(c.fields), ["txt"]);
    },
  },
  {
    name:
      "resizeShards() gives each shard one of its name, empty ones too, and goes on where it was stopped",
    skip: noCompression,
    async run() {
      const shards: Record<string, Uint8Array> = {};
      for (let i = 0; i < 6; i++) {
        const members: [string, Uint8Array][] = [];
        for (let j = 0; j < i; j++) members.push([`${i}-${j}.png`, await makePng(30 + j, 40)]);
        shards[`in/${i}.tar`] = await makeShard(members);
      }
      const options = { short: 16, info: true };
      const whole = await resized(shards, options);
      assert.deepEqual(whole.store.tars.map(([name]) => name), [
        ...["0.tar", "1.tar", "2.tar", "3.tar", "4.tar", "5.tar"],
      ]);
      const info = JSON.parse(text(whole.store.files.get("_info.json")!));
      assert.deepEqual(info.splits.train.shard_lengths, [0, 1, 2, 3, 4, 5]);
      const store = new MemoryStore();
      const starts = await runUntilDone(
        store,
        (own, signal) => resized(shards, { ...options, signal }, own),
      );
      assert.isAbove(starts, 4);
      assert.deepEqual([...store.files.keys()].sort(), [...whole.store.files.keys()].sort());
      for (const [name, bytes] of store.files) {
        assert.deepEqual(whole.store.files.get(name), bytes, name);
      }
      const other = await rejection(resized(shards, { ...options, short: 17 }, store)) as WdsError;
      assert.match(other.message, /had short 16, and not 17/);
    },
  },
  {
    name:
      "resizeShards() throws or skips what cannot be decoded, and refuses names that come twice",
    skip: noCompression,
    async run() {
      const shard = await makeShard([["a.jpg", "no image"], ["b.png", await makePng(30, 30)]]);
      const error = await rejection(resized({ "x.tar": shard }, { short: 8 })) as WdsError;
      assert.match(error.message, /Cannot decode "a\.jpg" of "x\.tar"/);
      const skipped: string[] = [];
      const { report } = await resized({ "x.tar": shard }, {
        short: 8,
        read: { onError: "skip" },
        onSkip: ({ key }) => skipped.push(key!),
      });
      assert.deepInclude(report, { samples: 1, skipped: 1 });
      assert.deepEqual(skipped, ["a"]);
      const twins = { "a/x.tar": shard, "b/x.tar": shard };
      assert.match(String(await rejection(resized(twins, { short: 8 }))), /two shards are called/);
    },
  },
  {
    name: "replaceIntegers() changes an object's own integers and nothing else",
    run(): void {
      for (const [before, after] of OBJECTS) {
        assert.equal(replaceIntegers(before, { width: 7, height: 5 }), after);
      }
    },
  },
];
