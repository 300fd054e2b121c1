/**
 * The order that a dataset was asked for, and where a pass in it stands.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import { checkLimit } from "../check.ts";
import { formatMarks } from "../order/lane_marks.ts";
import { defaultLanes, planEpoch } from "../order/plan.ts";
import { printOrder } from "../order/print.ts";
import type { Print } from "../order/print.ts";
import type { MixStop } from "../order/mix.ts";
import type { Positions, Split } from "../order/ranks.ts";
import type { Selection, SelectOptions, SplitIndex } from "../order/select.ts";
import type { EpochDone, OrderState } from "../order/state.ts";
import type { PythonOrder } from "../order/webdataset_order.ts";
import { memoryOwner } from "../runtime.ts";
import { epochOf, type Mark } from "./item.ts";
import type { DatasetPlan } from "./options.ts";

/** What `shuffle()` of a dataset takes. */
export interface ShuffleOptions {
  /**
   * An integer in 0..2^53-1.
   *
   * @default {0}
   */
  readonly seed?: number;
  /**
   * Shards that are mixed at any time: 1..65536.
   *
   * @default {16, or the next multiple of the number of ranks; on a host without ranges 4 for each rank}
   */
  readonly lanes?: number;
  /**
   * Samples of a lane that are permuted among themselves, 1..2^24; a lane holds at most as many.
   *
   * @default {16}
   */
  readonly window?: number;
  /**
   * Most bytes of samples that wait for their turn, in all lanes of this process together.
   *
   * @default {268435456; 134217728 in a browser, 50331648 in an isolate of an edge runtime}
   */
  readonly maxBufferedBytes?: number;
}

const WINDOW = 16;
/** A window of 16 in 16 lanes of ImageNet takes 29 MB. */
const MAX_BUFFERED_BYTES = { process: 256 << 20, page: 128 << 20, isolate: 48 << 20 };

/** What chooses samples before they are put in an order: one of the verbs `take`, `skip` and `select`. */
export interface Choice {
  readonly take?: number;
  readonly skip?: number;
  readonly select?: SelectOptions;
}

/** Which samples a dataset gives, and in which order. */
export interface DatasetOrder {
  /** Absent where shards come in their own order. */
  readonly shuffle?: ShuffleOptions;
  /** An order of Python's in place of ours. */
  readonly replay?: PythonOrder;
  /** The share of this process. */
  readonly split?: Split;
  /** States that a pass goes on from. */
  readonly resume?: readonly OrderState[];
  /** Which samples are put in the order, each choice among those that the ones before it leave. */
  readonly choices?: readonly Choice[];
  /** The positions of each epoch that are left. */
  readonly range?: Positions;
  /** Those of all epochs, one after the other, that are left then. */
  readonly passRange?: Positions;
  /** Whether that range is of the dataset's own order, which lanes for several ranks would change. */
  readonly isStraight?: boolean;
  /** Absent where the dataset is not made of several. */
  readonly mix?: DatasetMix;
}

/** What a mix is made of. */
export interface DatasetMix {
  /** The orders of the parts, of which seed, window and choices count. */
  readonly parts: readonly DatasetOrder[];
  readonly weights?: readonly number[];
  readonly stop?: MixStop;
  readonly seed?: number;
}

/** All positions. */
export const ALL: Positions = { from: 0, to: Infinity };

/** The range that a `take` or `skip` leaves of another. */
export function cutRange({ from, to }: Positions, { take, skip = 0 }: Choice): Positions {
  return {
    from: Math.min(from + skip, to),
    to: take === undefined ? to : Math.min(from + take, to),
  };
}

/** The samples that choices leave, where they are a range of the dataset; absent where one must be looked up. */
export function chosenRange(choices: readonly Choice[] = []): Positions | undefined {
  if (choices.some(({ select }) => select !== undefined)) return undefined;
  return choices.reduce(cutRange, ALL);
}

/** Whether an order can be made only of shards whose lengths are known. */
export function needsLengths(order: DatasetOrder): boolean {
  const { mix, replay, choices, range, passRange } = order;
  return (mix ?? replay ?? choices ?? range ?? passRange) !== undefined;
}

/** What has to be known of a dataset's samples for its choices. */
export function wantedFor({ choices = [] }: DatasetOrder): Wanted {
  const has = (...names: (keyof SelectOptions)[]): boolean =>
    choices.some(({ select }) => names.some((name) => select?.[name] !== undefined));
  return { classes: has("classes", "perClass"), keys: has("keys") };
}

