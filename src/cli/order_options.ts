/**
 * Options that say which samples a process is given, and in which order.
 *
 * @module
 */
import type { WebDataset } from "../dataset/dataset.ts";
import { splitFromEnvironment } from "../order/environment.ts";
import type { Split } from "../order/ranks.ts";
import { type OptionValues, type Permission, UsageError } from "./command.ts";
import { choice, count, flag, number } from "./options.ts";

/** The variables that `--split-from-environment` looks for, as Deno's permission takes them. */
const VARIABLES = "RANK,WORLD_SIZE";

/** The order of all processes together. */
export const SHUFFLE_OPTIONS = {
  shuffle: flag("give the samples in a random order, another one in each epoch"),
  seed: number("seed of the random order (default: 0)"),
  lanes: count("shards that are mixed at any time (default: 16, or as many as processes need)"),
  window: count("samples of a lane that are permuted among themselves (default: 16)"),
  epochs: count("go through the samples N times", { default: 1 }),
  epoch: number("number of the first epoch (default: 0)"),
} as const;

/** The share of this process. */
export const SPLIT_OPTIONS = {
  rank: number("number of this process, from 0"),
  world: count("number of processes, each of which is given its share"),
  "split-from-environment": flag(
    "take rank and world from torchrun's, SLURM's, Kubernetes' or Cloud Run's variables",
  ),
  even: choice("what becomes of a remainder of the shares", {
    exact: "they differ by one sample",
    pad: "some samples come again",
    drop: "it is left out",
  }, { default: "exact" }),
} as const;

/** Which samples, and in which order. */
export const ORDER_OPTIONS = { ...SHUFFLE_OPTIONS, ...SPLIT_OPTIONS } as const;

/** What `--split-from-environment` takes. */
export const SPLIT_PERMISSION: Permission = {
  flag: `--allow-env=${VARIABLES}`,
  purpose: "for --split-from-environment, or the variables of your launcher",
  exact: ({ values }) =>
    values["split-from-environment"] === true ? `--allow-env=${VARIABLES}` : undefined,
};

/**
 * A dataset in the order that options ask for.
 *
 * @throws {UsageError} If they do not go together.
 */
export function applyShuffle(
  dataset: WebDataset,
  values: OptionValues<typeof SHUFFLE_OPTIONS>,
): WebDataset {
  const { shuffle, seed, lanes, window, epochs, epoch } = values;
  for (const [name, value] of Object.entries({ seed, lanes, window })) {
    if (value !== undefined && !shuffle) throw new UsageError(`--${name} goes with --shuffle`);
  }
  return asUsage(() => {
    const all = epochs === 1 && epoch === undefined
      ? dataset
      : dataset.epochs(epochs, { from: epoch });
    return shuffle ? all.shuffle({ seed, lanes, window }) : all;
  });
}

/**
 * The share of a process of a dataset.
 *
 * @throws {UsageError} If options do not go together.
 */
export function applySplit(
  dataset: WebDataset,
  values: OptionValues<typeof SPLIT_OPTIONS>,
): WebDataset {
  const split = readSplit(values);
  return split === undefined ? dataset : asUsage(() => dataset.split(split));
}

function readSplit(values: OptionValues<typeof SPLIT_OPTIONS>): Split | undefined {
  const { rank, world, even } = values;
  if (values["split-from-environment"]) {
    if (rank !== undefined || world !== undefined) {
      throw new UsageError("--split-from-environment stands for --rank and --world");
    }
    const found = splitFromEnvironment();
    return found.scheme === "none" ? undefined : { rank: found.rank, world: found.world, even };
  }
  if (rank === undefined && world === undefined) return undefined;
  if (world === undefined) throw new UsageError("--rank goes with --world");
  if (rank === undefined) throw new UsageError("--world goes with --rank");
  if (rank >= world) throw new UsageError(`--rank takes 0 to ${world - 1} with --world ${world}`);
  return { rank, world, even };
}

function asUsage<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}
