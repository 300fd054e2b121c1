/**
 * The print of an order: what tells whether a saved state belongs to it.
 *
 * @module
 */
import { OrderError } from "../errors.ts";
import type { MixOptions } from "./mix.ts";
import type { Selection } from "./select.ts";
import { WordHash } from "./word_hash.ts";

/** One of the things that a print is made of. */
export type PrintField =
  | "shards"
  | "lengths"
  | "seed"
  | "window"
  | "shuffled"
  | "mix"
  | "select"
  | "range"
  | "steps";

/** The words for them that an error uses. */
const FIELDS: Readonly<Record<PrintField, string>> = {
  shards: "the names of the shards",
  lengths: "the numbers of samples in the shards",
  seed: "the seed",
  window: "the window",
  shuffled: "whether the order is shuffled",
  mix: "the parts of the mix, their weights or its end",
  select: "the selection",
  range: "what take() and skip() leave of an order",
  steps: "the steps that count or change samples",
};

/**
 * Short texts that tell whether two orders are the same: numbers as they are, long things as hashes of 32
 * bits. What callbacks do cannot be in it.
 */
export type Print = Readonly<Partial<Record<PrintField, string>>>;

/** One dataset of an order, or one part of a mix. */
export interface PrintedPart {
  /** Names of the shards: those that stay when the dataset is at another host. */
  readonly shardNames: readonly string[];
  /** Number of samples in each shard, where it is known. */
  readonly lengths?: readonly number[];
  /** Seed of the order. */
  readonly seed?: number;
  /** Samples in a full window. */
  readonly window?: number;
  /**
   * Whether the order is shuffled; of an order of another library's, its settings.
   *
   * @default {true}
   */
  readonly shuffled?: boolean | Readonly<Record<string, unknown>>;
  /** The samples that the order is over, where not all are. */
  readonly selection?: Selection;
  /** What samples were selected by, as plain data, where that is known and not which they are. */
  readonly choices?: unknown;
}

/** What {@linkcode printOrder} takes. */
export interface PrintOptions {
  /** The dataset, or the parts of the mix. */
  readonly parts: readonly PrintedPart[];
  /** What the parts were mixed by. */
  readonly mix?: Pick<MixOptions, "weights" | "stop" | "seed">;
  /** Which positions of the order are left, as text; absent where all are. */
  readonly range?: string;
  /** Steps after the order that a resume depends on, as plain data: names, numbers, settings. */
  readonly steps?: unknown;
}

/** Longest text that is kept as it is; a longer one is replaced by its hash. */
const MAX_TEXT = 24;

/**
 * Makes the print of an order.
 *
 * @example Usage
 * ```ts
 * import { printOrder } from "@wdstream/wdstream/order";
 *
 * const part = { shardNames: ["a.tar", "b.tar"], lengths: [5, 5], seed: 7, window: 16 };
 * const print = printOrder({ parts: [part] });
 * if (print.seed !== "7" || JSON.stringify(print).length > 200) throw new Error("not small");
 * ```
 */
export function printOrder({ parts, mix, range, steps }: PrintOptions): Print {
  const join = (texts: readonly string[]): string => shorten(texts.join());
  const hasSelection = parts.some(({ selection, choices }) => (selection ?? choices) !== undefined);
  const print: Partial<Record<PrintField, string>> = {
    shards: hashAll(parts, (hash, { shardNames }) => {
      hash.add(shardNames.length);
      for (const name of shardNames) hash.addText(name);
    }),
    seed: join(parts.map(({ seed = 0 }) => String(seed))),
    window: join(parts.map(({ window = 1 }) => String(window))),
    shuffled: join(parts.map(({ shuffled = true }) => {
      return typeof shuffled === "object" ? sortedJson(shuffled) : shuffled ? "yes" : "no";
    })),
  };
  if (parts.some(({ lengths }) => lengths !== undefined)) {
    print.lengths = hashAll(parts, (hash, { lengths = [] }) => addNumbers(hash, lengths));
  }
  if (hasSelection) {
    print.select = hashAll(parts, (hash, { selection, choices }) => {
      if (choices !== undefined) hash.addText(sortedJson(choices));
      if (selection === undefined) return hash.add(-1);
      addNumbers(hash, selection.lengths);
      for (const list of selection.indexes) addNumbers(hash, list ?? []);
    });
  }
  if (mix !== undefined) {
    const { weights = parts.map(() => 1), stop = "first", seed = 0 } = mix;
    print.mix = shorten(`${weights.join(":")} ${stop} ${seed}`);
  }
  if (range !== undefined) print.range = shorten(range);
  if (steps !== undefined) print.steps = new WordHash().addText(sortedJson(steps)).toString();
  return print;
}

/**
 * Sees to it that a saved state is of this order.
 *
 * @throws {OrderError} `order/changed`, with the first field that differs and both its values.
 */
export function checkPrint(saved: Print, now: Print): void {
  for (const field of Object.keys(FIELDS) as PrintField[]) {
    if (saved[field] === now[field]) continue;
    const tell = (text: string | undefined): string => text === undefined ? "without" : `"${text}"`;
    throw new OrderError("order/changed", {
      action: "resume",
      reason: `${FIELDS[field]} (${field}) changed since the state was saved, from ` +
        `${tell(saved[field])} to ${tell(now[field])}`,
    });
  }
}

/** Whether a name is that of a print's field. */
export function isPrintField(name: string): name is PrintField {
  return Object.hasOwn(FIELDS, name);
}

function hashAll(
  parts: readonly PrintedPart[],
  add: (hash: WordHash, part: PrintedPart) => void,
): string {
  const hash = new WordHash();
  for (const part of parts) add(hash, part);
  return hash.toString();
}

function addNumbers(hash: WordHash, numbers: ArrayLike<number>): void {
  hash.add(numbers.length);
  for (let i = 0; i < numbers.length; i++) hash.add(numbers[i]);
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : new WordHash().addText(text).toString();
}

/** JSON in which the order of an object's names does not show. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1));
  }) ?? "undefined";
}
