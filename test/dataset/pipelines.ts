/**
 * What is true of every pipeline, checked on random ones: shards in memory, on hosts with indexes and without any, orders,
 * mixes, choices, shares, epochs, faults, steps, workers. A number gives a pipeline, the same on every runtime.
 */

import { assert } from "chai";
import { makeDataset } from "../../src/dataset/builder.ts";
import { type Dataset, mix, type MixedDataset, type WebDataset } from "../../src/dataset/mod.ts";
import { WdsError } from "../../src/errors.ts";
import { type TensorType, training } from "../../src/image/mod.ts";
import { formatIndex, indexShard } from "../../src/index/mod.ts";
import { seededRandom, type Split } from "../../src/order/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { OpenOptions, Source } from "../../src/storage/source.ts";
import { collect, makeShard } from "./shards.ts";

/** How often each property was looked at. */
export interface PipelineCounts {
  pipelines: number;
  cuts: number;
  partitions: number;
  worlds: number;
  epochs: number;
  shuffled: number;
  alike: number;
  mixes: number;
  faulty: number;
  withWorkers: number;
  dealt: number;
}

/** An integer in `low..high`. */
type Between = (low: number, high: number) => number;

/** Where shards lie, and what is known of them. */
type Kind = "catalogue" | "local" | "indexed" | "unknown";

interface Pipeline {
  readonly between: Between;
  readonly counts: PipelineCounts;
  /** The order, of all processes. */
  readonly open: (split?: Split) => MixedDataset;
  /** The steps that follow it. */
  readonly build: (from: MixedDataset) => Dataset<string>;
  readonly lanes: number;
  readonly window: number;
  readonly epochs: number;
  readonly isShuffled: boolean;
  readonly isMixed: boolean;
  readonly isEndless: boolean;
  readonly isKnown: boolean;
  readonly isFaulty: boolean;
}

/** Most items of a pass that are looked at: some mixes never stop. */
const MOST = 60;
/** Bytes of the members of a sample: what waits for its turn is bounded by them. */
const SAMPLE_BYTES = 1024;

/**
 * Checks pipelines of some numbers; throws, naming the first that fails.
 *
 * @param jpeg A small picture.
 * @param canThread Whether there are workers here.
 */
