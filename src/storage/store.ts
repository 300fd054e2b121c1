/**
 * A folder of named objects: what shards, their indexes and catalogues lie in.
 *
 * @module
 */
import type { ObjectFacts, Source } from "./source.ts";

/** An object of a store, as its list has it. */
export interface StoredObject extends ObjectFacts {
  /** Its name in the store, with slashes between folders. */
  readonly name: string;
}

/** What {@linkcode Store.list} takes. */
export interface ListOptions {
  /** Ends the listing; its reason is thrown. */
  readonly signal?: AbortSignal;
  /**
   * Whether objects may be left out that lie in folders below that of the prefix.
   *
   * @default {false}
   */
  readonly isFlat?: boolean;
}

/** What {@linkcode Store.put} takes. */
export interface PutOptions {
  /**
   * Whether an object that is there already stays.
   *
   * @default {false}
   */
  readonly ifAbsent?: boolean;
  /**
   * Name in the store that what is written has until it is whole, in stores that have to give it one: folders.
   *
   * @default {one beside the object's}
   */
  readonly draft?: string;
  /** Gives up; its reason is thrown. What is not there as a whole is not there at all. */
  readonly signal?: AbortSignal;
}

/** An object that is being written, which is not there until it is whole. */
export interface ObjectDraft {
  /** Adds bytes, which may be changed as soon as this has been awaited. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Puts the object in its place.
   *
   * @returns Whether it was put: not where it is there and was to stay.
   */
  finish(): Promise<boolean>;
  /** Leaves nothing of it. */
  discard(): Promise<void>;
}

/**
 * A folder of named objects, on a disk, on a host, in a bucket, in a browser.
 *
 * An object of the user's own with `open` is used as it is. It has no `name`: what has one, and `open`, is a
 * {@linkcode Source}.
 */
export interface Store {
  /** The object of a name; nothing is opened yet. */
  open(name: string): Source;
  /**
   * The objects whose names begin with a prefix, in the order of their names by code units; those in folders below,
   * too.
   */
  list?(prefix?: string, options?: ListOptions): AsyncIterable<StoredObject>;
  /**
   * Puts an object, as a whole or not at all.
   *
   * @returns Whether it was put: not where it is there and was to stay.
   */
  put?(name: string, body: Uint8Array | Blob, options?: PutOptions): Promise<boolean>;
  /** Begins an object that is too large to be put in one piece. */
  create?(name: string, options?: PutOptions): Promise<ObjectDraft>;
  /** Takes an object away; without effect where there is none. */
  remove?(name: string): Promise<void>;
}

/** The objects of a store whose names begin with a prefix, by what follows it. */
export function within(store: Store, prefix: string): Store {
  if (prefix === "") return store;
  const { list, put, create, remove } = store;
  const move = (options?: PutOptions): PutOptions | undefined =>
    options?.draft === undefined ? options : { ...options, draft: prefix + options.draft };
  return {
    open: (name) => store.open(prefix + name),
    ...(list === undefined ? {} : {
      async *list(more = "", options) {
        for await (const object of list.call(store, prefix + more, options)) {
          yield { ...object, name: object.name.slice(prefix.length) };
        }
      },
    }),
    ...(put === undefined ? {} : {
      put: (name, body, options) => put.call(store, prefix + name, body, move(options)),
    }),
    ...(create === undefined ? {} : {
      create: (name, options) => create.call(store, prefix + name, move(options)),
    }),
    ...(remove === undefined ? {} : { remove: (name) => remove.call(store, prefix + name) }),
  };
}

/** Writes an object in one piece; nothing of it is left where that fails. */
export async function putWhole(draft: ObjectDraft, body: Uint8Array | Blob): Promise<boolean> {
  try {
    await draft.write(body instanceof Blob ? new Uint8Array(await body.arrayBuffer()) : body);
  } catch (error) {
    await draft.discard();
    throw error;
  }
  return await draft.finish();
}

/**
 * Begins an object in a store, of which one that takes objects as a whole alone is given it at the end.
 *
 * @throws {TypeError} If nothing can be put there.
 */
export async function createDraft(
  store: Store,
  name: string,
  options: PutOptions,
): Promise<ObjectDraft> {
  if (store.create !== undefined) return await store.create(name, options);
  if (store.put === undefined) throw new TypeError("Nothing can be put into such a store");
  let parts: Uint8Array[] = [];
  return {
    write(bytes) {
      parts.push(bytes.slice());
      return Promise.resolve();
    },
    finish: async () => await store.put!(name, new Blob(parts as BlobPart[]), options),
    discard() {
      parts = [];
      return Promise.resolve();
    },
  };
}
