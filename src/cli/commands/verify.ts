/**
 * `wdstream verify`: all that is wrong with shards.
 *
 * @module
 */
import {
  type Command,
  type CommandInput,
  type CommandOutput,
  defineCommand,
  type Permission,
  UsageError,
} from "../command.ts";
import { Interrupt } from "../interrupt.ts";
import { count, flag, list, number, text } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { FIELD_OPTION, listSources, READ_OPTIONS } from "../shard_options.ts";
import { findInfo } from "../shard_info.ts";
import "../../formats/mod.ts";
import { nameText } from "../../storage/redact.ts";
import type { Source } from "../../storage/source.ts";
import { toStore } from "../../storage/to_store.ts";
import { type Check, CHECKS, type Finding, type VerifyReport } from "../../tools/findings.ts";
import { repairShards } from "../../tools/repair.ts";
import { verifyShards } from "../../tools/verify.ts";
import {
  countFindings,
  formatJunit,
  formatVerifyPage,
  plainFinding,
} from "../../tools/verify_report.ts";
import { STDIN_NAME } from "../stdin.ts";
import { sumSizes } from "../sum_sizes.ts";
import { countText, plainText } from "../words.ts";
import { formatBytes, startWork } from "../work_progress.ts";
import { writeFileWhole } from "../write_file.ts";

const WRITE_PERMISSION: Permission = {
  flag: "--allow-write",
  purpose: "for --junit, --html and --repair",
  exact: ({ values: { junit, html, repair } }) =>
    junit ?? html ?? repair ? "--allow-write" : undefined,
};

const OPTIONS = {
  classes: count("number of classes: labels are 0 to N - 1 (default: any)"),
  fields: list(
    'fields that each sample must have: "jpg,cls" (default: what more than half of them have)',
  ),
  field: FIELD_OPTION,
  skip: list(`checks that are not made, of ${Object.keys(CHECKS).join(", ")}`),
  "empty-deviation": number(
    "an image is nearly one colour if each channel's deviation is N of 255 levels at most (default: 2)",
  ),
  info: text("FILE", "the _info.json to compare with (default: that beside the shards)", {
    isPath: true,
  }),
  workers: number("threads that decode, 0 for this one alone (default: the number of processors)"),
  json: flag("print a JSON line for each fault, and one at the end with the counts"),
  junit: text("FILE", "also write a report for continuous integration", {
    isPath: true,
    isOutput: true,
  }),
  html: text("FILE", "also write a report as one page", { isPath: true, isOutput: true }),
  repair: text(
    "OUT",
    "write the shards without what is wrong to this folder, and bad-samples.jsonl",
    {
      isPath: true,
    },
  ),
  quiet: flag("show no progress"),
  ...READ_OPTIONS,
} as const;

/** Verifies shards. */
export const command: Command = defineCommand({
  name: "verify",
  summary: "all that is wrong with shards: archives, samples, images, labels, keys, lists, indexes",
  details: [
    "Reads shards from end to end and decodes every image. It does not stop at a fault: behind a damaged header it goes " +
    "on with the next whole one. Each fault is a line: what was looked at, shard, key, offset in bytes, and what is wrong.",
    `Checks: ${
      Object.entries(CHECKS).map(([name, what]) => `${name}: ${what}`).join("; ")
    }. --skip leaves some out.`,
    "--repair OUT then writes the shards again, under their own names, without the samples that something is wrong with, " +
    "and OUT/bad-samples.jsonl says which these were and why. Of a key that comes twice the first sample stays.",
    "Memory holds a hash of 64 bits of each key, 400 MB at most (25 million keys: later ones are compared with those), " +
    "and what is known of the samples of one shard. The exit code is 1 where something is wrong.",
  ],
  operands: { name: "SHARDS", required: "a shard" },
  options: OPTIONS,
  permissions: [...sourcePermissions(), WRITE_PERMISSION],
  examples: [
    'verify "train-{000..127}.tar" --classes 1000 --workers 4',
    "verify train-0000.tar --junit report.xml --html report.html",
    'verify "train-{000..127}.tar" --repair repaired --skip damaged,empty',
  ],
  async run(input, output) {
    const interrupt = new Interrupt();
    try {
      return await verify(input, output, interrupt);
    } finally {
      interrupt.close();
    }
  },
});

