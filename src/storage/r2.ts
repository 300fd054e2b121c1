/**
 * Buckets of Cloudflare R2, as a Worker has them: bindings, not URLs.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { SourceError } from "../errors.ts";
import {
  nameBeside,
  type ObjectFacts,
  type OpenedObject,
  type OpenOptions,
  type Source,
} from "./source.ts";
import type { ListOptions, ObjectDraft, PutOptions, Store, StoredObject } from "./store.ts";

/** What is used of an object of Cloudflare R2. */
export interface R2ObjectLike {
  /** Size in bytes of the whole object. */
  readonly size: number;
  /** Entity tag in its quotes. */
  readonly httpEtag: string;
  /** The bytes; absent where a condition was not met. */
  readonly body?: ReadableStream<Uint8Array>;
}

/** What is used of a page of a listing of Cloudflare R2. */
export interface R2PageLike {
  /** Objects, in the order of their keys. */
  readonly objects: readonly (Omit<R2ObjectLike, "body"> & { readonly key: string })[];
  /** Whether there are more. */
  readonly truncated: boolean;
  /** Where they begin. */
  readonly cursor?: string;
}

/** What is used of an object that is put in parts. */
export interface R2UploadLike {
  /** Puts a part, numbered from 1; all but the last one have the same size, 5 MiB or more. */
  uploadPart(number: number, value: Uint8Array): Promise<R2PartLike>;
  /** Puts the parts in place, together. */
  complete(parts: R2PartLike[]): Promise<unknown>;
  /** Leaves nothing of them. */
  abort(): Promise<unknown>;
}

/** A part that was put. */
export interface R2PartLike {
  /** Its number. */
  readonly partNumber: number;
  /** Entity tag, without quotes. */
  readonly etag: string;
}

/** What is used of a binding of Cloudflare R2: a bucket is one. */
export interface R2BucketLike {
  /** Gives an object, or part of it. */
  get(
    key: string,
    options?: { range?: { offset?: number; length?: number } },
  ): Promise<R2ObjectLike | null>;
  /** Gives what is known of an object. */
  head(key: string): Promise<{ readonly size: number; readonly httpEtag: string } | null>;
  /** Gives a page of what there is. */
  list?(options?: { prefix?: string; cursor?: string; delimiter?: string }): Promise<R2PageLike>;
  /** Puts an object; gives `null` where the condition was not met. */
  put?(
    key: string,
    value: Uint8Array | Blob,
    options?: { onlyIf?: { etagDoesNotMatch: string } },
  ): Promise<unknown>;
  /** Begins an object that is put in parts. */
  createMultipartUpload?(key: string): Promise<R2UploadLike>;
  /** Takes an object away. */
  delete?(key: string): Promise<unknown>;
}

/**
 * The objects of a bucket, by their keys. What is larger than a part is put in parts, of which one is held in memory;
 * R2 has no condition for these, so that of two that put the same object at the same time, and are to leave what is
 * there, both may.
 */
export function r2Store(bucket: R2BucketLike): Store {
  const { list, put, createMultipartUpload: begin, delete: remove } = bucket;
  return {
    open: (key) => r2Source(bucket, key),
    ...(typeof list !== "function" ? {} : {
      list: (prefix = "", options = {}) => listObjects(bucket, prefix, options),
    }),
    ...(typeof put !== "function" ? {} : {
      put: (key, body, options) => putObject(bucket, key, body, options),
    }),
    ...(typeof put !== "function" || typeof begin !== "function" ? {} : {
      create: (key, options) => Promise.resolve(new PartedDraft(bucket, key, options)),
    }),
    ...(typeof remove !== "function" ? {} : {
      async remove(key) {
        await ask(key, () => bucket.delete!(key).then(() => true));
      },
    }),
  };
}

async function* listObjects(
  bucket: R2BucketLike,
  prefix: string,
  { signal, isFlat }: ListOptions,
): AsyncIterable<StoredObject> {
  let cursor: string | undefined;
  do {
    signal?.throwIfAborted();
    const page = await ask(prefix, () =>
      bucket.list!({
        prefix,
        ...(isFlat ? { delimiter: "/" } : {}),
        ...(cursor === undefined ? {} : { cursor }),
      }));
    for (const { key, size, httpEtag } of page.objects) {
      yield { name: key, sizeBytes: size, etag: httpEtag };
    }
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

async function putObject(
  bucket: R2BucketLike,
  name: string,
  body: Uint8Array | Blob,
  { ifAbsent, signal }: PutOptions = {},
): Promise<boolean> {
  signal?.throwIfAborted();
  const condition = ifAbsent ? { onlyIf: { etagDoesNotMatch: "*" } } : undefined;
  return await change(name, async () => await bucket.put!(name, body, condition) !== null);
}

async function change<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new SourceError("source/write", {
      action: `write "${name}"`,
      reason: "the bucket failed",
      shard: name,
      cause,
    });
  }
}

