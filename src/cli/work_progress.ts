/**
 * Progress of work that counts something and reads bytes: a bar on a terminal, else a line now and then.
 *
 * @module
 */
import type { CommandOutput } from "./command.ts";
import type { WorkerState } from "../workers/state.ts";
import { describeWorkers, startLine } from "./bar_line.ts";
import { clockText } from "./words.ts";

/** How far work is. */
export interface WorkState {
  /** Samples that are done. */
  readonly count: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** Samples that there are, where that is known. */
  readonly total?: number;
  /** What workers are doing, where there are any. */
  readonly workers?: readonly WorkerState[];
}

/** How much there is to do, where it is known. */
export interface WorkTotal {
  readonly bytes?: number;
}

/** Shows how far work is. */
export interface WorkProgress {
  /**
   * Takes how far it is, which is not waited for.
   *
   * @param flush Is called before a line is written, for lines that are to stand above.
   */
  update(state: WorkState, flush: () => Promise<void>): void;
  /** Ends the bar, once what was begun is written. */
  stop(): Promise<void>;
}

const LINE_INTERVAL_MS = 5000;
const BAR_INTERVAL_MS = 100;

/** A size for people: `1.3 GB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let size = bytes;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toPrecision(3)} ${units[unit]}`;
}

/** Rates since work began. */
function describeRates({ count, bytes }: WorkState, first: number, elapsedMs: number): string {
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const rate = ((count - first) / seconds).toFixed(0);
  return `${count} samples, ${rate} samples/s, ${formatBytes(Math.round(bytes / seconds))}/s`;
}

/** What is left, by what was done since the beginning. */
function describeRest(done: number, left: number, elapsedMs: number): string {
  if (done === 0 || elapsedMs < 1000) return "";
  return `, ${clockText(left / done * elapsedMs)} left`;
}

/** Starts to show progress; without an output it shows nothing. */
export async function startWork(
  output: CommandOutput | undefined,
  total: WorkTotal,
): Promise<WorkProgress> {
  const startedMs = performance.now();
  const bar = output?.isTerminal ? await drawBar() : undefined;
  const interval = bar === undefined ? LINE_INTERVAL_MS : BAR_INTERVAL_MS;
  let lastMs = bar === undefined ? startedMs : -Infinity;
  let first: number | undefined;
  let writing: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;
  return {
    update(state, flush): void {
      if (failure !== undefined) throw failure.error;
      first ??= state.count;
      const now = performance.now();
      if (now - lastMs < interval) return;
      lastMs = now;
      const rates = describeRates(state, first, now - startedMs);
      if (bar !== undefined) {
        const { count, bytes, total: most, workers } = state;
        const [done, all, before] = most === undefined
          ? [bytes, total.bytes, 0]
          : [count, most, first];
        const rest = all === undefined
          ? ""
          : describeRest(done - before, all - done, now - startedMs);
        return bar.update(done, all, rates + rest, workers);
      }
      if (output === undefined) return;
      // A reader that has gone ends the work with the next sample.
      writing = writing.then(flush).then(() => output.writeNote(rates)).catch((error) => {
        failure ??= { error };
      });
    },
    async stop(): Promise<void> {
      bar?.stop();
      await writing;
    },
  };
}

interface Bar {
  update(
    done: number,
    total: number | undefined,
    rates: string,
    workers: readonly WorkerState[] | undefined,
  ): void;
  stop(): void;
}

/** A bar, where what draws it is installed. */
async function drawBar(): Promise<Bar | undefined> {
  const library = await import("cli-progress").then((module) => module.default, () => undefined);
  if (library === undefined) return undefined;
  const { default: process } = await import("node:process");
  const line = startLine(library, process.stderr);
  return {
    update(done, total, rates, workers = []): void {
      const now = performance.now();
      line.update(done, total, rates, describeWorkers(workers, now));
    },
    stop: () => line.stop(),
  };
}
