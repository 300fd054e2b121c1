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
  /** What the column says that compares costs with the first's; by default, how much faster ours is. */
  readonly ratio?: string;
  /** The first is ours, the measure of the others. */
  readonly contestants: readonly Contestant[];
  /** What we want to reach. */
  readonly aims?: readonly Aim[];
  /** Rounds that count, where the question needs more or fewer than the others. */
  readonly rounds?: number;
  /**
   * What the costs say beyond, or in place of, the table of speeds.
   *
   * @param costs By contestant, then by round.
   */
  conclude?(costs: readonly (readonly Cost[])[]): Conclusion | Promise<Conclusion>;
  /** Ends child processes. */
  close?(): void;
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
  /**
   * Works through the corpus once. One that works in another process returns its own times; the
   * times of the others are taken around it.
   */
  pass(): Promise<Cost | void>;
}

/** What a pass took, in seconds. */
export interface Cost {
  readonly wallSeconds: number;
  /** User and system time of the process that did the work, all its threads. */
  readonly cpuSeconds: number;
}

/** What we want to reach: a bound on a number that each round gives. */
export interface Aim {
  /** What is measured. */
  readonly what: string;
  /** The contestant that it is measured against; also one that is not there is named. */
  readonly against: string;
  /** Ours, where it is not the first. */
  readonly ours?: string;
  /** The bound in words. */
  readonly goal: string;
  readonly least?: number;
  readonly most?: number;
  /** What follows the number: "ms". @default "" */
  readonly unit?: string;
  /** The number of one round, by default the other's CPU time over ours. */
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
  readonly isReached: boolean;
}

/** What a question makes of its costs itself. */
export interface Conclusion {
  /** Takes the place of the table of speeds. In Markdown. */
  readonly text: string;
  /** The same as plain data. */
  readonly data: unknown;
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
  /** Less of the corpus, fewer rounds. */
  readonly quick: boolean;
}
