/**
 * Which samples of a dataset an order is over: chosen before anything is read.
 *
 * @module
 */
import { checkInteger } from "../numbers/check_integer.ts";
import { permute, randomFor } from "../numbers/seeded_random.ts";
import { countSamples, MAX_NUMBER, type SamplePlace } from "./plan.ts";

/** What a selection needs to know of a dataset. Samples are numbered through its shards. */
export interface SplitIndex {
  /** Number of samples in each shard. */
  readonly lengths: readonly number[];
  /** Class of each sample, -1 for one without; only asked for where classes are selected. */
  readonly classes?: ArrayLike<number>;
  /** Finds the sample of a key; only asked for where keys are selected. */
  readonly findKey?: (key: string) => SamplePlace | undefined;
}

/** The samples that were selected, in the order of the dataset; plain data. */
export interface Selection {
  /** Number of selected samples in each shard. */
  readonly lengths: readonly number[];
  /** For each shard, the rising numbers of those samples; absent where they are the first ones. */
  readonly indexes: readonly (Uint32Array | undefined)[];
  /** Number of selected samples. */
  readonly sampleCount: number;
}

/** A number of samples that chance chooses. */
export interface RandomCount {
  /** How many; fewer where there are not as many. */
  readonly count: number;
  /**
   * An integer in 0..2^53-1.
   *
   * @default {0}
   */
  readonly seed?: number;
}

/** What samples are selected by. Each condition applies to what those before it leave. */
export interface SelectOptions {
  /** Numbers of samples in the dataset, in any order. */
  readonly samples?: Iterable<number>;
  /** Keys of samples, in any order. */
  readonly keys?: Iterable<string>;
  /** Classes, in any order. */
  readonly classes?: Iterable<number>;
  /** One of so many samples: the first, and each that is a multiple of it further on. */
  readonly every?: number;
  /** So many samples of each class: the first ones, or some that chance chooses. */
  readonly perClass?: number | RandomCount;
  /** So many samples, by chance; they stay in the order of the dataset. */
  readonly random?: RandomCount;
}

/** What {@linkcode selectSamples} takes. */
export interface SelectWithinOptions extends SelectOptions {
  /**
   * Selects among what another selection left.
   *
   * @default {all samples}
   */
  readonly within?: Selection;
}

/** All samples of a dataset. */
export function selectAll(lengths: readonly number[]): Selection {
  return { lengths, indexes: lengths.map(() => undefined), sampleCount: countSamples(lengths) };
}

/**
 * Selects samples by what is known of them.
 *
 * @throws {RangeError} If a number is out of its range, or a key is not there.
 * @throws {TypeError} If it takes classes or keys, and the index has none.
 * @example Usage
 * ```ts
 * import { planEpoch, selectSamples } from "@wdstream/wdstream/order";
 *
 * const index = { lengths: [3, 2], classes: [7, 1, 7, 1, 7] };
 * const { lengths, indexes } = selectSamples(index, { classes: [7] });
 * if (lengths.join() !== "2,1" || indexes[0]?.join() !== "0,2") throw new Error("not class 7");
 * const plan = planEpoch({ lengths, indexes });
 * if (plan.sampleCount !== 3) throw new Error("not the selected samples");
 * ```
 */
export function selectSamples(index: SplitIndex, options: SelectWithinOptions): Selection {
  const starts = listStarts(index.lengths);
  const total = starts[index.lengths.length];
  checkInteger("The number of samples to select from", total, 0, MAX_NUMBER);
  let chosen = flatten(options.within ?? selectAll(index.lengths), starts);
  const { samples, keys, classes, every, perClass, random } = options;
  if (samples !== undefined) {
    const wanted = new Set<number>();
    for (const sample of samples) {
      wanted.add(checkInteger("The number of a sample", sample, 0, total - 1));
    }
    chosen = chosen.filter((sample) => wanted.has(sample));
  }
  if (keys !== undefined) {
    const wanted = findKeys(index, keys, starts);
    chosen = chosen.filter((sample) => wanted.has(sample));
  }
  if (classes !== undefined) {
    const [classOf, wanted] = [needClasses(index, total), new Set(classes)];
    chosen = chosen.filter((sample) => wanted.has(classOf[sample]));
  }
  if (every !== undefined) {
    checkInteger("A number of samples to select one of", every, 1);
    chosen = chosen.filter((_, i) => i % every === 0);
  }
  if (perClass !== undefined) {
    chosen = pickPerClass(chosen, needClasses(index, total), perClass);
  }
  if (random !== undefined) chosen = pickRandom(chosen, random);
  return group(chosen, starts);
}

/**
 * The first samples of a selection.
 *
 * @throws {RangeError} If `count` is not an integer of 0 or more.
 */
export function takeSelected(selection: Selection, count: number): Selection {
  checkInteger("A number of samples", count, 0);
  return cut(selection, 0, count);
}

/**
 * All but the first samples of a selection.
 *
 * @throws {RangeError} If `count` is not an integer of 0 or more.
 */
export function skipSelected(selection: Selection, count: number): Selection {
  checkInteger("A number of samples", count, 0);
  return cut(selection, count, Infinity);
}

