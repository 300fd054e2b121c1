/**
 * The splits of a handler: only their shards are ever opened.
 *
 * @module
 */
import { listShards } from "../imagenet/catalogue.ts";
import { braceExpand } from "../storage/braces.ts";
import { Problem } from "./problem.ts";

/** A split by its shards: a brace pattern, or file names. */
export type SplitShards = string | readonly string[];

/** One split. */
export interface Split {
  readonly name: string;
  readonly shards: readonly string[];
  /** Number of samples of each shard, where it is known. */
  readonly lengths?: readonly number[];
}

/** Makes the catalogue; without splits, that of ImageNet-1k as published. */
export function makeCatalogue(
  splits: Readonly<Record<string, SplitShards>> | undefined,
): ReadonlyMap<string, Split> {
  if (splits === undefined) {
    return new Map((["validation", "train"] as const).map((name) => {
      const { shardNames, shardLengths } = listShards(name);
      return [name, { name, shards: shardNames, lengths: shardLengths }];
    }));
  }
  const catalogue = new Map<string, Split>();
  for (const [name, given] of Object.entries(splits)) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) {
      throw new RangeError(`A split's name takes letters, digits, "_", "." and "-", not "${name}"`);
    }
    const shards = typeof given === "string" ? braceExpand(given) : [...given];
    if (shards.length === 0) throw new RangeError(`The split "${name}" has no shards`);
    catalogue.set(name, { name, shards });
  }
  return catalogue;
}

/**
 * The number of a shard in its split, given as that number or as the file name.
 *
 * @throws {Problem} If the split does not have it.
 */
export function findShard(split: Split, given: string): number {
  const number = /^(0|[1-9][0-9]{0,6})$/.test(given) ? Number(given) : split.shards.indexOf(given);
  if (number >= 0 && number < split.shards.length) return number;
  throw new Problem(404, "shard-not-found", `The split "${split.name}" has no such shard.`);
}
