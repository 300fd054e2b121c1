/**
 * Progress of a pass: a bar on a terminal, else a line now and then.
 *
 * @module
 */
import type { DatasetStats } from "../steps/options.ts";
import { type BarStream, startLine } from "./bar_line.ts";
import type { CommandOutput } from "./command.ts";
import { countText } from "./words.ts";

/** What progress is shown of. */
export interface ProgressState {
  /** Images that became tensors. */
  readonly images: number;
  readonly stats: DatasetStats;
}

/** Shows how far a pass is. */
export interface Progress {
  update(state: ProgressState): Promise<void>;
  stop(): void;
}

const LINE_INTERVAL_MS = 5000;
const MEGABYTE = 1e6;

/** Rates since a pass began, for people. */
export function describeRates({ images, stats }: ProgressState, elapsedMs: number): string {
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const imagesPerSecond = (images / seconds).toFixed(0);
  const megabytesPerSecond = (stats.bytes / MEGABYTE / seconds).toFixed(1);
  return `${
    countText(images, "image")
  }, ${imagesPerSecond} images/s, ${megabytesPerSecond} MB/s, ${stats.skipped} skipped`;
}

/** How much there is to do, where it is known. */
export interface ProgressTotal {
  readonly images?: number;
  readonly bytes?: number;
}

/** Starts to show progress. */
export async function startProgress(
  output: CommandOutput,
  startedMs: number,
  total: ProgressTotal,
): Promise<Progress> {
  const library = output.isTerminal ? await loadLibrary() : undefined;
  if (library === undefined) return writeLines(output, startedMs);
  const { default: process } = await import("node:process");
  return drawBar(library, process.stderr, startedMs, total);
}

type Library = typeof import("cli-progress");

/** Loads what draws bars, only where there is a terminal; lines do where it is not installed, as in a new clone. */
async function loadLibrary(): Promise<Library | undefined> {
  return await import("cli-progress").then((module) => module.default, () => undefined);
}

function writeLines(output: CommandOutput, startedMs: number): Progress {
  let lastMs = startedMs;
  return {
    async update(state): Promise<void> {
      const now = performance.now();
      if (now - lastMs < LINE_INTERVAL_MS) return;
      lastMs = now;
      await output.writeNote(describeRates(state, now - startedMs));
    },
    stop(): void {},
  };
}

function drawBar(
  library: Library,
  stream: BarStream,
  startedMs: number,
  total: ProgressTotal,
): Progress {
  const end = total.images ?? total.bytes;
  const line = startLine(library, stream);
  line.update(0, end, "");
  return {
    update(state): Promise<void> {
      const done = total.images === undefined ? state.stats.bytes : state.images;
      line.update(done, end, describeRates(state, performance.now() - startedMs));
      return Promise.resolve();
    },
    stop: () => line.stop(),
  };
}
