/**
 * From saved states to where a pass goes on, on any number of ranks.
 *
 * @module
 */
import { OrderError } from "../errors.ts";
import { listLanes } from "./deal.ts";
import { checkPrint, type Print } from "./print.ts";
import {
  checkSplit,
  type Deal,
  type Done,
  listRest,
  type Positions,
  RankSequence,
  type Rest,
  type Split,
} from "./ranks.ts";
import { type LaneMark, parseMarks } from "./lane_marks.ts";
import { type EpochDone, type OrderState, parseState } from "./state.ts";

/** What {@linkcode resumeOrder} takes. */
export interface ResumeOptions {
  /** The order as it is now. */
  readonly print: Print;
  /** Positions of an epoch, or of each; absent where the lengths of shards are not known. */
  readonly positions?: Positions | ((epoch: number) => Positions);
  /** The share of this process now. */
  readonly split: Split;
  /**
   * The number of lanes, where the caller has named one.
   *
   * @default {that of the state}
   */
  readonly lanes?: number;
}

/** Where a pass goes on. */
export interface Resume {
  /** Number of the epoch to go on with. */
  readonly epoch: number;
  /** Number of lanes. */
  readonly lanes: number;
  /** Positions to leave out at the beginning of the rank's sequence in this epoch. */
  readonly taken: number;
  /** What runs before have taken of this epoch and later ones; to be saved with every state. */
  readonly done: readonly EpochDone[];
  /** What steps after the order have counted. */
  readonly counts?: readonly number[];
  /** Where the rank's lanes stand that have not ended; only where the lengths of shards are not known. */
  readonly at?: readonly LaneMark[];
}

/**
 * Finds where a pass goes on after one that was saved.
 *
 * Of a run in which all ranks have taken as many positions, as they have after each step of a training, one
 * state is enough, on any number of ranks. Where ranks stand apart, their number can change only with the
 * states of all; a rank of the same world needs its own alone. In each case the samples that come are exactly
 * those that did not.
 *
 * @param states One state or several: objects, or their JSON.
 * @throws {OrderError} `order/state` if one is damaged, `order/changed` if one is of another order,
 *   `order/ranks` if they do not belong together or do not suffice.
 * @throws {RangeError} If the split is out of its range.
 * @example From 2 ranks to 3
 * ```ts
 * import { RankSequence, resumeOrder } from "@wdstream/wdstream/order";
 *
 * const saved = { v: 1, print: {}, epoch: 0, lanes: 6, rank: 1, world: 2, taken: 3 };
 * const positions = { from: 0, to: 12 };
 * const split = { rank: 0, world: 3 };
 * const { done, taken } = resumeOrder(saved, { print: {}, positions, split });
 * const rest = new RankSequence(positions, split, done[0]);
 * if (taken !== 0 || rest.length !== 2 || rest.at(0).position !== 6) throw new Error("not 6 and 9");
 * ```
 */
export function resumeOrder(states: unknown, options: ResumeOptions): Resume {
  const { print, lanes } = options;
  const { positions } = options;
  const positionsOf = typeof positions === "object" ? (): Positions => positions : positions;
  const { rank, world } = checkSplit(options.split);
  const all = (Array.isArray(states) ? states : [states]).map(parseState);
  const [first] = all;
  if (first === undefined) throw stateError("there is none");
  for (const state of all) {
    checkPrint(state.print, print);
    for (const done of state.done ?? []) {
      if (positionsOf !== undefined) tryRest(positionsOf(done.epoch), done);
    }
  }
  if (lanes !== undefined && lanes !== first.lanes) {
    throw new OrderError("order/changed", {
      action: "resume",
      reason:
        `the number of lanes changed since the state was saved, from ${first.lanes} to ${lanes}`,
    });
  }
  if (all.length > 1) checkTogether(all);
  const own = all.find((state) => state.rank === rank) ?? (all.length === 1 ? first : undefined);
  if (own !== undefined && own.world === world) {
    const { epoch, lanes, taken, done = [], counts } = own;
    const resume: Resume = { epoch, lanes, taken, done: after(done, epoch), counts };
    if (positions !== undefined) return resume;
    if (own.rank === rank) return { ...resume, at: marksOf(own) };
    throw stateError(
      `where the lengths of shards are not known, each rank needs its own, and this is of rank ${own.rank}`,
    );
  }
  if (all.some(({ counts }) => counts !== undefined)) {
    throw stateError(
      "a `take` or `skip` after the split counts what one rank has had, which cannot be dealt to " +
        "another number of ranks",
    );
  }
  if (positionsOf === undefined) return shareLanes(all, { rank, world });
  return all.length === 1
    ? shareLockstep(first, positionsOf(first.epoch))
    : shareAll(all, positionsOf);
}

/**
 * What was done of one epoch, for a {@linkcode RankSequence}.
 *
 * @param done Of a {@linkcode Resume}.
 */
export function doneIn(done: readonly EpochDone[], epoch: number): Done | undefined {
  return done.find((each) => each.epoch === epoch);
}

