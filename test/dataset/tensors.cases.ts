/** Several images and masks of a sample: against torchvision's v2, in batches, with faults. */

import { assert } from "chai";
import { evaluation, mix, processor, training, webdataset } from "../../mod.ts";
import type { FieldTensor, WdsError } from "../../mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { mask } from "../../src/image/transform/mod.ts";
import { withFormats } from "../with_formats.ts";
import { sha256 } from "../reference/digest.ts";
import { catchError, collect, makeShard } from "./shards.ts";

/** What Python made of a sample. */
interface Digests {
  readonly left: string;
  readonly right: string;
  readonly torch: string;
  readonly pillow: string;
}

interface GoldenSample {
  readonly left: string;
  readonly right: string;
  readonly seg: string;
  readonly greatest: number;
  readonly evaluation: Digests;
  readonly training: Digests;
}

const view = evaluation({ size: 24, resize: 26, interpolation: "bicubic", type: "uint8" });
const crop = training({ size: 20, seed: 7, type: "uint8" });

/** The samples of `make_sets.py`: two images and a mask each, those of PNG files by the name `png`. */
export async function makeSet(
  { read }: Fixtures,
): Promise<{ shard: Uint8Array<ArrayBuffer>; samples: readonly GoldenSample[] }> {
  const text = new TextDecoder().decode(await read("masks/sets.json"));
  const { samples } = JSON.parse(text) as { samples: readonly GoldenSample[] };
  const members: [string, string | Uint8Array][] = [];
  for (const [i, { left, right, seg }] of samples.entries()) {
    const extension = left.endsWith(".png") ? "png" : "jpg";
    members.push(
      [`s${i}.cls`, String(i)],
      [`s${i}.left.${extension}`, await read(left)],
      [`s${i}.right.img`, await read(right)],
      [`s${i}.seg.png`, await read(`masks/files/${seg}`)],
    );
  }
  return { shard: await makeShard(members), samples };
}

/** Digests of the rows of a batch: of masks as int32. */
async function digestRows({ data, shape }: FieldTensor): Promise<string[]> {
  const [size, ...rest] = shape;
  const length = rest.reduce((product, extent) => product * extent, 1);
  return await Promise.all(Array.from({ length: size }, (_, i) => {
    const row = data.slice(i * length, (i + 1) * length);
    return sha256(rest.length === 2 ? Int32Array.from(row) : row);
  }));
}

const LEFT = "left.jpg;left.png";

