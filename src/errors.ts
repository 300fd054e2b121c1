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
  "source/changed": "The object was changed, or cut, while it was read.",
  "source/read": "Reading a local file or a stream failed.",
  "source/timeout": "The storage did not answer within the time allowed.",
  "source/gzip": "The gzip data of a compressed shard is damaged.",
  "source/too-large": "An object has, or compressed data unpacks to, more bytes than the limit.",
  "source/exists": "What is to be written is there already.",
  "source/write": "Writing a file or an object failed.",
  "source/unsupported": "This runtime, or this kind of source, cannot be opened.",
  // tar: the archive
  "tar/truncated":
    "The archive is empty, ends inside a header, a record or a body, or without its end marker.",
  "tar/not-tar":
    "The bytes are no tar archive but a file of another kind, which the message names.",
  "tar/bad-header": "A 512-byte header is not a tar header (its checksum does not fit).",
  "tar/bad-number": "A numeric header field does not hold a number in a supported range.",
  "tar/bad-pax": "A pax record is malformed.",
  "tar/too-large": "An entry is larger than its limit, or the records that describe it are.",
  "tar/bad-sparse": "The map of a sparse member is malformed, or of a version that is not known.",
  // sample: grouping and fields
  "sample/duplicate-field": "Two members of one sample have the same extension.",
  "sample/too-large":
    "A sample has more fields or bytes than its limit, or a field unpacks to more than its own.",
  "sample/bad-field": "A field's bytes do not have the format that its extension promises.",
  "sample/no-image": "A sample has no image field.",
  "sample/no-label": "A sample has no label field.",
  "sample/no-field": "A sample has not all fields that batches are to carry.",
  "sample/unwritable":
    "A sample that is to be written would not be read back as it is: by its key or a field.",
  "sample/callback": "A function of the caller's, of `filter` or `map`, threw on a sample.",
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
  "order/too-large": "Samples that wait for their turn take more bytes than the limit.",
  "order/streams":
    "A host serves no ranges, and an order has more lanes than connections may be held open to it.",
  "order/ranks": "The states of several ranks do not belong to one run, or some are missing.",
  "order/environment":
    "The variables of a launcher are incomplete, contradict each other, or may not be read.",
  // job: a whole dataset in tasks, by any number of processes
  "job/plan": "The plan of a job is damaged, of a version that is not known, or not the one meant.",
  "job/changed": "An input or a module of a job is not what it was when the job was planned.",
  "job/differs": "What a task has made is not what is there by its name, and should be.",
  "job/incomplete": "Tasks of a job are not done.",
  "job/timeout": "A task took longer than its limit.",
  "job/queue": "A queue cannot be reached, or is not set up as jobs need it.",
  // dataset: what its catalogue says
  "dataset/length": "A shard has another number of samples than the dataset's catalogue says.",
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
  "image/unsupported-variant": "A kind of a format, other than JPEG, that is not read.",
  "image/corrupt":
    "An image, other than JPEG, violates its format, or a decoder that was plugged in gave none.",
  "image/truncated": "An image, other than JPEG, ends before its pixels do.",
  "image/too-large": "An image, other than JPEG, has more pixels than the limit.",
  "image/no-decoder": "The decoder for the image's format cannot be loaded here.",
  "image/no-encoder": "No encoder for the image's format can be loaded here.",
  // kernel: the WebAssembly instance
  "kernel/not-initialised": "An image function was called before `await init()`.",
  "kernel/compile-forbidden": "This runtime forbids compiling WebAssembly from bytes.",
  "kernel/init": "The kernel could not be loaded.",
  "kernel/out-of-memory": "The kernel could not get the memory an image needs.",
} as const;

/** One of {@linkcode ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Where a fault lies, as far as it is known. */
export interface ErrorPlace {
  /** Name of the shard, without credentials. */
  readonly shard?: string;
  /** Key of the sample, or path of the tar entry. */
  readonly key?: string;
  /** Extension of the sample's field. */
  readonly field?: string;
  /** Offset in bytes of the faulty tar header or body from the start of the (decompressed) archive. */
  readonly offsetBytes?: number;
}