async function verify(
  { values, operands }: CommandInput<typeof OPTIONS>,
  output: CommandOutput,
  interrupt: Interrupt,
): Promise<number> {
  const { classes, field: image, json, repair, quiet, workers, info } = values;
  const skip = parseChecks(values.skip);
  const sources = await listSources(operands, values, output);
  if (repair !== undefined && sources.some(({ name }) => name === STDIN_NAME)) {
    throw new UsageError("--repair reads shards twice, which standard input cannot be");
  }
  const lengths = skip.includes("count")
    ? undefined
    : await findInfo(info, sources, values, output);
  const bytes = output.isTerminal && !quiet ? await sumSizes(sources) : undefined;
  const work = await startWork(quiet ? undefined : output, { bytes });
  const lines: string[] = [];
  const flush = async (): Promise<void> => {
    for (const line of lines.splice(0)) await output.writeLine(line);
  };
  const found: Finding[] = [];
  let last: VerifyReport | undefined;
  let report: VerifyReport;
  try {
    report = await verifyShards(sources, {
      classes,
      image,
      skip,
      workers: workers ?? globalThis.navigator?.hardwareConcurrency ?? 1,
      lengths,
      fields: values.fields,
      emptyDeviation: values["empty-deviation"],
      endOfArchive: values["end-of-archive"],
      signal: interrupt.signal,
      onFinding(finding) {
        lines.push(json ? JSON.stringify(plainFinding(finding)) : formatFinding(finding));
        if (repair !== undefined) found.push(finding);
      },
      onProgress(now, states) {
        last = now;
        work.update({ count: now.samples, bytes: now.bytes, workers: states }, flush);
        return lines.length > 0 ? flush() : undefined;
      },
    });
  } catch (error) {
    await work.stop();
    await flush();
    if (interrupt.code === undefined) throw error;
    await output.writeNote(describeStop(last, sources));
    return interrupt.code;
  }
  await work.stop();
  await flush();
  for (const note of report.notes) await output.writeNote(note);
  await output.writeLine(json ? JSON.stringify(plainReport(report)) : describeReport(report));
  if (values.junit !== undefined) await writeFileWhole(values.junit, formatJunit(report, skip));
  if (values.html !== undefined) await writeFileWhole(values.html, formatVerifyPage(report, skip));
  if (repair !== undefined) {
    const code = await repairTo(repair, { sources, report, found, values, output, interrupt });
    if (code !== undefined) return code;
  }
  return countFindings(report) > 0 ? 1 : 0;
}

function parseChecks(names: readonly string[] = []): readonly Check[] {
  for (const name of names) {
    if (Object.hasOwn(CHECKS, name)) continue;
    throw new UsageError(
      `--skip takes names of checks (${Object.keys(CHECKS).join(", ")}), not "${name}"`,
    );
  }
  return names as readonly Check[];
}

/** A finding as a line: its parts between tabs. */
function formatFinding(
  { check, shard, key = "-", offsetBytes, code, message }: Finding,
): string {
  const text = code === undefined ? message : `${message} (${code})`;
  return [check, shard, key, offsetBytes ?? "-", text].map((part) => plainText(String(part))).join(
    "\t",
  );
}

function plainReport({ shards, samples, images, bytes, counts }: VerifyReport): object {
  return { shards: shards.length, samples, images, bytes, counts };
}

function describeReport(report: VerifyReport): string {
  const { shards, samples, images, bytes, counts } = report;
  const parts = [
    countText(shards.length, "shard"),
    countText(samples, "sample"),
    countText(images, "image"),
    formatBytes(bytes),
  ];
  const found = Object.entries(counts).map(([check, times]) => `${check} ${times}`);
  return `${parts.join(", ")}: ${found.length === 0 ? "nothing is wrong" : found.join(", ")}`;
}

function describeStop(report: VerifyReport | undefined, sources: readonly Source[]): string {
  const { shards = [], samples = 0 } = report ?? {};
  const at = nameText(shards.at(-1)?.name ?? sources[0].name);
  const found = report === undefined ? 0 : countFindings(report);
  return `stopped in "${at}", shard ${Math.max(1, shards.length)} of ${sources.length}, after ${
    countText(samples, "sample")
  }: ${found} found so far`;
}

interface Repair {
  readonly sources: readonly Source[];
  readonly report: VerifyReport;
  readonly found: readonly Finding[];
  readonly values: CommandInput<typeof OPTIONS>["values"];
  readonly output: CommandOutput;
  readonly interrupt: Interrupt;
}

/** Writes what is sound. Gives the exit code where it was stopped. */
async function repairTo(
  folder: string,
  { sources, report, found, values, output, interrupt }: Repair,
): Promise<number | undefined> {
  const { quiet } = values;
  const total = output.isTerminal && !quiet ? await sumSizes(sources) : undefined;
  const work = await startWork(quiet ? undefined : output, { bytes: total });
  const store = toStore(folder);
  let count = 0;
  try {
    const { shards, left, empty } = await repairShards(sources, report, store, {
      endOfArchive: values["end-of-archive"],
      signal: interrupt.signal,
      onProgress({ samples, bytes }) {
        count = samples;
        work.update({ count: samples, bytes }, () => Promise.resolve());
      },
    });
    const bad = found.map((finding) => `${JSON.stringify(plainFinding(finding))}\n`).join("");
    await store.put!("bad-samples.jsonl", new TextEncoder().encode(bad));
    await work.stop();
    for (const name of empty) {
      await output.writeNote(`nothing is left of "${nameText(name)}": it has no sample now`);
    }
    await output.writeNote(
      `${nameText(folder)}: ${countText(shards.length, "shard")}, ${
        countText(count, "sample")
      }, ${left} left out`,
    );
    return undefined;
  } catch (error) {
    await work.stop();
    if (interrupt.code === undefined) throw error;
    await output.writeNote(`stopped the repair after ${countText(count, "sample")}`);
    return interrupt.code;
  }
}