export const cases: TestCase[] = [
  {
    name: "Dataset.transform() of several fields equals torchvision's v2 on images with masks",
    async run(fixtures): Promise<void> {
      const { shard, samples } = await makeSet(fixtures);
      await withFormats(async () => {
        for (const [kind, transform] of [["evaluation", view], ["training", crop]] as const) {
          for (const resampler of ["torch", "pillow"] as const) {
            const dataset = webdataset(shard).epochs(1, { from: 1 }).transform({
              [LEFT]: transform,
              "right.img": transform,
              "seg.png": mask({ of: LEFT, type: "int32", resampler }),
            });
            const batches = await collect(dataset.batch(3));
            assert.deepEqual(batches.map(({ size }) => size), [3, 3, 1]);
            assert.deepEqual(batches.flatMap(({ labels }) => [...labels]), [0, 1, 2, 3, 4, 5, 6]);
            const made = { left: [], right: [], seg: [] } as Record<string, string[]>;
            for (const { tensors, size } of batches) {
              const { [LEFT]: left, "right.img": right, "seg.png": seg } = tensors;
              // The types: bytes of images, numbers of masks.
              const bytes: Uint8Array = left.data;
              const numbers: Int32Array = seg.data;
              const [edge] = transform.crop;
              assert.deepEqual(left.shape, [size, edge, edge, 3]);
              assert.deepEqual(seg.shape, [size, edge, edge]);
              assert.deepEqual([bytes.length, numbers.length], [
                size * edge * edge * 3,
                size * edge * edge,
              ]);
              made.left.push(...await digestRows(left));
              made.right.push(...await digestRows(right));
              made.seg.push(...await digestRows(seg));
            }
            for (const [i, golden] of samples.entries()) {
              const { left, right, [resampler]: seg } = golden[kind];
              const name = `${golden.seg} of ${kind} by ${resampler}`;
              assert.deepEqual(
                [made.left[i], made.right[i], made.seg[i]],
                [left, right, seg],
                name,
              );
            }
          }
        }
      });
    },
  },
  {
    name:
      "Dataset.transform() of several fields gives alike alone, apart, ahead, into arrays and resumed",
    async run(fixtures): Promise<void> {
      const { shard } = await makeSet(fixtures);
      await withFormats(async () => {
        const given = {
          [LEFT]: crop,
          "right.img": training({ size: 16, seed: 7 }),
          "seg.png": mask({ of: LEFT, type: "int32" }),
        } as const;
        const open = (state?: string) => {
          const dataset = webdataset([shard, shard]);
          return (state === undefined ? dataset : dataset.resume(state)).transform(given);
        };
        const fields = ["cls"] as const;
        const expected = await collect(open().batch(4, { fields }));
        assert.deepEqual(expected.map(({ size }) => size), [4, 4, 4, 2]);
        assert.deepEqual(await collect(open().filter(() => true).batch(4, { fields })), expected);
        assert.deepEqual(await collect(open().batch(4, { fields }).prefetch(2)), expected);
        const plain = expected.map(({ fields: _, ...rest }) => rest);
        assert.deepEqual(await collect(open().batch(4)), plain as never);
        assert.deepEqual(await collect(open().filter(() => true).batch(4)), plain as never);
        const samples = await collect(open());
        assert.deepEqual(await open().at(9), samples[9]);
        const [first] = samples;
        assert.deepEqual(first.tensors[LEFT].shape, [20, 20, 3]);
        assert.deepEqual(first.tensors["right.img"].shape, [3, 16, 16]);
        assert.deepEqual(Object.keys(first.fields), ["cls", "left.jpg", "right.img", "seg.png"]);
        assert.deepEqual(
          first.tensors["seg.png"].data,
          expected[0].tensors["seg.png"].data.slice(0, 400),
        );
        const into = {
          [LEFT]: new Uint8Array(4 * 20 * 20 * 3 + 5).fill(9),
          "right.img": new Float32Array(4 * 16 * 16 * 3),
          "seg.png": new Int32Array(4 * 20 * 20),
        };
        let at = 0;
        for await (const { tensors, keys } of open().batch(4, { into })) {
          const wanted = expected[at++];
          assert.deepEqual(keys, wanted.keys);
          for (const name of Object.keys(into) as (keyof typeof into)[]) {
            assert.strictEqual(tensors[name].data.buffer, into[name].buffer);
            assert.deepEqual(tensors[name], wanted.tensors[name] as never);
          }
        }
        assert.equal(at, 4);
        assert.deepEqual(into[LEFT].slice(-5), new Uint8Array(5).fill(9));
        let released = 0;
        for await (const batch of open().batch(4)) {
          assert.deepEqual(batch, plain[released++] as never);
          const { data } = batch.tensors["seg.png"];
          batch.release();
          assert.lengthOf(data, 0);
        }
        assert.equal(released, 4);
        const begun = open().batch(4, { fields });
        for await (const _ of begun) break;
        const rest = open(JSON.stringify(begun.state())).batch(4, { fields });
        assert.deepEqual(await collect(rest), expected.slice(1));
        const mixed = mix([webdataset(shard), webdataset(shard).take(2)], { stop: "all" });
        const [batch] = await collect(mixed.transform({ [LEFT]: view }).batch(4));
        assert.lengthOf(batch.parts!, 4);
        const step = (await open().batch(4).explain()).steps[0];
        assert.deepEqual([step.name, step.settings.transform], ["transform and batch", given]);
      });
    },
  },
  {
    name: "Dataset.transform() of several fields draws by the seed: alike with one, apart with two",
    async run(fixtures): Promise<void> {
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const shard = await makeShard([["a.left.jpg", picture], ["a.right.jpg", picture]]);
      const options = { size: 16, seed: 3 } as const;
      const [alike] = await collect(
        webdataset(shard).transform({
          "left.jpg": training(options),
          "right.jpg": training(options),
        }),
      );
      assert.deepEqual(alike.tensors["left.jpg"], alike.tensors["right.jpg"]);
      const other = training({ ...options, seed: 4 });
      const [apart] = await collect(
        webdataset(shard).transform({ "left.jpg": training(options), "right.jpg": other }),
      );
      assert.deepEqual(apart.tensors["left.jpg"], alike.tensors["left.jpg"]);
      assert.notDeepEqual(apart.tensors["right.jpg"].data, apart.tensors["left.jpg"].data);
      const [alone] = await collect(
        webdataset(shard).transform(training(options), { image: "right.jpg" }),
      );
      assert.deepEqual(alone.image, alike.tensors["right.jpg"].data);
    },
  },
  {
    name: "Dataset.transform() of several fields treats a sample without one as it was told",
    async run(fixtures): Promise<void> {
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const shard = await makeShard([
        ["a.left.jpg", picture],
        ["a.right.jpg", picture],
        ["b.left.jpg", picture],
        ["c.right.jpg", picture],
        ["c.left.jpg", picture],
      ]);
      const given = { "left.jpg": view, "right.jpg": view } as const;
      const dataset = webdataset(shard, { name: "s.tar" });
      const error = await catchError(collect(dataset.transform(given).batch(2))) as WdsError;
      assert.deepEqual([error.code, error.key], ["sample/no-image", "b"]);
      assert.match(error.message, /it has no field "right.jpg", only left.jpg/);
      const skipping = webdataset(shard, { onError: "skip" }).transform(given);
      assert.deepEqual((await collect(skipping)).map(({ key }) => key), ["a", "c"]);
      assert.equal(skipping.stats.skipped, 1);
      const leaving = dataset.transform(given, { missing: "skip" });
      const [batch] = await collect(leaving.batch(2));
      assert.deepEqual([batch.keys, batch.tensors["right.jpg"].shape[0]], [["a", "c"], 2]);
      assert.equal(leaving.stats.skipped, 0);
      assert.equal((await catchError(leaving.at(1)) as WdsError).code, "sample/no-image");
      const having = dataset.transform(given, { missing: "undefined" });
      for (const batches of [having.batch(3), having.filter(() => true).batch(3)]) {
        const [{ tensors }] = await collect(batches);
        const shapes = tensors["right.jpg"].map((tensor) => tensor?.shape.join());
        assert.deepEqual(shapes, ["24,24,3", undefined, "24,24,3"]);
        assert.lengthOf(tensors["left.jpg"], 3);
      }
      const { tensors } = await having.at(1);
      assert.isUndefined(tensors["right.jpg"]);
      // The types: a field that may be absent, and one that nobody has asked for.
      // @ts-expect-error -- it may be undefined
      assert.throws(() => tensors["right.jpg"].shape, TypeError);
      // @ts-expect-error -- a misspelt name
      assert.isUndefined(tensors["rihgt.jpg"]);
      assert.deepEqual(tensors["left.jpg"]?.shape, [24, 24, 3]);
    },
  },
  {
    name:
      "masks of another size, of more numbers than their type has and of several channels are faults",
    async run({ read }): Promise<void> {
      const picture = await read("jpeg/baseline/420_42x32.jpg");
      const wide = await read("masks/files/grey_16.png");
      const shard = await makeShard([
        ["a.jpg", picture],
        ["a.png", await read("masks/files/palette_1.png")],
        ["b.jpg", await read("jpeg/baseline/444_47x19.jpg")],
        ["b.png", wide],
        ["c.jpg", await read("jpeg/baseline/444_37x29.jpg")],
        ["c.png", await read("formats/png/pillow_rgb.png")],
        ["d.jpg", picture],
        ["d.png", "no picture"],
      ]);
      await withFormats(async () => {
        const faults: string[] = [];
        const options = {
          onError: "skip",
          onSkip: ({ key, field, code, message }: WdsError) =>
            faults.push(`${key} ${field} ${code} ${message}`),
        } as const;
        const draft = evaluation({ size: 8, resize: 8, draft: true });
        for (const transform of [view, crop, draft]) {
          const given = { jpg: transform, png: mask() };
          const error = await catchError(collect(webdataset(shard, options).transform(given)));
          assert.equal((error as WdsError).code, "sample/empty");
        }
        assert.lengthOf(faults, 12);
        for (let at = 0; at < 12; at += 4) {
          assert.match(
            faults[at],
            /^a png sample\/bad-field .*44x30 pixels, and its image "jpg" 42x32/,
          );
          assert.match(
            faults[at + 1],
            /^b png image\/unsupported-variant .*mask\(\{ type: "int32" \}\)/,
          );
          assert.match(
            faults[at + 2],
            /^c png image\/unsupported-variant .*a mask has one channel/,
          );
          assert.match(faults[at + 3], /^d png image\//);
        }
      });
    },
  },
  {
    name:
      "masks are read of files although they were decoded, and of numbers that a callback gives",
    async run(fixtures): Promise<void> {
      const { shard } = await makeSet(fixtures);
      await withFormats(async () => {
        const given = { [LEFT]: crop, "seg.png": mask({ type: "int32" }) } as const;
        const expected = await collect(webdataset(shard).transform(given).batch(7));
        const decoded = webdataset(shard).decode().transform(given).batch(7);
        assert.deepEqual(await collect(decoded), expected);
        const numbers = { width: 42, height: 32, data: new Int32Array(42 * 32).fill(70_000) };
        const changed = webdataset(shard).take(1)
          .map((sample) => ({ ...sample, fields: { ...sample.fields, "seg.png": numbers } }))
          .transform(given);
        const [{ tensors }] = await collect(changed);
        assert.deepEqual(tensors["seg.png"].data, new Int32Array(400).fill(70_000));
      });
    },
  },
  {
    name: "Dataset.transform() of several fields refuses what cannot be meant",
    run(): void {
      // deno-lint-ignore no-explicit-any -- what the types forbid
      const refuse = (given: any, pattern: RegExp, options: any = {}): void => {
        assert.throws(() => webdataset("a.tar").transform(given, options), TypeError, pattern);
      };
      refuse({}, /no image/);
      refuse({ png: mask() }, /no image/);
      refuse({ jpg: view, png: { kind: "other" } }, /A transform is what/);
      refuse({ jpg: view, png: undefined }, /A transform is what/);
      refuse({ jpg: view, png: mask({ of: "jpeg" }) }, /is of "jpeg", which is no image/);
      refuse({ a: view, b: view, png: mask() }, /of "a" or "b"/);
      refuse({ "jpg;": view }, /image must be the extension/);
      refuse({ jpg: view }, /`image` names the only field/, { image: "jpg" });
      refuse({ jpg: view }, /missing must be/, { missing: "none" });
      refuse(null, /A transform is what/);
      const padding = processor({
        image_processor_type: "LlavaImageProcessor",
        do_pad: true,
        size: { shortest_edge: 16 },
        crop_size: { height: 16, width: 16 },
      });
      if (webdataset("a.tar").transform({ jpg: padding })) {
        refuse({ jpg: padding, png: mask() }, /takes no masks/);
      }
      // deno-lint-ignore no-explicit-any -- what the types forbid
      const options: any[] = [{ of: 3 }, null];
      for (const each of options) assert.throws(() => mask(each), TypeError);
      // deno-lint-ignore no-explicit-any -- what the types forbid
      for (const each of [{ type: "float32" }, { resampler: "none" }] as any[]) {
        assert.throws(() => mask(each), RangeError);
      }
      const several = webdataset("a.tar").transform({ jpg: view, png: mask() });
      // deno-lint-ignore no-explicit-any -- what the types forbid
      const into: any = { jpg: new Uint8Array(9) };
      assert.throws(() => several.filter(() => true).batch(2, { into }), TypeError, /right after/);
      assert.throws(
        () => several.batch(2, { into: { ...into, png: new Uint8Array(9) } }).prefetch(2),
        TypeError,
        /read ahead/,
      );
    },
  },
];
