/**
 * What the datasets of one chain share, and what is found out for all of them.
 *
 * @module
 */
import type { OrderedPart } from "../steps/epoch_orders.ts";
import { FaultLog } from "../steps/faults.ts";
import type { DatasetPlan, DatasetStats } from "../steps/options.ts";
import {
  type DatasetOrder,
  hasWanted,
  type KnownSamples,
  plannedSamples,
  splitOf,
  type Wanted,
  wantedFor,
} from "../steps/order.ts";
import type { Pass } from "../steps/pass.ts";
import type { RandomAccess } from "../steps/random_access.ts";
import type { Epochs } from "../steps/read.ts";
import { type LimitOptions, RequestPool, shareRequests } from "../storage/request_pool.ts";
import type { Source } from "../storage/source.ts";
import { type AccessOptions, listCommits, restoreCommits } from "../storage/source_options.ts";
import type { DatasetOptions } from "./options.ts";

const NO_STATS: DatasetStats = {
  shards: 0,
  samples: 0,
  skipped: 0,
  bytes: 0,
  hints: {},
  network: { requests: 0, bytes: 0, retries: 0, waitMs: 0, cachedBytes: 0 },
};

/** What the datasets of one chain share. */
export interface Root {
  readonly options: DatasetOptions;
  readonly plan: () => Promise<DatasetPlan>;
  readonly passes: Set<Pass<unknown>>;
  stats: DatasetStats;
  /** What the pass that began last has left out. */
  faults: FaultLog;
  /** The pass that began last. */
  last?: Pass<unknown>;
  /** Made when a sample is first asked for by its number. */
  access?: RandomAccess;
  /** Number of samples in each shard that was read to its end. */
  readonly lengths: Map<number, number>;
  /** Whether the host of the shards serves no ranges, once it was asked. */
  sendsWhole?: boolean;
  /** Hints that were given. */
  readonly hints: Set<string>;
  /** What is known of the samples, once it was asked for. */
  known?: KnownSamples;
  /** The datasets of a mix, with what was chosen of each. */
  readonly mixed?: readonly MixedPart[];
  /** How its shards are reached. */
  readonly reach?: AccessOptions;
  /** What counts the requests to their hosts, of all passes and of single samples. */
  readonly requests: RequestPool | undefined;
}

/** One dataset of a mix. */
export interface MixedPart {
  readonly root: Root;
  readonly head: Head;
}

/** Which samples a dataset has, and in which order. */
export interface Head extends DatasetOrder {
  readonly epochs: Epochs;
}

/** How the shards of a dataset are reached, and those of all parts of a mix. */
function listReaches({ reach, mixed = [] }: Root): AccessOptions[] {
  return [...reach === undefined ? [] : [reach], ...mixed.flatMap(({ root }) => listReaches(root))];
}

/** The commits that repositories were read at, for a state; absent where there are none. */
export function findCommits(root: Root): Readonly<Record<string, string>> | undefined {
  const commits = listReaches(root).flatMap(listCommits);
  return commits.length === 0 ? undefined : Object.fromEntries(commits);
}

/**
 * Reads repositories at the commits of states.
 *
 * @throws {OrderError} `order/changed` if the dataset was read at another one already.
 */
export function pinCommits(root: Root, { resume = [] }: DatasetOrder): void {
  for (const { commits } of resume) {
    if (commits === undefined) continue;
    for (const reach of listReaches(root)) restoreCommits(reach, commits);
  }
}

/** What is gone through where nobody names epochs. */
export const ONE_EPOCH: Epochs = { from: 0, count: 1 };

/** Indexes and what reads them are a fifth of the module, and most programs never ask for a sample by its number. */
export async function findAccess(root: Root): Promise<RandomAccess> {
  if (root.access !== undefined) return root.access;
  const { RandomAccess } = await import("../steps/random_access.ts");
  return root.access ??= new RandomAccess(root.plan, root.options, root.requests);
}

/** What is known of the samples, of which an order is made: by the catalogue, or found out once. */
export async function findSamples(
  root: Root,
  plan: DatasetPlan,
  signal: AbortSignal,
  wanted: Wanted = {},
): Promise<KnownSamples | undefined> {
  root.known ??= plannedSamples(plan);
  if (root.known !== undefined && hasWanted(root.known, wanted)) return root.known;
  const { findKnown } = await import("../steps/known.ts");
  const { sources, splitIndex } = plan;
  const { inTurn } = await import("../storage/in_turn.ts");
  const requests = passRequests(root);
  const turn = (source: Source): Source => inTurn(source, requests);
  const taken = {
    ...plan,
    sources: sources.map(turn),
    ...(splitIndex && { splitIndex: turn(splitIndex) }),
  };
  const known = await findKnown(taken, root.options, signal, wanted);
  return known && (root.known = known);
}

