/**
 * `map`: a user's module that makes something of the samples of each shard.
 *
 * @module
 */
import { webdataset } from "../../dataset/webdataset.ts";
import type { Sample } from "../../sample/sample.ts";
import type { SampleInput } from "../../writing/shard_writer.ts";
import { planError } from "../errors.ts";
import { SampleError, WdsError } from "../../errors.ts";
import type { Operation, TaskContext, TaskResult } from "../operation.ts";
import { nameShards } from "./name_shards.ts";
import { checkNames, READ_NAMES, readReading } from "./read_options.ts";
import { mergeShards, readShardOptions, SHARD_OPTIONS, writeShard } from "./write_shard.ts";

/** What a module's function is given besides the samples. */
export interface MapContext {
  /** Aborts when the task is to stop at once. */
  readonly signal: AbortSignal;
  /** Number of the task. */
  readonly task: number;
}

/**
 * What the default export of a module is for `map`: a generator of samples, which become a shard, or, where the plan
 * has another `suffix` than `.tar`, of bytes and text, which become a file one behind the other.
 */
export type MapFunction = (
  samples: AsyncIterable<Sample>,
  context: MapContext,
) => AsyncIterable<SampleInput | Uint8Array | string>;

const NAMES = ["suffix", "deterministic"];

/** Runs a user's module. */
export const operation: Operation = {
  usesKernel: false,
  hasModule: true,
  isFresh: true,
  readOptions(options) {
    checkNames(options, [...NAMES, ...READ_NAMES, ...SHARD_OPTIONS]);
    const { suffix = ".tar", deterministic = true } = options;
    if (typeof suffix !== "string" || !/^\.[\w.-]+$/.test(suffix)) {
      throw new TypeError('suffix must be what names end in, such as ".npy"');
    }
    if (typeof deterministic !== "boolean") {
      throw new TypeError("deterministic must be true or false");
    }
    return {
      suffix,
      deterministic,
      ...readReading(options),
      ...readShardOptions(options),
    };
  },
  nameOutputs(inputs, { suffix }) {
    return nameShards(inputs).map((name) => name.replace(/\.tar(\.gz)?$/, "") + suffix);
  },
  isExact: ({ deterministic }) => deterministic === true,
  async run(task) {
    const { plan, source, signal = new AbortController().signal, skip, loadModule, number } = task;
    const map = findFunction(await loadModule());
    let skipped = 0;
    let taken = 0;
    const dataset = webdataset(source, {
      ...readReading(plan.options),
      signal,
      onSkip(error) {
        skip(error);
        skipped++;
      },
    });
    let last: Sample | undefined;
    async function* samples(): AsyncGenerator<Sample> {
      try {
        for await (const sample of dataset) {
          taken++;
          last = sample;
          yield sample;
          await task.step(1);
        }
      } catch (error) {
        // A shard without samples is one all the same.
        if (!(error instanceof SampleError && error.code === "sample/empty")) throw error;
      }
    }
    const made = map(samples(), { signal, task: number });
    const counts = (): Record<string, number> => ({ taken, skipped });
    try {
      return isShard(plan.outputs[number])
        ? await writeShard({ ...task, step: () => Promise.resolve() }, onlySamples(made), counts)
        : await writeBytes(task, made, counts);
    } catch (error) {
      throw located(error, last);
    }
  },
  async merge(merging) {
    if (isShard(merging.plan.outputs[0])) await mergeShards(merging);
  },
};

function isShard(name: string): boolean {
  return /\.tar(\.gz)?$/.test(name);
}

/** What a module exports. */
function findFunction(module: unknown): MapFunction {
  const { default: map } = (module ?? {}) as { default?: unknown };
  if (typeof map === "function") return map as MapFunction;
  throw planError("the module has no default export that is a function");
}

async function* onlySamples(
  made: ReturnType<MapFunction>,
): AsyncGenerator<SampleInput, void, undefined> {
  for await (const each of made) {
    if (typeof each === "string" || each instanceof Uint8Array) {
      throw new TypeError(
        "the module gave bytes in the place of a sample; name a suffix for files",
      );
    }
    yield each;
  }
}

async function writeBytes(
  task: TaskContext,
  made: ReturnType<MapFunction>,
  count: () => Record<string, number>,
): Promise<TaskResult> {
  const output = await task.create(task.plan.outputs[task.number]);
  const encoder = new TextEncoder();
  for await (const each of made) {
    if (typeof each !== "string" && !(each instanceof Uint8Array)) {
      throw new TypeError(
        'the module gave a sample in the place of bytes; suffix ".tar" takes them',
      );
    }
    await output.write(typeof each === "string" ? encoder.encode(each) : each);
  }
  await output.finish();
  const { taken, ...counts } = count();
  return { counts: { samples: taken, ...counts } };
}

/** What a module threw, with the sample that it was given last. */
function located(error: unknown, last: Sample | undefined): unknown {
  if (error instanceof WdsError || !(error instanceof Error) || last === undefined) return error;
  if (error.name === "AbortError") return error;
  const { shard, key } = last;
  const message = `${error.message} (the last sample was "${key}" of "${shard}")`;
  return Object.assign(new Error(message, { cause: error }), { name: error.name });
}
