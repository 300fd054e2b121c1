/**
 * `reshard` as a job: all samples in new shards, each output by itself, from known lengths.
 *
 * @module
 */
import { checkCount, oneOf } from "../../check.ts";
import { webdataset } from "../../dataset/webdataset.ts";
import { formatSplit } from "../../index/split_index.ts";
import { baseName } from "../../index/build.ts";
import { findKnown, unknownError } from "../../steps/known.ts";
import { SourceError } from "../../errors.ts";
import type { SampleInput } from "../../writing/shard_writer.ts";
import type { Operation, TaskContext } from "../operation.ts";
import { checkNames, READ_NAMES, readReading } from "./read_options.ts";
import { makeFilter, makeTrimmer, type SampleRules } from "../../tools/sample_rules.ts";
import { readRules, RULE_NAMES } from "./rules.ts";
import { mergeShards, readShardOptions, SHARD_OPTIONS, writeShard } from "./write_shard.ts";

const NAMES = ["maxCount", "order", "seed", "lanes", "window", "keys", "gzip", "lengths"];

/** 512 samples of 1 MB. */
const MAX_BUFFERED_BYTES = 512 * 1024 * 1024;

/**
 * Writes samples into new shards, mixed or as they are. The order is a function of lengths and seed, so that any output
 * can be made without those before it. Which samples are kept is known when they are read: an output has as many of its
 * `maxCount` places as are kept, and may be without samples, and numbered keys are numbers of places.
 */
export const operation: Operation = {
  usesKernel: false,
  readsAll: true,
  isFresh: true,
  readOptions(options) {
    checkNames(options, [...NAMES, ...RULE_NAMES, ...READ_NAMES, ...SHARD_OPTIONS]);
    const { maxCount = 10_000, order = "mixed", seed = 0, lanes = 32, window = 16 } = options;
    const { keys = "as-is", gzip = false, lengths } = options;
    checkCount("maxCount", maxCount as number, 1);
    checkCount("seed", seed as number, 0);
    checkCount("lanes", lanes as number, 1);
    checkCount("window", window as number, 1);
    oneOf("order", ["mixed", "as-is"], order as "mixed");
    oneOf("keys", ["as-is", "numbered"], keys as "as-is");
    if (typeof gzip !== "boolean") throw new TypeError("gzip must be true or false");
    const reading = readReading(options);
    if (reading.onError !== "throw") {
      throw new RangeError(
        "a job reshards what is sound alone: which shard a sample comes to is planned before it is read",
      );
    }
    return {
      maxCount,
      order,
      ...(order === "mixed" ? { seed, lanes, window } : {}),
      keys,
      gzip,
      ...(lengths === undefined ? {} : { lengths }),
      ...readRules(options),
      ...reading,
      ...readShardOptions(options),
    };
  },
  async survey(sources, options, signal) {
    const dataset = webdataset(sources, { ...readReading(options), signal });
    const plan = await dataset.plan();
    const known = await findKnown(plan, readReading(options), signal);
    if (known === undefined) throw unknownError(plan, {});
    return { ...options, lengths: [...known.lengths] };
  },
  nameOutputs(_, { maxCount, split, lengths, gzip }) {
    const count = sum(lengths as number[]);
    if (count === 0) {
      throw new SourceError("source/unsupported", {
        action: "reshard the shards",
        reason: "they have no samples",
      });
    }
    return Array.from(
      { length: Math.ceil(count / (maxCount as number)) },
      (_, i) => `${split}-${String(i).padStart(6, "0")}.tar${gzip ? ".gz" : ""}`,
    );
  },
  isExact: () => true,
  run(task) {
    const rules = readRules(task.plan.options);
    const tally = { dropped: 0 };
    const samples = readShare(task, rules, tally);
    return writeShard(task, samples, () => Object.keys(rules).length === 0 ? {} : { ...tally });
  },
  merge: mergeShards,
};

function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + length, 0);
}

/** The samples of one output, in the order of all: those that are kept. */
async function* readShare(
  { plan, sources, signal, number, skip }: TaskContext,
  rules: SampleRules,
  tally: { dropped: number },
): AsyncGenerator<SampleInput, void, undefined> {
  const { maxCount, order, seed, lanes, window, keys, lengths } = plan.options;
  const count = maxCount as number;
  const listed = formatSplit({
    shards: sources.map(({ name }, i) => ({
      url: baseName(name),
      sampleCount: (lengths as number[])[i],
    })),
  });
  const plain = webdataset(sources, {
    ...readReading(plan.options),
    // What was counted when the job was planned counts.
    splitIndex: listed,
    signal,
    onSkip: skip,
  });
  const all = order === "mixed"
    ? plain.shuffle({
      seed: seed as number,
      lanes: lanes as number,
      window: window as number,
      maxBufferedBytes: MAX_BUFFERED_BYTES,
    })
    : plain;
  const from = number * count;
  let position = from;
  const isKept = makeFilter(rules);
  const trim = makeTrimmer(rules);
  for await (const sample of all.skip(from).take(count)) {
    const own = isKept(sample) ? trim(sample) : undefined;
    if (own === undefined) tally.dropped++;
    else yield keys === "numbered" ? { ...own, key: String(position).padStart(9, "0") } : own;
    position++;
  }
}
