/**
 * What the steps of one pass share.
 *
 * @module
 */
import { FaultLog, isAccessFault, type LostSamples } from "./faults.ts";
import type { WdsError } from "../errors.ts";
import { joinSignals } from "../signals.ts";
import type { Oddity, OnOddity } from "../sample/tally.ts";
import type { ReadOptions } from "../sample/read_options.ts";
import type { RequestPool } from "../storage/request_pool.ts";
import type { NetworkCounts } from "../storage/source.ts";
import type { DatasetStats } from "./options.ts";

/** {@linkcode DatasetStats} as they grow. */
type RunStats =
  & { -readonly [Count in Exclude<keyof DatasetStats, "network" | "hints" | "workers">]: number }
  & { readonly network: NetworkCounts; readonly hints: Partial<Record<Oddity, number>> }
  & { workers?: DatasetStats["workers"] };

/** One pass over a dataset: what its stages share. */
export interface Run {
  /** Ends the pass: the caller's signal, or the consumer has left. */
  readonly signal: AbortSignal;
  /** Counts as they grow. */
  readonly stats: RunStats;
  /** Whether a fault is one that is to be skipped. */
  readonly isSkipped: (error: WdsError) => boolean;
  /** Takes faults that are to be skipped, and throws the others; absent where all are to be thrown. */
  readonly onSkip?: (error: WdsError) => void;
  /** What was left out so far. */
  readonly faults: FaultLog;
  /** What counts the requests to hosts: those of the dataset, or of this pass. */
  readonly requests: RequestPool;
  /** Is told of samples that were left out; absent where none are. */
  readonly onLost?: (lost: LostSamples) => void;
  /** Whether what a fault damages is read again before it is skipped; absent where nothing is. */
  readonly isRetried?: (error: WdsError) => boolean;
  /** Is told how many samples a shard has, those included that were left out, when its end was seen. */
  readonly onLength?: (shard: number, length: number) => void;
  /** Is told of what is odd about the data, and read all the same. */
  readonly onOddity?: OnOddity;
  /** Is told what the user should know of the data; the same more than once. */
  readonly onHint?: (hint: string) => void;
  /** What steps had counted where the pass goes on, in the order of those that count. */
  readonly counts?: readonly number[];
}

/** What the last step that counts had counted, and the run for the steps before it. */
export function popCount(run: Run): [count: number, before: Run] {
  const { counts = [] } = run;
  return [counts.at(-1) ?? 0, { ...run, counts: counts.slice(0, -1) }];
}

/**
 * Begins a pass that `end` ends.
 *
 * @param requests What counts its requests to hosts.
 * @param onHint Is told of each oddity; the run counts them.
 */
export function beginRun(
  options: ReadOptions,
  end: AbortSignal,
  requests: RequestPool,
  onHint?: OnOddity,
): Run {
  const network = { requests: 0, bytes: 0, retries: 0, waitMs: 0, cachedBytes: 0 };
  const stats: RunStats = {
    shards: 0,
    samples: 0,
    skipped: 0,
    bytes: 0,
    hints: {},
    network,
  };
  const signal = options.signal === undefined ? end : joinSignals(options.signal, end);
  const { onError = "throw", onUnavailable = "throw" } = options;
  const policyOf = (error: WdsError): string => isAccessFault(error) ? onUnavailable : onError;
  const isSkipped = (error: WdsError): boolean => policyOf(error) !== "throw";
  const faults = new FaultLog();
  const onOddity: OnOddity = (kind, shard, member) => {
    stats.hints[kind] = (stats.hints[kind] ?? 0) + 1;
    onHint?.(kind, shard, member);
  };
  const run: Run = { signal, stats, isSkipped, faults, requests, onOddity };
  if (onError === "throw" && onUnavailable === "throw") return run;
  const onSkip = (error: WdsError): void => {
    if (!isSkipped(error)) throw error;
    stats.skipped++;
    faults.count(error);
    if (error.code === "sample/no-image") onOddity("no-image", error.shard!, error.key!);
    options.onSkip?.(error);
  };
  const onLost = (lost: LostSamples): void => faults.add(lost);
  if (onError !== "retry" && onUnavailable !== "retry") return { ...run, onSkip, onLost };
  const isRetried = (error: WdsError): boolean => policyOf(error) === "retry";
  return { ...run, onSkip, onLost, isRetried };
}
