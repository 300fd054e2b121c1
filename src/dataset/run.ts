import type { WdsError } from "../errors.ts";
import { joinSignals } from "../source/join_signals.ts";
import type { DatasetStats, ReadOptions } from "./options.ts";

/** One pass over a dataset: what its stages share. */
export interface Run {
  /** Ends the pass: the caller's signal, or the consumer has left. */
  readonly signal: AbortSignal;
  /** Counts as they grow. */
  readonly stats: { -readonly [Count in keyof DatasetStats]: number };
  /** Takes faults that are to be skipped; absent where they are to be thrown. */
  readonly onSkip?: (error: WdsError) => void;
}

/** Begins a pass that `end` ends. */
export function beginRun(options: ReadOptions, end: AbortSignal): Run {
  const stats = { shards: 0, samples: 0, skipped: 0, bytes: 0 };
  const signal = options.signal === undefined ? end : joinSignals(options.signal, end);
  if (options.onError !== "skip") return { signal, stats };
  const onSkip = (error: WdsError): void => {
    stats.skipped++;
    options.onSkip?.(error);
  };
  return { signal, stats, onSkip };
}
