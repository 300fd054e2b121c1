/** Walks over headers that many share: data is, waiting is not. */

import { assert } from "chai";
import { HeaderWalk, type RangeBytes } from "../../src/index/header_walk.ts";
import type { IndexError, WdsError } from "../../src/errors.ts";
import type { TestCase } from "../case.ts";
import { rejection } from "../storage/bytes.ts";
import { archive, join, member } from "../tar/archive.ts";
import { MemoryRanges } from "./drivers.ts";
import { makeRandom } from "./mutate_archive.ts";

/** A shard of `count` samples `s0`, `s1`, … of a class and a body that no window reaches over. */
function makeShard(count: number): Uint8Array<ArrayBuffer> {
  const members: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    members.push(member({ name: `s${i}.cls` }, `${i}`));
    members.push(member({ name: `s${i}.jpg` }, new Uint8Array(9000).fill(i)));
  }
  return archive(...members);
}

/** Ranges that are given when, and as, the test says. */
class HeldRanges implements RangeBytes {
  readonly reads: {
    readonly start: number;
    readonly end: number;
    give(bytes?: Uint8Array): void;
    fail(reason: unknown): void;
  }[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(
    start: number,
    end: number,
    _ahead: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
      const give = (bytes = this.#bytes.subarray(start, end)): void => resolve(bytes);
      this.reads.push({ start, end, give, fail: reject });
    });
  }
}

