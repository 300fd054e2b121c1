/** What is true of every order, checked on random ones. */

import { assert } from "chai";
import {
  doneIn,
  type EpochDone,
  locate,
  locateSample,
  type OrderState,
  parseState,
  RankSequence,
  type Resume,
  resumeOrder,
  type Split,
} from "../../src/order/mod.ts";
import { readRank } from "./lane_reader.ts";
import { drawPlan, type RandomPlan } from "./random_plan.ts";

/** How often each property was looked at. */
export interface PropertyCounts {
  plans: number;
  partitions: number;
  cuts: number;
  worlds: number;
  drifts: number;
  /** Most samples held, as a share of what a reader may hold. */
  held: number;
}

/** A plan with its samples spelled out, and a run of it by some ranks. */
interface Trial extends RandomPlan {
  readonly samples: readonly string[];
  readonly world: number;
  readonly between: (low: number, high: number) => number;
  readonly counts: PropertyCounts;
}

/** Checks plans of some numbers; throws, naming the first that fails. */
export function checkPlans(from: number, count: number): PropertyCounts {
  const counts = { plans: 0, partitions: 0, cuts: 0, worlds: 0, drifts: 0, held: 0 };
  for (let number = from; number < from + count; number++) {
    try {
      checkPlan(number, counts);
    } catch (cause) {
      throw new Error(`Plan ${number}: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      });
    }
  }
  return counts;
}

function checkPlan(number: number, counts: PropertyCounts): void {
  const plan = drawPlan(number);
  const { random, positions } = plan;
  const between = (low: number, high: number): number => random.integer(low, high);
  const order = plan.order(plan.epoch);
  const find = locateSample(order);
  const samples: string[] = [];
  for (let position = 0; position < positions.to; position++) {
    const { part, epoch, shard, index } = find(position);
    samples.push(`${part}/${epoch}/${shard}/${index}`);
    assert.equal(order.positionOf(order.turnAt(position)), position, "positionOf()");
  }
  const trial: Trial = { ...plan, samples, world: between(1, 6), between, counts };
  counts.plans++;
  checkSamples(trial);
  checkRanks(trial);
  checkCuts(trial);
  checkWorlds(trial);
  checkDrift(trial);
}

/** Each sample of the split once; in a mix, once in each epoch of its part. */
function checkSamples({ samples, parts, stop, order, epoch, positions }: Trial): void {
  assert.equal(new Set(samples).size, samples.length, "a sample came twice");
  const isSelected = parts.map(({ selection }) => {
    const all = new Set<string>();
    selection.lengths.forEach((length, shard) => {
      for (let i = 0; i < length; i++) all.add(`${shard}/${selection.indexes[shard]?.[i] ?? i}`);
    });
    return all;
  });
  for (const name of samples) {
    const [part, , shard, index] = name.split("/").map(Number);
    assert.isTrue(isSelected[part].has(`${shard}/${index}`), `${name} was not selected`);
  }
  const { sampleCount, lanesOf } = order(epoch);
  if (stop !== "none") return;
  assert.equal(sampleCount, parts[0].selection.sampleCount);
  const { plan } = lanesOf(0, epoch);
  for (let position = 0; position < positions.to; position++) {
    const { shard, index } = locate(plan, position);
    assert.equal(`0/${epoch}/${shard}/${index}`, samples[position], "locate() differs");
  }
}

/** Ranks partition the positions; a reader gives just their samples, and holds no more than it may. */
function checkRanks(trial: Trial): void {
  const { samples, positions, world, order, epoch, lanes, parts, counts } = trial;
  const total = positions.to - positions.from;
  for (const even of ["exact", "pad", "drop"] as const) {
    const own: number[] = [];
    const lengths = new Set<number>();
    for (let rank = 0; rank < world; rank++) {
      const split: Split = { rank, world, even };
      const sequence = new RankSequence(positions, split);
      lengths.add(sequence.length);
      const expected: string[] = [];
      for (let n = 0; n < sequence.length; n++) {
        const { position, isPadding } = sequence.at(n);
        if (!isPadding) own.push(position);
        expected.push(samples[position]);
      }
      const read = { mostHeld: 0, reads: 0 };
      assert.deepEqual(
        readRank(order(epoch), { positions, split }, read),
        expected,
        `rank ${rank}`,
      );
      const lanesRead = lanes / greatestCommonDivisor(lanes, world);
      const limit = parts.reduce((sum, { window }) => sum + window, 0) * lanesRead;
      assert.isAtMost(read.mostHeld, limit, "held too many");
      counts.held = Math.max(counts.held, read.mostHeld / limit);
    }
    const whole = Array.from({ length: total }, (_, i) => positions.from + i);
    own.sort((a, b) => a - b);
    if (even !== "drop") assert.deepEqual(own, whole, `${even}: no partition`);
    else assert.equal(own.length, Math.floor(total / world) * world);
    if (even !== "exact") assert.equal(lengths.size, 1, `${even}: not even`);
    counts.partitions++;
  }
}

/** Cut anywhere, the rest is the rest. */
function checkCuts(trial: Trial): void {
  const { positions, world, order, epoch, between, counts } = trial;
  const split: Split = {
    rank: between(0, world - 1),
    world,
    even: (["exact", "pad", "drop"] as const)[between(0, 2)],
  };
  const whole = readRank(order(epoch), { positions, split });
  const start = new RankSequence(positions, split).length;
  assert.equal(whole.length, start);
  for (let taken = 0; taken <= start; taken++) {
    const resume = resumeFrom(trial, [save(trial, { ...split, taken, epoch, done: [] })], split);
    const rest = readRank(order(epoch), { positions, split, from: at(resume) });
    assert.deepEqual(rest, whole.slice(taken), `cut at ${taken}`);
    counts.cuts++;
  }
}

/** Another world after some global batches: each global batch holds the same samples. */
function checkWorlds(trial: Trial): void {
  const { samples, positions, world, order, epoch, between, counts } = trial;
  const next = between(1, 6);
  const batch = world * next * between(1, 2);
  const steps = between(0, Math.floor((positions.to - positions.from) / batch));
  const taken = steps * batch / world;
  const saved = [save(trial, { rank: between(0, world - 1), world, taken, epoch, done: [] })];
  const rests = ranks(next).map((rank) => {
    const split = { rank, world: next };
    return readRank(order(epoch), { positions, split, from: at(resumeFrom(trial, saved, split)) });
  });
  const begun = positions.from + steps * batch;
  for (let step = 0; begun + step * batch < positions.to; step++) {
    const from = begun + step * batch;
    const each = batch / next;
    const together = rests.flatMap((rest) => rest.slice(step * each, (step + 1) * each)).sort();
    const expected = samples.slice(from, from + batch).sort();
    assert.deepEqual(together, expected, `global batch ${step} of ${next} ranks`);
    counts.worlds++;
  }
}

/** Ranks that stand apart, three runs of other worlds one after the other: each sample exactly once. */
function checkDrift(trial: Trial): void {
  const { samples, positions, order, epoch, between, counts } = trial;
  const given: string[] = [];
  let saved: string[] | undefined;
  for (const [run, world] of [trial.world, between(1, 6), between(1, 6), between(1, 6)].entries()) {
    const states = ranks(world).map((rank) => {
      const split = { rank, world };
      const resume = saved === undefined ? undefined : resumeFrom(trial, saved, split);
      const from = at(resume);
      const rest = readRank(order(epoch), { positions, split, from });
      const count = run === 3 ? rest.length : between(0, Math.min(rest.length, 12));
      given.push(...rest.slice(0, count));
      return save(trial, {
        ...split,
        epoch,
        taken: from.taken + count,
        done: resume?.done ?? [],
      });
    });
    saved = states;
    counts.drifts++;
  }
  assert.deepEqual(
    given.sort(),
    samples.slice(positions.from).sort(),
    "after three changes of world",
  );
}

function save(
  { lanes }: Trial,
  { rank, world, taken, epoch, done }: Pick<OrderState, "rank" | "world" | "taken" | "epoch"> & {
    done: readonly EpochDone[];
  },
): string {
  const state: OrderState = { v: 1, print: {}, epoch, lanes, rank, world, taken, done };
  const text = JSON.stringify(state);
  assert.deepEqual(parseState(text), state);
  assert.isBelow(text.length, 1024);
  return text;
}

function resumeFrom({ positions }: Trial, states: readonly string[], split: Split): Resume {
  return resumeOrder(states, { print: {}, positions, split });
}

function at(resume: Resume | undefined) {
  if (resume === undefined) return { taken: 0 };
  return { taken: resume.taken, done: doneIn(resume.done, resume.epoch) };
}

const ranks = (world: number): number[] => Array.from({ length: world }, (_, rank) => rank);

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
