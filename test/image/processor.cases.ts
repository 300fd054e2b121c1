/** Image processors of transformers and timm, by what both make of our own pictures. */

import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import { decodeJpeg, init, transformImage } from "../../src/image/mod.ts";
import { processor, type ProcessorOptions } from "../../src/image/transform/processor.ts";
import { readRecipe } from "../../src/image/transform/recipes/mod.ts";
import { transformPixels } from "../../src/image/transform/transform.ts";
import { timmConfig } from "../../src/image/transform/timm/mod.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { catchError, collect, makeShard } from "../dataset/shards.ts";
import { sha256 } from "../reference/digest.ts";
import { channelsFirst } from "./channels_first.ts";

type Row = readonly [shape: [number, number, number], digest: string];

interface Entry {
  readonly backend?: "torchvision" | "pil";
  readonly useTestSize?: boolean;
  readonly config: Record<string, unknown>;
  readonly files: Record<string, Row>;
}

async function readGolden({ read }: Fixtures): Promise<Entry[]> {
  const text = new TextDecoder().decode(await read("processors/golden.json"));
  const { processors, timm } = JSON.parse(text) as Record<string, Entry[]>;
  return [...processors, ...timm];
}

const FILES = ["grey.jpg", "portrait_420.jpg", "small_444.jpg", "wide_440.jpg"];

async function makePictures({ read }: Fixtures): Promise<Uint8Array<ArrayBuffer>> {
  const members: [string, string | Uint8Array][] = [];
  for (const name of FILES) {
    members.push([name.replace(".jpg", ".cls"), "1"]);
    members.push([name, await read(`jpeg/pictures/${name}`)]);
  }
  return await makeShard(members);
}

const vit = (config: Record<string, unknown>): Record<string, unknown> => ({
  image_processor_type: "ViTImageProcessor",
  ...config,
});

