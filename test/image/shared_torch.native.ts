/**
 * What torchvision makes of ImageNet images as uint8 tensors, on the way to Hugging Face's models.
 *
 * @module
 */
import { assert } from "chai";
import { decodeJpeg, evaluation, init, resize, transformImage } from "../../src/image/mod.ts";
import type { Image } from "../../src/image/types.ts";
import { readTar } from "../../src/tar/mod.ts";
import type { TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";
import { listShared, readShared, readSharedJson, sharedSkip } from "../shared_data.ts";

type Channels = readonly [number, number, number];

/** `imagenet.torch.golden.json`: settings, and digests of the crop and of the tensor, channels first. */
interface TorchGolden {
  readonly processors: Record<
    string,
    [
      size: number | [height: number, width: number],
      interpolation: "bilinear" | "bicubic",
      crop: [height: number, width: number] | null,
      mean: Channels,
      std: Channels,
    ]
  >;
  readonly files: Record<string, Record<string, { readonly u8_chw: string; f32_chw: string }>>;
}

function shorterEdge(width: number, height: number, size: number): [number, number] {
  return width <= height
    ? [size, Math.trunc(size * height / width)]
    : [Math.trunc(size * width / height), size];
}

/** The centre, at offsets that are cut off, not rounded; images that are too small get zeros around them. */
function cropCentre(image: Image, [height, width]: [number, number]): Image {
  const left = Math.trunc((image.width - width) / 2), top = Math.trunc((image.height - height) / 2);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [x + left, y + top];
      if (fromX < 0 || fromY < 0 || fromX >= image.width || fromY >= image.height) continue;
      const [from, to] = [3 * (fromY * image.width + fromX), 3 * (y * width + x)];
      for (let c = 0; c < 3; c++) data[to + c] = image.data[from + c];
    }
  }
  return { width, height, channels: 3, data };
}

function channelsFirst({ width, height, data }: Image): Uint8Array<ArrayBuffer> {
  const area = width * height;
  const planes = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) planes[c * area + i] = data[3 * i + c];
  }
  return planes;
}

/** `(v - 255 mean) / (255 std)`, in float32 from the statistics on, as transformers normalises. */
function normalise(planes: Uint8Array, mean: Channels, std: Channels): Float32Array<ArrayBuffer> {
  const area = planes.length / 3;
  const tensor = new Float32Array(planes.length);
  for (let c = 0; c < 3; c++) {
    const [centre, spread] = [mean[c], std[c]].map((v) => Math.fround(Math.fround(v) * 255));
    for (let i = c * area; i < (c + 1) * area; i++) {
      tensor[i] = Math.fround(planes[i] - centre) / spread;
    }
  }
  return tensor;
}

/** Tests over the images beside the repository. */
export const cases: TestCase[] = [
  {
    name: "resize() and transformImage() match torch's uint8 kernels on ImageNet images",
    skip: sharedSkip,
    async run() {
      await init();
      const golden = await readSharedJson<TorchGolden>("imagenet.torch.golden.json");
      const processors = Object.entries(golden.processors);
      let compared = 0, fused = 0;
      for (const shard of await listShared("imagenet")) {
        if (!shard.endsWith(".tar")) continue;
        const stream = new Blob([await readShared(`imagenet/${shard}`)]).stream();
        for await (const { path, bytes } of readTar(stream)) {
          if (!path.endsWith(".jpg")) continue;
          const image = decodeJpeg(bytes);
          for (const [key, [size, interpolation, crop, mean, std]] of processors) {
            const [width, height] = typeof size === "number"
              ? shorterEdge(image.width, image.height, size)
              : [size[1], size[0]];
            const resized = resize(image, { width, height, interpolation, resampler: "torch" });
            const cropped = crop === null ? resized : cropCentre(resized, crop);
            const planes = channelsFirst(cropped);
            const { u8_chw, f32_chw } = golden.files[path][key];
            assert.equal(await sha256(planes), u8_chw, `${path} ${key}`);
            assert.equal(await sha256(normalise(planes, mean, std)), f32_chw, `${path} ${key}`);
            compared++;
            // Where nothing is cut off or rounded, this crop is that of torchvision.
            const isEven = [height, width].every((edge) => edge >= 224 && edge % 2 === 0);
            if (typeof size !== "number" || crop === null || !isEven) continue;
            const transform = evaluation({
              resize: size,
              size: 224,
              interpolation,
              resampler: "torch",
              type: "uint8",
            });
            const { data } = transformImage(bytes, transform);
            assert.deepEqual(data, cropped.data, `${path} ${key}, fused`);
            fused++;
          }
        }
      }
      assert.equal(compared, 7 * 202);
      assert.isAbove(fused, 150);
    },
  },
];
