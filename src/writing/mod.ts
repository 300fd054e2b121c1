/**
 * Writing shards.
 *
 * ```ts
 * import { ShardWriter } from "@wdstream/wdstream/writing";
 *
 * const writer = new ShardWriter("out", { pattern: "train-%06d.tar", maxCount: 1000, split: "train" });
 * console.log(writer.count);
 * ```
 *
 * @module
 */
export { encodeField } from "./encode_field.ts";
export {
  type FinishedShard,
  type SampleInput,
  ShardWriter,
  type ShardWriterOptions,
} from "./shard_writer.ts";
export type { ListedShard } from "../index/wids.ts";
export type { ObjectDraft, PutOptions, Store } from "../storage/store.ts";
