/**
 * The one implementation of {@linkcode Dataset}: a plan and a list of steps. Methods add a step, a pass runs them.
 *
 * @module
 */
import { checkCallback, checkCount, checkOffset } from "../check.ts";
import type { DataOf } from "../image/transform/layout.ts";
import type { Sample } from "../sample/sample.ts";
import { checkReadOptions } from "../sample/read_options.ts";
import { batchStep } from "../steps/batch.ts";
import { type DecodeFieldsOptions, decodeStep } from "../steps/decode.ts";
import type { FieldOptions } from "../steps/fields.ts";
import { checkSplit, type Split } from "../order/ranks.ts";
import { type OrderState, parseState } from "../order/state.ts";
import type { Item, Mark } from "../steps/item.ts";
import type { DatasetPlan, DatasetStats } from "../steps/options.ts";
import {
  checkShuffle,
  countsOf,
  type DatasetOrder,
  goesOnDealt,
  hasWanted,
  isPlain,
  type KnownSamples,
  markPlain,
  type PassOrder,
  plannedSamples,
  printPass,
  type ShuffleOptions,
  splitOf,
  stateAfter,
  UNKNOWN_HINT,
  type Wanted,
} from "../steps/order.ts";
import { type DatasetPass, Pass } from "../steps/pass.ts";
import { prefetchStep } from "../steps/prefetch.ts";
import type { RandomAccess } from "../steps/random_access.ts";
import { type Epochs, readShards } from "../steps/read.ts";
import { beginRun } from "../steps/run.ts";
import { filterStep, mapStep, skipStep, takeStep } from "../steps/select.ts";
import { chainSteps, fuseSteps, type Step } from "../steps/step.ts";
import type { BatchOptions, TensorSample } from "../steps/tensor_sample.ts";
import { transformStep } from "../steps/transform.ts";
import type { Transform } from "../steps/transform_into.ts";
import type {
  AtOptions,
  Dataset,
  EpochsOptions,
  ExplainOptions,
  Explanation,
  WebDataset,
} from "./dataset.ts";
import type { DatasetOptions } from "./options.ts";

const NO_STATS: DatasetStats = {
  shards: 0,
  samples: 0,
  skipped: 0,
  bytes: 0,
  network: { requests: 0, bytes: 0, retries: 0, waitMs: 0, cachedBytes: 0 },
};

/** What the datasets of one chain share. */
interface Root {
  readonly options: DatasetOptions;
  readonly plan: () => Promise<DatasetPlan>;
  readonly passes: Set<Pass<unknown>>;
  stats: DatasetStats;
  /** The pass that began last. */
  last?: Pass<unknown>;
  /** Made when a sample is first asked for by its number. */
  access?: RandomAccess;
  /** Number of samples in each shard that was read to its end. */
  readonly lengths: Map<number, number>;
  /** Hints that were given. */
  readonly hints: Set<string>;
  /** What is known of the samples, once it was asked for. */
  known?: KnownSamples;
}

/** Which samples a dataset has, and in which order. */
interface Head extends DatasetOrder {
  readonly epochs: Epochs;
}

/** Makes a dataset of the shards that `plan` names when it is first needed. */
export function makeDataset(
  plan: () => Promise<DatasetPlan>,
  options: DatasetOptions,
): WebDataset {
  checkReadOptions(options);
  checkCallback("onHint", options.onHint);
  checkCount("The number of workers", options.workers ?? 0, 0);
  const root: Root = {
    options,
    plan,
    passes: new Set(),
    lengths: new Map(),
    hints: new Set(),
    stats: NO_STATS,
  };
  return new PlannedDataset(root, { epochs: { from: 0, count: 1 } });
}

/** Indexes and what reads them are a fifth of the module, and most programs never ask for a sample by its number. */
async function findAccess(root: Root): Promise<RandomAccess> {
  if (root.access !== undefined) return root.access;
  const { RandomAccess } = await import("../steps/random_access.ts");
  return root.access ??= new RandomAccess(root.plan, root.options);
}

/** What is known of the samples, of which an order is made: by the catalogue, or found out once. */
async function findSamples(
  root: Root,
  plan: DatasetPlan,
  signal: AbortSignal,
  wanted: Wanted = {},
): Promise<KnownSamples | undefined> {
  root.known ??= plannedSamples(plan);
  if (root.known !== undefined && hasWanted(root.known, wanted)) return root.known;
  const { findKnown } = await import("../steps/known.ts");
  const known = await findKnown(plan, root.options, signal, wanted);
  return known && (root.known = known);
}

/**
 * The same, where it is needed.
 *
 * @throws {IndexError} `index/needed` if nothing tells.
 */