function cut({ lengths, indexes }: Selection, from: number, to: number): Selection {
  let start = 0;
  const parts = lengths.map((length, shard) => {
    const low = Math.min(length, Math.max(0, from - start));
    const high = Math.max(low, Math.min(length, to - start));
    start += length;
    const list = indexes[shard];
    if (list === undefined && low === 0) return { length: high, list };
    const own = list?.slice(low, high) ??
      Uint32Array.from({ length: high - low }, (_, i) => low + i);
    return { length: own.length, list: own };
  });
  const cutLengths = parts.map(({ length }) => length);
  return {
    lengths: cutLengths,
    indexes: parts.map(({ list }) => list),
    sampleCount: countSamples(cutLengths),
  };
}

/** The number of each shard's first sample, and at the end that of all samples. */
function listStarts(lengths: readonly number[]): Float64Array {
  countSamples(lengths);
  const starts = new Float64Array(lengths.length + 1);
  lengths.forEach((length, shard) => starts[shard + 1] = starts[shard] + length);
  return starts;
}

/** The numbers of the selected samples in the dataset. */
function flatten(
  { lengths, indexes, sampleCount }: Selection,
  starts: Float64Array,
): Uint32Array<ArrayBuffer> {
  if (lengths.length !== starts.length - 1) {
    throw new RangeError("A selection among another one must be of the same shards");
  }
  const samples = new Uint32Array(sampleCount);
  let at = 0;
  lengths.forEach((length, shard) => {
    const list = indexes[shard];
    for (let i = 0; i < length; i++) samples[at++] = starts[shard] + (list?.[i] ?? i);
  });
  return samples;
}

function group(samples: Uint32Array, starts: Float64Array): Selection {
  const lengths: number[] = [];
  const indexes: (Uint32Array | undefined)[] = [];
  let at = 0;
  for (let shard = 0; shard < starts.length - 1; shard++) {
    const from = at;
    while (at < samples.length && samples[at] < starts[shard + 1]) at++;
    lengths.push(at - from);
    const isWhole = at - from === starts[shard + 1] - starts[shard];
    indexes.push(isWhole ? undefined : samples.slice(from, at).map((n) => n - starts[shard]));
  }
  return { lengths, indexes, sampleCount: samples.length };
}

function needClasses({ classes }: SplitIndex, total: number): ArrayLike<number> {
  if (classes === undefined) {
    throw new TypeError("Samples can be selected by class only where an index tells their classes");
  }
  if (classes.length !== total) {
    throw new RangeError(`An index of ${total} samples must have as many classes`);
  }
  return classes;
}

function findKeys(
  { findKey, lengths }: SplitIndex,
  keys: Iterable<string>,
  starts: Float64Array,
): Set<number> {
  if (findKey === undefined) {
    throw new TypeError("Samples can be selected by key only where an index finds keys");
  }
  const found = new Set<number>();
  const missing: string[] = [];
  for (const key of keys) {
    const place = findKey(key);
    if (place === undefined) missing.push(key);
    else {
      checkInteger("The number of a shard", place.shard, 0, lengths.length - 1);
      found.add(starts[place.shard] + place.index);
    }
  }
  if (missing.length === 0) return found;
  const names = missing.slice(0, 3).map((key) => JSON.stringify(key)).join(", ");
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
  throw new RangeError(`The dataset has no sample with the key ${names}${more}`);
}

function pickPerClass(
  samples: Uint32Array<ArrayBuffer>,
  classOf: ArrayLike<number>,
  wanted: number | RandomCount,
): Uint32Array<ArrayBuffer> {
  const most = typeof wanted === "number" ? wanted : wanted.count;
  checkInteger("A number of samples of each class", most, 0);
  if (typeof wanted === "number") {
    const counts = new Map<number, number>();
    return samples.filter((sample) => {
      const count = counts.get(classOf[sample]) ?? 0;
      counts.set(classOf[sample], count + 1);
      return count < most;
    });
  }
  const members = new Map<number, number[]>();
  for (const sample of samples) {
    const own = members.get(classOf[sample]);
    if (own === undefined) members.set(classOf[sample], [sample]);
    else own.push(sample);
  }
  // Each class has a stream of its own: it draws the same whichever other classes are there.
  const picked = [...members].flatMap(([label, own]) => [
    ...pickRandom(Uint32Array.from(own), wanted, label),
  ]);
  return Uint32Array.from(picked).sort();
}

/** Some of the samples by chance, in their order; of one class where there is a label. */
function pickRandom(
  samples: Uint32Array<ArrayBuffer>,
  { count, seed = 0 }: RandomCount,
  label?: number,
): Uint32Array<ArrayBuffer> {
  checkInteger("A number of samples", count, 0);
  checkInteger("A seed", seed, 0);
  if (count >= samples.length) return samples;
  const [a, b] = label === undefined ? [0, 0] : [label >>> 0, 1];
  const turns = permute(samples.length, randomFor(seed, { purpose: "selection", a, b }));
  return turns.subarray(0, count).sort().map((i) => samples[i]);
}
