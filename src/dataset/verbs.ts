/**
 * What the verbs take that say which samples a dataset has, and checks of it.
 *
 * @module
 */
import { checkChoice, checkCount, checkOffset } from "../check.ts";
import type { MixStop } from "../order/mix.ts";
import type { Split } from "../order/ranks.ts";
import type { RandomCount, SelectOptions } from "../order/select.ts";
import type { ShuffleOptions } from "../steps/order.ts";
import type { DatasetOptions } from "./options.ts";

/** What {@linkcode WebDataset.shuffle} takes beside an order of Python's. */
export type ReplayLimits = Pick<ShuffleOptions, "maxBufferedBytes">;

/** What {@linkcode mix} takes. */
export interface MixDatasetsOptions
  extends Pick<DatasetOptions, "workers" | "onError" | "onUnavailable" | "onSkip" | "signal"> {
  /**
   * Shares of the parts: any positive numbers.
   *
   * @default {equal ones}
   */
  readonly weights?: readonly number[];
  /**
   * When an epoch ends: with the first part that has no sample left that was not given (`"first"`), after every sample
   * of every part was given once (`"all"`), or never. With `"first"` that part may have a few samples left, fewer than
   * two a lane where the weights are not far apart.
   *
   * @default {"first"}
   */
  readonly stop?: MixStop;
  /**
   * Decides where in its lane each part begins: an integer in 0..2^53-1.
   *
   * @default {0}
   */
  readonly seed?: number;
}

/** Checks what `mix()` was given. */
export function checkMix(parts: number, options: MixDatasetsOptions): MixDatasetsOptions {
  const { weights, stop, seed } = options;
  checkCount("The number of parts of a mix", parts, 1);
  checkChoice("stop", stop, ["first", "all", "never"]);
  checkOffset("A seed", seed);
  if (weights === undefined) return options;
  if (weights.length !== parts) {
    throw new RangeError(`A mix of ${parts} parts takes as many weights, not ${weights.length}`);
  }
  for (const weight of weights) {
    if (typeof weight === "number" && weight > 0 && Number.isFinite(weight)) continue;
    throw new RangeError(`A weight must be a positive number, not ${String(weight)}`);
  }
  return { ...options, weights: [...weights] };
}

/** The names of options that the parts of a mix share. */
const SHARED = ["workers", "onError", "onUnavailable", "onSkip", "signal"] as const;

/** How a mix is read, beside each part's own limits: as it says, or as all of its parts do. */
export function joinOptions(
  parts: readonly DatasetOptions[],
  own: MixDatasetsOptions,
): DatasetOptions {
  const joined: Record<string, unknown> = {};
  for (const name of SHARED) {
    const [first, ...others] = parts.map((part) => part[name]);
    if (own[name] === undefined && others.some((other) => other !== first)) {
      throw new TypeError(`The parts of a mix differ in \`${name}\`: say it of the mix`);
    }
    joined[name] = own[name] ?? first;
  }
  return joined;
}

/** Sees to it that a share is one that loaders of Python's have. */
export function checkReplay({ even = "exact" }: Partial<Split> = {}): void {
  if (even === "exact") return;
  throw new TypeError(
    `An order of Python's gives each process what it gives, not even by "${even}"`,
  );
}

/** The same selection with lists of its own, checked as far as nothing need be known for it. */
export function copySelect(options: SelectOptions): SelectOptions {
  const { samples, keys, classes, every, perClass, random } = options;
  if (every !== undefined) checkCount("A number of samples to select one of", every, 1);
  const checkRandom = ({ count, seed }: RandomCount): void => {
    checkCount("A number of samples", count, 0);
    checkOffset("A seed", seed);
  };
  if (random !== undefined) checkRandom(random);
  if (perClass !== undefined) {
    checkRandom(typeof perClass === "number" ? { count: perClass } : perClass);
  }
  return {
    ...(samples !== undefined && { samples: [...samples] }),
    ...(keys !== undefined && { keys: [...keys] }),
    ...(classes !== undefined && { classes: [...classes] }),
    ...(every !== undefined && { every }),
    ...(perClass !== undefined && { perClass }),
    ...(random !== undefined && { random }),
  };
}
