/**
 * The steps that choose and change items.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import type { Sample } from "../sample/sample.ts";
import { callbackError, loseSample, skipFault } from "./faults.ts";
import { type Item, withCount, withValue } from "./item.ts";
import { popCount, type Run } from "./run.ts";
import type { Step } from "./step.ts";

/** Step: items that `keep` accepts. */
export function filterStep<T>(keep: (value: T) => boolean | Promise<boolean>): Step<T, T> {
  return {
    name: "filter",
    settings: { keep: "a callback" },
    async *run(upstream, run): AsyncGenerator<Item<T>, void, undefined> {
      for await (const item of upstream(run)) {
        let kept: boolean;
        try {
          const given = keep(item.value);
          kept = typeof given === "boolean" ? given : await given;
        } catch (error) {
          skipCallback("filter", item, error, run);
          continue;
        }
        if (kept) yield item;
      }
    },
  };
}

/** Step: each value replaced by what `change` makes of it. */
export function mapStep<T, U>(change: (value: T) => U | Promise<U>): Step<T, U> {
  return {
    name: "map",
    settings: { change: "a callback" },
    async *run(upstream, run): AsyncGenerator<Item<U>, void, undefined> {
      for await (const item of upstream(run)) {
        let changed: U;
        try {
          changed = await change(item.value);
        } catch (error) {
          skipCallback("map", item, error, run);
          continue;
        }
        yield withValue(item, changed);
      }
    },
    async one(item): Promise<Item<U>> {
      try {
        return withValue(item, await change(item.value));
      } catch (error) {
        throw callbackError("map", item.value, error);
      }
    },
  };
}

/** Leaves out a value on which a caller's function failed, where faults are skipped. A pass that was ended says why. */
function skipCallback(
  verb: "filter" | "map",
  item: Item<unknown>,
  error: unknown,
  run: Run,
): void {
  run.signal.throwIfAborted();
  const fault = callbackError(verb, item.value, error);
  if (isSample(item)) loseSample(fault, item, run);
  else skipFault(fault, run.onSkip);
}

function isSample(item: Item<unknown>): item is Item<Sample<unknown>> {
  const { value } = item;
  return typeof value === "object" && value !== null && "shard" in value && "index" in value;
}

/**
 * Step: the first `count` items; nothing after them is read.
 *
 * @throws {RangeError} If `count` is not an integer of 0 or more.
 */
export function takeStep<T>(count: number): Step<T, T> {
  checkCount("A number of items", count, 0);
  return {
    name: "take",
    settings: { count },
    async *run(upstream, run): AsyncGenerator<Item<T>, void, undefined> {
      let [taken, before] = popCount(run);
      if (taken >= count) return;
      for await (const item of upstream(before)) {
        yield withCount(item, ++taken);
        if (taken === count) return;
      }
    },
  };
}

/**
 * Step: all but the first `count` items.
 *
 * @throws {RangeError} If `count` is not an integer of 0 or more.
 */
export function skipStep<T>(count: number): Step<T, T> {
  checkCount("A number of items", count, 0);
  return {
    name: "skip",
    settings: { count },
    async *run(upstream, run): AsyncGenerator<Item<T>, void, undefined> {
      let [skipped, before] = popCount(run);
      for await (const item of upstream(before)) {
        if (skipped < count) skipped++;
        else yield withCount(item, skipped);
      }
    },
  };
}
