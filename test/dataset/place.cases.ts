/** What is drawn for a sample, and what batches hold, by its place in the data and by nothing else. */

import { assert } from "chai";
import { makeDataset } from "../../src/dataset/builder.ts";
import { type Dataset, type WebDataset, webdataset } from "../../src/dataset/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import { evaluation, init, training } from "../../src/image/mod.ts";
import type { ReadOptions } from "../../src/sample/read_options.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { TensorSample } from "../../src/steps/mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { catchError, collect, makeShard } from "./shards.ts";

const draws = training({ size: 24, seed: 11, type: "uint8" });

/** Two shards of six pictures each, as many crops of which differ. */
async function makePictures({ read }: Fixtures): Promise<Uint8Array<ArrayBuffer>[]> {
  const picture = await read("jpeg/baseline/420_42x32.jpg");
  const shard = (prefix: string): Promise<Uint8Array<ArrayBuffer>> =>
    makeShard(
      Array.from({ length: 6 }, (_, i): [string, string | Uint8Array][] => [
        [`${prefix}${i}.cls`, String(i)],
        [`${prefix}${i}.jpg`, picture],
      ]).flat(),
    );
  return [await shard("a"), await shard("b")];
}

/** Image by key. */
async function byKey(tensors: Dataset<TensorSample>): Promise<Map<string, string>> {
  const images = (await collect(tensors)).map(({ key, image }) => [key, image.join()] as const);
  return new Map(images);
}

/** A dataset whose catalogue says how many samples each shard has. */
function makePlanned(
  shards: readonly Uint8Array<ArrayBuffer>[],
  shardLengths: readonly number[],
  options: ReadOptions = {},
): WebDataset {
  const sources = shards.map((bytes, i) => bytesSource(bytes, `${i}.tar`));
  const sampleCount = shardLengths.reduce((sum, length) => sum + length, 0);
  return makeDataset(() => Promise.resolve({ sources, shardLengths, sampleCount }), options);
}

const places = (samples: readonly { key: string; index: number }[]): string =>
  samples.map(({ key, index }) => `${key}=${index}`).join();

