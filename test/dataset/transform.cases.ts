import { assert } from "chai";
import { type WebDataset, webdataset } from "../../src/dataset/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import { BatchMemory } from "../../src/steps/tensor_sample.ts";
import { decodeJpeg, evaluation, resize, toTensor } from "../../src/image/mod.ts";
import {
  drawFlip,
  drawTrainingBox,
  training,
  type TrainingBox,
} from "../../src/image/transform/training.ts";
import type { Image } from "../../src/image/types.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { catchError, collect, makeShard } from "./shards.ts";

const PICTURES = ["baseline/420_42x32.jpg", "baseline/422_44x30.jpg", "baseline/420_7x9.jpg"];

/** A shard of three JPEG files with the classes 10, 11 and 12. */
async function makePictureShard(fixtures: Fixtures): Promise<Uint8Array<ArrayBuffer>> {
  const members: [string, string | Uint8Array][] = [];
  for (const [index, name] of PICTURES.entries()) {
    members.push([`p${index}.cls`, String(10 + index)]);
    members.push([`p${index}.jpg`, await fixtures.read(`jpeg/${name}`)]);
  }
  return await makeShard(members);
}

/** A box out of an image. */
function cropImage(image: Image, box: TrainingBox): Image {
  const { channels } = image;
  const rows = Array.from({ length: box.height }, (_, y) => {
    const from = ((box.top + y) * image.width + box.left) * channels;
    return [...image.data.subarray(from, from + box.width * channels)];
  });
  return { width: box.width, height: box.height, channels, data: new Uint8Array(rows.flat()) };
}

const transform = evaluation({ size: 24, resize: 26, interpolation: "bicubic" });

