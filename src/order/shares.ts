/**
 * Which part of a mix has a place: deterministic shares, in closed form.
 *
 * @module
 */
import { permute, randomFor } from "../numbers/seeded_random.ts";

/**
 * The shares of the parts of a mix in one lane. Among its first k places, each part has as many as its
 * weight asks for, to within one place for each part; and which part has place k is known without a look at
 * any other place.
 *
 * Exact: Grain's `_dataset_and_key_of_next_element` where all phases are 0. There, part 0 leaves
 * `floor(k · (rest - w) / rest)` of k places to the others, part 1 of those likewise, and so on. A phase
 * moves these floors: `floor((k · (rest - w) + phase) / rest)`, with a phase in `0..rest-1`.
 */
export class LaneShares {
  readonly #weights: readonly number[];
  readonly #phases: readonly number[];

  /**
   * Takes weights and the lane's phases.
   *
   * @param weights Positive integers that add up to 2^26 at most.
   * @param phases One for each part, in 0 to one less than the sum of its and all later weights.
   */
  constructor(weights: readonly number[], phases: readonly number[]) {
    this.#weights = weights;
    this.#phases = phases;
  }

  /** The part that has a place, and how many places it has had before. */
  at(place: number): { part: number; count: number } {
    const last = this.#weights.length - 1;
    let rest = this.#total();
    let before = place;
    let after = place + 1;
    for (let part = 0; part < last; part++) {
      const left = rest - this.#weights[part];
      const leftBefore = shareOf(before, left, rest, this.#phases[part]);
      const leftAfter = shareOf(after, left, rest, this.#phases[part]);
      if (leftBefore === leftAfter) return { part, count: before - leftBefore };
      before = leftBefore;
      after = leftAfter;
      rest = left;
    }
    return { part: last, count: before };
  }

  /** How many of the first `places` places each part has. */
  countsAt(places: number): number[] {
    let rest = this.#total();
    let left = places;
    return this.#weights.map((weight, part) => {
      const others = rest === weight ? 0 : shareOf(left, rest - weight, rest, this.#phases[part]);
      const count = left - others;
      left = others;
      rest -= weight;
      return count;
    });
  }

  /**
   * The place at which a part has had `count` places before, and has one more.
   *
   * @throws {RangeError} If it is beyond 2^53.
   */
  placeOf(part: number, count: number): number {
    // Each part before this one, and itself, moves the count by less than one.
    const parts = this.#weights.length;
    const spread = this.#total() / this.#weights[part];
    let low = Math.max(0, Math.floor((count - parts) * spread));
    let high = Math.ceil((count + parts + 1) * spread) + 1;
    if (high > Number.MAX_SAFE_INTEGER) {
      throw new RangeError("A mix of such weights is longer than 2^53 samples");
    }
    // The place is the last number of places that do not suffice.
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.countsAt(middle)[part] <= count) low = middle;
      else high = middle;
    }
    return low;
  }

  #total(): number {
    let sum = 0;
    for (const weight of this.#weights) sum += weight;
    return sum;
  }
}

/** `floor((count · weight + phase) / rest)`, exact for counts to 2^53 as `rest` is at most 2^26. */
function shareOf(count: number, weight: number, rest: number, phase: number): number {
  const whole = Math.floor(count / rest);
  return whole * weight + Math.floor(((count - whole * rest) * weight + phase) / rest);
}

/**
 * The shares of all lanes. For each part the phases of the lanes are spread evenly over all there are,
 * in an order that the seed decides: places with one number, which follow each other in the order of the
 * epoch, are then shared out as the weights say, too.
 */
export function shareLanes(weights: readonly number[], lanes: number, seed: number): LaneShares[] {
  const phases: number[][] = Array.from({ length: lanes }, () => []);
  let rest = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [part, weight] of weights.entries()) {
    const random = randomFor(seed, { purpose: "phase", a: part });
    const turn = permute(lanes, random);
    const offset = random.below(rest);
    for (let lane = 0; lane < lanes; lane++) {
      // At most 2^26 · 2^16, divided by the number of lanes.
      phases[lane].push((Math.floor(turn[lane] * rest / lanes) + offset) % rest);
    }
    rest -= weight;
  }
  return phases.map((own) => new LaneShares(weights, own));
}
