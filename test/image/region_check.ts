import { assert } from "chai";
import {
  decodeJpeg,
  type DecodeOptions,
  readJpegHeader,
  type Region,
} from "../../src/image/jpeg/decode.ts";
import type { Image } from "../../src/image/types.ts";
import type { RandomSource } from "../../src/numbers/random_source.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import { describeDifference } from "../reference/compare.ts";

const SCALES = [8, 4, 2, 1] as const;

/** What to compare regions of a file with, and how many. */
export interface RegionChecks {
  readonly seed: number;
  /** Boxes for each scale. */
  readonly boxes: number;
  readonly options?: DecodeOptions;
}

/**
 * Decodes random regions of a file, in RGB and in the file's mode, whole and scaled, and compares them
 * with the same part of the whole image. Returns the number of regions.
 */
export function checkRegions(name: string, file: Uint8Array, checks: RegionChecks): number {
  let count = 0;
  // A lossless file has one size alone.
  for (const scale of isLossless(file) ? [8 as const] : SCALES) {
    const random = seededRandom(10, { epoch: checks.seed, shard: 0, index: scale });
    for (const as of ["rgb", "native"] as const) {
      const options = { ...checks.options, scale, as };
      const whole = decodeJpeg(file, options);
      // Every fifth box is compared in the file's mode; the decoder differs only in its last step.
      const boxes = as === "rgb" ? checks.boxes - Math.floor(checks.boxes / 5) : checks.boxes / 5;
      for (let i = 0; i < Math.floor(boxes); i++, count++) {
        const region = drawRegion(random, whole);
        const part = decodeJpeg(file, { ...options, region });
        const { x, y, width, height } = region;
        const what = `${name}: ${as}, ${width}x${height} at ${x}, ${y} of ${scale}/8`;
        assert.isUndefined(describeDifference(part, crop(whole, region)), what);
      }
    }
  }
  return count;
}

function isLossless(file: Uint8Array): boolean {
  try {
    return readJpegHeader(file).lossless;
  } catch {
    return false;
  }
}

/** A box of any size, or as often a small one, which is likelier to lie between two blocks. */
export function drawRegion(random: RandomSource, { width, height }: Image): Region {
  const largest = random.below(2) === 0 ? 20 : 65500;
  const [x, y] = [random.below(width), random.below(height)];
  return {
    x,
    y,
    width: 1 + random.below(Math.min(largest, width - x)),
    height: 1 + random.below(Math.min(largest, height - y)),
  };
}

/** The part of an image that a region covers. */
export function crop(image: Image, { x, y, width, height }: Region): Image {
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * channels;
    data.set(image.data.subarray(from, from + width * channels), row * width * channels);
  }
  return { width, height, channels, data };
}