export const cases: TestCase[] = [
  {
    name: "Dataset.transform() yields tensors with label, key and fields",
    async run(fixtures): Promise<void> {
      const dataset = webdataset(await makePictureShard(fixtures), { name: "p.tar" });
      const samples = await collect(dataset.transform(transform));
      assert.deepEqual(samples.map(({ label }) => label), [10, 11, 12]);
      for (const { image, shape, shard, fields } of samples) {
        assert.instanceOf(image, Float32Array);
        assert.lengthOf(image, 3 * 24 * 24);
        assert.deepEqual(shape, [3, 24, 24]);
        assert.equal(shard, "p.tar");
        assert.deepEqual(Object.keys(fields), ["cls", "jpg"]);
        assert.isTrue(image.some((value) => value !== image[0]));
      }
    },
  },
  {
    name: "Dataset.batch() straight after transform() equals batches of single tensors",
    async run(fixtures): Promise<void> {
      const shard = await makePictureShard(fixtures);
      for (const type of ["float32", "float16", "uint8"] as const) {
        const tensors = webdataset(shard).transform({ ...transform, type });
        const fused = await collect(tensors.batch(2));
        const apart = await collect(tensors.map((sample) => sample).batch(2));
        assert.deepEqual(fused, apart);
        assert.deepEqual(fused.map(({ size }) => size), [2, 1]);
        const shape = type === "uint8" ? [24, 24, 3] : [3, 24, 24];
        assert.deepEqual(fused.map((batch) => batch.shape), [[2, ...shape], [1, ...shape]]);
        assert.deepEqual(fused[0].keys, ["p0", "p1"]);
        assert.deepEqual([...fused[0].labels, ...fused[1].labels], [10, 11, 12]);
        assert.lengthOf(fused[1].images, 3 * 24 * 24);
        // What the caller owns must not hang on a larger buffer.
        assert.equal(fused[1].images.buffer.byteLength, fused[1].images.byteLength);
      }
    },
  },
  {
    name: "Dataset.batch() writes every batch into a given array, and checks it",
    async run(fixtures): Promise<void> {
      const shard = await makePictureShard(fixtures);
      const tensors = webdataset([shard, shard, shard]).take(7).transform(
        evaluation({ size: 16, resize: 16 }),
      );
      const expected = await collect(tensors.batch(3));
      const into = new Float32Array(3 * 3 * 16 * 16 + 4).fill(5);
      let count = 0;
      for await (const { images, keys, shape } of tensors.batch(3, { into })) {
        const wanted = expected[count++];
        assert.strictEqual(images.buffer, into.buffer);
        assert.deepEqual([keys, shape], [wanted.keys, wanted.shape]);
        assert.deepEqual(images, wanted.images);
      }
      assert.equal(count, 3);
      assert.deepEqual(into.slice(-4), new Float32Array(4).fill(5));
      assert.instanceOf(await catchError(collect(tensors.batch(4, { into }))), RangeError);
      const bytes = new Uint8Array(9999);
      assert.instanceOf(await catchError(collect(tensors.batch(3, { into: bytes }))), TypeError);
      assert.throws(() => webdataset(shard).batch(3, { into }), TypeError);
    },
  },
  {
    name: "a run goes on in an array of its own where it was begun in new ones",
    async run(fixtures): Promise<void> {
      const shard = await makePictureShard(fixtures);
      const open = (): WebDataset => webdataset([shard, shard]);
      const begun = open().transform(transform).batch(2);
      const keys: string[] = [];
      for await (const batch of begun) {
        keys.push(...batch.keys);
        break;
      }
      const into = new Float32Array(2 * 3 * 24 * 24);
      const rest = open().resume(begun.state()!).transform(transform).batch(2, { into });
      for await (const batch of rest) keys.push(...batch.keys);
      assert.deepEqual(keys, ["p0", "p1", "p2", "p0", "p1", "p2"]);
    },
  },
  {
    name: "batches whose memory is given back are those of new memory, and are empty afterwards",
    async run(fixtures): Promise<void> {
      const shard = await makePictureShard(fixtures);
      const tensors = webdataset([shard, shard, shard]).transform(transform);
      for (const batched of [tensors.batch(2), tensors.batch(2, { fields: ["cls"] })]) {
        const expected = await collect(batched);
        const { take } = BatchMemory.prototype;
        let reused = 0;
        BatchMemory.prototype.take = function (byteLength): ArrayBuffer | undefined {
          const memory = take.call(this, byteLength);
          if (memory !== undefined) {
            // What is left in it shows where the next batch does not write.
            new Uint8Array(memory).fill(77);
            reused++;
          }
          return memory;
        };
        try {
          let count = 0;
          for await (const batch of batched) {
            assert.deepEqual(batch, expected[count++]);
            batch.release();
            assert.lengthOf(batch.images, 0);
            batch.release();
          }
          assert.equal(count, expected.length);
          assert.equal(reused, expected.length - 1);
        } finally {
          BatchMemory.prototype.take = take;
        }
      }
      // What was made elsewhere, or in an array of the caller's, stays.
      const into = new Float32Array(2 * 3 * 24 * 24);
      for (const other of [tensors.map((each) => each).batch(2), tensors.batch(2, { into })]) {
        const [batch] = await collect(other);
        batch.release();
        assert.lengthOf(batch.images, into.length);
      }
    },
  },
  {
    name: "Dataset.batch() leaves out the last batch with dropLast, unless it is full",
    async run(fixtures): Promise<void> {
      const tensors = webdataset(await makePictureShard(fixtures)).transform(transform);
      const sizes = async (size: number): Promise<number[]> =>
        (await collect(tensors.batch(size, { dropLast: true }))).map((batch) => batch.size);
      assert.deepEqual(await sizes(2), [2]);
      assert.deepEqual(await sizes(3), [3]);
      assert.deepEqual(await sizes(4), []);
    },
  },
  {
    name: "Dataset.batch() gives arrays that later batches do not write to",
    async run(fixtures): Promise<void> {
      const tensors = webdataset(await makePictureShard(fixtures)).transform(transform);
      const kept: Float32Array[] = [];
      const copies: Float32Array[] = [];
      for await (const { images } of tensors.batch(1)) {
        kept.push(images as Float32Array);
        copies.push(images.slice() as Float32Array);
      }
      assert.deepEqual(kept, copies);
      assert.notDeepEqual(kept[0], kept[1]);
    },
  },
  {
    name: "Dataset.transform() of decoded images equals that of encoded ones",
    async run(fixtures): Promise<void> {
      const dataset = webdataset(await makePictureShard(fixtures));
      for (const type of ["float32", "float16", "uint8"] as const) {
        const wanted = { ...transform, type };
        const encoded = await collect(dataset.transform(wanted));
        const decoded = await collect(dataset.decode().transform(wanted));
        for (const [index, { image, label }] of encoded.entries()) {
          assert.deepEqual(decoded[index].image, image);
          assert.equal(decoded[index].label, label);
        }
      }
    },
  },
  {
    name: "Dataset.transform() reads other image types by the decoders given",
    async run(fixtures): Promise<void> {
      const shard = await makePictureShard(fixtures);
      const [{ fields }] = await collect(webdataset(shard).decode());
      const pixels = fields.jpg as { width: number; height: number; data: Uint8Array };
      const png = await makeShard([["a.png", "any bytes"]]);
      const [plain] = await collect(webdataset(shard).transform(transform));
      const decoders = { png: () => pixels };
      const [plugged] = await collect(
        webdataset(png).transform(transform, { label: false, decoders }),
      );
      assert.deepEqual(plugged.image, plain.image);
      assert.equal(plugged.label, -1);
      const error = await catchError(
        collect(webdataset(png, { name: "s.tar" }).transform(transform, { label: false })),
      );
      assert.deepInclude(error, { code: "image/unsupported-format", key: "a", offsetBytes: 0 });
      assert.match((error as Error).message, /^Cannot decode "a\.png" of "s\.tar": .*decoders/);
    },
  },
  {
    name: "Dataset.transform() names shard, key and offset of what it cannot decode, or skips it",
    async run(fixtures): Promise<void> {
      const good = await fixtures.read(`jpeg/${PICTURES[0]}`);
      const shard = await makeShard([
        ["a.cls", "1"],
        ["a.jpg", good],
        ["b.cls", "2"],
        ["b.jpg", "no picture"],
        ["c.jpg", good],
        ["d.cls", "4"],
        ["d.jpg", good.slice(0, good.length >> 1)],
        ["e.cls", "5"],
        ["e.jpg", good],
      ]);
      const error = await catchError(
        collect(webdataset(shard, { name: "s.tar" }).transform(transform)),
      ) as WdsError;
      const offsetBytes = 1024 + 512 + Math.ceil(good.length / 512) * 512 + 1024;
      assert.deepInclude(error, { code: "jpeg/not-jpeg", shard: "s.tar", key: "b", offsetBytes });
      assert.match(error.message, /^Cannot decode "b\.jpg" of "s\.tar": /);

      const skipped: WdsError[] = [];
      const dataset = webdataset(shard, {
        onError: "skip",
        onSkip: (fault) => skipped.push(fault),
      });
      const batches = dataset.transform(transform, { label: "cls" }).batch(8);
      const [batch] = await collect(batches);
      assert.deepEqual(batch.keys, ["a", "e"]);
      assert.deepEqual([...batch.labels], [1, 5]);
      assert.deepEqual(
        skipped.map(({ key, code }) => [key, code]),
        [["b", "jpeg/not-jpeg"], ["c", "sample/no-label"], ["d", "jpeg/truncated"]],
      );
      assert.deepInclude(batches.stats, { samples: 5, skipped: 3 });
      const single = await collect(dataset.transform(transform, { label: "cls" }));
      assert.deepEqual(single.map(({ key }) => key), ["a", "e"]);
    },
  },
  {
    name: "Dataset.transform() that skipped every sample is an error",
    async run(): Promise<void> {
      const shard = await makeShard([["a.cls", "1"], ["a.jpg", "no"], ["b.cls", "1"]]);
      const tensors = webdataset(shard, { onError: "skip" }).transform(transform);
      for (const items of [tensors, tensors.batch(2)] as AsyncIterable<unknown>[]) {
        const error = await catchError(collect(items)) as WdsError;
        assert.equal(error.code, "sample/empty");
        assert.equal((error.cause as WdsError).code, "sample/no-image");
      }
    },
  },
  {
    name: "Dataset.transform() takes image and label from the fields it is told",
    async run(fixtures): Promise<void> {
      const [first, second] = await Promise.all(
        PICTURES.slice(0, 2).map((name) => fixtures.read(`jpeg/${name}`)),
      );
      const shard = await makeShard([["a.left.jpg", first], ["a.right.jpg", second], [
        "a.id",
        "7",
      ]]);
      const options = { label: "id" };
      const pick = async (image?: string): Promise<number[]> => {
        const [sample] = await collect(
          webdataset(shard).transform(transform, image ? { ...options, image } : options),
        );
        assert.equal(sample.label, 7);
        return [...sample.image];
      };
      assert.deepEqual(await pick(), await pick("left.jpg"));
      assert.notDeepEqual(await pick(), await pick("right.jpg"));
    },
  },
  {
    name: "Dataset.transform() of training() crops, resizes and mirrors as drawn for each position",
    async run(fixtures): Promise<void> {
      const dataset = webdataset(await makePictureShard(fixtures));
      let flips = 0;
      for (const type of ["float32", "uint8"] as const) {
        for (let epoch = 0; epoch < 4; epoch++) {
          const descriptor = training({ size: [20, 12], seed: 5, type });
          const samples = await collect(dataset.epochs(1, { from: epoch }).transform(descriptor));
          for (const [position, { image, fields }] of samples.entries()) {
            const whole = decodeJpeg(fields.jpg as Uint8Array);
            const random = seededRandom(5, { epoch: epoch, shard: 0, index: position });
            const box = drawTrainingBox(whole.width, whole.height, descriptor, random);
            const size = { width: 12, height: 20, interpolation: box.interpolation };
            const resized = resize(cropImage(whole, box), size);
            const isFlipped = drawFlip(descriptor, random);
            if (isFlipped) flips++;
            const rows = Array.from({ length: 20 * 12 }, (_, pixel) => {
              const column = isFlipped ? 11 - pixel % 12 : pixel % 12;
              const from = (Math.floor(pixel / 12) * 12 + column) * 3;
              return [...resized.data.slice(from, from + 3)];
            });
            const data = new Uint8Array(rows.flat());
            const expected = toTensor({ width: 12, height: 20, channels: 3, data }, descriptor);
            assert.deepEqual(image, expected.data);
          }
        }
      }
      assert.isAbove(flips, 0);
      assert.isBelow(flips, 24);
    },
  },
  {
    name: "Dataset.transform() of training() is the same in every pass and differs by epoch",
    async run(fixtures): Promise<void> {
      const dataset = webdataset(await makePictureShard(fixtures));
      const descriptor = training({ size: 16, seed: 1 });
      const pass = async (epoch: number): Promise<Float32Array> =>
        (await collect(dataset.epochs(1, { from: epoch }).transform(descriptor).batch(3)))[0]
          .images as Float32Array;
      assert.deepEqual(await pass(0), await pass(0));
      assert.notDeepEqual(await pass(0), await pass(1));
      const decoded = await collect(dataset.decode().transform(descriptor).batch(3));
      assert.deepEqual(decoded[0].images as Float32Array, await pass(0));
    },
  },
  {
    name: "Dataset.transform() fills truncated files where it is told to",
    async run(fixtures): Promise<void> {
      const whole = await fixtures.read(`jpeg/${PICTURES[0]}`);
      const shard = await makeShard([["a.jpg", whole.slice(0, whole.length - 200)]]);
      const dataset = webdataset(shard);
      const options = { label: false } as const;
      const error = await catchError(collect(dataset.transform(transform, options)));
      assert.deepInclude(error, { code: "jpeg/truncated" });
      const filled = await collect(
        dataset.transform(transform, { ...options, truncated: "fill" }),
      );
      assert.lengthOf(filled, 1);
      // decode() takes the same, and gives the pixels that the same tensor is made of.
      assert.deepInclude(await catchError(collect(dataset.decode())), { code: "jpeg/truncated" });
      const pixels = dataset.decode({ truncated: "fill" }).transform(transform, { label: false });
      assert.deepEqual((await collect(pixels)).map(({ image }) => image), [filled[0].image]);
      const small = dataset.decode({ truncated: "fill", maxPixels: 100 });
      assert.deepInclude(await catchError(collect(small)), { code: "jpeg/too-large" });
      const strict = dataset.decode({ truncated: "fill", strict: true });
      assert.deepInclude(await catchError(collect(strict)), { code: "jpeg/corrupt" });
    },
  },
];