/** The numbers of an order. */
export interface OrderNumbers {
  /** Whether shards and samples are permuted. */
  readonly shuffled: boolean;
  /** Seed of the order. */
  readonly seed: number;
  /** Shards that are mixed at any time. */
  readonly lanes: number;
  /** Samples in a full window; 1 where nothing is permuted. */
  readonly window: number;
  /** Most bytes of samples that wait for their turn. */
  readonly maxBufferedBytes: number;
}

/** What is known of the samples of a dataset, numbered through its shards. */
export interface KnownSamples extends SplitIndex {
  /** Size in bytes of each shard, where it is known of all. */
  readonly shardBytes?: readonly number[];
  /** Whether the lengths are those of a catalogue or an index: a shard of another length is a fault. */
  readonly isListed?: boolean;
  /** Faults of shards of which no sample could be counted: no lane opens them, so that nobody meets these again. */
  readonly unmetFaults?: readonly WdsError[];
}

/** What has to be known beside the lengths of shards. */
export interface Wanted {
  /**
   * The class of each sample.
   *
   * @default {false}
   */
  readonly classes?: boolean;
  /**
   * Which sample a key is of.
   *
   * @default {false}
   */
  readonly keys?: boolean;
  /**
   * Whether the headers of shards may be read for it.
   *
   * @default {true}
   */
  readonly headers?: boolean;
}

/** What is said where the lengths of shards are not known. */
export const UNKNOWN_HINT =
  "the lengths of the shards are not known before they are read, so that whole shards are dealt to lanes and shares " +
  'differ by what they hold; "wdstream index --split" finds them out';

/** What the catalogue says of the samples; absent where it does not tell lengths. */
export function plannedSamples(plan: DatasetPlan): KnownSamples | undefined {
  const { shardLengths: lengths, shardBytes, classes } = plan;
  return lengths && { lengths, shardBytes, classes, isListed: true };
}

/** Whether what is known has all that is wanted. */
export function hasWanted(known: KnownSamples, { classes, keys }: Wanted): boolean {
  return (!classes || known.classes !== undefined) && (!keys || known.findKey !== undefined);
}

/** What belongs to every state of a pass, beside the mark of an item. */
export interface PassOrder {
  readonly print: Print;
  readonly lanes: number;
  readonly done: readonly EpochDone[];
  /** Commits that repositories were read at. */
  readonly commits?: Readonly<Record<string, string>>;
}

/**
 * Checks what `shuffle()` was given.
 *
 * @throws {RangeError} If a number is out of its range.
 * @throws {TypeError} If `maxBufferedBytes` is no number.
 */
export function checkShuffle(options: ShuffleOptions): ShuffleOptions {
  const { seed, lanes, window, maxBufferedBytes } = options;
  planEpoch({ lengths: [], seed, lanes, window });
  checkLimit("maxBufferedBytes", maxBufferedBytes);
  return options;
}

/** The share of a process, the whole where nothing was split. */
export function splitOf({ split = { rank: 0, world: 1 } }: DatasetOrder): Split {
  return split;
}

/** Whether samples are not in the order of their shards, so that what comes first is not the first of the dataset. */
export function isOrdered({ shuffle, replay, split, mix }: DatasetOrder): boolean {
  return (shuffle ?? replay ?? split ?? mix) !== undefined;
}

/** Whether a dataset is made of several. */
export function isMixed({ mix }: DatasetOrder): boolean {
  return mix !== undefined;
}

/** Whether shards are read one after the other, for which nothing need be known of them. */
export function isPlain(order: DatasetOrder): boolean {
  const { resume, choices } = order;
  return !isOrdered(order) && resume === undefined && chosenRange(choices) !== undefined;
}

/** The orders of the parts of a mix, which shuffling the mix shuffles; of another dataset, its own. */
export function partsOf(order: DatasetOrder): readonly DatasetOrder[] {
  const { mix, shuffle } = order;
  if (mix === undefined) return [order];
  return shuffle === undefined ? mix.parts : mix.parts.map((part) => ({ ...part, shuffle }));
}

