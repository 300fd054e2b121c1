/**
 * How many samples of each class some shards have, by their indexes.
 *
 * @module
 */
import { learn, type ListedFault } from "./answer_listing.ts";
import type { Split } from "./catalogue.ts";
import type { Exchange } from "./exchange.ts";
import { findLabel } from "./labels.ts";
import { toProblem } from "./problem.ts";

/** Shards whose indexes one request may read. */
export const MAX_COUNTED_SHARDS = 8;

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
  const counts = new Map<number, number>();
  const faults: ListedFault[] = [];
  const end = Math.min(first + count, split.shards.length);
  let [samples, unlabelled, shard] = [0, 0, first];
  for (; shard < end; shard++) {
    try {
      const { known, fault } = await learn(exchange, split.shards[shard], 0, true);
      if (fault !== undefined) {
        const { code, message } = toProblem(fault);
        faults.push({ shard, code, detail: message });
      }
      samples += known.length;
      for (const { cls } of known) {
        if (cls === undefined) unlabelled++;
        else counts.set(cls, (counts.get(cls) ?? 0) + 1);
      }
    } catch (error) {
      if (shard === first) throw error;
      // What is wrong here is said to whoever begins here.
      break;
    }
  }
  const commonest = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const named = commonest.slice(0, MAX_CLASSES).sort((a, b) => a[0] - b[0]);
  const classes: CountedClass[] = [];
  for (const [label, count] of named) {
    classes.push({ label, count, ...await findLabel(exchange.setting, label) });
  }
  const others = commonest.slice(MAX_CLASSES).reduce((sum, [, count]) => sum + count, 0);
  return {
    split: split.name,
    shards: [first, shard - first],
    classes,
    samples,
    others,
    unlabelled,
    faults,
    next: shard === split.shards.length ? null : shard,
  };
}
