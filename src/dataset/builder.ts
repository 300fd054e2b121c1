/**
 * The one implementation of {@linkcode Dataset}: methods wire stages, a pass runs them.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import { collateItems } from "../steps/collate.ts";
import { prefetchItems } from "../steps/prefetch.ts";
import { checkDecoders, checkFieldOptions, type FieldOptions } from "../steps/fields.ts";
import type { DataOf } from "../image/transform/layout.ts";
import type { Batch, BatchOptions, TensorSample } from "../steps/tensor_sample.ts";
import { transformBatches, type TransformOptions, transformSamples } from "../steps/transform.ts";
import type { Transform } from "../steps/transform_into.ts";
import type { WdsError } from "../errors.ts";
import type { Sample } from "../sample/sample.ts";
import { joinSignals } from "../signals.ts";
import type { DecodeFieldsOptions } from "../steps/decode.ts";
import type { AtOptions, Dataset } from "./dataset.ts";
import { decodeSamples } from "../steps/decode.ts";
import { checkReadOptions } from "../sample/read_options.ts";
import type { DatasetOptions } from "./options.ts";
import type { DatasetPlan, DatasetStats } from "../steps/options.ts";
import { Pass } from "../steps/pass.ts";
import { RandomAccess } from "../steps/random_access.ts";
import { readShards } from "../steps/read.ts";
import { beginRun, type Run } from "../steps/run.ts";
import { filterItems, mapItems, skipItems, takeItems } from "../steps/select.ts";

const NO_STATS: DatasetStats = { shards: 0, samples: 0, skipped: 0, bytes: 0 };

/** What the datasets of one chain share. */
interface Root {
  readonly access: RandomAccess;
  readonly options: DatasetOptions;
  readonly plan: () => Promise<DatasetPlan>;
  readonly passes: Set<Pass<unknown>>;
  stats: DatasetStats;
}

type Open<T> = (run: Run) => AsyncIterable<T>;

/** Makes a dataset of the shards that `plan` names when it is first needed. */
export function makeDataset(
  plan: () => Promise<DatasetPlan>,
  options: DatasetOptions,
): Dataset<Sample> {
  checkReadOptions(options);
  checkCount("The number of workers", options.workers ?? 0, 0);
  const access = new RandomAccess(plan, options);
  const root: Root = { access, options, plan, passes: new Set(), stats: NO_STATS };
  return new Chain(root, async function* (run) {
    const { sources } = await plan();
    yield* readShards(sources, options, run);
  }, { at: (i, signal) => access.at(i, signal) });
}

class Chain<T> implements Dataset<T> {
  readonly #root: Root;
  readonly #open: Open<T>;
  readonly #openBatches: OpenBatches | undefined;
  readonly #at: At<T> | undefined;

  constructor(root: Root, open: Open<T>, ways: Ways<T> = {}) {
    this.#root = root;
    this.#open = open;
    this.#openBatches = ways.openBatches;
    this.#at = ways.at;
  }

  async at(i: number, options: AtOptions = {}): Promise<T> {
    if (this.#at === undefined) {
      throw new TypeError(
        "at() gives what samples, decode(), map() and the transform of an evaluation give: " +
          "after another step, an item's number does not tell which sample it is of",
      );
    }
    return await this.#at(i, options.signal);
  }

  get stats(): DatasetStats {
    return this.#root.stats;
  }

  plan(): Promise<DatasetPlan> {
    return this.#root.plan();
  }

  filter(keep: (item: T) => boolean | Promise<boolean>): Dataset<T> {
    return new Chain(this.#root, (run) => filterItems(this.#open(run), keep));
  }

  map<U>(change: (item: T) => U | Promise<U>): Dataset<U> {
    const at = this.#at;
    return new Chain(this.#root, (run) => mapItems(this.#open(run), change), {
      at: at && (async (i, signal) => await change(await at(i, signal))),
    });
  }