/**
 * The same, where it is needed.
 *
 * @throws {IndexError} `index/needed` if nothing tells.
 */
async function needSamples(
  root: Root,
  plan: DatasetPlan,
  signal: AbortSignal,
  wanted: Wanted = {},
): Promise<KnownSamples> {
  const known = await findSamples(root, plan, signal, wanted);
  if (known !== undefined) return known;
  const { unknownError } = await import("../steps/known.ts");
  throw unknownError(plan, wanted);
}

/** The datasets that an order is made of, with what it takes to make it. */
export async function findParts(
  root: Root,
  head: Head,
  signal: AbortSignal,
): Promise<OrderedPart[]> {
  return await Promise.all(
    (root.mixed ?? [{ root, head }]).map(async (part) => {
      const plan = await part.root.plan();
      const known = await needSamples(part.root, plan, signal, wantedFor(part.head));
      // Limits are the part's, what becomes of faults is for the mix to say.
      return { plan, known, options: { ...part.root.options, ...root.options } };
    }),
  );
}

/**
 * The same, as far as it is known.
 *
 * @param count Whether the headers of local shards may be read for it.
 */
export async function lookParts(
  root: Root,
  head: Head,
  signal: AbortSignal,
  count: boolean,
): Promise<OrderedPart[] | undefined> {
  const parts: OrderedPart[] = [];
  for (const part of root.mixed ?? [{ root, head }]) {
    const plan = await part.root.plan();
    const wanted = { ...wantedFor(part.head), headers: count };
    const known = await findSamples(part.root, plan, signal, wanted);
    if (known === undefined) return undefined;
    parts.push({ plan, known, options: part.root.options });
  }
  return parts;
}

/** Makes what the datasets of a chain share. */
export function makeRoot(
  plan: () => Promise<DatasetPlan>,
  options: DatasetOptions,
  { mixed, reach }: Pick<Root, "mixed" | "reach"> = {},
): Root {
  return {
    options,
    plan,
    passes: new Set(),
    lengths: new Map(),
    hints: new Set(),
    stats: NO_STATS,
    faults: new FaultLog(),
    mixed,
    reach,
    requests: shareRequests(limitsOf({ mixed, reach })),
  };
}

/** What counts the requests of a pass. */
export function passRequests(root: Root): RequestPool {
  return root.requests ?? new RequestPool(limitsOf(root)?.connections);
}

/** Of a mix, the limits of the most modest part. */
function limitsOf({ mixed, reach }: Pick<Root, "mixed" | "reach">): LimitOptions | undefined {
  if (mixed === undefined) return reach?.limits;
  const all = mixed.map(({ root }) => limitsOf(root)?.connections ?? Infinity);
  const connections = Math.min(...all);
  return connections === Infinity ? undefined : { connections };
}

/**
 * The lengths of shards that passes have seen, once it is all of them. No order is made by them: one that only this
 * process can make could not be gone on with elsewhere.
 */
export function readLengths(
  { lengths }: Root,
  { sources }: DatasetPlan,
): Pick<DatasetPlan, "shardLengths" | "sampleCount"> {
  if (lengths.size < sources.length) return {};
  const shardLengths = sources.map((_, shard) => lengths.get(shard)!);
  return { shardLengths, sampleCount: shardLengths.reduce((sum, length) => sum + length, 0) };
}

/** Tells the user of something, each once, or once of its `kind`. */
export function giveHint({ options, hints }: Root, hint: string, kind = hint): void {
  if (hints.has(kind)) return;
  hints.add(kind);
  options.onHint?.(hint);
}

/**
 * An order with as many lanes as a host can serve that gives whole shards alone, where nobody has named their number.
 *
 * @param mayAsk Whether the host may be asked; else it is what a pass before has found out.
 */
export async function settleLanes<Order extends DatasetOrder>(
  root: Root,
  order: Order,
  { sources }: DatasetPlan,
  signal: AbortSignal,
  mayAsk = true,
): Promise<Order> {
  const { shuffle, resume } = order;
  const isOpen = shuffle !== undefined && shuffle.lanes === undefined && resume === undefined;
  if (!isOpen || sources[0].address === undefined) return order;
  if (root.sendsWhole === undefined && !mayAsk) return order;
  const { MAX_WHOLE_LANES, sendsWhole, WHOLE_HINT } = await import("../steps/whole_hosts.ts");
  const { inTurn } = await import("../storage/in_turn.ts");
  root.sendsWhole ??= await sendsWhole(inTurn(sources[0], root.requests), signal);
  if (!root.sendsWhole) return order;
  giveHint(root, WHOLE_HINT);
  return { ...order, shuffle: { ...shuffle, lanes: MAX_WHOLE_LANES * splitOf(order).world } };
}
