/**
 * `wdstream stream`: shards to batches, with progress and a summary.
 *
 * @module
 */
import {
  type Command,
  type CommandInput,
  type CommandOutput,
  defineCommand,
  type OptionValues,
  type Permission,
  UsageError,
} from "../command.ts";
import { Interrupt } from "../interrupt.ts";
import { choice, count, flag, text } from "../options.ts";
import { applyShuffle, applySplit, ORDER_OPTIONS, SPLIT_PERMISSION } from "../order_options.ts";
import { sourcePermissions } from "../permissions.ts";
import { FIELD_OPTION, listSources, SAMPLE_OPTIONS } from "../shard_options.ts";
import { describeTransform, REFERENCE_OPTION, TRANSFORM_OPTIONS } from "../transform_options.ts";
import type { OrderState } from "../../order/state.ts";
import "../../formats/mod.ts";
import { nameText } from "../../storage/redact.ts";
import type { WebDataset } from "../../dataset/dataset.ts";
import { sampleShard } from "../../dataset/sample_shard.ts";
import { webdataset } from "../../dataset/webdataset.ts";
import { describeBriefly } from "../describe_error.ts";
import { countText } from "../words.ts";
import { readSavedState, StateFile } from "../saved_state.ts";
import { sumSizes } from "../sum_sizes.ts";
import { describeRates, startWork } from "../work_progress.ts";

const SAVE_PERMISSION: Permission = {
  flag: "--allow-write",
  purpose: "for --save",
  exact: ({ values }) => typeof values.save === "string" ? "--allow-write" : undefined,
};

const OPTIONS = {
  ...TRANSFORM_OPTIONS,
  reference: REFERENCE_OPTION,
  batch: count("images in a batch", { default: 64 }),
  workers: count("decode in N threads of their own (default: in this one)"),
  "on-error": choice("", {
    throw: "stop at the first fault",
    skip: "leave out what it damages",
    retry: "read it again at most twice, then leave it out",
  }, { default: "throw" }),
  "on-unavailable": choice("", {
    throw: "stop where a shard is missing, refused or cut off",
    skip: "leave it out",
    retry: "try it again at most twice, then leave it out",
  }, { default: "throw" }),
  field: FIELD_OPTION,
  ...ORDER_OPTIONS,
  save: text("FILE", "write where it stands to FILE, each second and at the end", {
    isPath: true,
    isOutput: true,
  }),
  resume: text(
    "FILE",
    "go on from what --save or --json wrote; from the start if there is none",
    {
      isPath: true,
    },
  ),
  json: flag("print a JSON line for each batch: epoch, keys, and the state after it"),
  quiet: flag("show no progress"),
  ...SAMPLE_OPTIONS,
} as const;

/** Streams shards. */
export const command: Command = defineCommand({
  name: "stream",
  summary: "the main job: streams, decodes, transforms and batches, with progress and a summary",
  details: [
    "Streams shards, decodes and transforms their images, and makes batches: the main job. Without SHARDS it runs on " +
    "the built-in sample of 36 drawn pictures. SHARDS are paths, URLs and brace patterns such as " +
    '"train-{000..127}.tar", and - for standard input.',
    "With --save, where it stands is in a file at any time, and --resume goes on from there, with the options that it " +
    "was begun with: on Ctrl-C and SIGTERM after the batch that is under way, when it is killed after one of the last " +
    "second's. A line of --json has the batch and the state after it: whoever keeps these lines gets each sample " +
    "exactly once, for --resume takes a file of them as well, whose last whole line counts.",
  ],
  operands: { name: "SHARDS" },
  options: OPTIONS,
  permissions: [...sourcePermissions(), SAVE_PERMISSION, SPLIT_PERMISSION],
  examples: [
    "stream",
    'stream "train-{000..127}.tar" --preset resnet50.a1_in1k --workers 4',
    "stream https://example.com/train-000.tar --token-env TOKEN --limit 1000",
    'stream "train-{000..127}.tar" --shuffle --rank 1 --world 8 --save at.json --resume at.json',
  ],
  async run(input, output) {
    const interrupt = new Interrupt();
    try {
      return await streamShards(input, output, interrupt);
    } finally {
      interrupt.close();
    }
  },
});

