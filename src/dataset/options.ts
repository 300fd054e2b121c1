/**
 * What datasets take.
 *
 * @module
 */
import type { ReadOptions } from "../sample/read_options.ts";
import type { SourceOptions } from "../storage/mod.ts";
import type { ShardInput } from "../storage/to_source.ts";

/** What every dataset takes, wherever its shards come from. */
export interface DatasetOptions extends ReadOptions {
  /**
   * Workers that turn images into tensors ahead of the consumer: threads of their own, on which
   * `transform` decodes JPEG files. Samples come in the same order, with the same bytes, for any
   * number; up to 16 for each worker are read ahead. Where `batch` follows `transform`, several workers
   * make whole batches, two for each at most and all of them within 1 GiB. With 0, or where the runtime
   * has no workers or forbids them, the calling thread does it. Deno takes the permission to read this
   * package's files where they are local ones, and does not end while a pass was neither finished nor
   * left.
   *
   * @default {0}
   */
  readonly workers?: number;
  /**
   * Is told, once, what about the shards makes an order worse than it could be: lengths that are not known, a host
   * without ranges. `explain()` says the same before. And, once of each kind, what is odd about the data and is read all
   * the same: members out of order, files that macOS adds, hard links, samples without an image that are left out, samples
   * without a label where nobody has named one. `stats.hints` counts the first four.
   */
  readonly onHint?: (hint: string) => void;
}

/** What {@linkcode webdataset} takes. */
export interface WebDatasetOptions extends DatasetOptions, SourceOptions {
  /**
   * Name of the shard in errors and samples, where there is just one.
   *
   * @default {the path, or the URL without user, query and fragment}
   */
  readonly name?: string;
  /**
   * What tells how many samples each shard has: the index of a split that `wdstream index --split` writes, a list of
   * shards in the format of `wids`, or an `_info.json`. It is read where an order or a selection needs it. `false` looks
   * for none, and the indexes of single shards are read.
   *
   * @default {the file beside the first shard, `NAME.tar.split`, else an `_info.json` that lists all shards, if there is one}
   */
  readonly splitIndex?: ShardInput | false;
  /** Cancels every pass over the dataset at once; its reason is thrown. */
  readonly signal?: AbortSignal;
}
