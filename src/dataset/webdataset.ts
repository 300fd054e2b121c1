/**
 * The way in: shards, however they are named, as a dataset.
 *
 * @module
 */
import { expandShards, hasWildcard } from "../storage/braces.ts";
import { type ShardInput, toSource } from "../storage/to_source.ts";
import type { Source } from "../storage/source.ts";
import {
  accessOf,
  type AccessOptions,
  checkSourceOptions,
  deriveAccess,
} from "../storage/source_options.ts";
import type { DatasetPlan } from "../steps/options.ts";
import { makeDataset } from "./builder.ts";
import type { WebDataset } from "./dataset.ts";
import type { WebDatasetOptions } from "./options.ts";

/**
 * Opens WebDataset shards as a dataset of samples, in the order of the shards and of their members.
 *
 * Nothing is read until the dataset is iterated. `options.headers` and `options.token` go to the
 * host of each URL only, never to one that it redirects to.
 *
 * In names of a store that lists its objects (`s3://bucket/train-*.tar`, `hf://datasets/owner/name/*.tar`, paths),
 * `*` stands for any text within a folder; the shards come in the order of their names.
 *
 * Exact: samples as webdataset's `tarfile_samples` and `group_by_keys` make them.
 *
 * @param shards URL, path, brace pattern (`{000..127}`, several separated by `::`), bytes, `Blob`,
 * `ReadableStream`, anything with `name` and `open({ offset, length, signal })`, or a list of these.
 * @param options How shards are read, and what happens to faults.
 * @throws {RangeError} If there is no shard, the braces of a pattern do not match, or a number is none that it can be.
 * @throws {TypeError} If a URL is malformed, or an option is none of its choices.
 *
 * @example Usage
 * ```ts
 * import { evaluation, sampleShard, webdataset } from "@wdstream/wdstream";
 *
 * const batches = webdataset(sampleShard()).transform(evaluation({ size: 64 })).batch(16);
 * for await (const { images, labels, shape } of batches) {
 *   if (images.length !== labels.length * 3 * 64 * 64) throw new Error(`${shape}`);
 * }
 * ```
 */
export function webdataset(
  shards: ShardInput | readonly ShardInput[],
  options: WebDatasetOptions = {},
): WebDataset {
  checkSourceOptions(options);
  // Made once: what shares it, shares what was learnt of a host, and what a cache knows.
  const access = accessOf(options);
  const inputs = listInputs(shards);
  if (inputs.length === 0) throw new RangeError("A dataset needs one shard or more");
  const splitIndex = openSplitIndex(options, access);
  if (!inputs.some(hasWildcard)) {
    const sources = openInputs(inputs, access, options.name);
    const plan: Promise<DatasetPlan> = Promise.resolve({ sources, splitIndex });
    return makeDataset(() => plan, options, access);
  }
  let plan: DatasetPlan | undefined;
  const open = async (): Promise<DatasetPlan> => {
    if (plan !== undefined) return plan;
    const { listMatches } = await import("../storage/wildcards.ts");
    const listed = await listMatches(inputs, access, options.signal);
    return plan ??= { sources: openInputs(listed, access, options.name), splitIndex };
  };
  return makeDataset(open, options, access);
}

function listInputs(shards: ShardInput | readonly ShardInput[]): ShardInput[] {
  const given = Array.isArray(shards) ? shards as readonly ShardInput[] : [shards as ShardInput];
  return given.flatMap((input): ShardInput[] =>
    typeof input === "string" ? expandShards(input) : [input]
  );
}

function openInputs(
  inputs: readonly ShardInput[],
  access: AccessOptions,
  name: string | undefined,
): Source[] {
  // The signal is not passed on here: every pass hands its own to `open`, which follows the caller's.
  return inputs.map((input) =>
    toSource(
      input,
      name === undefined || inputs.length > 1 ? access : deriveAccess(access, { name }),
    )
  );
}

/** What tells the lengths of shards, where it was named. */
export function openSplitIndex(
  options: WebDatasetOptions,
  access: AccessOptions = accessOf(options),
): Source | false | undefined {
  const { splitIndex } = options;
  if (splitIndex === undefined || splitIndex === false) return splitIndex;
  return toSource(splitIndex, access);
}
