/**
 * `wdstream diff`: what is different between two datasets.
 *
 * @module
 */
import {
  type Command,
  type CommandInput,
  type CommandOutput,
  defineCommand,
  UsageError,
} from "../command.ts";
import { describeBriefly } from "../describe_error.ts";
import { Interrupt } from "../interrupt.ts";
import { flag } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { FIELDS_OPTION, listSources, READ_OPTIONS } from "../shard_options.ts";
import "../../formats/mod.ts";
import { nameText } from "../../storage/redact.ts";
import { type Difference, diffShards } from "../../tools/diff.ts";
import { sumSizes } from "../sum_sizes.ts";
import { plainText } from "../words.ts";
import { startWork } from "../work_progress.ts";

const OPTIONS = {
  fields: FIELDS_OPTION,
  pixels: flag("compare images by their pixels, not by their bytes"),
  json: flag("print a JSON line for each difference, and one at the end with the counts"),
  quiet: flag("show no progress"),
  ...READ_OPTIONS,
} as const;

const SIGNS = { removed: "-", added: "+", changed: "~" } as const;

/** Compares datasets. */
export const command: Command = defineCommand({
  name: "diff",
  summary: "what is different between two datasets: keys, fields, pixels",
  details: [
    "Compares the samples of A and B, each a shard or a pattern of several, by their keys: in whatever order and shards " +
    "they come. A line for each difference: - what is in A alone, + in B alone, ~ what is in both and not the same. " +
    "The exit code is 1 where there is one.",
    "With --pixels two images are the same if they decode to the same pixels, and what is different is counted.",
  ],
  operands: { name: "A B", required: "two datasets" },
  options: OPTIONS,
  permissions: sourcePermissions(),
  examples: [
    "diff old.tar new.tar",
    'diff "raw/train-{000..127}.tar" "small/train-{000..015}.tar" --fields cls,json',
    "diff a.tar b.tar --fields jpg --pixels",
  ],
  async run(input, output) {
    const interrupt = new Interrupt();
    try {
      return await compare(input, output, interrupt);
    } finally {
      interrupt.close();
    }
  },
});

async function compare(
  { values, operands: [first, second, more] }: CommandInput<typeof OPTIONS>,
  output: CommandOutput,
  interrupt: Interrupt,
): Promise<number> {
  if (second === undefined) throw new UsageError("diff needs two datasets");
  if (more !== undefined) throw new UsageError(`diff does not take "${nameText(more)}"`);
  const { fields, pixels, json, quiet } = values;
  const before = await listSources([first], values, output);
  const after = await listSources([second], values, output);
  const bytes = output.isTerminal && !quiet ? await sumSizes([...before, ...after]) : undefined;
  const work = await startWork(quiet ? undefined : output, { bytes });
  const notes: string[] = [];
  const flush = async (): Promise<void> => {
    for (const note of notes.splice(0)) await output.writeNote(note);
  };
  let faults = 0;
  let read = 0;
  try {
    const report = await diffShards(before, after, {
      fields,
      pixels,
      endOfArchive: values["end-of-archive"],
      signal: interrupt.signal,
      onDifference: (difference) =>
        output.writeLine(json ? JSON.stringify(difference) : formatDifference(difference)),
      onFault(fault) {
        faults++;
        notes.push(`wdstream: ${describeBriefly(fault)}`);
      },
      onProgress({ samples, bytes }) {
        read = samples;
        work.update({ count: samples, bytes }, flush);
        return notes.length > 0 ? flush() : undefined;
      },
    });
    await work.stop();
    await flush();
    const { same, changed, removed, added } = report;
    await output.writeLine(
      json
        ? JSON.stringify(report)
        : `${same} the same, ${changed} changed, ${removed} removed, ${added} added`,
    );
    return changed + removed + added + faults > 0 ? 1 : 0;
  } catch (error) {
    await work.stop();
    await flush();
    if (interrupt.code === undefined) throw error;
    await output.writeNote(`stopped after ${read} samples of both`);
    return interrupt.code;
  }
}

function formatDifference({ kind, key, field, why, before, after }: Difference): string {
  const name = field === undefined ? key : `${key}.${field}`;
  const place = kind === "removed" && field === undefined
    ? before
    : kind === "added" && field === undefined
    ? after
    : undefined;
  const rest = why ?? place;
  return plainText(`${SIGNS[kind]} ${name}`) + (rest === undefined ? "" : `\t${plainText(rest)}`);
}
