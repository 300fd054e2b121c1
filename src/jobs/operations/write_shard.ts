/**
 * Shards as outputs of tasks, and what lists them.
 *
 * @module
 */
import { oneOf } from "../../check.ts";
import { countShard } from "../../index/build.ts";
import type { ShardIndex } from "../../index/shard_index.ts";
import { formatIndex } from "../../index/text.ts";
import type { ListedShard } from "../../index/wids.ts";
import { ShardFile } from "../../writing/shard_file.ts";
import { encodeMembers, type SampleInput, ShardWriter } from "../../writing/shard_writer.ts";
import type { JsonObject } from "../canonical.ts";
import type { MergeContext, TaskContext, TaskResult } from "../operation.ts";

/** Options of what writes shards. */
export const SHARD_OPTIONS = ["index", "info", "split"] as const;

/** Reads how shards are written. */
export function readShardOptions({ index, info = false, split = "train" }: JsonObject): JsonObject {
  if (typeof split !== "string" || !/^[^/\\%]+$/.test(split)) {
    throw new TypeError("split must be a name, without slashes and percent signs");
  }
  if (typeof info !== "boolean") throw new TypeError("info must be true or false");
  if (index !== undefined) oneOf("index", ["wdstream", "dali", "none"], index as "none");
  return { index, info, split };
}

/** As the writer of shards has them. */
const FACTS = { uname: "bigdata", gname: "bigdata", mode: 0o444, mtime: 0 };

/**
 * Writes the shard of a task, and its index beside it.
 *
 * @param count Is called where the samples have ended, for numbers that add up.
 */
export async function writeShard(
  task: TaskContext,
  samples: AsyncIterable<SampleInput>,
  count: () => Record<string, number> = () => ({}),
): Promise<TaskResult> {
  const name = task.plan.outputs[task.number];
  const isPacked = name.endsWith(".gz");
  const output = await task.create(name);
  const draft = isPacked
    ? await (await import("../../storage/deflate.ts")).gzipDraft(output, name)
    : output;
  const file = new ShardFile(name, draft, FACTS);
  for await (const { key, fields, bytes } of samples) {
    await file.add(key, encodeMembers(key, { ...fields, ...bytes }));
    await task.step(1);
  }
  let index: ShardIndex = await file.end();
  await draft.finish();
  // What is there is another's, who was first: its samples count.
  if (output.isOther) index = await countShard(output.open(), { signal: task.signal });
  const { index: format = isPacked ? "none" : "wdstream" } = task.plan.options;
  if (format !== "none" && !isPacked) {
    await task.put(`${name}.idx`, formatIndex({ ...index, shard: name }, format as "dali"));
  }
  const classes = index.samples.map(({ cls = -1 }) => cls);
  return {
    counts: { samples: index.samples.length, ...count() },
    result: {
      name,
      ...(isPacked || index.sizeBytes === undefined ? {} : { sizeBytes: index.sizeBytes }),
      ...(classes.some((label) => label >= 0) ? { classes } : {}),
    },
  };
}

/** Writes the index of the split, and where asked for `_info.json` and a list for `wids`. */
export async function mergeShards({ plan, receipts, store, signal }: MergeContext): Promise<void> {
  if (receipts.length === 0) return;
  const { index, info, split } = plan.options;
  const { outputs } = plan;
  const writer = new ShardWriter(store, {
    pattern: (number) => outputs[number] ?? outputs[0],
    index: index as "none" | undefined,
    splitIndex: index !== "none",
    ...(info ? { split: split as string, wids: `${split}.wids.json` } : {}),
    finished: receipts.map((receipt) => ({
      ...listedShard(receipt),
      classes: receipt.result!.classes as readonly number[] | undefined,
    })),
    signal,
  });
  await writer.close();
}

/** A shard as lists have it, by its receipt. */
export function listedShard(
  { counts, result }: { readonly counts: TaskResult["counts"]; readonly result?: JsonObject },
): ListedShard {
  const { name, sizeBytes } = result!;
  return {
    url: name as string,
    sampleCount: counts.samples,
    ...(sizeBytes === undefined ? {} : { sizeBytes: sizeBytes as number }),
  };
}
