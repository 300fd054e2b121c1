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

/** How long to measure. */
export interface Effort {
  /** Less of the corpus, fewer rounds. */
  readonly quick: boolean;
}
