/**
 * The published shards of ImageNet-1k: their names and lengths.
 *
 * @module
 */
import { roundHalfEven } from "../numbers/round_half_even.ts";

/** A split of ImageNet-1k by its name in the catalogue. */
export type ImageNetSplit = "train" | "validation";

/** The shards of a split and the number of samples in each. */
export interface SplitCatalogue {
  /** File names in order. */
  readonly shardNames: readonly string[];
  /** Number of samples in each shard. */
  readonly shardLengths: readonly number[];
  /** Number of samples in all shards. */
  readonly sampleCount: number;
}

const SPLITS: Record<ImageNetSplit, { samples: number; shards: number; digits: number }> = {
  train: { samples: 1_281_167, shards: 1024, digits: 4 },
  validation: { samples: 50_000, shards: 64, digits: 2 },
};

/**
 * The shards of a split of timm/imagenet-1k-wds as published, without reading anything.
 *
 * Shard i begins at sample round-half-even(i·samples/shards), as its maker cut them. Training shards have
 * four digits in their names, validation shards two.
 *
 * @param digits Digits of the number in a shard's name, for copies that number them otherwise.
 * @throws {RangeError} If the number of digits is not an integer from 1 to 15.
 *
 * @example Usage
 * ```ts
 * import { listShards } from "@wdstream/wdstream/imagenet";
 *
 * const { shardNames, sampleCount } = listShards("validation");
 * if (shardNames[63] !== "imagenet1k-validation-63.tar" || sampleCount !== 50_000) throw new Error("?");
 * ```
 */
export function listShards(split: ImageNetSplit, digits?: number): SplitCatalogue {
  checkDigits(digits);
  const { samples, shards, digits: published } = SPLITS[split];
  const shardNames: string[] = [];
  const shardLengths: number[] = [];
  let start = 0;
  for (let shard = 0; shard < shards; shard++) {
    const number = String(shard).padStart(digits ?? published, "0");
    const end = roundHalfEven((shard + 1) * samples / shards);
    shardNames.push(`imagenet1k-${split}-${number}.tar`);
    shardLengths.push(end - start);
    start = end;
  }
  return { shardNames, shardLengths, sampleCount: samples };
}

/**
 * Checks the digits of the number in a shard's name.
 *
 * @throws {RangeError} If there can be no such number of them.
 */
export function checkDigits(digits: unknown): void {
  if (digits === undefined) return;
  if (Number.isInteger(digits) && (digits as number) >= 1 && (digits as number) <= 15) return;
  throw new RangeError(`digits must be an integer from 1 to 15, not ${digits}`);
}
