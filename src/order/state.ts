/**
 * The state of a pass as JSON: made, and read back from where it may have been damaged or forged.
 *
 * @module
 */
import { OrderError } from "../errors.ts";
import { parseMarks } from "./lane_marks.ts";
import { MAX_NUMBER } from "./plan.ts";
import { isPrintField, type Print } from "./print.ts";
import type { Deal, Done } from "./ranks.ts";
import { MAX_LANES } from "./window.ts";

/**
 * Where a pass over an order stands; plain JSON, below a kilobyte. Only where the lengths of shards are not known and a
 * process reads more than 128 lanes, it has some ten letters for each.
 */
export interface OrderState {
  /** Version of the format. */
  readonly v: 1;
  /** What tells whether the order is still the same. */
  readonly print: Print;
  /** Number of the epoch. */
  readonly epoch: number;
  /** Number of lanes: an order that is resumed keeps it, whatever the number of ranks. */
  readonly lanes: number;
  /** Number of the process. */
  readonly rank: number;
  /** Number of processes. */
  readonly world: number;
  /** Positions of the rank's sequence in this epoch that were taken, before any filter. */
  readonly taken: number;
  /** What runs before this one had taken of this epoch and later ones, where there were any. */
  readonly done?: readonly EpochDone[];
  /** What steps after the order have counted (`take`, `skip`). */
  readonly counts?: readonly number[];
  /**
   * Where the lengths of shards are not known: where those of the rank's lanes stand in their shards that have not
   * ended, as {@linkcode parseMarks} reads it.
   */
  readonly at?: string;
  /** The commits at which repositories (`hf:`) were read, by their revisions. */
  readonly commits?: Readonly<Record<string, string>>;
}

/** What was taken of one epoch before the pass. */
export interface EpochDone extends Done {
  /** Number of the epoch. */
  readonly epoch: number;
}

/** Longest text that is looked at. */
const MAX_TEXT = 2 ** 20;
/** Most deals that are looked at; each costs a walk over what it leaves. */
const MAX_DEALS = 64;

/**
 * Reads a state back.
 *
 * @param state The text of it, or what `JSON.parse` makes of that.
 * @throws {OrderError} `order/state` if it is not one, or of a later version.
 * @example Usage
 * ```ts
 * import { OrderError, parseState } from "@wdstream/wdstream/order";
 *
 * const state = parseState('{"v":1,"print":{},"epoch":2,"lanes":16,"rank":0,"world":1,"taken":90}');
 * if (state.taken !== 90) throw new Error("not what was saved");
 * try {
 *   parseState('{"v":2}');
 * } catch (error) {
 *   if (!(error instanceof OrderError) || error.code !== "order/state") throw error;
 * }
 * ```
 */
export function parseState(state: unknown): OrderState {
  const value = readObject("it", typeof state === "string" ? parseText(state) : state);
  if (value.v !== 1) throw stateError(`its version is ${show(value.v)}, and this release knows 1`);
  const world = readInteger("world", value.world, 1, MAX_LANES);
  const rank = readInteger("rank", value.rank, 0, world - 1);
  const lanes = readInteger("lanes", value.lanes, 1, MAX_LANES);
  return {
    v: 1,
    print: readPrint(value.print),
    epoch: readInteger("epoch", value.epoch, 0, MAX_NUMBER),
    lanes,
    rank,
    world,
    taken: readInteger("taken", value.taken),
    ...(value.done !== undefined &&
      { done: readList("done", value.done, MAX_DEALS).map(readDone) }),
    ...(value.counts !== undefined && { counts: readIntegers("counts", value.counts, MAX_LANES) }),
    ...(value.at !== undefined && { at: readMarks(value.at, { rank, world, lanes }) }),
    ...(value.commits !== undefined && { commits: readCommits(value.commits) }),
  };
}

function parseText(text: string): unknown {
  if (text.length > MAX_TEXT) throw stateError(`its text has more than ${MAX_TEXT} characters`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw stateError("it is not JSON", cause);
  }
}

function readCommits(value: unknown): Readonly<Record<string, string>> {
  const commits = Object.entries(readObject("commits", value));
  for (const [name, commit] of commits) {
    const isSound = name.length < 1000 && typeof commit === "string" &&
      /^[0-9a-f]{40}$/.test(commit);
    if (!isSound) throw stateError(`commits has ${show(commit)}`);
  }
  return Object.fromEntries(commits) as Record<string, string>;
}

function readPrint(value: unknown): Print {
  const fields = Object.entries(readObject("print", value)).map(([name, text]) => {
    if (!isPrintField(name)) throw stateError(`its print has an unknown field ${show(name)}`);
    if (typeof text !== "string" || text.length > 64) {
      throw stateError(`print.${name} is ${show(text)}`);
    }
    return [name, text];
  });
  return Object.fromEntries(fields);
}

function readDone(value: unknown): EpochDone {
  const { epoch, before, dealt } = readObject("done", value);
  return {
    epoch: readInteger("done.epoch", epoch, 0, MAX_NUMBER),
    before: readInteger("done.before", before),
    ...(dealt !== undefined && { dealt: readList("done.dealt", dealt, MAX_DEALS).map(readDeal) }),
  };
}

function readDeal(value: unknown): Deal {
  const deal = readObject("done.dealt", value);
  const world = readInteger("done.dealt.world", deal.world, 1, MAX_LANES);
  if (typeof deal.taken === "number") {
    return { world, taken: readInteger("done.dealt.taken", deal.taken) };
  }
  const taken = readIntegers("done.dealt.taken", deal.taken, world);
  if (taken.length !== world) throw stateError(`it has ${taken.length} ranks of ${world}`);
  return { world, taken };
}

function readMarks(
  value: unknown,
  of: { readonly rank: number; readonly world: number; readonly lanes: number },
): string {
  if (typeof value !== "string") throw stateError(`at is ${show(value)}`);
  parseMarks(value, of);
  return value;
}

function readIntegers(name: string, value: unknown, most: number): number[] {
  return readList(name, value, most).map((item) => readInteger(name, item));
}

function readList(name: string, value: unknown, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw stateError(`${name} is ${show(value)}`);
}

function readObject(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw stateError(`${name} is ${show(value)}`);
  }
  // What is inherited is nothing that was saved.
  return Object.assign(Object.create(null), value);
}

function readInteger(
  name: string,
  value: unknown,
  least = 0,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  const isOne = Number.isSafeInteger(value) && value as number >= least && value as number <= most;
  if (isOne) return value as number;
  throw stateError(`${name} is ${show(value)}`);
}

/** A value for a message, which its size or its content must not spoil. */
function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "a list" : "an object";
  }
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  return typeof value === "number" || typeof value === "boolean" || value === null
    ? String(value)
    : `a ${typeof value}`;
}

function stateError(reason: string, cause?: unknown): OrderError {
  return new OrderError("order/state", { action: "read a saved state", reason, cause });
}
