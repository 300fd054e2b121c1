/**
 * What is asked of a dataset without a pass over it.
 *
 * @module
 */
import type { ExplainedPlan } from "../steps/explain.ts";

/** What {@linkcode Dataset.at} takes. */
export interface AtOptions {
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
  /**
   * Number of the epoch whose random numbers a training transform draws.
   *
   * @default {that of the dataset's first epoch}
   */
  readonly epoch?: number;
}

/** What {@linkcode Dataset.explain} takes. */
export interface ExplainOptions {
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
  /**
   * Whether the headers of local shards without an index may be read to count their samples.
   *
   * @default {false}
   */
  readonly count?: boolean;
}

/** What a pass over a dataset will do, as plain data. */
export interface Explanation extends ExplainedPlan {
  /** The steps as they are run: where one does the work of two, the two are one. */
  readonly steps: readonly ExplainedStep[];
}

/** A step of a dataset. */
export interface ExplainedStep {
  /** The method that added it. */
  readonly name: string;
  /** What it was given; of callbacks, that there is one. */
  readonly settings: Readonly<Record<string, unknown>>;
}
