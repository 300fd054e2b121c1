/**
 * The one implementation of {@linkcode Dataset}: a plan and a list of steps. Methods add a step, a pass runs them.
 *
 * @module
 */
import { checkCallback, checkCount, checkOffset } from "../check.ts";
import type { Sample } from "../sample/sample.ts";
import type { OnOddity } from "../sample/tally.ts";
import { checkReadOptions } from "../sample/read_options.ts";
import { batchStep, type BatchStepOptions } from "../steps/batch.ts";
import { type DecodeFieldsOptions, decodeStep } from "../steps/decode.ts";
import type { FieldOptions, FieldsOptions } from "../steps/fields.ts";
import { checkSplit, type Positions, type Split } from "../order/ranks.ts";
import { type OrderState, parseState } from "../order/state.ts";
import type { SelectOptions } from "../order/select.ts";
import type { PythonOrder } from "../order/webdataset_order.ts";
import type { FaultReport } from "../steps/faults.ts";
import type { Item, Mark } from "../steps/item.ts";
import type { DatasetPlan, DatasetStats } from "../steps/options.ts";
import {
  ALL,
  checkShuffle,
  type Choice,
  chosenRange,
  countsOf,
  cutRange,
  goesOnDealt,
  isOrdered,
  isPlain,
  markPlain,
  needsLengths,
  type PassOrder,
  printPass,
  type ShuffleOptions,
  splitOf,
  stateAfter,
  UNKNOWN_HINT,
} from "../steps/order.ts";
import { type DatasetPass, Pass } from "../steps/pass.ts";
import { prefetchStep } from "../steps/prefetch.ts";
import { readShards } from "../steps/read.ts";
import { describeOddity } from "../steps/faults.ts";
import { beginRun } from "../steps/run.ts";
import { filterStep, mapStep, skipStep, takeStep } from "../steps/select.ts";
import { chainSteps, fuseSteps, type Step } from "../steps/step.ts";
import { transformFieldsStep, transformStep } from "../steps/transform.ts";
import {
  type FieldTransforms,
  isFieldTransforms,
  type Transform,
} from "../steps/transform_into.ts";
import type { Dataset, EpochsOptions, MixedDataset, WebDataset } from "./dataset.ts";
import type { AtOptions, ExplainOptions, Explanation } from "./explanation.ts";
import type { AccessOptions } from "../storage/source_options.ts";
import type { DatasetOptions } from "./options.ts";
import {
  findAccess,
  findCommits,
  findParts,
  findSamples,
  giveHint,
  type Head,
  lookParts,
  makeRoot,
  ONE_EPOCH,
  passRequests,
  pinCommits,
  readLengths,
  type Root,
  settleLanes,
} from "./root.ts";
import {
  checkMix,
  checkReplay,
  copySelect,
  joinOptions,
  type MixDatasetsOptions,
  type ReplayLimits,
} from "./verbs.ts";

function checkOptions(options: DatasetOptions): void {
  checkReadOptions(options);
  checkCallback("onHint", options.onHint);
  checkCount("The number of workers", options.workers ?? 0, 0);
}