async function needSamples(
  root: Root,
  plan: DatasetPlan,
  signal: AbortSignal,
  wanted: Wanted = {},
): Promise<KnownSamples> {
  const known = await findSamples(root, plan, signal, wanted);
  if (known !== undefined) return known;
  const { unknownError } = await import("../steps/known.ts");
  throw unknownError(plan, wanted);
}

/**
 * The lengths of shards that passes have seen, once it is all of them. No order is made by them: one that only this
 * process can make could not be gone on with elsewhere.
 */
function readLengths(
  { lengths }: Root,
  { sources }: DatasetPlan,
): Pick<DatasetPlan, "shardLengths" | "sampleCount"> {
  if (lengths.size < sources.length) return {};
  const shardLengths = sources.map((_, shard) => lengths.get(shard)!);
  return { shardLengths, sampleCount: shardLengths.reduce((sum, length) => sum + length, 0) };
}

/** Tells the user of something, each once. */
function giveHint({ options, hints }: Root, hint: string): void {
  if (hints.has(hint)) return;
  hints.add(hint);
  options.onHint?.(hint);
}

class StepDataset<T> implements Dataset<T> {
  readonly #root: Root;
  readonly #head: Head;
  readonly #steps: readonly Step[];

  constructor(root: Root, head: Head, steps: readonly Step[] = []) {
    this.#root = root;
    this.#head = head;
    this.#steps = steps;
  }

  get stats(): DatasetStats {
    return this.#root.stats;
  }

  state(): OrderState | undefined {
    return this.#root.last?.state();
  }

