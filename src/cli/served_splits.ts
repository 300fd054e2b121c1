/**
 * Shards on the command line as the splits of a server.
 *
 * @module
 */
import { baseName } from "../index/build.ts";
import type { Source } from "../storage/source.ts";
import type { StoreLike } from "../storage/to_store.ts";
import { wrap } from "../storage/wrap.ts";

/** What a server gives, and from where. */
export interface ServedSplits {
  readonly store: StoreLike;
  /** Names of shards, which the store has, by split. */
  readonly splits: Readonly<Record<string, readonly string[]>>;
}

/**
 * Makes splits of shards: those whose names are the same up to their number are one, `train` of `train-0000.tar`.
 * Shards of two folders with one name are told apart by a number.
 */
export function makeSplits(sources: readonly Source[]): ServedSplits {
  const byName = new Map<string, Source>();
  const splits = new Map<string, string[]>();
  for (const source of sources) {
    const own = baseName(source.name.replace(/[?#].*$/, "").replaceAll("\\", "/")) || "shard";
    let name = own;
    for (let i = 2; byName.has(name); i++) name = `${i}-${own}`;
    byName.set(name, source);
    const split = nameSplit(own);
    splits.set(split, [...splits.get(split) ?? [], name]);
  }
  return {
    store: { open: (name) => openNamed(byName, name) },
    splits: Object.fromEntries(splits),
  };
}

function openNamed(sources: ReadonlyMap<string, Source>, name: string): Source {
  const source = sources.get(name);
  // Whoever looks for an index asks its shard for it.
  if (source === undefined) throw new TypeError(`There is no shard "${name}"`);
  return wrap(source, { name });
}

/** A name of letters, digits, points and dashes. */
function nameSplit(shard: string): string {
  const stem = shard.replace(/\.(tar(\.gz)?|tgz)$/i, "").replace(/[-_.]?[0-9]+$/, "");
  const plain = stem.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return plain === "" ? "shards" : plain;
}
