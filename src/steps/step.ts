/**
 * What a step of a dataset is.
 *
 * @module
 */
import type { Item } from "./item.ts";
import type { Run } from "./run.ts";

/** Opens the items that come into a step, for a run that the step may have changed. */
export type Upstream<A> = (run: Run) => AsyncIterable<Item<A>>;

/**
 * One step from items to items. A step is described by plain data, holds no state between runs, and gives no item for
 * parts of two others.
 */
export interface Step<A = unknown, B = unknown> {
  /** The dataset's method that adds it. */
  readonly name: string;
  /** What it was given, as plain data: for {@linkcode Dataset.explain}, and to tell whether it has changed. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Runs over all items. */
  run(upstream: Upstream<A>, run: Run): AsyncIterable<Item<B>>;
  /** Makes of one item the one that it becomes; absent where an item does not become just one. */
  one?(item: Item<A>): Promise<Item<B>> | Item<B>;
  /** The step that does the work of this one and the next; absent where each does its own. */
  fuse?(next: Step): Step | undefined;
}

/** The steps with neighbours made one where they can be. */
export function fuseSteps(steps: readonly Step[]): Step[] {
  const fused: Step[] = [];
  for (const step of steps) {
    const joined = fused.at(-1)?.fuse?.(step);
    if (joined === undefined) fused.push(step);
    else fused[fused.length - 1] = joined;
  }
  return fused;
}

/** All steps one behind the other. */
export function chainSteps(first: Upstream<unknown>, steps: readonly Step[]): Upstream<unknown> {
  return fuseSteps(steps).reduce<Upstream<unknown>>(
    (upstream, step) => (run) => step.run(upstream, run),
    first,
  );
}
