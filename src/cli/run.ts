import type { DatasetPlan } from "../steps/options.ts";
import { sampleShard } from "../dataset/sample_shard.ts";
import { webdataset } from "../dataset/webdataset.ts";
import {
  FIELD_HELP,
  FIELD_OPTIONS,
  parseArguments,
  readChoice,
  readCount,
  readEndOfArchive,
  readField,
  readSources,
  readTransform,
  SHARD_HELP,
  SHARD_OPTIONS,
  TRANSFORM_HELP,
  TRANSFORM_OPTIONS,
} from "./arguments.ts";
import { type Command, type CommandOutput, UsageError } from "./command.ts";
import { describeBriefly } from "./describe_error.ts";
import { describeRates, startProgress } from "./progress.ts";

const HELP = `wdstream run [SHARDS…] [options]

Streams shards, decodes and transforms their images, and makes batches: the main job.
Without SHARDS it runs on the built-in sample of 36 drawn pictures. SHARDS are paths, URLs and
brace patterns such as "train-{000..127}.tar", and - for standard input.

${TRANSFORM_HELP}
  --batch N              images in a batch (default: 64)
  --workers N            decode in N threads of their own (default: in this one)
  --on-error MODE        throw: stop at the first fault (default); skip: leave out what it damages
  --on-unavailable MODE  throw: stop where a shard is missing, refused or cut off (default); skip: leave it out
${FIELD_HELP}
${SHARD_HELP}

Permissions of Deno: --allow-read for the shards, --allow-net=HOST for shards on a host,
--allow-env=NAME for --token-env.`;

/** `wdstream run`: shards to batches, with progress and a summary. */
export const runCommand: Command = {
  help: HELP,
  async run(args: string[], output: CommandOutput): Promise<number> {
    const parsed = parseArguments(args, {
      ...SHARD_OPTIONS,
      ...TRANSFORM_OPTIONS,
      ...FIELD_OPTIONS,
      batch: { type: "string" },
      "on-error": { type: "string" },
      "on-unavailable": { type: "string" },
      workers: { type: "string" },
    });
    const transform = readTransform(parsed, "float32");
    const limit = readCount(parsed, "limit");
    const onError = readChoice(parsed, "on-error", ["throw", "skip"]);
    const onUnavailable = readChoice(parsed, "on-unavailable", ["throw", "skip"]);
    const image = readField(parsed);
    const given = readSources(parsed);
    const faults: string[] = [];
    const dataset = webdataset(given.length > 0 ? given : sampleShard(), {
      onError,
      onUnavailable,
      endOfArchive: readEndOfArchive(parsed),
      workers: readCount(parsed, "workers"),
      onSkip: (error) => faults.push(describeBriefly(error)),
    });
    const samples = limit === undefined ? dataset : dataset.take(limit);
    const size = readCount(parsed, "batch") ?? 64;
    // Nothing is kept of a batch, so that all of them can have the same memory.
    const into = allocateBatch(size, 3 * transform.crop[0] * transform.crop[1]);
    const batches = samples.transform(transform, { label: false, image }).batch(size, { into });

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
    await output.writeLine(
      `${stats.shards} shards, ${stats.samples} samples, ${batchCount} batches of [${
        shape.join(", ")
      }]`,
    );
    await output.writeLine(describeRates({ images, stats }, performance.now() - startedMs));
    return stats.skipped > 0 ? 1 : 0;
  },
};

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
