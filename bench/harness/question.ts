/**
 * The words of the benchmark: a question has contestants, a contestant's pass has a cost, aims are bounds on costs.
 *
 * @module
 */
import type { Checkout } from "./checkout.ts";

/** What one question compares. */
export interface Question {
  /** What is asked, as a heading. */
  readonly title: string;
  /** What each contestant is given and must deliver. */
  readonly task: string;
  /** What `amount` counts: "images", "MB". */
  readonly unit: string;
  /** How much one pass does, in `unit`. */
  readonly amount: number;
  /** What the columns say that compare costs with the first's; by default, how much faster ours is. */
  readonly ratio?: string;
  /** The first is ours, the measure of the others. */
  readonly contestants: readonly Contestant[];
  /** What we want to reach. */
  readonly aims?: readonly Aim[];
  /** Who could not take part, and why. */
  readonly absent?: readonly string[];
  /** Rounds that count, where the question needs more or fewer than the others. */
  readonly rounds?: number;
  /** Whether its rounds are short, so that `--quick` leaves their number as it is. */
  readonly isShort?: boolean;
  /**
   * What the costs say beyond, or in place of, the table of speeds.
   *
   * @param costs By contestant, then by round.
   */
  conclude?(costs: readonly (readonly Cost[])[]): Conclusion | Promise<Conclusion>;
  /** Ends child processes, removes files. */
  close?(): void | Promise<void>;
}

/** One library's answer. */
export interface Contestant {
  /** Name and version. */
  readonly name: string;
  /** The contestant that it is compared with, instead of the first. */
  readonly of?: string;
  /** What it does differently, if it does. */
  readonly note?: string;
  /** How much one of its passes does, where that is not what the others' do. */
  readonly amount?: number;
  /** After how many rounds it leaves, for one that would take most of the time. */
  readonly rounds?: number;
  /**
   * How many passes do not count, before those that do.
   * @default 1
   */
  readonly warmUps?: number;
  /** Works through the corpus once. */
  readonly pass: () => Promise<Cost>;
}

/** What a pass took, in seconds. */
export interface Cost {
  readonly wallSeconds: number;
  /** User and system time of the processes that did the work, all their threads. */
  readonly cpuSeconds: number;
  /** By the wall clock, each item of the pass by itself, where they are done one after the other. */
  readonly itemSeconds?: readonly number[];
  /** Most memory that the process had resident, where that was asked. */
  readonly peakBytes?: number;
}

/** What we want to reach: a bound on a number that each round gives. */
export interface Aim {
  /** What is measured. */
  readonly what: string;
  /** Who it is measured against; with "*" at its end, the fastest of those whose names begin so. */
  readonly against: string;
  /** Ours, likewise, where it is not the first. */
  readonly ours?: string;
  /** The bound in words. */
  readonly goal: string;
  readonly least?: number;
  readonly most?: number;
  /**
   * What follows the number: "ms".
   * @default ""
   */
  readonly unit?: string;
  /** The number of one round, or of the best, by default the other's CPU time over ours. */
  value?(theirs: Cost, ours: Cost): number;
}

/** Whether an aim was reached. */
export interface Verdict {
  readonly what: string;
  readonly against: string;
  readonly goal: string;
  readonly unit: string;
  /** Over the rounds; absent where the contestant was not there. */
  readonly measured?: Spread;
  /** The same of what each took at its best. */
  readonly best?: number;
  /** Of the median, and of the best. */
  readonly isReached: { readonly median: boolean; readonly best: boolean };
}

/** What a question makes of its costs itself. */
export interface Conclusion {
  /** In Markdown. */
  readonly text: string;
  /** The same as plain data. */
  readonly data: unknown;
  /**
   * Whether the table of speeds is shown above the text.
   * @default false
   */
  readonly withSpeeds?: boolean;
  /** SVG documents by file name, to which the text may link as `charts/NAME`. */
  readonly charts?: Readonly<Record<string, string>>;
  readonly verdicts?: readonly Verdict[];
}

/** Median, least and greatest of the rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

/** How long to measure. */
export interface Effort {
  /** Less of the corpus, fewer rounds: a first look. */
  readonly short: boolean;
  /**
   * How many rounds count.
   * @default {3 where it is short, else what the question asks for, else 9}
   */
  readonly rounds?: number;
}

/** What ours does for a question, by one checkout. */
export interface OurSide
  extends Pick<Question, "title" | "task" | "unit" | "amount" | "rounds" | "isShort"> {
  /** The same ones in the same order for every checkout. */
  readonly contestants: readonly Contestant[];
  close(): void;
}

/** A file of `questions/`. */
export interface QuestionModule {
  /** Loads what the question needs, starts who takes part. */
  makeQuestion(effort: Effort): Promise<Question>;
  /** Starts what ours does alone, by this checkout or another, where the two can be compared. */
  startOurs?(effort: Effort, checkout: Checkout): Promise<OurSide>;
}