/** All ranks have taken as many as this one. */
function shareLockstep(state: OrderState, positions: Positions): Resume {
  const { epoch, lanes, world, taken, done = [] } = state;
  const own = addDeal(doneIn(done, epoch), epoch, { world, taken }, positions);
  return { epoch, lanes, taken: 0, done: [own, ...after(done, epoch + 1)] };
}

/** Each rank has taken what its own state says. */
function shareAll(
  states: readonly OrderState[],
  positionsOf: (epoch: number) => Positions,
): Resume {
  const [{ lanes, world, done = [] }] = states;
  const ranked = [...states].sort((a, b) => a.rank - b.rank);
  const first = Math.min(...ranked.map(({ epoch }) => epoch));
  const last = Math.max(...ranked.map(({ epoch }) => epoch));
  const shared: EpochDone[] = [];
  for (let epoch = first; epoch <= last; epoch++) {
    const before = doneIn(done, epoch);
    const positions = positionsOf(epoch);
    const taken = ranked.map((state) => {
      if (state.epoch !== epoch) {
        return state.epoch > epoch ? ownLength(state, positions, before) : 0;
      }
      return state.taken;
    });
    shared.push(addDeal(before, epoch, { world, taken }, positions));
  }
  return { epoch: first, lanes, taken: 0, done: [...shared, ...after(done, last + 1)] };
}

/** Where lengths are not known, lanes are dealt anew; where each stands is known to its rank alone. */
function shareLanes(states: readonly OrderState[], { rank, world }: Split): Resume {
  const [{ epoch, lanes, world: before }] = states;
  if (states.length < before) {
    throw stateError("where the lengths of shards are not known, all ranks' states are needed");
  }
  const at: LaneMark[] = [];
  for (const state of states) {
    if (state.epoch !== epoch) throw stateError("their ranks are in different epochs");
    if (lanes % before !== 0) {
      throw stateError(`${lanes} lanes cannot have been read by ${before} ranks`);
    }
    at.push(...marksOf(state));
  }
  const mine = new Set(listLanes(lanes, { rank, world }));
  const marks = at.filter(([lane]) => mine.has(lane)).sort(([a], [b]) => a - b);
  return { epoch, lanes, taken: 0, done: [], at: marks };
}

/** Where the lanes of a state's rank stand: at their beginnings, if it does not tell. */
function marksOf({ at, rank, world, lanes }: OrderState): LaneMark[] {
  if (at !== undefined) return parseMarks(at, { rank, world, lanes });
  return listLanes(lanes, { rank, world }).map((lane) => [lane, 0, 0, 0, 0]);
}

function ownLength({ rank, world }: OrderState, positions: Positions, done?: Done): number {
  return new RankSequence(positions, { rank, world }, done).ownLength;
}

/** Adds what a run has taken of an epoch; where that leaves no gaps, one number says all. */
function addDeal(
  done: Done | undefined,
  epoch: number,
  deal: Deal,
  positions: Positions,
): EpochDone {
  const { before, dealt = [] } = done ?? { before: positions.from };
  const all = { epoch, before, dealt: [...dealt, deal] };
  const rest = tryRest(positions, all);
  return rest.loose.length === 0 ? { epoch, before: rest.from } : all;
}

function tryRest(positions: Positions, done: Done): Rest {
  try {
    return listRest(positions, done);
  } catch (cause) {
    throw stateError(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** What is done of an epoch and those after it. */
function after(done: readonly EpochDone[], epoch: number): readonly EpochDone[] {
  return done.filter((each) => each.epoch >= epoch);
}

/** Sees to it that states are of one moment of one run, and that every rank's is there. */
function checkTogether(states: readonly OrderState[]): void {
  const [first] = states;
  const seen = new Set<number>();
  for (const state of states) {
    const { rank, world, lanes, done } = state;
    for (const [name, own, its] of [["world", world, first.world], ["lanes", lanes, first.lanes]]) {
      if (own !== its) {
        throw stateError(
          `rank ${rank} has ${name} ${own}, and rank ${first.rank} has ${its}: they are of two runs`,
        );
      }
    }
    if (JSON.stringify(done ?? []) !== JSON.stringify(first.done ?? [])) {
      throw stateError(`rank ${rank} and rank ${first.rank} were resumed from different states`);
    }
    if (seen.has(rank)) throw stateError(`there are two of rank ${rank}`);
    seen.add(rank);
  }
  const missing = Array.from({ length: first.world }, (_, rank) => rank)
    .filter((rank) => !seen.has(rank));
  if (missing.length > 0) {
    throw stateError(
      `of ${first.world} ranks, ${missing.slice(0, 8).join(", ")}${
        missing.length > 8 ? " and more" : ""
      } ${missing.length === 1 ? "is" : "are"} missing`,
    );
  }
}

function stateError(reason: string, cause?: unknown): OrderError {
  return new OrderError("order/ranks", { action: "resume from the states", reason, cause });
}