export const cases: TestCase[] = [
  {
    name:
      "training() draws for a sample what it draws in a whole pass, whatever is left out before it",
    async run(fixtures): Promise<void> {
      await init();
      const shards = await makePictures(fixtures);
      const whole = await byKey(webdataset(shards).transform(draws));
      assert.equal(new Set(whole.values()).size, 12, "two samples were given the same draws");
      const partial: Record<string, Dataset<TensorSample>> = {
        skip: webdataset(shards).skip(3).transform(draws),
        filter: webdataset(shards).filter(({ key }) => key !== "a0").transform(draws),
        decode: webdataset(shards).decode().filter(({ fields }) => fields.cls !== 2).transform(
          draws,
        ),
        after: webdataset(shards).transform(draws).skip(3),
        workers: webdataset(shards, { workers: 2 }).skip(5).transform(draws),
        prefetch: webdataset(shards).skip(1).prefetch(3).transform(draws),
      };
      for (const [name, tensors] of Object.entries(partial)) {
        const images = await byKey(tensors);
        assert.isAbove(images.size, 6);
        for (const [key, image] of images) assert.equal(image, whole.get(key), `${name}: ${key}`);
      }
    },
  },
  {
    name: "training() draws the same where a sample before it is faulty, and in at()",
    async run(fixtures): Promise<void> {
      await init();
      const shards = await makePictures(fixtures);
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const whole = webdataset(shards).epochs(1, { from: 2 }).transform(draws);
      const images = await byKey(whole);
      const faulty = await makeShard([
        ["a0.cls", "0"],
        ["a0.jpg", picture],
        ["a1.cls", "1"],
        ["a1.cls", "again"],
        ["a1.jpg", picture],
        ["a2.cls", "2"],
        ["a2.jpg", picture],
        ["a3.cls", "3"],
        ["a3.jpg", picture.subarray(0, 300)],
        ["a4.cls", "4"],
        ["a4.jpg", picture],
      ]);
      const left = webdataset(faulty, { onError: "skip" }).epochs(1, { from: 2 });
      const samples = await collect(left);
      assert.equal(places(samples), "a0=0,a2=2,a3=3,a4=4");
      const kept = await byKey(left.transform(draws));
      assert.deepEqual([...kept.keys()], ["a0", "a2", "a4"]);
      for (const [key, image] of kept) assert.equal(image, images.get(key), key);
      // Number 3 of those that are left is the fifth.
      const single = await left.transform(draws).at(3);
      assert.deepEqual([single.key, single.index], ["a4", 4]);
      assert.equal(single.image.join(), images.get("a4"));
      for (const i of [0, 7, 11]) {
        const { key, image, index } = await whole.at(i);
        assert.equal(image.join(), images.get(key));
        assert.equal(index, i % 6);
        const other = await whole.at(i, { epoch: 3 });
        assert.notEqual(other.image.join(), image.join());
      }
    },
  },
  {
    name:
      "epochs() goes through the samples again, with draws of their own and batches that end with it",
    async run(fixtures): Promise<void> {
      await init();
      const [shard] = await makePictures(fixtures);
      for (const workers of [0, 2]) {
        const tensors = webdataset(shard, { workers }).epochs(3, { from: 1 }).transform(draws);
        const samples = await collect(tensors);
        assert.lengthOf(samples, 18);
        assert.equal(new Set(samples.map(({ image }) => image.join())).size, 18);
        const batches = await collect(tensors.batch(4));
        assert.deepEqual(batches.map(({ size }) => size), [4, 2, 4, 2, 4, 2]);
        assert.deepEqual(batches[3].keys, ["a4", "a5"]);
        assert.deepEqual(batches[3].indexes, [4, 5]);
        assert.equal(
          batches[3].images.join(),
          samples.slice(10, 12).map(({ image }) => image).join(),
        );
        const whole = await collect(tensors.batch(4, { dropLast: true }));
        assert.deepEqual(whole.map(({ size }) => size), [4, 4, 4]);
        const again = await collect(tensors.map((sample) => sample).batch(4));
        assert.deepEqual(again, batches);
        const keys = await collect(webdataset(shard).epochs(2).map(({ key }) => key).batch(4));
        assert.deepEqual(keys.map((group) => group.join()), [
          "a0,a1,a2,a3",
          "a4,a5",
          "a0,a1,a2,a3",
          "a4,a5",
        ]);
      }
      const endless: string[] = [];
      for await (const { key } of webdataset(shard).epochs(Infinity)) {
        endless.push(key);
        if (endless.length === 20) break;
      }
      assert.equal(endless.at(-1), "a1");
      for (const count of [0, -1, 1.5, NaN]) {
        assert.throws(() => webdataset(shard).epochs(count), RangeError, /number of epochs/);
      }
      assert.throws(() => webdataset(shard).epochs(1, { from: -1 }), RangeError);
    },
  },
  {
    name: "epochs() without end, of which every sample is skipped, ends with an error",
    async run(): Promise<void> {
      const shard = await makeShard([["a.cls", "1"], ["b.txt", "no image"]]);
      const dataset = webdataset(shard, { onError: "skip" }).epochs(Infinity);
      const tensors = dataset.transform(evaluation({ size: 8 }), { label: false });
      assert.deepInclude(await catchError(collect(tensors)), { code: "sample/empty" });
      assert.deepInclude(await catchError(collect(tensors.batch(2))), { code: "sample/empty" });
    },
  },
  {
    name: "a shard with another number of samples than the catalogue says is an error at its end",
    async run(fixtures): Promise<void> {
      const shards = await makePictures(fixtures);
      assert.lengthOf(await collect(makePlanned(shards, [6, 6])), 12);
      for (const [lengths, shard] of [[[6, 7], "1.tar"], [[5, 6], "0.tar"]] as const) {
        const seen: string[] = [];
        const error = await catchError((async () => {
          for await (const { key } of makePlanned(shards, lengths)) seen.push(key);
        })()) as WdsError;
        assert.deepInclude(error, { code: "dataset/length", shard });
        assert.match(error.message, /that the dataset's catalogue lists: it has 6$/);
        assert.lengthOf(seen, shard === "0.tar" ? 6 : 12);
      }
      // Whoever leaves before the end has not asked.
      assert.lengthOf(await collect(makePlanned(shards, [99, 6]).take(6)), 6);
      const faults: WdsError[] = [];
      const options = { onError: "skip", onSkip: (fault: WdsError) => faults.push(fault) } as const;
      assert.lengthOf(await collect(makePlanned(shards, [5, 6], options)), 12);
      assert.deepEqual(faults.map(({ code }) => code), ["dataset/length"]);
    },
  },
  {
    name: "at() says so where a shard has fewer samples than the catalogue says",
    async run(fixtures): Promise<void> {
      const shards = await makePictures(fixtures);
      const planned = makePlanned(shards, [8, 6]);
      assert.equal((await planned.at(8)).key, "b0");
      for (const i of [6, 7]) {
        assert.deepInclude(await catchError(planned.at(i)), {
          code: "dataset/length",
          shard: "0.tar",
        });
      }
    },
  },
  {
    name: "explain() names the steps that are run, and what each was given",
    async run(fixtures): Promise<void> {
      const shards = await makePictures(fixtures);
      const dataset = webdataset(shards).epochs(3, { from: 4 }).filter(() => true)
        .decode({ fields: ["cls"] }).transform(draws, { label: false }).batch(5);
      const explanation = await dataset.explain();
      assert.deepInclude(explanation, { shards: 2, samples: undefined, firstEpoch: 4, epochs: 3 });
      assert.deepEqual(explanation.steps.map(({ name }) => name), [
        "filter",
        "decode",
        "transform and batch",
      ]);
      const [, decode, last] = explanation.steps;
      assert.deepEqual(decode.settings.fields, ["cls"]);
      assert.deepInclude(last.settings, {
        transform: draws,
        label: false,
        size: 5,
        dropLast: false,
      });
      assert.deepEqual(
        JSON.parse(JSON.stringify(explanation)).steps[2].settings.transform.seed,
        11,
      );
      assert.equal((await makePlanned(shards, [6, 6]).explain()).samples, 12);
    },
  },
  {
    name: "batches that go into one array cannot be read ahead",
    async run(fixtures): Promise<void> {
      const [shard] = await makePictures(fixtures);
      const into = new Uint8Array(2 * 24 * 24 * 3);
      const batches = webdataset(shard).transform(draws).batch(2, { into });
      assert.throws(() => batches.prefetch(2), TypeError, /read ahead/);
      const mapped = webdataset(shard).transform(draws).map((sample) => sample);
      assert.throws(() => mapped.batch(2, { into }), TypeError, /only right after transform/);
    },
  },
];