  take(count: number): Dataset<T> {
    checkCount("A number of items", count, 0);
    return new Chain(this.#root, (run) => takeItems(this.#open(run), count));
  }

  skip(count: number): Dataset<T> {
    checkCount("A number of items", count, 0);
    return new Chain(this.#root, (run) => skipItems(this.#open(run), count));
  }

  decode(
    this: Chain<Sample<unknown>>,
    options: DecodeFieldsOptions = {},
  ): Dataset<Sample<unknown>> {
    checkDecoders(options.decoders);
    const limits = this.#root.options;
    return new Chain(
      this.#root,
      (run) => decodeSamples(this.#open(run), { ...options, limits, onSkip: run.onSkip }),
      { at: atThrough(this.#at, (samples) => decodeSamples(samples, { ...options, limits })) },
    );
  }

  transform<Given extends Transform>(
    this: Chain<Sample<unknown>>,
    transform: Given,
    options: FieldOptions = {},
  ): Dataset<TensorSample<DataOf<Given["type"]>>> {
    checkFieldOptions(options);
    return new Chain(
      this.#root,
      (run) => {
        const [samples, own] = this.#openAhead(run);
        return transformSamples(samples, transform, { ...options, ...own });
      },
      {
        openBatches: (run, size, batching) => {
          const [samples, own] = this.#openAhead(run);
          return transformBatches(samples, transform, size, { ...options, ...batching, ...own });
        },
        // A training transform draws by the sample's position in the pass.
        at: transform.kind === "evaluation"
          ? atThrough(this.#at, (samples) => transformSamples(samples, transform, options))
          : undefined,
      },
    );
  }

  /** Opens the samples of a transform, whose workers may read ahead, with what it takes of the run. */
  #openAhead(
    this: Chain<Sample<unknown>>,
    run: Run,
  ): [AsyncIterable<Sample<unknown>>, TransformOptions] {
    const { onSkip } = run;
    const { workers = 0 } = this.#root.options;
    if (workers === 0) return [this.#open(run), { onSkip }];
    const abort = new AbortController();
    const signal = joinSignals(run.signal, abort.signal);
    const faults: WdsError[] = [];
    const keepFault = onSkip && ((fault: WdsError): void => {
      // What is not to be skipped ends the reading here; it is told in its turn.
      if (!run.isSkipped(fault)) throw fault;
      faults.push(fault);
    });
    const samples = this.#open({ ...run, signal, onSkip: keepFault });
    return [samples, { onSkip, workers, signal: run.signal, abort, faults }];
  }

  // deno-lint-ignore no-explicit-any -- its two overloads are the interface's
  batch(size: number, options: BatchOptions = {}): Dataset<any> {
    checkCount("The size of a batch", size, 1);
    const openBatches = this.#openBatches;
    if (options.into !== undefined && openBatches === undefined) {
      throw new TypeError("Batches can go `into` an array only right after transform()");
    }
    return new Chain<Batch | T[]>(
      this.#root,
      openBatches === undefined
        ? (run) => collateItems(this.#open(run), size, options)
        : (run) => openBatches(run, size, options),
    );
  }

  prefetch(count: number): Dataset<T> {
    checkCount("The number of items to prefetch", count, 1);
    return new Chain(this.#root, (run) => {
      const abort = new AbortController();
      const signal = joinSignals(run.signal, abort.signal);
      return prefetchItems(this.#open({ ...run, signal }), count, abort);
    });
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

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined, undefined> {
    const root = this.#root;
    const end = new AbortController();
    const run = beginRun(root.options, end.signal);
    root.stats = run.stats;
    const pass: Pass<T> = new Pass(
      this.#open(run),
      end,
      run.signal,
      () => root.passes.delete(pass),
    );
    root.passes.add(pass);
    return pass;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#root.passes].map((pass) => pass.return()));
  }
}

type At<T> = (i: number, signal: AbortSignal | undefined) => Promise<T>;

/** What else than a pass a chain may offer. */
interface Ways<T> {
  readonly openBatches?: OpenBatches;
  readonly at?: At<T>;
}

/** One item through a stage that gives one for each. */
function atThrough<T, U>(
  at: At<T> | undefined,
  stage: (items: AsyncIterable<T>) => AsyncIterable<U>,
): At<U> | undefined {
  if (at === undefined) return undefined;
  return async (i, signal) => {
    const item = await at(i, signal);
    const one = async function* (): AsyncGenerator<T> {
      yield item;
    };
    for await (const result of stage(one())) return result;
    throw new Error("A stage gave nothing for an item");
  };
}

type OpenBatches = (run: Run, size: number, options: BatchOptions) => AsyncIterable<Batch>;