async function streamShards(
  { values, operands }: CommandInput<typeof OPTIONS>,
  output: CommandOutput,
  interrupt: Interrupt,
): Promise<number> {
  const { batch: size, field: image, limit, reference, workers } = values;
  const transform = describeTransform(values, "float32");
  const given = await listSources(operands, values, output);
  const faults: string[] = [];
  const plain = webdataset(given.length > 0 ? given : sampleShard(), {
    onError: values["on-error"],
    onUnavailable: values["on-unavailable"],
    endOfArchive: values["end-of-archive"],
    workers,
    onSkip: (error) => faults.push(`skipped: ${describeBriefly(error)}`),
    onHint: (hint) => faults.push(`hint: ${hint}`),
    signal: interrupt.signal,
  });
  const saved = values.resume === undefined ? undefined : await readSavedState(values.resume);
  if (values.resume !== undefined && saved === undefined) {
    await output.writeNote(`"${nameText(values.resume)}" has no state yet: from the start`);
  }
  const ordered = applySplit(applyShuffle(plain, values), values);
  const dataset = saved === undefined ? ordered : ordered.resume(saved as string);
  const samples = limit === undefined ? dataset : dataset.take(limit);
  // Nothing is kept of a batch, so that all of them can have the same memory; workers fill several at a time.
  const room = allocateBatch(size, 3 * transform.crop[0] * transform.crop[1]);
  const into = (workers ?? 0) > 1 ? undefined : room;
  const batches = samples.transform(transform, { label: false, image, reference })
    .batch(size, { into });

  const total = output.isTerminal && !values.quiet ? await findTotal(dataset, values) : {};
  const startedMs = performance.now();
  const shown = values.quiet ? undefined : output;
  const progress = await startWork(shown, { bytes: total.bytes, noun: "image", first: 0 });
  const tellFaults = async (): Promise<void> => {
    for (const fault of faults.splice(0)) await output.writeNote(fault);
  };
  const file = values.save === undefined ? undefined : new StateFile(values.save);
  let images = 0;
  let batchCount = 0;
  let shape: readonly number[] = [];
  try {
    for await (const batch of batches) {
      images += batch.size;
      if (batchCount++ === 0) shape = batch.shape;
      const { bytes, skipped, workers: states } = batches.stats;
      const now = { count: images, bytes, skipped, total: total.images, workers: states };
      progress.update(now, tellFaults);
      await tellFaults();
      const state = values.json || file !== undefined ? batches.state() : undefined;
      if (values.json) await output.writeLine(formatBatch(batch, state));
      batch.release();
      // Only now: what it covers has been written.
      await file?.update(state);
      if (interrupt.code !== undefined) break;
    }
  } catch (error) {
    if (interrupt.code === undefined) throw error;
  } finally {
    await progress.stop();
    await file?.finish();
  }
  await tellFaults();
  const { stats } = batches;
  const counts = [
    countText(stats.shards, "shard"),
    countText(stats.samples, "sample"),
    countText(batchCount, "batch", "batches"),
  ];
  const write = values.json ? output.writeNote : output.writeLine;
  await write(`${counts.join(", ")} of [${shape.join(", ")}]`);
  const { bytes, skipped } = stats;
  const elapsedMs = performance.now() - startedMs;
  await write(describeRates({ count: images, bytes, skipped }, elapsedMs, { noun: "image" }));
  if (interrupt.code !== undefined) {
    const how = values.save === undefined
      ? "; with --save FILE the same could go on"
      : `; --resume ${nameText(values.save)} goes on from here`;
    await output.writeNote(`stopped${how}`);
    return interrupt.code;
  }
  return stats.skipped > 0 ? 1 : 0;
}

/** How much there is to stream, where it is known: images, or else bytes. */
async function findTotal(
  dataset: WebDataset,
  { limit, epochs, resume }: OptionValues<typeof OPTIONS>,
): Promise<{ readonly images?: number; readonly bytes?: number }> {
  const { sources } = await dataset.plan();
  // Whatever is wrong with an index, the pass says in its turn.
  const { order, share } = await dataset.explain()
    .catch(() => ({ order: undefined, share: { samples: undefined } }));
  // The first epoch of a run that goes on is what is left of it.
  const times = resume === undefined || epochs === 1 ? epochs : undefined;
  const known = share.samples === undefined || times === undefined
    ? undefined
    : share.samples * times;
  // With a limit, a run that goes on has counted before.
  const most = resume === undefined ? limit : undefined;
  if (most !== undefined || known !== undefined) {
    return { images: Math.min(most ?? Infinity, known ?? Infinity) };
  }
  if (resume !== undefined) return {};
  const bytes = await sumSizes(sources);
  return { bytes: bytes === undefined ? undefined : bytes * epochs / (order?.world ?? 1) };
}

/** A batch as a line. */
function formatBatch(
  { keys, padding }: { readonly keys: readonly string[]; readonly padding?: number },
  state: OrderState | undefined,
): string {
  return JSON.stringify({ epoch: state?.epoch, keys, padding, state });
}

/** Memory for all batches, one after the other. */
function allocateBatch(images: number, elements: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(images * elements);
  } catch (cause) {
    throw new UsageError(`--batch ${images} takes more memory than there is`, { cause });
  }
}
