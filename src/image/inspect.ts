/**
 * What can be told of an image by decoding it: whether it decodes, its size, how its values are spread.
 *
 * @module
 */
import type { Codec } from "./codec.ts";
import type { DecodingLimits, JpegImage } from "./jpeg/decode.ts";
import { toRgb } from "./to_rgb.ts";
import type { Image } from "./types.ts";

/** What is to be told. */
export interface InspectOptions extends DecodingLimits {
  /** Whether the values are counted, which takes all pixels; else only whether they are nearly all the same. */
  readonly counts?: boolean;
}

/** What is told of an image. */
export interface ImageFacts {
  /** Width in pixels, as stored. */
  readonly width: number;
  /** Height in pixels, as stored. */
  readonly height: number;
  /** How often a JPEG decoder had to decode around damage, as libjpeg does with no more than a warning. */
  readonly warnings: number;
  /**
   * The largest standard deviation of the three channels, of values from 0 to 255. Of a JPEG file whose values are not
   * counted, and which is not nearly constant, that of an eighth of its size, which is less.
   */
  readonly deviation: number;
  /** How many pixels have each value of each channel, RGB: 3 times 256 counts. Only with `counts`. */
  readonly histogram?: Float64Array;
}

const LEVELS = 256;

/** Values of fewer levels' deviation at an eighth of the size are looked at again, at the full size. */
const NEARLY_CONSTANT = 12;

/**
 * Decodes an image for what can be told of it. Of JPEG files that are only to be checked, all is decoded of their codes,
 * and an eighth of their pixels: that is where they fail, if they do.
 *
 * @throws {ImageError} If it cannot be decoded.
 */
export async function inspectImage(
  bytes: Uint8Array,
  codec: Codec,
  options: InspectOptions,
): Promise<ImageFacts> {
  const { counts, ...limits } = options;
  await codec.load?.();
  const header = codec.readHeader?.(bytes, limits) as { lossless?: boolean } | undefined;
  if (counts || header === undefined || header.lossless) {
    const image = await codec.decode(bytes, limits);
    return tellFacts(image, image.width, image.height, counts);
  }
  const { width, height } = header as { width: number; height: number };
  const small = await codec.decode(bytes, { ...limits, scale: 1 });
  const facts = tellFacts(small, width, height, false);
  if (facts.deviation > NEARLY_CONSTANT) return facts;
  // Averages of eight by eight pixels may be the same where these are not.
  return tellFacts(await codec.decode(bytes, limits), width, height, false);
}

function tellFacts(
  image: Image,
  width: number,
  height: number,
  counts: boolean | undefined,
): ImageFacts {
  const warnings = Object.values((image as Partial<JpegImage>).warnings ?? {}) as number[];
  const histogram = countValues(toRgb(image).data);
  return {
    width,
    height,
    warnings: warnings.reduce((sum, count) => sum + count, 0),
    deviation: Math.max(...[0, 1, 2].map((channel) => deviationOf(histogram, channel))),
    ...(counts && { histogram: Float64Array.from(histogram) }),
  };
}

/** How often each value stands in each channel of packed RGB pixels. */
function countValues(data: Uint8Array): Uint32Array {
  const counts = new Uint32Array(3 * LEVELS);
  for (let i = 0; i < data.length; i += 3) {
    counts[data[i]]++;
    counts[LEVELS + data[i + 1]]++;
    counts[2 * LEVELS + data[i + 2]]++;
  }
  return counts;
}

function deviationOf(histogram: Uint32Array, channel: number): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let value = 0; value < LEVELS; value++) {
    const times = histogram[channel * LEVELS + value];
    count += times;
    sum += times * value;
    squares += times * value * value;
  }
  const mean = sum / count;
  return Math.sqrt(Math.max(0, squares / count - mean * mean));
}

/** Facts as one row of numbers, which a worker sends at no cost. */
export function packFacts(facts: ImageFacts): Float64Array<ArrayBuffer> {
  const { width, height, warnings, deviation, histogram = [] } = facts;
  return Float64Array.from([width, height, warnings, deviation, ...histogram]);
}

/** What {@linkcode packFacts} was given. */
export function unpackFacts(row: Float64Array): ImageFacts {
  const [width, height, warnings, deviation] = row;
  return {
    width,
    height,
    warnings,
    deviation,
    ...(row.length > 4 && { histogram: row.slice(4) }),
  };
}
