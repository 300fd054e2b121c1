/**
 * ImageNet-1k by the names of its splits, wherever its shards lie.
 *
 * @module
 */
import { makeDataset } from "../dataset/builder.ts";
import type { WebDataset } from "../dataset/dataset.ts";
import type { WebDatasetOptions } from "../dataset/options.ts";
import { openSplitIndex } from "../dataset/webdataset.ts";
import type { DatasetPlan } from "../steps/options.ts";
import { hintFault } from "../storage/hint.ts";
import { checkSourceOptions, shareCache } from "../storage/source_options.ts";
import type { Store } from "../storage/store.ts";
import { checkDigits, type ImageNetSplit, listShards } from "./catalogue.ts";
import { type ImageNetLocation, openImageNet } from "./hosts.ts";
import { readInfo } from "./info.ts";

/** What {@linkcode imagenet1k} takes. */
export interface ImageNetOptions extends ImageNetLocation, Omit<WebDatasetOptions, "name"> {
  /**
   * Whether `_info.json` is read from the store where it has one, for the shards' names and
   * lengths. The built-in catalogue of the published shards is used where it has none.
   *
   * @default {true, unless `digits` is given}
   */
  readonly info?: boolean;
  /**
   * Digits of the number in a shard's name, for copies that follow the dataset's card, which
   * numbers validation shards with four.
   *
   * @default {4 for training, 2 for validation, as published}
   */
  readonly digits?: number;
}

/**
 * Opens a split of timm/imagenet-1k-wds: ImageNet-1k as 1,024 training or 64 validation shards.
 *
 * Samples have the fields `cls` (class index in ASCII, 0 to 999), `jpg` and `json`. `plan()` gives the
 * shards and their lengths. The published shards take an access token of an account that has
 * accepted ImageNet's licence.
 *
 * @param split `"train"` (1,281,167 samples) or `"validation"` (50,000).
 * @throws {RangeError} If the split is neither, or a number is none that it can be.
 * @throws {TypeError} If an option is none of its choices.
 *
 * @example Shards in a folder, or behind any function
 * ```ts
 * import { imagenet1k, sampleShard } from "@wdstream/wdstream";
 *
 * const dataset = imagenet1k("validation", { store: () => sampleShard(), info: false });
 * const { sources, sampleCount } = await dataset.plan();
 * if (sources.length !== 64 || sampleCount !== 50_000) throw new Error("not the catalogue");
 * ```
 */
export function imagenet1k(split: ImageNetSplit, options: ImageNetOptions = {}): WebDataset {
  if (split !== "train" && split !== "validation") {
    throw new RangeError(`ImageNet-1k has the splits "train" and "validation", not "${split}"`);
  }
  checkOptions(options);
  // Made once, so that all that is read shares what it knows.
  const shared = { ...options, cache: shareCache(options.cache) };
  const { store, reach } = openImageNet(shared, shared);
  let plan: Promise<DatasetPlan> | undefined;
  const getPlan = (): Promise<DatasetPlan> => {
    plan ??= makePlan(split, store, shared).catch((error) => {
      // A catalogue that could not be read this time is asked for again the next time.
      plan = undefined;
      throw error;
    });
    return plan;
  };
  return makeDataset(getPlan, options, reach);
}

function checkOptions(options: ImageNetOptions): void {
  const { info, tokenFromEnvironment } = options as Record<string, unknown>;
  checkSourceOptions(options);
  checkDigits(options.digits);
  for (const [name, value] of Object.entries({ info, tokenFromEnvironment })) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`${name} must be true or false, not ${typeof value}`);
  }
}

async function makePlan(
  split: ImageNetSplit,
  store: Store,
  options: ImageNetOptions,
): Promise<DatasetPlan> {
  const { digits, info = digits === undefined, signal } = options;
  const published = info ? await readInfo(store.open("_info.json"), split, signal) : undefined;
  const { shardNames, shardLengths, sampleCount } = published ?? listShards(split, digits);
  const sources = shardNames.map((name) => store.open(name));
  const common = { shardLengths, sampleCount, splitIndex: openSplitIndex(options) };
  if (published !== undefined) return { sources, ...common };
  const hint = hintDigits(split, digits);
  return {
    sources: sources.map((source) => hintFault(source, "source/not-found", hint)),
    ...common,
  };
}

function hintDigits(split: ImageNetSplit, digits: number | undefined): string {
  const other = split === "validation" && (digits ?? 2) === 2 ? 4 : undefined;
  return other === undefined
    ? "Published shards are numbered 0000 to 1023 for training and 00 to 63 for validation; see the option `digits`"
    : `Published validation shards are numbered 00 to 63; where a copy numbers them 0000 to 0063, pass \`digits: ${other}\``;
}