/** A part: a multiple of what R2 asks for at least. */
const PART_BYTES = 10 * 1024 * 1024;

/** An object that is put in one piece where it is no larger than a part. */
class PartedDraft implements ObjectDraft {
  readonly #bucket: R2BucketLike;
  readonly #name: string;
  readonly #options: PutOptions;
  readonly #parts: R2PartLike[] = [];
  #upload: R2UploadLike | undefined;
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(bucket: R2BucketLike, name: string, options: PutOptions = {}) {
    this.#bucket = bucket;
    this.#name = name;
    this.#options = options;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      if (this.#heldBytes === PART_BYTES) await this.#putPart();
      const piece = bytes.slice(from, from + PART_BYTES - this.#heldBytes);
      this.#pieces.push(piece);
      this.#heldBytes += piece.length;
      from += piece.length;
    }
  }

  async finish(): Promise<boolean> {
    if (this.#upload === undefined) {
      return await putObject(this.#bucket, this.#name, this.#take(), this.#options);
    }
    try {
      await this.#putPart();
      if (this.#options.ifAbsent && await this.#isThere()) {
        await this.discard();
        return false;
      }
      await change(this.#name, () => this.#upload!.complete(this.#parts));
      return true;
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  async discard(): Promise<void> {
    this.#take();
    // What cannot be aborted now is R2's to take away, after a week.
    await this.#upload?.abort().catch(() => {});
  }

  #take(): Uint8Array {
    const bytes = concatenate(this.#pieces);
    this.#pieces = [];
    this.#heldBytes = 0;
    return bytes;
  }

  #isThere(): Promise<boolean> {
    return change(this.#name, async () => await this.#bucket.head(this.#name) !== null);
  }

  async #putPart(): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const bytes = this.#take();
    await change(this.#name, async () => {
      this.#upload ??= await this.#bucket.createMultipartUpload!(this.#name);
      this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, bytes));
    });
  }
}

function notFoundError(name: string): SourceError {
  return new SourceError("source/not-found", {
    action: `open "${name}"`,
    reason: "the bucket does not have it",
    shard: name,
  });
}

function r2Source(bucket: R2BucketLike, name: string): Source {
  /** What lies behind the end is nothing: R2 fails at it, and at a part of what is empty, as at anything else. */
  const findEnd = async (error: unknown, offset: number): Promise<R2ObjectLike> => {
    const object = error instanceof SourceError && error.code === "source/network"
      ? await bucket.head(name).catch(() => null)
      : null;
    if (object === null || offset < object.size) throw error;
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    return { size: object.size, httpEtag: object.httpEtag, body };
  };
  return {
    name,
    beside: (suffix) => r2Source(bucket, nameBeside(name, suffix)),
    async stat(): Promise<ObjectFacts> {
      const object = await ask(name, () => bucket.head(name));
      return { sizeBytes: object.size, etag: object.httpEtag };
    },
    async open(
      { offset = 0, length = Infinity, signal }: OpenOptions = {},
    ): Promise<OpenedObject> {
      signal?.throwIfAborted();
      const range = { offset, ...(length === Infinity ? {} : { length }) };
      const isPart = offset > 0 || length !== Infinity;
      const getting = ask(name, () => bucket.get(name, isPart ? { range } : undefined));
      const object = isPart
        ? await getting.catch((error) => findEnd(error, offset))
        : await getting;
      if (object.body == null) throw notFoundError(name);
      return { body: object.body, sizeBytes: object.size, etag: object.httpEtag };
    },
  };
}

async function ask<T>(name: string, work: () => Promise<T | null>): Promise<T> {
  let found: T | null;
  try {
    found = await work();
  } catch (cause) {
    throw new SourceError("source/network", {
      action: `open "${name}"`,
      reason: "the bucket failed",
      shard: name,
      cause,
    });
  }
  if (found === null) throw notFoundError(name);
  return found;
}
