/**
 * `wdstream plan`: what an epoch takes.
 *
 * @module
 */
import { webdataset } from "../../dataset/webdataset.ts";
import type { Explanation } from "../../dataset/explanation.ts";
import { type Command, defineCommand } from "../command.ts";
import { count, flag } from "../options.ts";
import { applyShuffle, applySplit, SHUFFLE_OPTIONS, SPLIT_OPTIONS } from "../order_options.ts";
import { sourcePermissions } from "../permissions.ts";
import { listSources, READ_OPTIONS } from "../shard_options.ts";
import { countText } from "../words.ts";

/** Says what an epoch takes. */
export const command: Command = defineCommand({
  name: "plan",
  summary: "what an epoch takes of each process: samples, steps, bytes, requests, memory",
  details: [
    "Says what an epoch over the shards takes of each of --world processes, before any byte of a sample is read: by the " +
    "index of the split, the indexes beside the shards, or the headers of local shards.",
  ],
  operands: { name: "SHARDS", required: "a shard" },
  options: {
    ...SHUFFLE_OPTIONS,
    world: count("number of processes", { default: 1 }),
    even: SPLIT_OPTIONS.even,
    batch: count("samples in a batch", { default: 64 }),
    json: flag("print it as JSON"),
    ...READ_OPTIONS,
  },
  permissions: sourcePermissions(),
  examples: ['plan "train-{000..127}.tar" --shuffle --world 8 --lanes 64 --batch 256'],
  async run({ values, operands }, output) {
    const { world, even, batch, json, "end-of-archive": endOfArchive } = values;
    const shards = webdataset(await listSources(operands, values, output), { endOfArchive });
    const ordered = applyShuffle(shards, values);
    const share = { rank: 0, world, even, "split-from-environment": false };
    const dataset = world === 1 ? ordered : applySplit(ordered, share);
    const plan = await dataset.batch(batch).explain({ count: true });
    if (json) await output.writeLine(JSON.stringify(plan));
    else for (const line of describePlan(plan, world)) await output.writeLine(line);
    for (const hint of plan.hints) await output.writeNote(`hint: ${hint}`);
    return 0;
  },
});

function describePlan(plan: Explanation, world: number): string[] {
  const { shards, samples, bytes, order, share, epochs } = plan;
  const of = world === 1 ? "" : ", of each process (the first one's share)";
  const rows: [string, string][] = [
    ["shards", `${shards}`],
    ["samples", samples === undefined ? "not known before they are read" : `${samples}`],
    ["bytes", sizeText(bytes)],
    ["epochs", `${epochs}`],
  ];
  if (order !== undefined) {
    const { shuffled, seed, lanes, window } = order;
    const windows = window === 1 ? "" : `, windows of ${countText(window, "sample")}`;
    rows.push(["order", `${shuffled ? `shuffled by seed ${seed}, ` : ""}${lanes} lanes${windows}`]);
  }
  const own: [string, string][] = [
    ["samples", share.samples === undefined ? "not known" : `${share.samples}`],
    ["steps", share.items === undefined ? "not known" : countText(share.items, "batch", "batches")],
    ["shards at a time", `${share.lanes}`],
    ["bytes", sizeText(share.bytes)],
    ["requests", share.requests === undefined ? "not known" : `${share.requests}`],
    ["memory", `${sizeText(share.memoryBytes)} of shards and samples that wait`],
  ];
  const line = ([name, text]: [string, string]): string => `${name.padEnd(18)}${text}`;
  return [...rows.map(line), "", `An epoch${of}:`, ...own.map(line)];
}

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

function sizeText(bytes: number | undefined): string {
  if (bytes === undefined) return "not known";
  let unit = 0;
  let size = bytes;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toPrecision(3)} ${UNITS[unit]}`;
}
