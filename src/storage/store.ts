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
}

/** What {@linkcode Store.put} takes. */
export interface PutOptions {
  /**
   * Whether an object that is there already stays.
   *
   * @default {false}
   */
  readonly ifAbsent?: boolean;
  /** Gives up; its reason is thrown. What is not there as a whole is not there at all. */
  readonly signal?: AbortSignal;
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
}

/** The objects of a store whose names begin with a prefix, by what follows it. */
export function within(store: Store, prefix: string): Store {
  if (prefix === "") return store;
  const { list, put } = store;
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
      put: (name, body, options) => put.call(store, prefix + name, body, options),
    }),
  };
}
