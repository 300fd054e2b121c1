/**
 * One request, with what it takes to answer it.
 *
 * @module
 */
import type { Codec } from "../image/codec.ts";
import type { MemoryBudget } from "./budget.ts";
import type { Split } from "./catalogue.ts";
import { withDeadline } from "./deadline.ts";
import type { ExecutionContextLike, HandlerOptions } from "./options.ts";
import type { Bounds } from "./parameters.ts";
import type { ShardCache } from "./shard_cache.ts";

/** What all requests to a handler share: data, and never anything that one of them waits for. */
export interface Setting {
  readonly options: HandlerOptions;
  readonly splits: ReadonlyMap<string, Split>;
  readonly bounds: Bounds;
  readonly maxPixels: number;
  /** Who decodes images. */
  readonly codecs: readonly Codec[];
  readonly storageTimeoutMs: number;
  /** Path of the page that looks into shards, where it is served beside the gallery. */
  readonly inspectsAt: string | undefined;
  /** Bytes of samples. */
  readonly reading: MemoryBudget;
  /** Bytes of pictures and tensors. */
  readonly rendering: MemoryBudget;
}

/** One request. */
export interface Exchange {
  readonly request: Request;
  readonly url: URL;
  readonly setting: Setting;
  readonly shards: ShardCache;
  /** Whether the answer is for this client alone. */
  readonly isPrivate: boolean;
  readonly context: ExecutionContextLike | undefined;
}

/** Runs what waits for the storage, until the client leaves or the time for it is over. */
export function askStorage<T>(
  { request, setting }: Exchange,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withDeadline(request.signal, setting.storageTimeoutMs, work);
}
