/**
 * How many samples of each class some shards have, by their indexes.
 *
 * @module
 */
import { learn, type ListedFault } from "./answer_listing.ts";
import type { Split } from "./catalogue.ts";
import { WdsError } from "../errors.ts";
import { findShards, readSplitBeside } from "../index/catalogue.ts";
import { askStorage, type Exchange } from "./exchange.ts";
import { findLabel } from "./labels.ts";
import { Problem, toProblem } from "./problem.ts";
import { MAX_SPLIT_BYTES } from "./shard_cache.ts";

/** Shards whose indexes one request may read. */
export const MAX_COUNTED_SHARDS = 8;

/** Classes that are told apart. */
const MAX_DISTINCT = 65_536;

/** Classes that one answer names, the commonest first. */
const MAX_CLASSES = 2000;

/** One class. */
export interface CountedClass {
  readonly label: number;
  /** Number of its samples. */
  readonly count: number;
  readonly synset?: string;
  readonly name?: string;
}

/** The classes of some shards. */
export interface ClassCounts {
  readonly split: string;
  /** Number of the first shard, and how many were counted, damaged ones included. */
  readonly shards: readonly [first: number, count: number];
  /** The classes by their label. */
  readonly classes: readonly CountedClass[];
  /** Number of samples of these classes, of others, and without a class. */
  readonly samples: number;
  /** Samples of classes for which there was no room. */
  readonly others: number;
  /** Samples without a class, or whose index does not say it. */
  readonly unlabelled: number;
  /** Damaged shards that were passed over. */
  readonly faults: readonly ListedFault[];
  /** Number of the shard to go on from, `null` at the end. */
  readonly next: number | null;
}

/**
 * Counts the samples of each class in `count` shards.
 *
 * @throws {Problem} `index-needed` if one of them has no index: no sample is read to count it.
 */
export async function countClasses(
  exchange: Exchange,
  split: Split,
  first: number,
  count: number,
): Promise<ClassCounts> {
  const tally = new Tally();
  const faults: ListedFault[] = [];
  const end = Math.min(first + count, split.shards.length);
  let shard = first;
  for (; shard < end; shard++) {
    try {
      const { known, fault } = await learn(exchange, split.shards[shard], 0, true);
      if (fault !== undefined) {
        const { code, message } = toProblem(fault);
        faults.push({ shard, code, detail: message });
      }
      for (const { cls } of known) tally.add(cls);
    } catch (error) {
      if (shard === first) throw error;
      // What is wrong here is said to whoever begins here.
      break;
    }
  }
  return {
    split: split.name,
    shards: [first, shard - first],
    ...await tally.finish(exchange),
    faults,
    next: shard === split.shards.length ? null : shard,
  };
}

/**
 * Counts the samples of each class in all shards, by the index of the split that lies beside the first one: one request
 * to the storage.
 *
 * @throws {Problem} `index-needed` if there is none, or it has no classes, or is too large.
 */
export async function countSplitClasses(exchange: Exchange, split: Split): Promise<ClassCounts> {
  const classes = await readSplitClasses(exchange, split);
  if (classes === undefined) {
    throw new Problem(
      503,
      "index-needed",
      `All classes of "${split.name}" at once take its index, of at most ${MAX_SPLIT_BYTES} bytes; make one with ` +
        '"wdstream index" of all its shards.',
    );
  }
  const tally = new Tally();
  for (let i = 0; i < classes.length; i++) tally.add(classes[i] < 0 ? undefined : classes[i]);
  return {
    split: split.name,
    shards: [0, split.shards.length],
    ...await tally.finish(exchange),
    faults: [],
    next: null,
  };
}

async function readSplitClasses(
  exchange: Exchange,
  { shards }: Split,
): Promise<ArrayLike<number> | undefined> {
  const first = exchange.shards.stored(shards[0]);
  try {
    const found = await askStorage(
      exchange,
      (signal) => readSplitBeside(first, signal, MAX_SPLIT_BYTES),
    );
    return found && findShards(found, shards)?.classes;
  } catch (error) {
    if (error instanceof WdsError && error.code === "source/too-large") return undefined;
    throw error;
  }
}

/** Counts classes. */
class Tally {
  readonly #counts = new Map<number, number>();
  #samples = 0;
  #unlabelled = 0;
  #others = 0;

  add(label: number | undefined): void {
    this.#samples++;
    if (label === undefined) {
      this.#unlabelled++;
      return;
    }
    const count = this.#counts.get(label);
    if (count === undefined && this.#counts.size === MAX_DISTINCT) this.#others++;
    else this.#counts.set(label, (count ?? 0) + 1);
  }

  async finish({ setting }: Exchange): Promise<
    Pick<ClassCounts, "classes" | "samples" | "others" | "unlabelled">
  > {
    const commonest = [...this.#counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const classes: CountedClass[] = [];
    for (const [label, count] of commonest.slice(0, MAX_CLASSES).sort((a, b) => a[0] - b[0])) {
      classes.push({ label, count, ...await findLabel(setting, label) });
    }
    const left = commonest.slice(MAX_CLASSES).reduce((sum, [, count]) => sum + count, 0);
    return {
      classes,
      samples: this.#samples,
      others: this.#others + left,
      unlabelled: this.#unlabelled,
    };
  }
}
