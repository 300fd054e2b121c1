import { makeDataset } from "../dataset/builder.ts";
import type { WebDataset } from "../dataset/dataset.ts";
import type { WebDatasetOptions } from "../dataset/options.ts";
import type { DatasetPlan } from "../steps/options.ts";
import { checkSourceOptions } from "../storage/schemes.ts";
import { checkDigits, type ImageNetSplit, listShards } from "./catalogue.ts";
import { addHint, type FindFile, type ImageNetLocation, locateFiles } from "./hosts.ts";
import { readInfo } from "./info.ts";

/** What {@linkcode imagenet1k} takes. */
export interface ImageNetOptions extends ImageNetLocation, Omit<WebDatasetOptions, "name"> {
  /**
   * Whether `_info.json` is read from the source where it has one, for the shards' names and
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
 * const dataset = imagenet1k("validation", { source: () => sampleShard(), info: false });
 * const { sources, sampleCount } = await dataset.plan();
 * if (sources.length !== 64 || sampleCount !== 50_000) throw new Error("not the catalogue");
 * ```
 */
export function imagenet1k(split: ImageNetSplit, options: ImageNetOptions = {}): WebDataset {
  if (split !== "train" && split !== "validation") {
    throw new RangeError(`ImageNet-1k has the splits "train" and "validation", not "${split}"`);
  }
  checkOptions(options);
  const find = locateFiles(options, options);
  let plan: Promise<DatasetPlan> | undefined;
  const getPlan = (): Promise<DatasetPlan> => {
    plan ??= makePlan(split, find, options).catch((error) => {
      // A catalogue that could not be read this time is asked for again the next time.
      plan = undefined;
      throw error;
    });
    return plan;
  };
  return makeDataset(getPlan, options);
}

function checkOptions(options: ImageNetOptions): void {
  const { source, info, tokenFromEnvironment } = options as Record<string, unknown>;
  checkSourceOptions(options);
  checkDigits(options.digits);
  const isPlace = source === undefined || typeof source === "string" || source instanceof URL ||
    typeof source === "function";
  if (!isPlace) {
    throw new TypeError("source must be a host, the URL or path of a folder, or a function");
  }
  for (const [name, value] of Object.entries({ info, tokenFromEnvironment })) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`${name} must be true or false, not ${typeof value}`);
  }
}

async function makePlan(
  split: ImageNetSplit,
  find: FindFile,
  options: ImageNetOptions,
): Promise<DatasetPlan> {
  const { digits, info = digits === undefined, signal } = options;
  const published = info ? await readInfo(find("_info.json"), split, signal) : undefined;
  const { shardNames, shardLengths, sampleCount } = published ?? listShards(split, digits);
  const sources = shardNames.map(find);
  if (published !== undefined) return { sources, shardLengths, sampleCount };
  const hint = hintDigits(split, digits);
  return {
    sources: sources.map((source) => addHint(source, "source/not-found", hint)),
    shardLengths,
    sampleCount,
  };
}

function hintDigits(split: ImageNetSplit, digits: number | undefined): string {
  const other = split === "validation" && (digits ?? 2) === 2 ? 4 : undefined;
  return other === undefined
    ? "Published shards are numbered 0000 to 1023 for training and 00 to 63 for validation; see the option `digits`"
    : `Published validation shards are numbered 00 to 63; where a copy numbers them 0000 to 0063, pass \`digits: ${other}\``;
}
