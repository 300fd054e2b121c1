/**
 * Progress of work that counts something and reads bytes: a bar on a terminal, else a line now and then.
 *
 * @module
 */
import type { CommandOutput, HiddenLine } from "./command.ts";
import type { WorkerState } from "../workers/state.ts";
import { describeWorkers, startLine } from "./bar_line.ts";
import { clockText, countText } from "./words.ts";

/** How far work is. */
export interface WorkState {
  /** What is said before the numbers. */
  readonly title?: string;
  /** Samples that are done. */
  readonly count: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** Samples that there are, where that is known. */
  readonly total?: number;
  /** Bytes that there were to read, but for an earlier run. */
  readonly keptBytes?: number;
  /** How much of it is done, 0 to 1, where neither samples nor bytes tell: what takes a given time. */
  readonly part?: number;
  /** What was left out for faults; absent where that is not counted. */
  readonly skipped?: number;
  /** What workers are doing, where there are any. */
  readonly workers?: readonly WorkerState[];
}

/** What is known of work before it begins. */
export interface WorkTotal {
  /** Bytes that there are to read, where that is known. */
  readonly bytes?: number;
  /**
   * What is counted, in the singular.
   *
   * @default {"sample"}
   */
  readonly noun?: string;
  /**
   * What was counted before the work began, which the rate leaves out.
   *
   * @default {what is told of it first}
   */
  readonly first?: number;
  /** Whether the bar goes away when the work ends, for a line in its place. */
  readonly isPassing?: boolean;
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

/** How much is done, and the rates since work began. */
export function describeRates(
  { count, bytes, skipped }: WorkState,
  elapsedMs: number,
  { noun = "sample", first = 0 }: { readonly noun?: string; readonly first?: number } = {},
): string {
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const rate = ((count - first) / seconds).toFixed(0);
  const left = skipped === undefined ? "" : `, ${skipped} skipped`;
  return `${countText(count, noun)}, ${rate} ${noun}s/s, ${
    formatBytes(Math.round(bytes / seconds))
  }/s${left}`;
}

/** What is left, by what was done since the beginning. */
function describeRest(done: number, left: number, elapsedMs: number): string {
  if (done === 0 || elapsedMs < 1000) return "";
  return `, ${clockText(left / done * elapsedMs)} left`;
}

/** Starts to show progress; without an output it shows nothing. */
export async function startWork(
  output: CommandOutput | undefined,
  { bytes: allBytes, noun, first: given, isPassing = false }: WorkTotal,
): Promise<WorkProgress> {
  const startedMs = performance.now();
  const bar = output?.isTerminal ? await drawBar(isPassing) : undefined;
  if (bar !== undefined) output?.setBar?.(bar);
  const interval = bar === undefined ? LINE_INTERVAL_MS : BAR_INTERVAL_MS;
  let lastMs = bar === undefined ? startedMs : -Infinity;
  let first = given;
  /** What has not been drawn. */
  let pending: WorkState | undefined;
  let writing: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;

  function describe(state: WorkState, elapsedMs: number): string {
    const title = state.title === undefined ? "" : `${state.title}: `;
    return title + describeRates(state, elapsedMs, { noun, first });
  }

  function draw(bar: Bar, state: WorkState): void {
    const elapsedMs = performance.now() - startedMs;
    const { count, bytes, total, part, keptBytes = 0, workers } = state;
    const [done, all, before] = part !== undefined
      ? [part, 1, 0]
      : total === undefined
      ? [bytes, allBytes === undefined ? undefined : allBytes - keptBytes, 0]
      : [count, total, first!];
    const rest = all === undefined ? "" : describeRest(done - before, all - done, elapsedMs);
    // There is little room: what is nothing is not said.
    const said = describe({ ...state, skipped: state.skipped || undefined }, elapsedMs);
    bar.update(done, all, said + rest, workers);
  }

  return {
    update(state, flush): void {
      if (failure !== undefined) throw failure.error;
      first ??= state.count;
      const now = performance.now();
      pending = state;
      if (now - lastMs < interval) return;
      lastMs = now;
      pending = undefined;
      if (bar !== undefined) return draw(bar, state);
      if (output === undefined) return;
      const line = describe(state, now - startedMs);
      // A reader that has gone ends the work with the next sample.
      writing = writing.then(flush).then(() => output.writeNote(line)).catch((error) => {
        failure ??= { error };
      });
    },
    async stop(): Promise<void> {
      if (bar !== undefined) {
        output?.setBar?.(undefined);
        if (pending !== undefined) draw(bar, pending);
        pending = undefined;
        bar.stop();
      }
      await writing;
    },
  };
}

interface Bar extends HiddenLine {
  update(
    done: number,
    total: number | undefined,
    rates: string,
    workers: readonly WorkerState[] | undefined,
  ): void;
  stop(): void;
}

/** A bar, where what draws it is installed. */
async function drawBar(isPassing: boolean): Promise<Bar | undefined> {
  const library = await import("cli-progress").then((module) => module.default, () => undefined);
  if (library === undefined) return undefined;
  const { default: process } = await import("node:process");
  const line = startLine(library, process.stderr, isPassing);
  return {
    update(done, total, rates, workers = []): void {
      const now = performance.now();
      line.update(done, total, rates, describeWorkers(workers, now));
    },
    hide: () => line.hide(),
    show: () => line.show(),
    stop: () => line.stop(),
  };
}