/** Lets what is waiting go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

const until = (walk: HeaderWalk, count: number) => (): boolean => walk.samples.length >= count;

export const cases: TestCase[] = [
  {
    name: "HeaderWalk serves many callers at the same time, in whatever order their bytes come",
    async run() {
      for (let seed = 1; seed <= 8; seed++) {
        const random = makeRandom(seed);
        const bytes = makeShard(12);
        const ranges = new HeldRanges(bytes);
        const walk = new HeaderWalk("s.tar", ranges);
        const callers = Array.from(
          { length: 10 },
          () => walk.advance(until(walk, 1 + random(12)), 100, undefined),
        );
        let isDone = false;
        const all = Promise.all(callers).then(() => isDone = true);
        while (!isDone) {
          const [read] = ranges.reads.splice(random(Math.max(1, ranges.reads.length)), 1);
          read?.give();
          await settle();
        }
        await all;
        const rest = new HeaderWalk("s.tar", new MemoryRanges(bytes));
        await rest.advance(() => false, Infinity, undefined);
        const { length } = walk.samples;
        assert.isAtLeast(length, 1);
        assert.deepEqual(walk.samples, rest.samples.slice(0, length), `seed ${seed}`);
        assert.deepEqual(rest.samples.map(({ cls }) => cls), [...Array(12).keys()]);
      }
    },
  },
  {
    name: "HeaderWalk keeps nobody waiting for another's bytes, however long those take",
    async run() {
      const ranges = new HeldRanges(makeShard(3));
      const walk = new HeaderWalk("s.tar", ranges);
      const stuck = walk.advance(() => false, 100, undefined);
      await settle();
      const [forever] = ranges.reads.splice(0, 1);
      const second = walk.advance(() => false, 100, undefined);
      while (!walk.isComplete) {
        await settle();
        ranges.reads.splice(0, 1)[0]?.give();
      }
      await second;
      assert.lengthOf(walk.samples, 3);
      // What comes at last is no news.
      forever.give();
      await stuck;
      assert.lengthOf(walk.samples, 3);
      assert.lengthOf(ranges.reads, 0);
    },
  },
  {
    name: "HeaderWalk is not poisoned by a caller that fails, is cancelled, or gets too few bytes",
    async run() {
      const ranges = new HeldRanges(makeShard(4));
      const walk = new HeaderWalk("s.tar", ranges);
      const broken = new Error("the connection broke");
      const cancelled = new AbortController();
      for (const mischief of ["fail", "cancel", "cut"]) {
        const count = walk.samples.length + 1;
        const signal = mischief === "cancel" ? cancelled.signal : undefined;
        const caller = rejection(walk.advance(until(walk, count), 100, signal));
        const other = walk.advance(until(walk, count), 100, undefined);
        await settle();
        const [theirs, ours] = ranges.reads.splice(0, 2);
        if (mischief === "fail") theirs.fail(broken);
        else if (mischief === "cancel") cancelled.abort(broken);
        else theirs.give(new Uint8Array(0));
        const error = await caller;
        if (mischief === "cut") assert.equal((error as WdsError).code, "tar/truncated");
        else assert.strictEqual(error, broken);
        ours.give();
        while (!until(walk, count)()) {
          await settle();
          ranges.reads.splice(0, 1)[0]?.give();
        }
        await other;
        assert.lengthOf(walk.samples, count);
      }
      const aborted = AbortSignal.abort(broken);
      const late = rejection(walk.advance(() => false, 100, aborted));
      assert.strictEqual(await late, broken);
    },
  },
  {
    name: "HeaderWalk counts each caller's own requests, and keeps what they have taught",
    async run() {
      const bytes = makeShard(10);
      const ranges = new MemoryRanges(bytes);
      const walk = new HeaderWalk("s.tar", ranges);
      const error = await rejection(walk.advance(() => false, 3, undefined)) as IndexError;
      assert.equal(error.code, "index/needed");
      assert.include(error.message, "wdstream index");
      assert.equal(ranges.requests, 3);
      const known = walk.samples.length;
      assert.isAtLeast(known, 2);
      await walk.advance(until(walk, known), 0, undefined);
      await walk.advance(until(walk, known + 1), 1, undefined);
      assert.equal(ranges.requests, 4);
      await walk.advance(() => false, 20, undefined);
      assert.isTrue(walk.isComplete);
      assert.lengthOf(walk.samples, 10);
    },
  },
  {
    name: "HeaderWalk takes an archive without its end marker where that is optional",
    async run() {
      const bytes = makeShard(2).slice(0, -1024);
      const strict = new HeaderWalk("s.tar", new MemoryRanges(bytes));
      const error = await rejection(strict.advance(() => false, 100, undefined)) as WdsError;
      assert.equal(error.code, "tar/truncated");
      assert.include(error.message, 'endOfArchive: "optional"');
      const lenient = new HeaderWalk("s.tar", new MemoryRanges(bytes), {
        endOfArchive: "optional",
      });
      await lenient.advance(() => false, 100, undefined);
      assert.lengthOf(lenient.samples, 2);
      // So is an archive whose end is missing where faults are skipped, which is told once.
      const told: string[] = [];
      const onSkip = (fault: WdsError): void => void told.push(fault.code);
      const skipping = new HeaderWalk("s.tar", new MemoryRanges(bytes), { onSkip });
      await skipping.advance(() => false, 100, undefined);
      await skipping.advance(() => false, 100, undefined);
      assert.lengthOf(skipping.samples, 2);
      assert.deepEqual(told, ["tar/truncated"]);
      const empty = new HeaderWalk("s.tar", new MemoryRanges(new Uint8Array(0)), {
        endOfArchive: "optional",
      });
      const fault = await rejection(empty.advance(() => false, 100, undefined)) as WdsError;
      assert.equal(fault.code, "tar/truncated");
    },
  },
  {
    name: "HeaderWalk goes past a damaged sample where faults are skipped, and no further else",
    async run() {
      const bytes = archive(
        member({ name: "a.cls" }, "1"),
        member({ name: "b.cls" }, "2"),
        member({ name: "b.CLS" }, "2"),
        member({ name: "b.txt" }, "2"),
        member({ name: "c.cls" }, "3"),
      );
      const strict = new HeaderWalk("s.tar", new MemoryRanges(bytes));
      await strict.advance(until(strict, 1), 100, undefined);
      const faults = [];
      for (let i = 0; i < 3; i++) {
        faults.push(await rejection(strict.advance(until(strict, 2), 100, undefined)));
        assert.deepEqual(strict.samples.map(({ key }) => key), ["a"]);
      }
      assert.equal((faults[0] as WdsError).code, "sample/duplicate-field");
      assert.strictEqual(faults[2], faults[0]);
      const told: unknown[] = [];
      const options = { onSkip: (fault: WdsError) => void told.push(fault.key) };
      const skipping = new HeaderWalk("s.tar", new MemoryRanges(bytes), options);
      await skipping.advance(() => false, 100, undefined);
      assert.deepEqual(skipping.samples.map(({ key }) => key), ["a", "c"]);
      assert.deepEqual(told, ["b"]);
    },
  },
  {
    name: "HeaderWalk reads one more byte than it needs, and so sees a body that is cut",
    async run() {
      const whole = makeShard(2);
      const cut = join([whole.subarray(0, whole.length - 5000)]);
      const walk = new HeaderWalk("s.tar", new MemoryRanges(cut));
      const error = await rejection(walk.advance(() => false, 100, undefined)) as WdsError;
      assert.deepEqual([error.code, error.key], ["tar/truncated", "s1.jpg"]);
      assert.deepEqual(walk.samples.map(({ key }) => key), ["s0"]);
    },
  },
];
