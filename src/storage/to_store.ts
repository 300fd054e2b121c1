/**
 * Whatever a folder of objects is given as, as a store.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { pageUrl } from "../runtime.ts";
import type { DirectoryLike } from "./directory.ts";
import { type R2BucketLike, r2Store } from "./r2.ts";
import { nameText, nameUrl } from "./redact.ts";
import { findScheme } from "./schemes/all.ts";
import { fileScheme } from "./schemes/file.ts";
import type { Scheme } from "./schemes/scheme.ts";
import { nameBeside, type Source } from "./source.ts";
import {
  type AccessOptions,
  checkSourceOptions,
  checkText,
  deriveAccess,
  shareCache,
} from "./source_options.ts";
import { type Store, within } from "./store.ts";
import { readAddress, type ShardInput, toSource, withCache } from "./to_source.ts";
import { wrap } from "./wrap.ts";

/** Something of one's own that gives objects by their names. */
export interface StoreLike {
  /** The object of a name: what a shard can be given as. */
  open(name: string): ShardInput;
}

/**
 * Whatever a folder of named objects can be given as: its path or URL, a bucket of R2, a folder of the browser, a store of
 * one's own; or one shard alone, which it has under any name.
 */
export type StoreInput =
  | string
  | URL
  | R2BucketLike
  | DirectoryLike
  | StoreLike
  | Store
  | Source;

/** What {@linkcode toStore} can be told. */
export interface StoreOptions extends AccessOptions {
  /**
   * What is put before each name: a folder, with a slash at its end.
   *
   * @default {""}
   */
  readonly prefix?: string;
}

/**
 * Makes a store of whatever holds named objects: the path or URL of a folder, a bucket of R2, a folder of the browser
 * (`FileSystemDirectoryHandle`), anything with `open(name)`, a function of the name. What is a store already is used as it is. Nothing is opened yet.
 *
 * @throws {SourceError} `source/unsupported` if the scheme of a URL is not supported, or holds no folders.
 * @throws {TypeError} If it is none of these, or a URL is malformed.
 *
 * @example Usage
 * ```ts
 * import { toStore } from "@wdstream/wdstream";
 *
 * const store = toStore((name) => new TextEncoder().encode(`this is ${name}`), { prefix: "in/" });
 * const { body } = await store.open("a.txt").open();
 * if (await new Response(body as ReadableStream).text() !== "this is in/a.txt") throw new Error("?");
 * ```
 */
export function toStore(
  input: StoreInput | ((name: string) => ShardInput),
  options: StoreOptions = {},
): Store {
  checkSourceOptions(options);
  const { prefix = "" } = options;
  checkText("prefix", prefix);
  // Made once, so that all objects of the store share what it knows.
  const cache = shareCache(options.cache);
  // The same options where they can be: what shares them, shares what was learnt of a host.
  return within(
    makeStore(input, cache === options.cache ? options : deriveAccess(options, { cache })),
    prefix,
  );
}

function makeStore(
  input: StoreInput | ((name: string) => ShardInput),
  options: AccessOptions,
): Store {
  if (typeof input === "string") return openFolder(...readFolder(input), options);
  if (input instanceof URL) return openFolder(findScheme(input), input, options);
  if (typeof input === "function") {
    return { open: (name) => toSource(input(name), deriveAccess(options, { name })) };
  }
  if (typeof input === "object" && input !== null) {
    if ("head" in input && "get" in input) return r2Store(input);
    if ("getDirectoryHandle" in input) return lazyFolder(input);
    if ("name" in input && typeof input.open === "function") return { open: () => input };
    if (typeof input.open === "function") return completeStore(input as StoreLike, options);
  }
  throw new TypeError(
    "Cannot open a store: it must be a path, a URL, an R2 bucket, a function, or an object with open(name)",
  );
}

/** The folder that paths are relative to has no name. */
function readFolder(text: string): [scheme: Scheme, address: URL | string] {
  return text === "" && pageUrl() === undefined ? [fileScheme, text] : readAddress(text || ".");
}

function openFolder(scheme: Scheme, address: URL | string, options: AccessOptions): Store {
  if (scheme.openStore !== undefined) {
    const store = scheme.openStore(address, options);
    const cache = shareCache(options.cache);
    if (cache === undefined) return store;
    return { ...store, open: (name) => withCache(store.open(name), cache) };
  }
  const name = address instanceof URL ? nameUrl(address) : nameText(address);
  throw new SourceError("source/unsupported", {
    action: `open "${name}" as a folder`,
    reason: `no objects lie below it`,
  });
}

/** A folder of the browser; what reads it is loaded only when something is opened. */
function lazyFolder(folder: DirectoryLike): Store {
  const load = async (): Promise<Store> => (await import("./directory.ts")).directoryStore(folder);
  const open = (name: string): Source => ({
    name,
    isLocal: true,
    open: async (options) => await (await load()).open(name).open(options),
    stat: async (options) => await (await load()).open(name).stat!(options),
    beside: (suffix) => open(nameBeside(name, suffix)),
  });
  return {
    open,
    async *list(prefix, options) {
      yield* (await load()).list!(prefix, options);
    },
  };
}

/** A store whose objects know what lies beside them. */
function completeStore(input: StoreLike | Store, options: AccessOptions): Store {
  const open = (name: string): Source => {
    const given = input.open(name);
    const isSource = typeof given === "object" && "open" in given;
    const source = toSource(given, isSource ? options : deriveAccess(options, { name }));
    if (isSource && source.beside !== undefined) return source;
    return wrap(source, { beside: (suffix) => open(nameBeside(name, suffix)) });
  };
  const { list, put, create, remove } = input as Store;
  return {
    open,
    ...(list === undefined ? {} : { list: (...given) => list.call(input, ...given) }),
    ...(put === undefined ? {} : { put: (...given) => put.call(input, ...given) }),
    ...(create === undefined ? {} : { create: (...given) => create.call(input, ...given) }),
    ...(remove === undefined ? {} : { remove: (...given) => remove.call(input, ...given) }),
  };
}