/** What failed, why and where. */
export interface Failure extends ErrorPlace {
  /** What was being done, and to what where that is known: `read "a.tar"`. */
  readonly action: string;
  /** What it was done to, where the action does not say it: replaced by the place, as soon as that is known. */
  readonly subject?: string;
  /** Why it could not be done. */
  readonly reason: string;
  /** The underlying error. */
  readonly cause?: unknown;
}

/**
 * A fault in data or transport. Its message says what failed and why: `Cannot read "a.tar": it ends early`.
 *
 * @example Usage
 * ```ts
 * import { WdsError } from "@wdstream/wdstream";
 *
 * const error = new WdsError("jpeg/truncated", { action: "decode", reason: "it ends early" });
 * const located = error.at({ shard: "a.tar", key: "cat", field: "jpg" });
 * if (located.message !== 'Cannot decode "cat.jpg" of "a.tar": it ends early') throw located;
 * ```
 */
export class WdsError extends Error {
  /** Stable code, one of {@linkcode ERROR_CODES}. */
  readonly code: ErrorCode;
  /** What was being done. */
  readonly action: string;
  /** What it was done to, as long as no place is known. */
  readonly subject?: string;
  /** Why it could not be done. */
  readonly reason: string;
  /** Name of the shard, without credentials. */
  readonly shard?: string;
  /** Key of the sample, or path of the tar entry. */
  readonly key?: string;
  /** Extension of the sample's field. */
  readonly field?: string;
  /** Offset in bytes in the (decompressed) archive. */
  readonly offsetBytes?: number;
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "WdsError";

  /** Makes an error with a code, what failed, why and where. */
  constructor(code: ErrorCode, failure: Failure) {
    const { action, subject, reason, shard, key, field, offsetBytes, cause } = failure;
    const what = subject === undefined ? action : `${action} ${subject}`;
    super(`Cannot ${what}: ${reason}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.action = action;
    if (subject !== undefined) this.subject = subject;
    this.reason = reason;
    if (shard !== undefined) this.shard = shard;
    if (key !== undefined) this.key = key;
    if (field !== undefined) this.field = field;
    if (offsetBytes !== undefined) this.offsetBytes = offsetBytes;
  }

  /**
   * The same error, of the same class and code, with what a stage knows of its place. What the error knew before stays;
   * one that knew no place is named by this one.
   */
  at(place: ErrorPlace): this {
    const { code, reason, cause, shard, key, field, offsetBytes } = this;
    const isPlaced = shard !== undefined || key !== undefined;
    if (!isPlaced && place.shard === undefined && place.key === undefined) return this;
    const action = isPlaced ? this.action : `${this.action} ${describePlace(place)}`;
    const Class = this.constructor as new (code: ErrorCode, failure: Failure) => this;
    return new Class(code, {
      action,
      reason,
      cause,
      shard: shard ?? place.shard,
      key: key ?? place.key,
      field: field ?? place.field,
      offsetBytes: offsetBytes ?? place.offsetBytes,
    });
  }
}

function describePlace({ shard, key, field }: ErrorPlace): string {
  if (key === undefined) return `"${shard}"`;
  const name = field === undefined ? key : `${key}.${field}`;
  return shard === undefined ? `"${name}"` : `"${name}" of "${shard}"`;
}

/** Runs work whose faults know no place of their own. */
export function withPlace<T>(place: ErrorPlace, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof WdsError ? error.at(place) : error;
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

/** A fault in a saved state of an order, or in what the environment says of it. */
export class OrderError extends WdsError {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "OrderError";
}

/** A fault in a job: its plan, its inputs, or what its tasks have made. */
export class JobError extends WdsError {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "JobError";
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
