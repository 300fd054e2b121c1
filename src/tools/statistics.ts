/**
 * What is in a dataset, as exact counts that can be merged.
 *
 * @module
 */
import { checkCount } from "../check.ts";

/** How often each value was met, by the value. */
export type Counts = Readonly<Record<string, number>>;

/** Members of one extension. */
export interface FieldStatistics {
  /** Number of members. */
  readonly count: number;
  /** Bytes of all of them. */
  readonly bytes: number;
  /** Bytes of the smallest. */
  readonly minBytes: number;
  /** Bytes of the largest. */
  readonly maxBytes: number;
}

/**
 * What is in a dataset: plain JSON of exact integers. Those of two parts of it, merged, are those of both.
 */
export interface DatasetStatistics {
  /** Version of the format. */
  readonly version: 1;
  /** Number of shards. */
  readonly shards: number;
  /** Number of samples. */
  readonly samples: number;
  /** Faults of archives, of which samples may have been lost. */
  readonly faults: number;
  /** Fields by extension. */
  readonly fields: Readonly<Record<string, FieldStatistics>>;
  /** Samples by class (`cls`). */
  readonly classes: Counts;
  /** Captions (`txt`) by their length in characters. */
  readonly captions: Counts;
  /** Images that were decoded. */
  readonly images: number;
  /** Images that could not be, by the code of the fault. */
  readonly failed: Counts;
  /** Images by format. */
  readonly formats: Counts;
  /** Images by width in pixels. */
  readonly widths: Counts;
  /** Images by height in pixels. */
  readonly heights: Counts;
  /** Images by the ratio of width to height, in hundredths, rounded. */
  readonly ratios: Counts;
  /** JPEG files by chroma sampling. */
  readonly samplings: Counts;
  /** JPEG files by estimated quality. */
  readonly qualities: Counts;
  /** JPEG files whose table is exactly libjpeg's of their quality. */
  readonly standardQualities: number;
  /** JPEG files that are progressive. */
  readonly progressive: number;
  /** How many pixels have each value of 0 to 255, in each channel, RGB; empty where none was counted. */
  readonly pixels: readonly (readonly number[])[];
}

/** Statistics of nothing. */
export const NO_STATISTICS: DatasetStatistics = {
  version: 1,
  shards: 0,
  samples: 0,
  faults: 0,
  fields: {},
  classes: {},
  captions: {},
  images: 0,
  failed: {},
  formats: {},
  widths: {},
  heights: {},
  ratios: {},
  samplings: {},
  qualities: {},
  standardQualities: 0,
  progressive: 0,
  pixels: [],
};

/** Names of the counts by value. */
const TABLES = [
  "classes",
  "captions",
  "failed",
  "formats",
  "widths",
  "heights",
  "ratios",
  "samplings",
  "qualities",
] as const;
const SUMS = ["shards", "samples", "faults", "images", "standardQualities", "progressive"] as const;

/**
 * Merges statistics of two parts of a dataset to those of both. The order does not matter, and nothing is rounded.
 *
 * @throws {TypeError} If one is of another version, or no statistics.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { collectStatistics, mergeStatistics } from "@wdstream/wdstream/tools";
 *
 * const one = await collectStatistics(sampleShard());
 * const { samples, classes } = mergeStatistics(one, one);
 * if (samples !== 72 || classes["970"] !== 2 * one.classes["970"]) throw new Error("miscounted");
 * ```
 */
export function mergeStatistics(a: DatasetStatistics, b: DatasetStatistics): DatasetStatistics {
  for (const each of [a, b]) checkStatistics(each);
  const merged: Record<string, unknown> = { version: 1 };
  for (const name of SUMS) merged[name] = a[name] + b[name];
  for (const name of TABLES) merged[name] = mergeTables(a[name], b[name], (x, y) => x + y);
  merged.fields = mergeTables(a.fields, b.fields, (x, y) => ({
    count: x.count + y.count,
    bytes: x.bytes + y.bytes,
    minBytes: Math.min(x.minBytes, y.minBytes),
    maxBytes: Math.max(x.maxBytes, y.maxBytes),
  }));
  merged.pixels = a.pixels.length === 0
    ? b.pixels
    : b.pixels.length === 0
    ? a.pixels
    : a.pixels.map((counts, i) => counts.map((count, value) => count + b.pixels[i][value]));
  return { ...NO_STATISTICS, ...merged };
}

function mergeTables<Value>(
  a: Readonly<Record<string, Value>>,
  b: Readonly<Record<string, Value>>,
  add: (a: Value, b: Value) => Value,
): Record<string, Value> {
  const merged = new Map(Object.entries(a));
  for (const [name, value] of Object.entries(b)) {
    const own = merged.get(name);
    merged.set(name, own === undefined ? value : add(own, value));
  }
  return Object.fromEntries(merged);
}

function checkStatistics(statistics: DatasetStatistics): void {
  const { version, pixels, fields } = (statistics ?? {}) as Partial<DatasetStatistics>;
  const isSound = version === 1 && typeof fields === "object" && Array.isArray(pixels) &&
    TABLES.every((name) => typeof statistics[name] === "object" && statistics[name] !== null) &&
    SUMS.every((name) => Number.isSafeInteger(statistics[name])) &&
    [0, 3].includes(pixels.length) &&
    pixels.every((counts) => Array.isArray(counts) && counts.length === 256);
  if (!isSound) throw new TypeError("These are no statistics of version 1");
}

/** Mean, standard deviation and extremes of one channel, in units of a 0..1 image. */
export interface ChannelStatistics {
  /** Mean of all pixels of all images. */
  readonly mean: number;
  /** Standard deviation of all pixels: the square root of the mean square difference from the mean. */
  readonly std: number;
  /** Number of pixels. */
  readonly count: bigint;
  /** Sum of the values, of 0 to 255. */
  readonly sum: bigint;
  /** Sum of their squares. */
  readonly squares: bigint;
}

/**
 * Mean and standard deviation of each channel, over all pixels of all images: what normalisation takes. The sums are
 * exact, whatever their size, and the quotients rounded once at the end.
 *
 * Exact: numpy's `mean` and `std` of all pixels as float64, up to the order in which it adds.
 *
 * @returns Three channels, RGB; none where no pixels were counted.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { collectStatistics, describeChannels } from "@wdstream/wdstream/tools";
 *
 * const [red] = describeChannels(await collectStatistics(sampleShard()));
 * if (!(red.mean > 0 && red.mean < 1 && red.std > 0)) throw new Error(`${red.mean}`);
 * ```
 */
export function describeChannels({ pixels }: DatasetStatistics): ChannelStatistics[] {
  return pixels.map((counts) => {
    let [count, sum, squares] = [0n, 0n, 0n];
    for (const [value, times] of counts.entries()) {
      checkCount("pixels", times, 0);
      const [many, level] = [BigInt(times), BigInt(value)];
      count += many;
      sum += many * level;
      squares += many * level * level;
    }
    // n Σx² - (Σx)² over n² is the variance, and exact up to here.
    return {
      mean: divide(sum, 255n * count),
      std: Math.sqrt(divide(count * squares - sum * sum, 65025n * count * count)),
      count,
      sum,
      squares,
    };
  });
}

const SHIFT = 128n;

/** The quotient of two integers, of which the divisor is positive, as a number. */
function divide(a: bigint, b: bigint): number {
  if (b === 0n) return 0;
  return Number((a << SHIFT) / b) / 2 ** Number(SHIFT);
}