/** The numbers of an order with what nobody has named. */
export function numbersOf(order: DatasetOrder): OrderNumbers {
  const { resume, shuffle = order.mix && joinShuffles(order.mix.parts) } = order;
  const shuffled = shuffle !== undefined;
  const { seed = 0, window = WINDOW } = shuffle ?? {};
  const { maxBufferedBytes = MAX_BUFFERED_BYTES[memoryOwner()] } = shuffle ?? {};
  // An order that goes on keeps its lanes, whatever the number of ranks is now.
  const { world } = order.isStraight && !shuffled ? { world: 1 } : splitOf(order);
  const lanes = shuffle?.lanes ?? resume?.[0].lanes ?? defaultLanes(world, shuffled);
  return { shuffled, seed, lanes, window: shuffled ? window : 1, maxBufferedBytes };
}

/** The most that parts of a mix ask for, where one is shuffled. */
function joinShuffles(parts: readonly DatasetOrder[]): ShuffleOptions | undefined {
  const shuffles = parts.flatMap(({ shuffle }) => shuffle === undefined ? [] : [shuffle]);
  if (shuffles.length === 0) return undefined;
  const most = (name: "lanes" | "window" | "maxBufferedBytes"): number | undefined => {
    const numbers = shuffles.flatMap((shuffle) => shuffle[name] ?? []);
    return numbers.length === 0 ? undefined : Math.max(...numbers);
  };
  return {
    lanes: most("lanes"),
    window: most("window"),
    maxBufferedBytes: most("maxBufferedBytes"),
  };
}

/** One dataset of an order, and what of it a print takes. */
export interface PrintedDataset {
  readonly plan: DatasetPlan;
  readonly lengths: readonly number[] | undefined;
  /** Absent where samples were not looked up. */
  readonly selection?: Selection;
}

/** What tells whether a state belongs to an order. Hosts and folders of shards may change. */
export function printPass(
  datasets: readonly PrintedDataset[],
  order: DatasetOrder,
  steps: unknown,
): Print {
  const own = partsOf(order);
  const parts = datasets.map(({ plan: { sources }, lengths, selection }, i) => {
    const { seed, window, shuffled } = numbersOf(own[i]);
    return {
      shardNames: sources.map(({ name }) => name.slice(name.search(/[^\\/]*$/))),
      lengths,
      seed,
      window,
      shuffled: own[i].replay?.settings ?? shuffled,
      choices: own[i].choices,
      selection,
    };
  });
  const { mix, range, passRange } = order;
  const ranges = [range, passRange].map((each) => each && `${each.from}-${each.to}`);
  const text = ranges.join();
  return printOrder({ parts, mix, range: text === "," ? undefined : text, steps });
}

/** The state after an item. */
export function stateAfter(
  mark: Mark,
  split: Split,
  pass: PassOrder,
): OrderState {
  const { taken, counts, at } = mark;
  const epoch = epochOf(mark);
  const done = pass.done.filter((each) => each.epoch >= epoch);
  return {
    v: 1,
    print: pass.print,
    epoch,
    lanes: pass.lanes,
    rank: split.rank,
    world: split.world,
    taken,
    ...(done.length > 0 && { done }),
    ...(counts !== undefined && { counts }),
    ...(at !== undefined && { at: formatMarks(at, split) }),
    ...(pass.commits !== undefined && { commits: pass.commits }),
  };
}

/** A mark of a pass over shards in their own order, of unknown lengths: as that of the one lane that it is. */
export function markPlain(mark: Mark): Mark {
  const { taken, place: { shard, index } } = mark;
  return { ...mark, at: [[0, taken, shard, index + 1, 0]] };
}

/**
 * Whether a pass goes on as one that was dealt whole shards: its states say where its lanes stand, and what they say is
 * of use.
 *
 * @param isKnown Whether the lengths of shards are known, by which the shards' own order goes on in any world.
 */
export function goesOnDealt(order: DatasetOrder, isKnown: boolean): boolean {
  const { resume = [] } = order;
  const { world } = splitOf(order);
  if (resume.length === 0 || resume.some(({ at }) => at === undefined)) return false;
  return resume.every((state) => state.world === world || (isKnown && state.lanes > 1));
}

/** What steps had counted at the state that a pass of this rank goes on from. */
export function countsOf(order: DatasetOrder): readonly number[] | undefined {
  const { rank, world } = splitOf(order);
  const { resume = [] } = order;
  const own = resume.find((state) => state.rank === rank) ??
    (resume.length === 1 ? resume[0] : undefined);
  return own?.world === world ? own.counts : undefined;
}
