/**
 * What a pass will take, said before any byte of a shard is read.
 *
 * @module
 */
import { orderEpoch } from "../order/epoch_order.ts";
import { countReaders, listOwnLanes, RankSequence, type Split } from "../order/ranks.ts";
import { EpochOrders, type OrderedPart } from "./epoch_orders.ts";
import type { DatasetPlan } from "./options.ts";
import {
  type DatasetOrder,
  isPlain,
  type KnownSamples,
  needsLengths,
  numbersOf,
  type OrderNumbers,
  splitOf,
  UNKNOWN_HINT,
} from "./order.ts";
import type { Epochs } from "./read.ts";
import { heldBytes, segmentBytes } from "./segments.ts";
import type { Source } from "../storage/source.ts";
import type { Step } from "./step.ts";
import { WHOLE_HINT } from "./whole_hosts.ts";

/** What one epoch takes of this process. */
export interface ExplainedShare {
  /** Samples that it is given, padding included; absent where lengths are not known. */
  readonly samples?: number;
  /**
   * Items that the last step gives in an epoch, after `batch()` the number of steps of a training; absent where a
   * filter decides, or lengths are not known.
   */
  readonly items?: number;
  /** Lanes that it reads: so many shards are open at any time. */
  readonly lanes: number;
  /** Bytes of shards that it reads, about; absent where sizes are not known. */
  readonly bytes?: number;
  /** Requests to hosts that this takes, about; 0 for local shards. Those for indexes are not counted. */
  readonly requests?: number;
  /**
   * Bytes that it holds of shards that are open and of samples that wait for their turn, at most about. What later steps
   * hold (batches, what is read ahead) is not counted.
   */
  readonly memoryBytes: number;
}

/** A plan in numbers. */
export interface ExplainedPlan {
  /** Number of shards. */
  readonly shards: number;
  /** Number of samples of an epoch, all processes together, where it is known before they are read. */
  readonly samples: number | undefined;
  /** Bytes of all shards, where they are known. */
  readonly bytes?: number;
  /** Number of the first epoch. */
  readonly firstEpoch: number;
  /** Number of epochs; may be infinite. */
  readonly epochs: number;
  /** The order that samples come in, and the share of this process; absent where it is that of the shards. */
  readonly order?: OrderNumbers & Split;
  /** What one epoch takes of this process. */
  readonly share: ExplainedShare;
  /** What could be better, and why, each a sentence. */
  readonly hints: readonly string[];
}

/** Bytes that are read of a local shard at a time. */
const LOCAL_BYTES = 512 << 10;

/** What {@linkcode explainPlan} takes. */
export interface ExplainedParts {
  readonly plan: DatasetPlan;
  /** What is known of the samples; absent where nothing is. */
  readonly known: KnownSamples | undefined;
  /** The datasets of a mix, or the only one; absent where not enough is known of them. */
  readonly parts: readonly OrderedPart[] | undefined;
  /** Whether the host is known to serve no ranges. */
  readonly isWhole?: boolean;
  readonly order: DatasetOrder;
  readonly epochs: Epochs;
  readonly steps: readonly Step[];
}

/** Says what a plan takes, by what is known of its shards. */
export function explainPlan(
  { plan, known, parts, isWhole = false, order, epochs, steps }: ExplainedParts,
): ExplainedPlan {
  const { sources } = plan;
  const numbers = numbersOf(order);
  const split = splitOf(order);
  const chosen = needsLengths(order) && parts !== undefined
    ? countChosen(parts, order, epochs)
    : undefined;
  const samples = needsLengths(order) ? chosen?.all : known && sum(known.lengths);
  const bytes = known?.shardBytes && sum(known.shardBytes);
  const isLocal = sources.every((source) => source.isLocal);
  const lanes = listOwnLanes(numbers.lanes, split);
  const reads = chosen !== undefined
    ? chosen
    : needsLengths(order)
    ? {}
    : isPlain(order)
    ? { samples, bytes, runs: sources.length }
    : countReads(known, numbers, split, epochs.from, lanes);
  const isStreamed = isLocal || isWhole;
  const held = isStreamed ? LOCAL_BYTES : segmentBytes(numbers.lanes);
  const count = known && sum(known.lengths);
  const mean = count === undefined || bytes === undefined || count === 0
    ? undefined
    : bytes / count;
  const waiting = numbers.window > 1 ? lanes.length * numbers.window : 0;
  const waitingBytes = Math.min(
    numbers.maxBufferedBytes,
    Math.round(waiting * (mean ?? Infinity)) || 0,
  );
  return {
    shards: sources.length,
    samples,
    ...(bytes !== undefined && { bytes }),
    firstEpoch: epochs.from,
    epochs: epochs.count,
    ...(!isPlain(order) && { order: { ...numbers, ...split } }),
    share: {
      ...definedOf({ samples: reads.samples, items: countItems(reads.samples, steps) }),
      lanes: lanes.length,
      ...definedOf({
        bytes: reads.bytes,
        requests: isLocal
          ? 0
          : isWhole
          ? reads.runs
          : isPlain(order)
          ? countPlain(sources, known, held)
          : countRequests(reads, held),
      }),
      memoryBytes:
        (isStreamed ? lanes.length * held : heldBytes(lanes.length, held, isPlain(order))) +
        waitingBytes,
    },
    hints: [
      ...isWhole && !isPlain(order) ? [WHOLE_HINT] : [],
      ...listHints(known, order, numbers, split),
    ],
  };
}

