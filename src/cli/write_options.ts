/**
 * Options of the commands that write datasets, and what they tell on the way.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import type { ListedShard } from "../index/wids.ts";
import type { WrittenOptions, WrittenReport } from "../tools/written.ts";
import { type CommandOutput, type OptionValues, type Permission, UsageError } from "./command.ts";
import { describeBriefly } from "./describe_error.ts";
import { Interrupt } from "./interrupt.ts";
import { choice, count, flag, number, text } from "./options.ts";
import { countText } from "./words.ts";
import { formatBytes, startWork, type WorkTotal } from "./work_progress.ts";

/** What is told on the way. */
export const REPORT_OPTIONS = {
  quiet: flag("tell nothing but faults"),
  json: flag("print a JSON line for each shard that is in place, and one at the end"),
} as const;

/** How shards are written. */
export const WRITE_OPTIONS = {
  split: text("NAME", "shards are NAME-000000.tar and so on (default: train)"),
  "max-count": count("samples in a shard (default: 10000, or no limit with --max-bytes)"),
  "max-bytes": count("begin a new shard when N bytes are in one"),
  order: choice("", {
    mixed: "mix the samples",
    "as-is": "leave them in their order",
  }, { default: "mixed" }),
  seed: number("seed of the random order (default: 0)"),
  keys: choice("", {
    "as-is": "samples keep their keys",
    numbered: "keys are numbers, 000000000 and on",
  }, { default: "as-is" }),
  gzip: flag("pack the shards with gzip; they can then be read from their beginning alone"),
  index: choice("indexes beside the shards (default: wdstream; with --gzip: none)", [
    "wdstream",
    "dali",
    "none",
  ]),
  info: flag("write _info.json and a list for wids, which name the shards and their lengths"),
  "on-error": choice("", {
    throw: "stop at the first fault",
    skip: "leave out what it damages",
  }, { default: "throw" }),
  ...REPORT_OPTIONS,
} as const;

/** What writing takes. */
export const OUT_PERMISSION: Permission = {
  flag: "--allow-write=OUT",
  purpose: "for what is written",
  exact({ operands }) {
    const out = operands.at(-1) ?? "OUT";
    // What lies on a host takes what reading from it takes.
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(out) ? undefined : `--allow-write=${out}`;
  },
};

/** The last operand, which is where to write, and those before it. */
export function splitOperands(
  operands: readonly string[],
  missing: string,
): [inputs: readonly string[], out: string] {
  if (operands.length < 2) throw new UsageError(`needs ${missing}, and where to write`);
  return [operands.slice(0, -1), operands[operands.length - 1]];
}

/** The options as functions take them. */
export function writtenOptions(
  values: OptionValues<typeof WRITE_OPTIONS>,
): WrittenOptions {
  const { split, order, seed, keys, gzip, index, info } = values;
  if (seed !== undefined && order === "as-is") {
    throw new UsageError("--seed does not go with --order as-is");
  }
  if (gzip && index !== undefined && index !== "none") {
    throw new UsageError(`--index ${index} does not go with --gzip: nothing in it has an offset`);
  }
  if (split !== undefined && !/^[^/\\%]+$/.test(split)) {
    throw new UsageError("--split takes a name, without slashes and percent signs");
  }
  return {
    split,
    order,
    seed,
    keys,
    gzip,
    index,
    info,
    maxCount: values["max-count"],
    maxBytes: values["max-bytes"],
  };
}

/** What a writing tool is given by its command. */
export type Callbacks = Required<
  Pick<WrittenOptions, "onProgress" | "onShard" | "onSkip" | "signal">
>;

/**
 * Runs a tool that writes shards, with its progress, and tells what it has done.
 *
 * @returns The exit code.
 */
export async function runWriting(
  { quiet, json }: OptionValues<typeof REPORT_OPTIONS>,
  output: CommandOutput,
  total: () => Promise<WorkTotal>,
  write: (callbacks: Callbacks) => Promise<WrittenReport>,
): Promise<number> {
  const interrupt = new Interrupt();
  const work = await startWork(quiet ? undefined : output, output.isTerminal ? await total() : {});
  const pending: (() => Promise<void>)[] = [];
  const later = (tell: () => Promise<void>): void => void pending.push(tell);
  const flush = async (): Promise<void> => {
    for (const tell of pending.splice(0)) await tell();
  };
  try {
    const report = await write({
      onProgress({ samples, taken, ...state }) {
        work.update({ ...state, count: state.total === undefined ? samples : taken }, flush);
      },
      async onShard(shard) {
        await flush();
        if (json) await output.writeLine(JSON.stringify({ event: "shard", ...shard }));
      },
      onSkip(error: WdsError) {
        later(() => output.writeNote(`skipped: ${describeBriefly(error)}`));
      },
      signal: interrupt.signal,
    });
    await work.stop();
    await flush();
    await tellReport(report, { quiet, json }, output);
    return report.skipped > 0 ? 1 : 0;
  } catch (error) {
    await work.stop();
    await flush();
    if (interrupt.code === undefined) throw error;
    await output.writeNote("stopped; the same command goes on from the last whole shard");
    return interrupt.code;
  } finally {
    interrupt.close();
  }
}

async function tellReport(
  report: WrittenReport,
  { quiet, json }: OptionValues<typeof REPORT_OPTIONS>,
  output: CommandOutput,
): Promise<void> {
  const { shards, samples, dropped, skipped, kept } = report;
  const facts = { samples, dropped, skipped, kept };
  if (json) {
    return await output.writeLine(
      JSON.stringify({ event: "done", shards: shards.length, ...facts }),
    );
  }
  if (quiet) return;
  const parts = [countText(shards.length, "shard"), countText(samples, "sample")];
  const bytes = sumBytes(shards);
  if (bytes !== undefined) parts.push(formatBytes(bytes));
  if (dropped > 0) parts.push(`${dropped} left out`);
  if (skipped > 0) parts.push(`${countText(skipped, "fault")} skipped`);
  if (kept > 0) parts.push(`${countText(kept, "shard")} of an earlier run`);
  await output.writeLine(parts.join(", "));
}

function sumBytes(shards: readonly ListedShard[]): number | undefined {
  let sum = 0;
  for (const { sizeBytes } of shards) {
    if (sizeBytes === undefined) return undefined;
    sum += sizeBytes;
  }
  return shards.length === 0 ? undefined : sum;
}
