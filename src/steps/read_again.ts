/**
 * A shard that is read again where a fault lies, before anything of it is left out.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import type { Sample } from "../sample/sample.ts";
import { isAccessFault, isFault, type SkipHandler } from "./faults.ts";
import type { Run } from "./run.ts";

/** How often it is read again at one place. */
const MAX_TRIES = 2;
/** How long is waited for what could not be had, at first; four times as long then. */
const PAUSE_MS = 100;

/** What {@linkcode readAgain} takes. */
export interface AgainOptions {
  /** The first sample that is wanted; earlier ones may come. */
  readonly from: number;
  /** Opens the samples from one of them or an earlier one. */
  readonly open: (
    from: number,
    onSkip: SkipHandler,
    isFirst: boolean,
  ) => AsyncGenerator<Sample, void, undefined>;
  readonly run: Run;
  readonly onSkip: SkipHandler;
}

/** Samples of a shard. What a fault damages is skipped once it has damaged it three times. */
export async function* readAgain(
  { from, open, run, onSkip }: AgainOptions,
): AsyncGenerator<Sample, void, undefined> {
  const { isSkipped, isRetried, signal } = run;
  let last = -1;
  let tries = 0;
  /** Whether to read again for a fault at this place. */
  const mayRetry = (fault: WdsError): boolean => tries < MAX_TRIES && isRetried?.(fault) === true;
  for (let isFirst = true;; isFirst = false) {
    const faults: WdsError[] = [];
    const samples = open(last < 0 ? from : last + 1, (fault) => {
      if (!isSkipped(fault)) throw fault;
      faults.push(fault);
    }, isFirst);
    let again: WdsError | undefined;
    try {
      for await (const sample of samples) {
        if (sample.index <= last) {
          // What came before it was told the first time.
          faults.length = 0;
          continue;
        }
        again = faults.find(mayRetry);
        if (again !== undefined) break;
        for (const fault of faults.splice(0)) onSkip(fault);
        last = sample.index;
        tries = 0;
        yield sample;
      }
      again ??= faults.find(mayRetry);
      if (again === undefined) { for (const fault of faults.splice(0)) onSkip(fault); }
    } catch (error) {
      signal.throwIfAborted();
      if (!isFault(error) || !mayRetry(error)) {
        for (const fault of faults) onSkip(fault);
        throw error;
      }
      again = error;
    }
    if (again === undefined) return;
    if (isAccessFault(again)) await pause(PAUSE_MS * 4 ** tries, signal);
    signal.throwIfAborted();
    tries++;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