  async plan(): Promise<DatasetPlan> {
    const plan = await this.#root.plan();
    return plan.shardLengths === undefined ? { ...plan, ...readLengths(this.#root, plan) } : plan;
  }

  async explain(options: ExplainOptions = {}): Promise<Explanation> {
    const { signal = new AbortController().signal, count = false } = options;
    const root = this.#root;
    const plan = await root.plan();
    const found = await findSamples(root, plan, signal, { headers: count });
    const { shardLengths } = readLengths(root, plan);
    const known = found ?? (shardLengths && { lengths: shardLengths });
    const { explainPlan } = await import("../steps/explain.ts");
    const { epochs, ...order } = this.#head;
    return {
      ...explainPlan({ plan, known, order, epochs, steps: this.#steps }),
      steps: fuseSteps(this.#steps).map(({ name, settings }) => ({ name, settings })),
    };
  }

  async at(i: number, options: AtOptions = {}): Promise<T> {
    const { signal, epoch = this.#head.epochs.from } = options;
    checkOffset("epoch", epoch);
    const closed = this.#steps.find(({ one }) => one === undefined);
    if (closed !== undefined) {
      throw new TypeError(
        `at() gives what samples, decode(), map() and transform() give: after ${closed.name}(), ` +
          "an item's number does not tell which sample it is of",
      );
    }
    let item = await this.#find(i, epoch, signal);
    for (const step of this.#steps) item = await step.one!(item);
    return item.value as T;
  }

  async #find(i: number, epoch: number, signal?: AbortSignal): Promise<Item<unknown>> {
    const root = this.#root;
    const access = await findAccess(root);
    const { shuffle, split } = this.#head;
    if (shuffle === undefined && split === undefined) return await access.at(i, epoch, signal);
    const { locateInOrder } = await import("../steps/read_lanes.ts");
    const waits = signal ?? new AbortController().signal;
    const { lengths } = await needSamples(root, await root.plan(), waits);
    return await access.find(locateInOrder(i, lengths, this.#head, epoch), i + 1, signal);
  }

  filter(keep: (item: T) => boolean | Promise<boolean>): Dataset<T> {
    return this.#add(filterStep(keep));
  }

  map<U>(change: (item: T) => U | Promise<U>): Dataset<U> {
    return this.#add(mapStep(change));
  }

  take(count: number): Dataset<T> {
    return this.#add(takeStep<T>(count));
  }

  skip(count: number): Dataset<T> {
    return this.#add(skipStep<T>(count));
  }

  decode(
    this: StepDataset<Sample<unknown>>,
    options: DecodeFieldsOptions = {},
  ): Dataset<Sample<unknown>> {
    return this.#add(decodeStep(options, this.#root.options));
  }

  transform<Given extends Transform>(
    this: StepDataset<Sample<unknown>>,
    transform: Given,
    options: FieldOptions = {},
  ): Dataset<TensorSample<DataOf<Given["type"]>>> {
    const { workers } = this.#root.options;
    return this.#add(transformStep(transform, options, { workers }));
  }

  // deno-lint-ignore no-explicit-any -- its two overloads are the interface's
  batch(size: number, options: BatchOptions = {}): Dataset<any> {
    const step = batchStep(size, options);
    if (options.into !== undefined && this.#steps.at(-1)?.fuse?.(step) === undefined) {
      throw new TypeError("Batches can go `into` an array only right after transform()");
    }
    return this.#add(step);
  }

  prefetch(count: number): Dataset<T> {
    if (this.#steps.at(-1)?.settings.into !== undefined) {
      throw new TypeError(
        "Batches that all go `into` one array cannot be read ahead: the next one would overwrite the last",
      );
    }
    return this.#add(prefetchStep<T>(count));
  }

  readable(): ReadableStream<T> {
    let pass: AsyncIterator<T> | undefined;
    return new ReadableStream<T>({
      pull: async (controller): Promise<void> => {
        pass ??= this[Symbol.asyncIterator]();
        const { done, value } = await pass.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async (): Promise<void> => {
        await pass?.return?.();
      },
    }, { highWaterMark: 0 });
  }

  [Symbol.asyncIterator](): DatasetPass<T> {
    const root = this.#root;
    const { epochs, ...order } = this.#head;
    // What reads ahead changes nothing of what is given.
    const steps = this.#steps.filter(({ name }) => name !== "prefetch")
      .map(({ name, settings }) => ({ name, settings }));
    const end = new AbortController();
    const onLength = (shard: number, length: number): void => {
      root.lengths.set(shard, length);
    };
    const run = { ...beginRun(root.options, end.signal), counts: countsOf(order), onLength };
    root.stats = run.stats;
    let plan: DatasetPlan;
    let begun: PassOrder | undefined;
    const open = chainSteps(async function* (run) {
      plan = await root.plan();
      const { options } = root;
      if (isPlain(order)) return yield* readShards(plan, options, epochs, run);
      const given = { plan, options, order, epochs, steps, run };
      const onBegin = (pass: PassOrder): void => void (begun = pass);
      const known = goesOnDealt(order, false)
        ? undefined
        : await findSamples(root, plan, run.signal);
      if (known === undefined || goesOnDealt(order, true)) {
        const { readDealt } = await import("../steps/read_dealt.ts");
        if (!goesOnDealt(order, true)) giveHint(root, UNKNOWN_HINT);
        return yield* readDealt(given, onBegin);
      }
      const { readLanes } = await import("../steps/read_lanes.ts");
      yield* readLanes({ ...given, known }, onBegin);
    }, this.#steps);
    const items = open(run) as AsyncIterable<Item<T>>;
    const describe = (mark: Mark): OrderState => {
      if (begun !== undefined) return stateAfter(mark, splitOf(order), begun);
      const { shardLengths } = plan;
      const print = printPass(plan, shardLengths, order, steps);
      const own = shardLengths === undefined ? markPlain(mark) : mark;
      return stateAfter(own, splitOf(order), { print, lanes: 1, done: [] });
    };
    const pass = new Pass<T>(
      items,
      end,
      run.signal,
      () => root.passes.delete(pass as Pass<unknown>),
      describe,
    );
    root.passes.add(pass);
    root.last = pass;
    return pass;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#root.passes].map((pass) => pass.return()));
  }

  #add<From, To>(step: Step<From, To>): Dataset<To> {
    return new StepDataset<To>(this.#root, this.#head, [...this.#steps, step as Step]);
  }
}

/** A dataset of samples to which no step was added: its plan can still be changed. */
class PlannedDataset extends StepDataset<Sample> implements WebDataset {
  readonly #root: Root;
  readonly #head: Head;

  constructor(root: Root, head: Head) {
    super(root, head);
    this.#root = root;
    this.#head = head;
  }

  epochs(count: number, options: EpochsOptions = {}): WebDataset {
    const { from = 0 } = options;
    if (count !== Infinity) checkCount("The number of epochs", count, 1);
    checkOffset("The number of the first epoch", from);
    return this.#with({ epochs: { from, count } });
  }

  shuffle(options: ShuffleOptions = {}): WebDataset {
    return this.#with({ shuffle: checkShuffle(options) });
  }

  split(split: Split): WebDataset {
    return this.#with({ split: checkSplit(split) });
  }

  resume(
    state: OrderState | string | readonly (OrderState | string)[],
  ): WebDataset {
    const states = Array.isArray(state) ? state : [state];
    if (states.length === 0) throw new RangeError("A pass goes on from one state or several");
    return this.#with({ resume: states.map(parseState) });
  }

  #with(change: Partial<Head>): WebDataset {
    return new PlannedDataset(this.#root, { ...this.#head, ...change });
  }
}