/** Configurations that are refused, and the name that is given for the reason. */
const REFUSED: readonly (readonly [Record<string, unknown>, RegExp, ProcessorOptions?])[] = [
  [
    { image_processor_type: "DINOv3ViTImageProcessorFast" },
    /DINOv3ViTImageProcessor is not supp.*floating/,
  ],
  [{ feature_extractor_type: "DonutFeatureExtractor" }, /DonutImageProcessor is not supported/],
  [{ image_processor_type: "Siglip2ImageProcessor" }, /patches/],
  [{ image_processor_type: "YolosImageProcessor" }, /Yolos/],
  [{ image_processor_type: "TimmWrapperImageProcessor" }, /pretrained_cfg of the model's config/],
  [{ image_processor_type: "MyOwnImageProcessor" }, /MyOwnImageProcessor is not known here/],
  [{ size: 224 }, /image_processor_type is missing: pass `modelType`/],
  [{ size: 224, model_type: "llama" }, /model type "llama"/],
  [vit({ auto_map: { AutoImageProcessor: "x.py" } }), /auto_map/],
  [vit({ do_sharpen: true }), /do_sharpen asks for a step that is not known/],
  [vit({ do_pad: true }), /do_pad is not supported/],
  [vit({ data_format: "channels_last" }), /data_format/],
  [vit({ resample: 4 }), /resample is box/],
  [vit({ resample: 6 }), /resample must be in 0\.\.5, not 6/],
  [vit({ size: { longest_edge: 9 } }), /size must have height and width/],
  [vit({ size: { height: 9 } }), /size must have/],
  [vit({ size: 0 }), /size must be a whole number/],
  [vit({ size: [1, 2, 3] }), /size must be \[height, width\]/],
  [vit({ do_resize: "yes" }), /do_resize must be true or false/],
  [vit({ do_center_crop: true }), /crop_size is missing/],
  [vit({ image_std: [1, 0, 1] }), /image_std must be three numbers other than 0/],
  [vit({ image_mean: [1, 2] }), /image_mean must be three numbers/],
  [vit({ rescale_factor: 0 }), /rescale_factor must be a number above 0/],
  [
    { image_processor_type: "ConvNextImageProcessor", size: { height: 9, width: 9 } },
    /shortest_edge/,
  ],
  [
    {
      image_processor_type: "ConvNextImageProcessor",
      size: 64,
      do_center_crop: true,
      crop_size: 32,
    },
    /do_center_crop crops once more/,
  ],
  [{ image_processor_type: "DetrImageProcessor", size: 100, max_size: null }, /size must have/],
  [{ pretrained_cfg: { crop_mode: "tile" } }, /crop_mode must be/],
  [{ pretrained_cfg: { input_size: [1, 28, 28] } }, /input_size must have 3 channels/],
  [{ pretrained_cfg: { interpolation: "random" } }, /interpolation/],
];

export const cases: TestCase[] = [
  {
    name: "processor() makes what transformers and timm make of files and of their pixels",
    async run(fixtures): Promise<void> {
      await init();
      const golden = await readGolden(fixtures);
      let count = 0;
      for (const name of FILES) {
        const bytes = await fixtures.read(`jpeg/pictures/${name}`);
        const pixels = decodeJpeg(bytes);
        for (const { backend, useTestSize, config, files } of golden) {
          const what = `${name} ${backend} ${useTestSize} ${JSON.stringify(config)}`;
          const [shape, digest] = files[name];
          // Python leaves it uint8 where there is nothing to be done to it.
          const isKept = config.do_rescale === false && config.do_normalize === false;
          const type = isKept ? "uint8" : "float32";
          const transform = processor(config, { backend, useTestSize, type, lanczos: "native" });
          const made = transformImage(bytes, transform);
          const same = transformPixels(pixels, readRecipe(structuredClone(transform)), {});
          for (const tensor of [made, same]) {
            const data = isKept ? channelsFirst(tensor) : tensor.data;
            assert.equal(await sha256(data), digest, what);
            if (!isKept) assert.deepEqual(tensor.shape, shape, what);
          }
          count++;
        }
      }
      assert.equal(count, 240);
    },
  },
  {
    name:
      "processor() in a dataset: one by one, by number, by workers, in batches, of plugged-in pixels",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const files = await Promise.all(FILES.map((name) => fixtures.read(`jpeg/pictures/${name}`)));
      await init();
      const png = { png: (bytes: Uint8Array) => decodeJpeg(bytes.subarray(4)) };
      const hidden = await makeShard(
        files.map((file, i) => [`${i}.png`, Uint8Array.of(0x89, 0x50, 0x4e, 0x47, ...file)]),
      );
      const fixed = { image_processor_type: "CLIPImageProcessor", size: 40, crop_size: 36 };
      const free = { image_processor_type: "BlipImageProcessor", size: { shortest_edge: 24 } };
      for (const config of [fixed, free]) {
        for (const type of ["float32", "float16", "uint8"] as const) {
          const transform = processor(config, { type });
          const expected = files.map((file) => transformImage(file, transform));
          for (const workers of [0, 2]) {
            const tensors = webdataset(shard, { workers }).transform(transform);
            const found = await collect(tensors);
            assert.deepEqual(found.map(({ image }) => image), expected.map(({ data }) => data));
            assert.deepEqual(found.map(({ shape }) => shape), expected.map(({ shape }) => shape));
            if (config === free) {
              const error = await catchError(collect(tensors.batch(4)));
              assert.match(String(error), /^TypeError: Cannot batch/);
              assert.lengthOf(await collect(tensors.batch(1)), 4);
              continue;
            }
            const batches = await collect(tensors.batch(3));
            assert.deepEqual(batches.map(({ size }) => size), [3, 1]);
            assert.deepEqual([...batches[0].images.subarray(0, 3 * 36 * 36)], [
              ...expected[0].data,
            ]);
            assert.deepEqual([...batches[1].images], [...expected[3].data]);
          }
          const { image } = await webdataset(shard).transform(transform).at(2);
          assert.deepEqual(image, expected[2].data);
          const plugged = await collect(
            webdataset(hidden).transform(transform, { decoders: png, label: false }),
          );
          assert.deepEqual(plugged.map((sample) => sample.image), expected.map(({ data }) => data));
        }
      }
    },
  },
  {
    name: "processor() refuses by name what would change pixels in a way that it does not know",
    run(): void {
      for (const [config, message, options] of REFUSED) {
        assert.throws(
          () => processor(config, options),
          RangeError,
          message,
          JSON.stringify(config),
        );
      }
      assert.throws(() => processor([] as never), TypeError, /configuration is an object/);
      assert.throws(() => processor(vit({}), { backend: "jax" as never }), RangeError, /backend/);
    },
  },
  {
    name: "processor() finds the class by its names, the nested object and the type of the model",
    async run(): Promise<void> {
      const expected = processor({ image_processor_type: "BitImageProcessor", size: 99 });
      const same: (readonly [Record<string, unknown>, ProcessorOptions?])[] = [
        [{ feature_extractor_type: "BitFeatureExtractor", size: 99 }],
        [{ image_processor_type: "BitImageProcessorFast", size: { shortest_edge: 99 } }],
        [{ image_processor: { image_processor_type: "BitImageProcessorPil", size: 99 }, size: 5 }],
        [{ model_type: "dinov2", size: 99, unknown: 5, do_thumbnail: false }],
        [{ size: 99, device: null }, { modelType: "hiera" }],
      ];
      for (const [config, options] of same) assert.deepEqual(processor(config, options), expected);
      assert.deepEqual(JSON.parse(JSON.stringify(expected)), expected);
      const timm = await timmConfig("resnet50.a1_in1k");
      assert.deepEqual(processor(timm), processor({ pretrained_cfg: timm, architecture: "x" }));
      assert.deepEqual(processor(timm, { useTestSize: true }).crop, [288, 288]);
    },
  },
];
