/** Random orders for the property test: a number gives an order, the same on every runtime. */

import {
  type EpochOrder,
  mixEpoch,
  type MixPart,
  type MixStop,
  orderEpoch,
  type Positions,
  type RandomSource,
  seededRandom,
  selectAll,
  type Selection,
  selectSamples,
  skipSelected,
  takeSelected,
} from "../../src/order/mod.ts";

/** One random order, and what is to be true of it. */
export interface RandomPlan {
  readonly random: RandomSource;
  readonly parts: readonly { readonly selection: Selection; readonly window: number }[];
  readonly stop: MixStop | "none";
  readonly order: (epoch: number) => EpochOrder;
  readonly epoch: number;
  readonly lanes: number;
  /** The positions of an epoch that are looked at: all, or some after a plan-level skip and take. */
  readonly positions: Positions;
}

/** An integer in `low..high`. */
export type Between = (low: number, high: number) => number;

/** Makes the plan of a number. */
export function drawPlan(number: number): RandomPlan {
  const random = seededRandom(99, { epoch: 0, shard: 0, index: number });
  const between: Between = (low, high) => random.integer(low, high);
  const lanes = between(1, 9);
  const isMix = between(0, 9) < 4;
  const epoch = between(0, 3);
  const parts = Array.from({ length: isMix ? between(1, 3) : 1 }, () => drawPart(between, isMix));
  const base = { epoch, lanes, random };
  if (!isMix) {
    const [part] = parts;
    const order = (epoch: number): EpochOrder => orderEpoch({ ...part.options, epoch, lanes });
    const to = order(epoch).sampleCount;
    return { ...base, parts, stop: "none", order, positions: drawPositions(between, to) };
  }
  const stop: MixStop = (["first", "all", "never"] as const)[between(0, 2)];
  const weights = parts.map(() => between(0, 1) === 0 ? between(1, 9) : random.uniform(0.1, 3));
  const seed = between(0, 1e9);
  const order = (epoch: number): EpochOrder =>
    mixEpoch({
      parts: parts.map(({ options }) => options),
      weights,
      stop,
      seed,
      lanes,
      epoch: stop === "never" ? 0 : epoch,
    });
  const { sampleCount } = order(epoch);
  const to = Math.min(sampleCount, stop === "never" ? between(0, 200) : 300);
  return {
    ...base,
    epoch: stop === "never" ? 0 : epoch,
    parts,
    stop,
    order,
    positions: drawPositions(between, to),
  };
}

function drawPart(
  between: Between,
  isMix: boolean,
): { options: MixPart; selection: Selection; window: number } {
  const lengths = Array.from(
    { length: between(0, 9) === 0 ? 1 : between(1, 8) },
    () => between(0, 3) === 0 ? between(0, 1) : between(1, 14),
  );
  let selection = drawSelection(between, lengths);
  if (isMix && selection.sampleCount === 0) {
    lengths[0] = between(1, 5);
    selection = selectAll(lengths);
  }
  const window = between(0, 2) === 0 ? 1 : between(1, 9);
  const shuffled = between(0, 3) > 0;
  const seed = between(0, 1) === 0 ? between(0, 3) : 2 ** 53 - 1 - between(0, 1e6);
  const { indexes } = selection;
  return {
    options: { lengths: selection.lengths, indexes, window, shuffled, seed },
    selection,
    window,
  };
}

function drawSelection(between: Between, lengths: number[]): Selection {
  const total = lengths.reduce((a, b) => a + b, 0);
  const classes = Array.from({ length: total }, () => between(0, 4));
  const index = { lengths, classes };
  const all = selectAll(lengths);
  switch (between(0, 11)) {
    case 0:
      return selectSamples(index, { every: between(1, 4) });
    case 1:
      return selectSamples(index, { classes: [0, 1, between(2, 4)] });
    case 2:
      return selectSamples(index, { perClass: { count: between(0, 5), seed: between(0, 9) } });
    case 3:
      return selectSamples(index, { random: { count: between(0, 30) } });
    case 4:
      return takeSelected(skipSelected(all, between(0, 9)), between(0, 40));
    case 5:
      return selectSamples(index, { within: skipSelected(all, between(0, 9)), every: 2 });
    default:
      return all;
  }
}

function drawPositions(between: Between, to: number): Positions {
  if (between(0, 3) > 0) return { from: 0, to };
  const from = between(0, to);
  return { from, to: between(from, to) };
}