interface Reads {
  readonly samples?: number;
  readonly bytes?: number;
  /** Parts of shards that are read in one piece. */
  readonly runs?: number;
  /** Segments that hold these parts. */
  readonly requests?: number;
}

/** What is left of an epoch, of all processes and of this one. Bytes are those of samples of their part's mean size. */
function countChosen(
  parts: readonly OrderedPart[],
  order: DatasetOrder,
  epochs: Epochs,
): Reads & { readonly all: number } {
  const orders = new EpochOrders(parts, order, epochs);
  const { from, to } = orders.positionsOf(epochs.from);
  const { length: samples } = orders.sequenceOf(epochs.from);
  const sizes = parts.map(({ known: { lengths, shardBytes } }) =>
    shardBytes && sum(shardBytes) / Math.max(1, sum(lengths))
  );
  const counts = orders.parts.map(({ selection }) => selection.sampleCount);
  const weights = order.mix?.weights ?? counts.map(() => 1);
  const shares = order.mix === undefined ? [1] : weights.map((own) => own / sum(weights));
  const mean = sizes.every((size) => size !== undefined)
    ? sum(sizes.map((size, part) => size * shares[part]))
    : undefined;
  return {
    all: to - from,
    samples,
    ...(mean !== undefined && samples < Infinity && { bytes: Math.round(mean * samples) }),
  };
}

function countReads(
  known: KnownSamples | undefined,
  numbers: OrderNumbers,
  split: Split,
  epoch: number,
  own: readonly number[],
): Reads {
  if (known === undefined) return {};
  const { lengths, shardBytes } = known;
  const order = orderEpoch({ ...numbers, lengths, epoch });
  const { length: samples } = new RankSequence({ from: 0, to: order.sampleCount }, split);
  const lanes = order.lanesOf(0, epoch);
  let bytes = 0;
  let runs = 0;
  let requests = 0;
  const segment = segmentBytes(numbers.lanes);
  for (const lane of own) {
    for (const { shard, from, to } of lanes.lane(lane).runs) {
      runs++;
      const size = shardBytes?.[shard] ?? 0;
      const [start, end] = [from, to].map((index) => size * index / lengths[shard]);
      bytes += end - start;
      requests += countSegments(start, end, size, segment);
    }
  }
  return { samples, runs, ...(shardBytes && { bytes: Math.round(bytes), requests }) };
}

/** Segments of a shard that are fetched for a part of it. */
function countSegments(start: number, end: number, size: number, segment: number): number {
  const first = Math.floor(start / segment);
  const last = Math.ceil(end / segment);
  // Whoever has read half of one has asked for the next one, if there is one.
  const isAhead = last * segment < size && end % segment > segment / 2;
  return last - first + (isAhead ? 1 : 0);
}

/** Shards that are read as a whole, one after the other: those with an address in segments. */
function countPlain(
  sources: readonly Source[],
  known: KnownSamples | undefined,
  segment: number,
): number | undefined {
  const counts = sources.map(({ address, isLocal }, shard) =>
    isLocal
      ? 0
      : address === undefined
      ? 1
      : Math.ceil((known?.shardBytes?.[shard] ?? NaN) / segment)
  );
  return counts.some(Number.isNaN) ? undefined : sum(counts);
}

/** Where the parts are not known, each is read in segments, of which the last one is mostly not whole. */
function countRequests({ bytes, runs, requests }: Reads, segment: number): number | undefined {
  if (requests !== undefined) return requests;
  if (bytes === undefined || runs === undefined) return undefined;
  return Math.ceil(bytes / segment + runs / 2);
}

function countItems(samples: number | undefined, steps: readonly Step[]): number | undefined {
  let items = samples;
  for (const { name, settings: { size, dropLast, count } } of steps) {
    if (items === undefined || name === "filter") return undefined;
    if (name === "batch") {
      items = items / Number(size);
      items = dropLast === true ? Math.floor(items) : Math.ceil(items);
    } else if (name === "take") items = Math.min(items, Number(count));
    else if (name === "skip") items = Math.max(0, items - Number(count));
  }
  return items;
}

function listHints(
  known: KnownSamples | undefined,
  order: DatasetOrder,
  { lanes }: OrderNumbers,
  { world }: Split,
): string[] {
  if (isPlain(order)) return [];
  if (order.replay !== undefined) return [];
  if (known === undefined) return needsLengths(order) ? [] : [UNKNOWN_HINT];
  const readers = countReaders(world, lanes);
  if (readers === 1) return [];
  return [
    `${world} processes do not divide ${lanes} lanes, so that the bytes of an epoch are read ${readers} times; ` +
    `name a multiple of ${world} as lanes`,
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function definedOf<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
