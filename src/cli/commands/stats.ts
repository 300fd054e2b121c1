/**
 * `wdstream stats`: what is in shards.
 *
 * @module
 */
import {
  type Command,
  type CommandInput,
  type CommandOutput,
  defineCommand,
  type Permission,
} from "../command.ts";
import { describeBriefly } from "../describe_error.ts";
import { Interrupt } from "../interrupt.ts";
import { flag, number, text } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { FIELD_OPTION, listSources, SAMPLE_OPTIONS } from "../shard_options.ts";
import "../../formats/mod.ts";
import { readAll } from "../../storage/read_all.ts";
import { collectStatistics } from "../../tools/collect_statistics.ts";
import {
  type DatasetStatistics,
  describeChannels,
  mergeStatistics,
  NO_STATISTICS,
} from "../../tools/statistics.ts";
import { formatStatistics, formatStatisticsPage } from "../../tools/statistics_report.ts";
import { sumSizes } from "../sum_sizes.ts";
import { countText } from "../words.ts";
import { startWork } from "../work_progress.ts";
import { writeFileWhole } from "../write_file.ts";

const WRITE_PERMISSION: Permission = {
  flag: "--allow-write",
  purpose: "for --html",
  exact: ({ values }) => typeof values.html === "string" ? "--allow-write" : undefined,
};

const OPTIONS = {
  merge: flag("the files are what --json has printed of parts of a dataset: tell of all of it"),
  field: FIELD_OPTION,
  workers: number("threads that decode, 0 for this one alone (default: the number of processors)"),
  json: flag("print one line of JSON, which --merge takes, with mean and std of each channel"),
  html: text("FILE", "also write one page with charts", { isPath: true, isOutput: true }),
  quiet: flag("show no progress"),
  ...SAMPLE_OPTIONS,
} as const;

/** Tells what is in shards. */
export const command: Command = defineCommand({
  name: "stats",
  summary:
    "what is in shards: classes, sizes, formats, qualities, captions, mean and deviation of pixels",
  details: [
    "Reads shards, decodes the image of each sample, and counts: classes (cls), widths, heights, ratios, formats, chroma " +
    "samplings and qualities of JPEG files, lengths of captions (txt), bytes of fields, and the values of all pixels. " +
    "Mean and standard deviation of each channel, over all pixels, are of exact sums.",
    "The quality of a JPEG file is that of 1 to 100 for which libjpeg's table of luminance (T.81 K.1, scaled by 5000 / q " +
    "below 50 and 200 - 2 q from there on, in percent) has the least sum of absolute differences from the file's.",
    "What --json prints can be merged, of parts that were read on several machines: stats --merge a.json b.json gives " +
    "what one run over all would.",
  ],
  operands: { name: "SHARDS", required: "a shard" },
  options: OPTIONS,
  permissions: [...sourcePermissions(), WRITE_PERMISSION],
  examples: [
    "stats train-0000.tar",
    'stats "train-{000..127}.tar" --workers 4 --html stats.html',
    "stats --merge first.json second.json",
  ],
  async run(input, output) {
    const interrupt = new Interrupt();
    try {
      return await tellStatistics(input, output, interrupt);
    } finally {
      interrupt.close();
    }
  },
});

async function tellStatistics(
  input: CommandInput<typeof OPTIONS>,
  output: CommandOutput,
  interrupt: Interrupt,
): Promise<number> {
  const { merge, json, html } = input.values;
  const statistics = await (merge ? readParts : collect)(input, output, interrupt);
  if (typeof statistics === "number") return statistics;
  if (json) {
    const channels = describeChannels(statistics);
    const mean = channels.map((channel) => channel.mean);
    const std = channels.map((channel) => channel.std);
    await output.writeLine(JSON.stringify({ mean, std, ...statistics }));
  } else {
    for (const line of formatStatistics(statistics)) await output.writeLine(line.trimEnd());
  }
  if (html !== undefined) await writeFileWhole(html, formatStatisticsPage(statistics));
  const { faults, failed } = statistics;
  return faults > 0 || Object.keys(failed).length > 0 ? 1 : 0;
}

async function collect(
  { values, operands }: CommandInput<typeof OPTIONS>,
  output: CommandOutput,
  interrupt: Interrupt,
): Promise<DatasetStatistics | number> {
  const { field: image, workers, limit, quiet } = values;
  const sources = await listSources(operands, values, output);
  const bytes = output.isTerminal && !quiet ? await sumSizes(sources) : undefined;
  const work = await startWork(quiet ? undefined : output, { bytes });
  const notes: string[] = [];
  const flush = async (): Promise<void> => {
    for (const note of notes.splice(0)) await output.writeNote(note);
  };
  let read = 0;
  try {
    return await collectStatistics(sources, {
      image,
      workers: workers ?? globalThis.navigator?.hardwareConcurrency ?? 1,
      limit,
      endOfArchive: values["end-of-archive"],
      signal: interrupt.signal,
      onFault: (fault) => notes.push(`not counted: ${describeBriefly(fault)}`),
      onProgress({ samples, bytes, workers: states }) {
        read = samples;
        work.update({ count: samples, bytes, workers: states }, flush);
        return notes.length > 0 ? flush() : undefined;
      },
    });
  } catch (error) {
    if (interrupt.code === undefined) throw error;
    await work.stop();
    await output.writeNote(
      `stopped after ${countText(read, "sample")}: statistics of a part are had with --limit`,
    );
    return interrupt.code;
  } finally {
    await work.stop();
    await flush();
  }
}

const MAX_BYTES = 256 * 1024 * 1024;

async function readParts(
  { values, operands }: CommandInput<typeof OPTIONS>,
  output: CommandOutput,
): Promise<DatasetStatistics> {
  let statistics = NO_STATISTICS;
  for (const source of await listSources(operands, values, output)) {
    const text = new TextDecoder().decode(await readAll(source, MAX_BYTES, undefined));
    try {
      statistics = mergeStatistics(statistics, JSON.parse(text));
    } catch (cause) {
      throw new Error(`"${source.name}" is not what --json prints: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  return statistics;
}