/** Makes a dataset of the shards that `plan` names when it is first needed. */
export function makeDataset(
  plan: () => Promise<DatasetPlan>,
  options: DatasetOptions,
  reach?: AccessOptions,
): WebDataset {
  checkOptions(options);
  return new PlannedDataset(makeRoot(plan, options, { reach }), { epochs: ONE_EPOCH });
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

  get faults(): FaultReport {
    return this.#root.faults.report();
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
    const { epochs, ...given } = this.#head;
    const order = await settleLanes(root, given, plan, signal, false);
    const parts = needsLengths(order)
      ? await lookParts(root, this.#head, signal, count)
      : undefined;
    return {
      ...explainPlan({
        plan,
        known,
        parts,
        isWhole: root.sendsWhole,
        order,
        epochs,
        steps: this.#steps,
      }),
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
    pinCommits(root, this.#head);
    const access = await findAccess(root);
    const { resume: _, ...head } = this.#head;
    if (isPlain(head) && head.passRange === undefined) {
      return await access.at(inRange(i, chosenRange(head.choices)!), epoch, signal);
    }
    const { locateInOrder } = await import("../steps/read_lanes.ts");
    const waits = signal ?? new AbortController().signal;
    const parts = await findParts(root, head, waits);
    const order = await settleLanes(root, head, await root.plan(), waits);
    const { part, place, isPadding } = locateInOrder(i, parts, order, head.epochs, epoch);
    const own = root.mixed === undefined ? access : await findAccess(root.mixed[part].root);
    const { value, mark } = await own.find(place, i + 1, signal);
    return {
      value: {
        ...value,
        ...(root.mixed !== undefined && { part }),
        ...(isPadding && { isPadding }),
      },
      mark: root.mixed === undefined ? mark : { ...mark, epoch },
    };
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

  // deno-lint-ignore no-explicit-any -- its overloads are the interface's
  decode(options: DecodeFieldsOptions = {}): Dataset<any> {
    return this.#add(decodeStep(options, this.#root.options));
  }

  transform(
    transform: Transform | FieldTransforms,
    options: FieldOptions | FieldsOptions = {},
    // deno-lint-ignore no-explicit-any -- its overloads are the interface's
  ): Dataset<any> {
    const { workers } = this.#root.options;
    return isFieldTransforms(transform)
      ? this.#add(transformFieldsStep(transform, options, { workers }))
      : this.#add(transformStep(transform, options, { workers }));
  }

  // deno-lint-ignore no-explicit-any -- its overloads are the interface's
  batch(size: number, options: BatchStepOptions = {}): Dataset<any> {
    const areListed = this.#steps.some(({ name, settings }) =>
      name === "transform" && settings.missing === "undefined"
    );
    const step = batchStep(size, options, { ...this.#root.options, areListed });
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
    // What reads ahead changes nothing of what is given, nor does the array that batches are written into.
    const steps = this.#steps.filter(({ name }) => name !== "prefetch")
      .map(({ name, settings: { into: _, ...settings } }) => ({ name, settings }));
    const end = new AbortController();
    const onLength = root.mixed === undefined
      ? (shard: number, length: number): void => void root.lengths.set(shard, length)
      : undefined;
    const onOddity: OnOddity = (kind, shard, member) =>
      giveHint(root, describeOddity(kind, shard, member), kind);
    const begin = beginRun(root.options, end.signal, passRequests(root), onOddity);
    const onHint = (hint: string): void => giveHint(root, hint);
    const run = { ...begin, counts: countsOf(order), onLength, onHint };
    root.stats = run.stats;
    root.faults = run.faults;
    let plan: DatasetPlan;
    let begun: PassOrder | undefined;
    const open = chainSteps(async function* (run) {
      pinCommits(root, order);
      plan = await root.plan();
      const { options } = root;
      if (isPlain(order)) {
        const { choices, passRange = ALL } = order;
        const ranges = { range: chosenRange(choices)!, passRange };
        return yield* readShards(plan, options, epochs, ranges, run);
      }
      const settled = await settleLanes(root, order, plan, run.signal);
      const onBegin = (pass: PassOrder): void => void (begun = pass);
      const isDealt = !needsLengths(order) &&
        (goesOnDealt(order, false) ||
          await findSamples(root, plan, run.signal) === undefined || goesOnDealt(order, true));
      if (isDealt) {
        const { readDealt } = await import("../steps/read_dealt.ts");
        if (!goesOnDealt(order, true)) giveHint(root, UNKNOWN_HINT);
        return yield* readDealt({ plan, options, order: settled, epochs, steps, run }, onBegin);
      }
      const { readLanes } = await import("../steps/read_lanes.ts");
      const parts = await findParts(root, { epochs, ...order }, run.signal);
      yield* readLanes({ parts, order: settled, epochs, steps, run }, onBegin);
    }, this.#steps);
    const items = open(run) as AsyncIterable<Item<T>>;
    const describe = (mark: Mark): OrderState => {
      const commits = findCommits(root);
      if (begun !== undefined) return stateAfter(mark, splitOf(order), { ...begun, commits });
      const { shardLengths: lengths } = plan;
      const print = printPass([{ plan, lengths }], order, steps);
      const own = lengths === undefined && !needsLengths(order) ? markPlain(mark) : mark;
      return stateAfter(own, splitOf(order), { print, lanes: 1, done: [], commits });
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

/** The number of a sample in the dataset, of one in a range. */
function inRange(i: number, { from, to }: Positions): number {
  if (!(Number.isSafeInteger(i) && i >= 0)) return i;
  if (i < to - from) return i + from;
  throw new RangeError(`The dataset has ${to - from} samples at most, there is no number ${i}`);
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

  /** What a mix takes of its parts. */
  static part(dataset: unknown, i: number): { readonly root: Root; readonly head: Head } {
    if (!(typeof dataset === "object" && dataset !== null && #head in dataset)) {
      throw new TypeError(
        `Part ${i} of a mix must be a dataset of samples to which no step was added`,
      );
    }
    const { epochs, split, resume, replay, mix, range, passRange } = dataset.#head;
    if (
      epochs !== ONE_EPOCH || (split ?? resume ?? replay ?? mix ?? range ?? passRange) !== undefined
    ) {
      throw new TypeError(
        `Part ${i} of a mix can be shuffled, and samples chosen of it before that; epochs(), split() and resume() ` +
          "are said of the mix, and a mix or an order of Python's cannot be a part",
      );
    }
    return { root: dataset.#root, head: dataset.#head };
  }

  epochs(count: number, options: EpochsOptions = {}): this {
    const { from = 0 } = options;
    if (count !== Infinity) checkCount("The number of epochs", count, 1);
    checkOffset("The number of the first epoch", from);
    if (this.#head.mix?.stop === "never" && (count > 1 || from > 0)) {
      throw new RangeError("A mix that never stops has one epoch, the first");
    }
    return this.#with({ epochs: { from, count } });
  }

  shuffle(options: ShuffleOptions | PythonOrder = {}, limits: ReplayLimits = {}): this {
    if (typeof options !== "function") {
      return this.#with({ shuffle: checkShuffle(options), replay: undefined });
    }
    if (this.#head.mix !== undefined) throw new TypeError("A mix has no order of Python's");
    checkReplay(this.#head.split);
    const { maxBufferedBytes } = limits;
    return this.#with({ shuffle: checkShuffle({ maxBufferedBytes }), replay: options });
  }

  split(split: Split): this {
    if (this.#head.replay !== undefined) checkReplay(split);
    const isStraight = this.#head.isStraight ??
      (this.#head.passRange !== undefined && !isOrdered(this.#head));
    return this.#with({ split: checkSplit(split), isStraight });
  }

  resume(state: OrderState | string | readonly (OrderState | string)[]): this {
    const states = Array.isArray(state) ? state : [state];
    if (states.length === 0) throw new RangeError("A pass goes on from one state or several");
    return this.#with({ resume: states.map(parseState) });
  }

  override take(count: number): this {
    checkCount("A number of items", count, 0);
    return this.#cut({ take: count * splitOf(this.#head).world });
  }

  override skip(count: number): this {
    checkCount("A number of items", count, 0);
    return this.#cut({ skip: count * splitOf(this.#head).world });
  }

  select(options: SelectOptions): this {
    if (this.#head.mix !== undefined) {
      throw new TypeError("Samples are selected of the parts of a mix");
    }
    if (isOrdered(this.#head)) {
      throw new TypeError("Samples are selected before shuffle() and split()");
    }
    return this.#choose({ select: copySelect(options) });
  }

  /** Leaves out a range of what there is at this place of the chain. */
  #cut(cut: Choice): this {
    const { epochs, range = ALL, passRange = ALL } = this.#head;
    if (epochs !== ONE_EPOCH) return this.#with({ passRange: cutRange(passRange, cut) });
    if (isOrdered(this.#head)) return this.#with({ range: cutRange(range, cut) });
    return this.#choose(cut);
  }

  #choose(choice: Choice): this {
    return this.#with({ choices: [...this.#head.choices ?? [], choice] });
  }

  #with(change: Partial<Head>): this {
    return new PlannedDataset(this.#root, { ...this.#head, ...change }) as this;
  }
}

/**
 * Several datasets as one, each with its share of every stretch of it.
 *
 * In each lane of the mix, which part a place belongs to follows from the weights and the place alone, so that a mix is
 * shuffled, shared out among processes and resumed as one dataset is: exactly. Each part's samples come in its own
 * order, each of them once before one comes again; a part that ends before the mix does begins its next epoch. Samples
 * keep shard and index of their part, and say which it is (`part`); what a training transform draws for one is what
 * it draws for it where the part is not mixed.
 *
 * Exact: in each lane, shares as those of Grain's `MapDataset.mix`, moved by a phase.
 *
 * @param parts Datasets of samples, shuffled or not, perhaps with samples chosen. `shuffle()` of the mix shuffles all.
 * @throws {RangeError} If there is no part, a number is out of its range, or weights are not as many as parts.
 * @throws {TypeError} If a part cannot be one, `stop` is none of its choices, or parts differ in what becomes of faults
 *   and the mix does not say it.
 * @example Usage
 * ```ts
 * import { mix, sampleShard, webdataset } from "@wdstream/wdstream";
 *
 * const few = webdataset(sampleShard()).take(6);
 * const mixed = mix([webdataset(sampleShard()), few], { weights: [3, 1], stop: "all" })
 *   .shuffle({ seed: 7, lanes: 4 });
 * const counts = [0, 0];
 * for await (const { part } of mixed) counts[part!]++;
 * if (counts[0] < 36 || counts[1] < 9) throw new Error(`${counts}`);
 * ```
 */
export function mix(
  parts: readonly MixedDataset[],
  options: MixDatasetsOptions = {},
): MixedDataset {
  const mixed = parts.map((part, i) => PlannedDataset.part(part, i));
  const { weights, stop, seed } = checkMix(mixed.length, options);
  const joined = joinOptions(mixed.map(({ root }) => root.options), options);
  checkOptions(joined);
  const root = makeRoot(
    async () => {
      const plans = await Promise.all(mixed.map(({ root }) => root.plan()));
      return { sources: plans.flatMap(({ sources }) => sources) };
    },
    joined,
    { mixed },
  );
  const orders = mixed.map(({ head: { shuffle, choices } }) => ({ shuffle, choices }));
  return new PlannedDataset(root, {
    epochs: ONE_EPOCH,
    mix: { parts: orders, weights, stop, seed },
  });
}
