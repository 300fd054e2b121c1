/**
 * Buckets of Cloudflare R2, as a Worker has them: bindings, not URLs.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import {
  nameBeside,
  type ObjectFacts,
  type OpenedObject,
  type OpenOptions,
  type Source,
} from "./source.ts";
import type { ListOptions, PutOptions, Store, StoredObject } from "./store.ts";

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
  /** Takes an object away. */
  delete?(key: string): Promise<unknown>;
}

/** The objects of a bucket, by their keys. */
export function r2Store(bucket: R2BucketLike): Store {
  const { list, put, delete: remove } = bucket;
  return {
    open: (key) => r2Source(bucket, key),
    ...(typeof list !== "function" ? {} : {
      list: (prefix = "", options = {}) => listObjects(bucket, prefix, options),
    }),
    ...(typeof put !== "function" ? {} : {
      put: (key, body, options) => putObject(bucket, key, body, options),
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
  try {
    return await bucket.put!(name, body, condition) !== null;
  } catch (cause) {
    throw new SourceError("source/write", {
      action: `write "${name}"`,
      reason: "the bucket failed",
      shard: name,
      cause,
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
