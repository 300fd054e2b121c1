/**
 * The typed errors of every stage, and the one table of their codes.
 *
 * Mistakes of the caller are `TypeError` and `RangeError`; faults in data or in transport are
 * {@linkcode WdsError} with a stable `code` and, where known, the shard, the key and the offset.
 *
 * @module
 */

/** Every error code, with what it means. Codes are stable; messages are not. */
export const ERROR_CODES = {
  // source: where bytes come from
  "source/not-found": "The shard does not exist (a missing file, or HTTP 404 or 410).",
  "source/unauthorized": "The host refused access (HTTP 401 or 403).",
  "source/http": "The host answered with another HTTP error status.",
  "source/network": "The transport failed before or while bytes were read.",
  "source/redirect": "A redirect was malformed, or there were too many.",
  "source/range": "The source did not deliver the byte range that was asked for.",
  "source/read": "Reading a local file or a stream failed.",
  "source/changed": "The object is another version than the one that was read before.",
  "source/timeout": "The storage did not answer within the time allowed.",
  "source/gzip": "The gzip data of a compressed shard is damaged.",
  "source/unsupported": "This runtime, or this kind of source, cannot be opened.",
  // tar: the archive
  "tar/truncated": "The archive ends inside a header or a body, or without its end marker.",
  "tar/bad-header": "A 512-byte header is not a tar header (its checksum does not fit).",
  "tar/bad-number": "A numeric header field does not hold a number in a supported range.",
  "tar/bad-pax": "A pax record is malformed.",
  "tar/too-large": "An entry or a pax record is larger than its limit.",
  "tar/unsupported-sparse": "The archive holds a sparse file.",
  // sample: grouping and fields
  "sample/duplicate-field": "Two members of one sample have the same extension.",
  "sample/bad-field": "A field's bytes do not have the format that its extension promises.",
  "sample/no-image": "A sample has no image field.",
  "sample/no-label": "A sample has no label field.",
  "sample/empty": "The dataset yielded nothing at all.",
  // index: the samples of a shard and where they lie
  "index/needed": "Finding a sample without an index takes more requests than are allowed.",
  "index/stale": "The shard is not the one that the index was made of.",
  "index/bad": "The text of an index does not follow its format.",
  "index/unsupported": "What is asked for cannot be indexed, or the format cannot hold it.",
  "index/no-key": "The shard has no sample with the key.",
  // order: the order of an epoch, and where a pass stands in it
  "order/state": "A saved state is damaged, or of a version that is not known.",
  "order/changed": "A saved state is of another dataset, or of another order of it.",
  "order/ranks": "The states of several ranks do not belong to one run, or some are missing.",
  // image: decoding and geometry
  "jpeg/not-jpeg": "The bytes are not a JPEG file.",
  "jpeg/corrupt": "The file violates the JPEG format.",
  "jpeg/truncated": "The file ends before its image data does.",
  "jpeg/too-large": "The image has more pixels than the limit, or more than its bytes can hold.",
  "jpeg/unsupported-lossless": "Lossless or hierarchical JPEG.",
  "jpeg/unsupported-precision": "A sample precision other than 8 bits.",
  "jpeg/unsupported-components": "A number of components other than those supported.",
  "jpeg/unsupported-sampling": "Sampling factors that are not supported.",
  "jpeg/too-many-scans":
    "The file has more scans than the limit: its work would be out of proportion.",
  "image/worker-crashed": "Workers crashed on an image, twice.",
  "image/unsupported-format": "An image that is not JPEG, without a decoder for its format.",
  // kernel: the WebAssembly instance
  "kernel/not-initialised": "An image function was called before `await init()`.",
  "kernel/compile-forbidden": "This runtime forbids compiling WebAssembly from bytes.",
  "kernel/init": "The kernel could not be loaded.",
  "kernel/out-of-memory": "The kernel could not get the memory an image needs.",
} as const;

/** One of {@linkcode ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Where a fault lies, as far as it is known. */
export interface ErrorDetails {
  /** Name of the shard, without credentials. */
  readonly shard?: string;
  /** Key of the sample, or path of the tar entry. */
  readonly key?: string;
  /** Offset in bytes of the faulty tar header or body from the start of the (decompressed) archive. */
  readonly offsetBytes?: number;
  /** The underlying error. */
  readonly cause?: unknown;
}

/**
 * A fault in data or transport.
 *
 * @example Usage
 * ```ts
 * import { WdsError } from "@wdstream/wdstream";
 *
 * const error = new WdsError("tar/truncated", "Cannot read \"a.tar\": it ends early", { shard: "a.tar" });
 * if (error.code !== "tar/truncated") throw error;
 * ```
 */
export class WdsError extends Error {
  /** Stable code, one of {@linkcode ERROR_CODES}. */
  readonly code: ErrorCode;
  /** Name of the shard, without credentials. */
  readonly shard?: string;
  /** Key of the sample, or path of the tar entry. */
  readonly key?: string;
  /** Offset in bytes in the (decompressed) archive. */
  readonly offsetBytes?: number;
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "WdsError";

  /** Makes an error with a code, a message that says the action that failed, and where. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.shard !== undefined) this.shard = details.shard;
    if (details.key !== undefined) this.key = details.key;
    if (details.offsetBytes !== undefined) this.offsetBytes = details.offsetBytes;
  }
}

/** A fault in opening or transporting a shard. */
export class SourceError extends WdsError {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "SourceError";
}

/** A fault in a tar archive. */
export class TarError extends WdsError {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "TarError";
}

/** A fault in the grouping of entries into samples, or in a field's bytes. */
export class SampleError extends WdsError {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "SampleError";
}

/** A fault in an index of a shard, or in finding a sample by it. */
export class IndexError extends WdsError {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "IndexError";
}

/** A fault in a saved state of an order. */
export class OrderError extends WdsError {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "OrderError";
}

/** A fault in an image's bytes. */
export class ImageError extends WdsError {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "ImageError";
}

/** A fault in loading or running the kernel. */
export class KernelError extends WdsError {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "KernelError";
}
