/** Small datasets in an order, and what the pure functions of the order say of them. */

import { makeDataset } from "../../src/dataset/builder.ts";
import { type DatasetOptions, type WebDataset, webdataset } from "../../src/dataset/mod.ts";
import {
  locateSample,
  orderEpoch,
  type PlanOptions,
  RankSequence,
  type Split,
} from "../../src/order/mod.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import { makeTextShard } from "./shards.ts";

/** Shards of so many samples each, whose keys are `SHARD/INDEX`. */
export function makeShards(lengths: readonly number[]): Promise<Uint8Array<ArrayBuffer>[]> {
  return Promise.all(lengths.map((length, shard) => makeTextShard(`${shard}/`, length)));
}

/** A dataset of shards in memory, whose lengths a catalogue knows or not. */
export function makeLaned(
  shards: readonly Uint8Array<ArrayBuffer>[],
  shardLengths: readonly number[] | undefined,
  options: DatasetOptions = {},
): WebDataset {
  const sources = shards.map((bytes, i) => bytesSource(bytes, `${i}.tar`));
  if (shardLengths === undefined) return webdataset(sources, options);
  const sampleCount = shardLengths.reduce((sum, length) => sum + length, 0);
  return makeDataset(() => Promise.resolve({ sources, shardLengths, sampleCount }), options);
}

/** The keys that a rank is given in an epoch, by the pure functions alone; of samples again with `+`. */
export function expectKeys(
  options: PlanOptions,
  split: Split = { rank: 0, world: 1 },
): string[] {
  const order = orderEpoch(options);
  const find = locateSample(order);
  const sequence = new RankSequence({ from: 0, to: order.sampleCount }, split);
  return Array.from({ length: sequence.length }, (_, n) => {
    const { position, isPadding } = sequence.at(n);
    const { shard, index } = find(position);
    return `${shard}/${index}${isPadding ? "+" : ""}`;
  });
}
