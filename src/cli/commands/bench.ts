/**
 * `wdstream bench`: how fast this machine is on these shards.
 *
 * @module
 */
import "../../formats/mod.ts";
import { type MeasuredStage, measureShards } from "../../tools/measure_shards.ts";
import { type Command, defineCommand } from "../command.ts";
import { describeBriefly } from "../describe_error.ts";
import { Interrupt } from "../interrupt.ts";
import { choice, flag, number } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { FIELD_OPTION, listSources, READ_OPTIONS } from "../shard_options.ts";
import { describeTransform, TRANSFORM_OPTIONS } from "../transform_options.ts";
import { sumSizes } from "../sum_sizes.ts";
import { countText } from "../words.ts";
import { startWork, type WorkProgress } from "../work_progress.ts";

const OPTIONS = {
  seconds: number("seconds that each stage takes, 0 to read the shards once (default: 3)"),
  workers: number("threads of the last stage, 0 for none (default: the number of processors)"),
  json: flag("print one line of JSON"),
  quiet: flag("show no progress"),
  field: FIELD_OPTION,
  ...TRANSFORM_OPTIONS,
  "on-error": choice("", {
    throw: "stop at the first fault",
    skip: "leave out what it damages",
  }, { default: "throw" }),
  ...READ_OPTIONS,
} as const;

/** Measures. */
export const command: Command = defineCommand({
  name: "bench",
  summary:
    "how many images of these shards this machine reads and transforms a second, and what limits it",
  details: [
    "Reads the shards without decoding, then transforms their images by one thread, then by several, each for --seconds, " +
    "over and over if need be. What comes last is about what training or evaluation can have; if it is as fast as " +
    "reading alone, the disk or the network is the limit, and else the processors.",
    "A machine that does something else meanwhile is measured with that. What is on a disk is in the system's memory " +
    "after the first time.",
  ],
  operands: { name: "SHARDS", required: "a shard" },
  options: OPTIONS,
  permissions: sourcePermissions(),
  examples: [
    "bench train-0000.tar",
    'bench "hf://datasets/timm/imagenet-1k-wds/imagenet1k-validation-0[0-3].tar" --seconds 20 --json',
  ],
  async run({ values, operands }, output) {
    const { seconds, workers, json, field, quiet } = values;
    const sources = await listSources(operands, values, output);
    const interrupt = new Interrupt();
    const notes: string[] = [];
    const bytes = output.isTerminal && !quiet && seconds === 0
      ? await sumSizes(sources)
      : undefined;
    const showStage = (): Promise<WorkProgress> =>
      startWork(quiet ? undefined : output, { bytes, first: 0, isPassing: true });
    let progress = await showStage();
    const nothing = (): Promise<void> => Promise.resolve();
    try {
      const measured = await measureShards(sources, {
        transform: describeTransform(values, "float32"),
        seconds,
        workers,
        image: field,
        read: {
          onError: values["on-error"],
          onSkip: (error) => void (notes.length < MOST_NOTES && notes.push(describeBriefly(error))),
          endOfArchive: values["end-of-archive"],
        },
        signal: interrupt.signal,
        onProgress({ name, samples: count, bytes, part, workers: states }) {
          progress.update({ count, bytes, part, workers: states, title: name }, nothing);
        },
        async onStage(stage) {
          await progress.stop();
          if (!json) await output.writeLine(formatStage(stage));
          progress = await showStage();
        },
      });
      for (const note of notes) await output.writeNote(`left out: ${note}`);
      if (json) await output.writeLine(JSON.stringify(measured));
      else await output.writeLine(describeLimit(measured));
      return 0;
    } catch (error) {
      if (interrupt.code === undefined) throw error;
      await progress.stop();
      await output.writeNote("stopped");
      return interrupt.code;
    } finally {
      await progress.stop();
      interrupt.close();
    }
  },
});

/** Shards are read many times: each fault of the first ones will do. */
const MOST_NOTES = 20;

function formatStage({ name, workers, samplesPerSecond, bytesPerSecond }: MeasuredStage): string {
  const by = name === "reading"
    ? ""
    : workers === 0
    ? ", one thread"
    : `, ${countText(workers, "worker")}`;
  const rate = samplesPerSecond >= 100 ? samplesPerSecond.toFixed(0) : samplesPerSecond.toFixed(1);
  return `${`${name}${by}`.padEnd(26)} ${rate.padStart(7)} samples/s ${
    (bytesPerSecond / 1e6).toFixed(1).padStart(8)
  } MB/s`;
}

function describeLimit(
  { limit, speedUp, stages }: Awaited<ReturnType<typeof measureShards>>,
): string {
  const reading = stages[0].samplesPerSecond;
  const last = stages[stages.length - 1];
  const part = Math.round(100 * last.samplesPerSecond / reading);
  const times = last.workers > 0 ? `; workers make it ${speedUp.toFixed(1)} times as fast` : "";
  return limit === "reading"
    ? `limited by reading: at ${part}% of what is read without decoding${times}`
    : `limited by the processors: at ${part}% of what is read without decoding${times}`;
}
