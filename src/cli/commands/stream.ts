/**
 * `wdstream stream`: shards to batches, with progress and a summary.
 *
 * @module
 */
import { type Command, defineCommand, UsageError } from "../command.ts";
import { choice, count } from "../options.ts";
import { hostPermission, readPermission, TOKEN_PERMISSION } from "../permissions.ts";
import { FIELD_OPTION, listSources, SAMPLE_OPTIONS } from "../shard_options.ts";
import { describeTransform, REFERENCE_OPTION, TRANSFORM_OPTIONS } from "../transform_options.ts";
import type { DatasetPlan } from "../../steps/options.ts";
import "../../formats/mod.ts";
import { sampleShard } from "../../dataset/sample_shard.ts";
import { webdataset } from "../../dataset/webdataset.ts";
import { describeBriefly } from "../describe_error.ts";
import { countText } from "../words.ts";
import { describeRates, startProgress } from "../progress.ts";

/** Streams shards. */
export const command: Command = defineCommand({
  name: "stream",
  summary: "the main job: streams, decodes, transforms and batches, with progress and a summary",
  details: [
    "Streams shards, decodes and transforms their images, and makes batches: the main job. Without SHARDS it runs on " +
    "the built-in sample of 36 drawn pictures. SHARDS are paths, URLs and brace patterns such as " +
    '"train-{000..127}.tar", and - for standard input.',
  ],
  operands: { name: "SHARDS" },
  options: {
    ...TRANSFORM_OPTIONS,
    reference: REFERENCE_OPTION,
    batch: count("images in a batch", { default: 64 }),
    workers: count("decode in N threads of their own (default: in this one)"),
    "on-error": choice("", {
      throw: "stop at the first fault",
      skip: "leave out what it damages",
    }, { default: "throw" }),
    "on-unavailable": choice("", {
      throw: "stop where a shard is missing, refused or cut off",
      skip: "leave it out",
    }, { default: "throw" }),
    field: FIELD_OPTION,
    ...SAMPLE_OPTIONS,
  },
  permissions: [readPermission("the shards"), hostPermission("shards"), TOKEN_PERMISSION],
  examples: [
    "stream",
    'stream "train-{000..127}.tar" --preset resnet50.a1_in1k --workers 4',
    "stream https://example.com/train-000.tar --token-env TOKEN --limit 1000",
  ],
  async run({ values, operands }, output) {
    const { batch: size, field: image, limit, reference, workers } = values;
    const transform = describeTransform(values, "float32");
    const given = listSources(operands, values["token-env"]);
    const faults: string[] = [];
    const dataset = webdataset(given.length > 0 ? given : sampleShard(), {
      onError: values["on-error"],
      onUnavailable: values["on-unavailable"],
      endOfArchive: values["end-of-archive"],
      workers,
      onSkip: (error) => faults.push(describeBriefly(error)),
    });
    const samples = limit === undefined ? dataset : dataset.take(limit);
    // Nothing is kept of a batch, so that all of them can have the same memory.
    const into = allocateBatch(size, 3 * transform.crop[0] * transform.crop[1]);
    const batches = samples.transform(transform, { label: false, image, reference })
      .batch(size, { into });

    const bytes = output.isTerminal ? await sumSizes(await dataset.plan()) : undefined;
    const startedMs = performance.now();
    const total = { images: limit, bytes };
    const progress = await startProgress(output, startedMs, total);
    let images = 0;
    let batchCount = 0;
    let shape: readonly number[] = [];
    try {
      for await (const batch of batches) {
        images += batch.size;
        if (batchCount++ === 0) shape = batch.shape;
        await progress.update({ images, stats: batches.stats });
        for (const fault of faults.splice(0)) await output.writeNote(`skipped: ${fault}`);
      }
    } finally {
      progress.stop();
    }
    for (const fault of faults) await output.writeNote(`skipped: ${fault}`);
    const { stats } = batches;
    const counts = [
      countText(stats.shards, "shard"),
      countText(stats.samples, "sample"),
      countText(batchCount, "batch", "batches"),
    ];
    await output.writeLine(`${counts.join(", ")} of [${shape.join(", ")}]`);
    await output.writeLine(describeRates({ images, stats }, performance.now() - startedMs));
    return stats.skipped > 0 ? 1 : 0;
  },
});

/** Memory for all batches, one after the other. */
function allocateBatch(images: number, elements: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(images * elements);
  } catch (cause) {
    throw new UsageError(`--batch ${images} takes more memory than there is`, { cause });
  }
}

// Asking a host for the sizes of more shards than this would take longer than the first of them.
const MAX_SIZES = 16;

/** Size in bytes of all shards together, where each tells its own. */
async function sumSizes({ sources }: DatasetPlan): Promise<number | undefined> {
  if (sources.length > MAX_SIZES) return undefined;
  // A shard that cannot be opened is reported when its turn comes.
  const sizes = await Promise.all(
    sources.map((source) =>
      source.stat?.().then(({ sizeBytes }) => sizeBytes).catch(() => undefined)
    ),
  );
  return sizes.reduce(
    (sum, size) => sum === undefined || size === undefined ? undefined : sum + size,
    0,
  );
}
