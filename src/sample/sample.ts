/**
 * What a sample is.
 *
 * @module
 */
/**
 * One WebDataset record: consecutive tar entries that share a key.
 *
 * @typeParam V What a field holds: bytes as grouped, or anything once decoded.
 */
export interface Sample<V = Uint8Array> {
  /** The members' common name up to the first dot after the last slash, as webdataset's `__key__`. */
  readonly key: string;
  /** Name of the shard, as webdataset's `__url__`. */
  readonly shard: string;
  /** Number of the sample among all that the shard has, from 0: those that were left out for a fault count too. */
  readonly index: number;
  /** Whether it is a sample again that fills up a rank's share (`split` with `"pad"`). Absent where it is not. */
  readonly isPadding?: boolean;
  /** Number of the dataset of a mix that it is of. Absent where nothing was mixed. */
  readonly part?: number;
  /** Field by lower-cased extension (without its dot). Has no prototype. */
  readonly fields: Record<string, V>;
  /** Undecoded bytes by extension. Has no prototype. */
  readonly bytes: Record<string, Uint8Array>;
  /** Offset in bytes of each member's header in the shard, by extension. Has no prototype. */
  readonly offsets: Record<string, number>;
}