export async function checkPipelines(
  from: number,
  count: number,
  jpeg: Uint8Array,
  canThread: boolean,
): Promise<PipelineCounts> {
  const counts: PipelineCounts = {
    pipelines: 0,
    cuts: 0,
    partitions: 0,
    worlds: 0,
    epochs: 0,
    shuffled: 0,
    alike: 0,
    mixes: 0,
    faulty: 0,
    withWorkers: 0,
    dealt: 0,
  };
  for (let number = from; number < from + count; number++) {
    try {
      const pipeline = await draw(number, jpeg, canThread, counts);
      counts.pipelines++;
      await checkCuts(pipeline);
      await checkPartition(pipeline);
      await checkWorlds(pipeline);
    } catch (cause) {
      throw new Error(`Pipeline ${number}: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      });
    }
  }
  // Ten samples of one shard in one lane, windows of three: 216 orders, of which two epochs draw one each.
  assert.isAtMost(counts.alike, 1 + counts.shuffled / 50, "pairs of epochs in the same order");
  return counts;
}

/** A host that has shards and, beside each, perhaps its index. */
class HostSource implements Source {
  readonly name: string;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly beside?: (suffix: string) => Source;

  constructor(name: string, bytes: Uint8Array<ArrayBuffer>, index: string | undefined) {
    this.name = name;
    this.#bytes = bytes;
    if (index === undefined) return;
    this.beside = (suffix) => {
      const text = suffix === ".idx" ? index : "<html>";
      return bytesSource(new TextEncoder().encode(text), name + suffix);
    };
  }

  open({ offset = 0, length = Infinity }: OpenOptions = {}) {
    const sizeBytes = this.#bytes.length;
    const part = this.#bytes.slice(offset, Math.min(sizeBytes, offset + length));
    return { body: new Blob([part]).stream(), sizeBytes };
  }
}

async function draw(
  number: number,
  jpeg: Uint8Array,
  canThread: boolean,
  counts: PipelineCounts,
): Promise<Pipeline> {
  const random = seededRandom(77, { epoch: 0, shard: 0, index: number });
  const between: Between = (low, high) => random.integer(low, high);
  const isOneOf = (n: number): boolean => between(1, n) === 1;
  const isMixed = isOneOf(3);
  const isShuffled = isOneOf(4) === false;
  const kind: Kind =
    (["catalogue", "local", "indexed", "unknown"] as const)[between(0, isMixed ? 2 : 3)];
  // An index lists no sample that is faulty, and those behind it have other numbers there.
  const isFaulty = kind !== "indexed" && isOneOf(4);
  const workers = canThread && isOneOf(12) ? between(1, 3) : 0;
  const options = { workers, ...(isFaulty && { onError: "skip" as const }) };
  const lanes = between(1, 6);
  const window = between(1, 5);
  const parts: WebDataset[] = [];
  for (let part = 0; part < (isMixed ? between(1, 3) : 1); part++) {
    const { dataset, isEmptied } = await drawPart(between, { part, kind, jpeg, isFaulty, options });
    parts.push(kind === "unknown" || isEmptied ? dataset : drawChoices(between, dataset));
  }
  const maxBufferedBytes = parts.length * lanes * window * SAMPLE_BYTES;
  const shuffle = { seed: between(0, 99), lanes, window, maxBufferedBytes };
  const stop = (["first", "all", "never"] as const)[between(0, 2)];
  const weights = parts.map(() => between(1, 3));
  let dataset: MixedDataset = isMixed ? mix(parts, { weights, stop }) : parts[0];
  // Without a shuffle a mix has as many lanes as ranks: another order for each number of them.
  const isOrdered = isShuffled || isMixed;
  if (isOrdered) dataset = dataset.shuffle(shuffle);
  if (kind !== "unknown" && isOneOf(5)) dataset = dataset.skip(between(0, 3));
  if (kind !== "unknown" && isOneOf(5)) dataset = dataset.take(between(4, 20));
  const epochs = isMixed && stop === "never" ? 1 : between(1, 2);
  if (epochs > 1) {
    dataset = dataset.epochs(epochs, { from: between(0, 2) });
    if (kind !== "unknown" && isOneOf(5)) dataset = dataset.skip(between(0, 9));
  }
  if (isMixed) counts.mixes++;
  if (isFaulty) counts.faulty++;
  if (workers > 0) counts.withWorkers++;
  if (kind === "unknown") counts.dealt++;
  return {
    between,
    counts,
    open: (split) => split === undefined ? dataset : dataset.split(split),
    build: drawSteps(between),
    lanes,
    window,
    epochs,
    isShuffled: isOrdered,
    isMixed,
    isEndless: isMixed && stop === "never",
    isKnown: kind !== "unknown",
    isFaulty,
  };
}

async function drawPart(
  between: Between,
  { part, kind, jpeg, isFaulty, options }: {
    readonly part: number;
    readonly kind: Kind;
    readonly jpeg: Uint8Array;
    readonly isFaulty: boolean;
    readonly options: { readonly workers: number; readonly onError?: "skip" };
  },
): Promise<{ dataset: WebDataset; isEmptied: boolean }> {
  const lengths = Array.from({ length: between(1, 4) }, (_, i) => between(i === 0 ? 1 : 0, 7));
  let isEmptied = false;
  const shards = await Promise.all(lengths.map(async (length, shard) => {
    const members = Array.from({ length }, (_, i): [string, string | Uint8Array][] => [
      [`${part}-${shard}/${i}.cls`, String(i % 3)],
      [`${part}-${shard}/${i}.jpg`, jpeg],
    ]).flat();
    // A sample that has a member twice is lost, and no other.
    if (isFaulty && length > 1 && between(0, 2) === 0) {
      members.splice(1, 0, [`${part}-${shard}/0.cls`, "again"]);
      isEmptied = true;
    }
    const bytes = await makeShard(members);
    return { bytes, index: kind === "indexed" ? formatIndex(await indexShard(bytes)) : undefined };
  }));
  const sources: Source[] = shards.map(({ bytes, index }, i) => {
    const name = `${part}-${i}.tar`;
    if (kind === "catalogue" || kind === "local") return bytesSource(bytes, name);
    return new HostSource(name, bytes, index);
  });
  const shardLengths = kind === "catalogue" ? lengths : undefined;
  return {
    dataset: makeDataset(() => Promise.resolve({ sources, shardLengths }), options),
    isEmptied,
  };
}

function drawChoices(between: Between, dataset: WebDataset): WebDataset {
  switch (between(0, 9)) {
    case 0:
      return dataset.select({ every: 2 });
    case 1:
      return dataset.select({ classes: [0] });
    case 2:
      return dataset.select({ random: { count: between(1, 9), seed: between(0, 9) } });
    case 3:
      return dataset.take(between(1, 9));
    case 4:
      return dataset.select({ perClass: between(1, 3) }).take(between(1, 5));
    default:
      return dataset;
  }
}

/** Samples that a filter leaves out, where there is one. */
const isDropped = (index: number): boolean => index % 3 === 1;

const nameOf = ({ part = 0, key, isPadding }: Sample): string =>
  `${part}:${key}${isPadding ? "+" : ""}`;

/** Steps of a pipeline; each gives texts in the end, which tell what its items were. */
function drawSteps(between: Between): (from: MixedDataset) => Dataset<string> {
  const uses = Array.from({ length: 6 }, () => between(0, 1) === 0);
  const [size, ahead, behind] = [between(1, 4), between(0, 8), between(0, 8)];
  const [skip, take] = [between(0, 4), between(1, 40)];
  const type: TensorType = "uint8";
  const draws = training({ size: between(2, 6), seed: between(0, 9), type });
  const dropLast = between(0, 3) === 0;
  const isSeveral = between(0, 1) === 0;
  return (from) => {
    let samples: Dataset<Sample<unknown>> = uses[0] ? from.decode({ fields: ["cls"] }) : from;
    if (uses[1]) samples = samples.filter(({ index }) => !isDropped(index));
    if (ahead > 0) samples = samples.prefetch(ahead);
    let items: Dataset<string>;
    if (!uses[2]) items = samples.map((sample) => nameOf(sample as Sample));
    else if (uses[3] && isSeveral) {
      const batches = samples.transform({ "png;jpg": draws, jpg: draws }).batch(size, { dropLast });
      items = batches.map(({ keys, tensors, parts }) => {
        assert.deepEqual(tensors["png;jpg"], tensors.jpg);
        return `${keys} ${parts} ${tensors.jpg.data.join()}`;
      });
    } else if (uses[3]) {
      const batches = samples.transform(draws).batch(size, { dropLast });
      items = batches.map(({ keys, images, parts }) => `${keys} ${parts} ${images.join()}`);
    } else {
      items = samples.transform(draws).map(({ key, part, image }) =>
        `${key} ${part} ${image.join()}`
      );
    }
    if (uses[4]) items = items.skip(skip);
    if (uses[5]) items = items.take(take);
    return behind > 0 ? items.prefetch(behind) : items;
  };
}

/** What a pass gives, at most so many items; nothing where nothing is left that is not faulty. */
async function first<T>(dataset: Dataset<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  if (count === 0) return items;
  try {
    for await (const item of dataset) if (items.push(item) >= count) break;
  } catch (error) {
    if (!(error instanceof WdsError && error.code === "sample/empty")) throw error;
  }
  return items;
}

/** Cut anywhere, the rest is the rest. */
async function checkCuts(pipeline: Pipeline): Promise<void> {
  const { between, open, build, lanes, isKnown, isEndless, counts } = pipeline;
  const world = drawWorld(pipeline, 3);
  const even: Split["even"] =
    isKnown && between(0, 2) === 0 && (await open().explain({ count: true })).samples !== Infinity
      ? (["pad", "drop"] as const)[between(0, 1)]
      : "exact";
  const split = world === 1 && between(0, 1) === 0
    ? undefined
    : { rank: between(0, world - 1), world, even };
  const dataset = open(split);
  // Who drops all of a pass that never ends waits for ever.
  if (isEndless) {
    const given = await first(dataset.map(({ index }) => index), MOST);
    if (given.every(isDropped)) return;
  }
  const whole = await first(build(dataset), MOST);
  assert.deepEqual(await first(build(dataset), MOST), whole, "another time");
  for (let cut = 0; cut < 3 && whole.length > 1; cut++) {
    const given = between(1, whole.length - (whole.length === MOST ? 1 : 0));
    const pass = build(dataset)[Symbol.asyncIterator]();
    for (let i = 0; i < given; i++) await pass.next();
    const state = JSON.stringify(pass.state());
    await pass.return?.();
    assert.isBelow(state.length, 1024);
    const rest = await first(build(dataset.resume(state)), MOST - given);
    const expected = whole.slice(given);
    if (JSON.stringify(rest) !== JSON.stringify(expected)) {
      const short = (items: readonly string[]): string =>
        items.map((item) => item.slice(0, 40)).join(" | ");
      throw new Error(
        `after ${given} of ${whole.length}, ${lanes} lanes, ${JSON.stringify(split)}: ` +
          `${short(rest)} in place of ${short(expected)}, by ${state}; ${
            JSON.stringify(await dataset.explain())
          }`,
      );
    }
    counts.cuts++;
  }
}

/** A number of processes; where lengths are not known, it divides the lanes. */
function drawWorld({ between, isKnown, isShuffled, lanes }: Pipeline, most: number): number {
  const world = between(1, most);
  return isKnown || !isShuffled || lanes % world === 0 ? world : 1;
}

/** The shares of all ranks are the epochs, and what is lost is reported once; epochs differ. */
async function checkPartition(pipeline: Pipeline): Promise<void> {
  const { open, epochs, window, isShuffled, isMixed, isKnown, isFaulty, counts } = pipeline;
  const names = await first(open().map(nameOf), 2 * MOST);
  if (names.length === 2 * MOST) return;
  const whole = open();
  await first(whole, Infinity);
  const lost = whole.faults.samples;
  const world = drawWorld(pipeline, 4);
  const own: string[] = [];
  let reported = 0;
  for (let rank = 0; rank < world; rank++) {
    const share = open({ rank, world });
    own.push(...await first(share.map(nameOf), Infinity));
    reported += share.faults.samples;
  }
  assert.deepEqual(own.sort(), [...names].sort(), `${world} ranks`);
  assert.equal(reported, lost, "samples that were reported as lost");
  if (!isFaulty) assert.equal(lost, 0);
  counts.partitions++;
  if (isMixed || epochs !== 2 || names.length % 2 !== 0 || !isKnown) return;
  const half = names.length / 2;
  const [a, b] = [names.slice(0, half), names.slice(half)];
  if (new Set(a).size < half || [...a].sort().join() !== [...b].sort().join()) return;
  if (!isShuffled) assert.deepEqual(a, b);
  else if (half > 9 && window > 2) {
    counts.shuffled++;
    // Of few shards in few lanes, two epochs come out alike now and then: see `checkPipelines`.
    if (a.join() === b.join()) counts.alike++;
  }
  counts.epochs++;
}

/** After some global batches another number of ranks: each global batch has the same samples. */
async function checkWorlds(pipeline: Pipeline): Promise<void> {
  const { between, open, epochs, isShuffled, isKnown, isFaulty, counts } = pipeline;
  // Where a sample is lost, what a rank has given no longer tells how many positions it took.
  if (!isShuffled || !isKnown || isFaulty) return;
  // At the end of an epoch ranks may stand apart by one sample: one state would not tell.
  if (epochs > 1) return;
  const [world, next] = [between(1, 3), between(1, 3)];
  const whole = await first(open().map(nameOf), MOST);
  const batch = world * next;
  const steps = between(1, 3);
  if (whole.length <= steps * batch || whole.length === MOST) return;
  const pass = open({ rank: between(0, world - 1), world }).map(nameOf)[Symbol.asyncIterator]();
  for (let i = 0; i < steps * next; i++) {
    if ((await pass.next()).done) return;
  }
  const state = pass.state()!;
  await pass.return?.();
  const rests = await Promise.all(
    Array.from(
      { length: next },
      (_, rank) => collect(open({ rank, world: next }).resume(state).map(nameOf)),
    ),
  );
  const begun = whole.slice(0, steps * batch);
  assert.deepEqual([...begun, ...rests.flat()].sort(), [...whole].sort(), "all samples");
  const length = Math.min(...rests.map((rest) => rest.length));
  for (let step = 0; (step + 1) * world <= length; step++) {
    const from = (steps + step) * batch;
    const together = rests.flatMap((rest) => rest.slice(step * world, (step + 1) * world));
    const expected = whole.slice(from, from + batch);
    assert.deepEqual(together.sort(), expected.sort(), `global batch ${step} of ${next} ranks`);
  }
  counts.worlds++;
}
