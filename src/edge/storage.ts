/**
 * Where a handler's shards lie: object storage of any kind, as sources by file name.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { type ShardInput, type SourceOptions, toSource } from "../storage/mod.ts";
import type { OpenedObject, OpenOptions, Source } from "../storage/source.ts";

/** What is used of an object of Cloudflare R2. */
export interface R2ObjectLike {
  /** Size in bytes of the whole object. */
  readonly size: number;
  /** Entity tag in its quotes. */
  readonly httpEtag: string;
  /** The bytes; absent where a condition was not met. */
  readonly body?: ReadableStream<Uint8Array>;
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
}

/** Anything that opens a shard by its file name. */
export interface ShardStorage {
  /** Opens the object of that name; nothing is read yet. */
  open(name: string): ShardInput;
}

/**
 * Where shards lie: a bucket of R2, the URL or path of a folder, a function of one's own, or one shard alone,
 * whatever name it is asked for.
 */
export type HandlerSource = R2BucketLike | ShardStorage | Source | string | URL;

/** Opens the object of a file name. */
export type OpenObject = (name: string) => Source;

/** Options of sources behind http(s), and the folder of keys in a bucket. */
export interface StorageOptions extends Pick<SourceOptions, "headers" | "token" | "fetch"> {
  /**
   * What is put before a shard's file name: a folder of the bucket.
   *
   * @default {""}
   */
  readonly prefix?: string;
}

/**
 * Makes the function that opens shards.
 *
 * @throws {TypeError} If the source is none of the kinds.
 */
export function openStorage(source: HandlerSource, options: StorageOptions): OpenObject {
  const { prefix = "", headers, token, fetch } = options;
  if (typeof source === "string" || source instanceof URL) {
    const base = String(source).replace(/\/?$/, "/");
    return (name) => toSource(base + prefix + name, { headers, token, fetch, name });
  }
  if (typeof source === "object" && source !== null) {
    if ("head" in source && "get" in source) return (name) => r2Source(source, prefix + name, name);
    if ("name" in source && typeof source.open === "function") {
      return (name) => name.endsWith(".idx") ? source.sibling?.(".idx") ?? missing(name) : source;
    }
    if (typeof source.open === "function") {
      return (name) => toSource((source as ShardStorage).open(prefix + name), { name });
    }
  }
  throw new TypeError(
    "createHandler() takes as `source` an R2 bucket, a URL, a Source, or an object with open(name)",
  );
}

function missing(name: string): Source {
  return {
    name,
    open(): never {
      throw notFound(name);
    },
  };
}

function notFound(name: string): SourceError {
  return new SourceError("source/not-found", {
    action: `open "${name}"`,
    reason: "the bucket does not have it",
    shard: name,
  });
}

/** An object of R2 as a source. */
export function r2Source(bucket: R2BucketLike, key: string, name: string = key): Source {
  return {
    name,
    sibling: (suffix) => r2Source(bucket, key + suffix, name + suffix),
    async size(): Promise<number> {
      const object = await bucket.head(key);
      if (object === null) throw notFound(name);
      return object.size;
    },
    async open(
      { offset = 0, length = Infinity, signal }: OpenOptions = {},
    ): Promise<OpenedObject> {
      signal?.throwIfAborted();
      const range = { offset, ...(length === Infinity ? {} : { length }) };
      const isPart = offset > 0 || length !== Infinity;
      let object: R2ObjectLike | null;
      try {
        object = await bucket.get(key, isPart ? { range } : undefined);
      } catch (cause) {
        throw new SourceError("source/network", {
          action: `open "${name}"`,
          reason: "the bucket failed",
          shard: name,
          cause,
        });
      }
      if (object?.body == null) throw notFound(name);
      return { body: object.body, sizeBytes: object.size, etag: object.httpEtag };
    },
  };
}
