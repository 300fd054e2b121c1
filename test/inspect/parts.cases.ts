/** What the page at /inspect is made of: how little is read, whose picture comes first, how numbers are written. */

import { assert } from "chai";
import { HeaderWalk } from "../../src/index/header_walk.ts";
import {
  formatBytes,
  formatCount,
  formatNoun,
  formatShare,
  formatStep,
} from "../../src/inspect/page/format.ts";
import { Painter } from "../../src/inspect/worker/pictures.ts";
import { nextStep, Tally } from "../../src/inspect/worker/tally.ts";
import { WalkReader } from "../../src/inspect/worker/walk_reader.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { OpenedObject, Source } from "../../src/storage/source.ts";
import type { TestCase } from "../case.ts";
import { archive, block, member } from "../tar/archive.ts";

const GIGABYTE = 1e9;

/** A shard of which only some places hold anything but zeros. */
class SparseSource implements Source {
  readonly name = "sparse.tar";
  readonly isLocal = true;
  readonly #parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  #sizeBytes = 0;
  readBytes = 0;

  add(bytes: Uint8Array, zeros = 0): void {
    this.#parts.push({ at: this.#sizeBytes, bytes });
    this.#sizeBytes += bytes.length + zeros;
  }

  open({ offset = 0, length = Infinity } = {}): OpenedObject {
    const end = Math.min(this.#sizeBytes, offset + length);
    const bytes = new Uint8Array(Math.max(0, end - offset));
    this.readBytes += bytes.length;
    for (const part of this.#parts) {
      for (let i = 0; i < part.bytes.length; i++) {
        const to = part.at + i - offset;
        if (to >= 0 && to < bytes.length) bytes[to] = part.bytes[i];
      }
    }
    const { body } = bytesSource(bytes, this.name).open() as OpenedObject;
    return { body, sizeBytes: this.#sizeBytes };
  }
}

async function walk(source: Source): Promise<{ reader: WalkReader; keys: string[] }> {
  const reader = new WalkReader(source);
  const headers = new HeaderWalk(source.name, reader);
  await headers.advance(() => false, Infinity, undefined);
  return { reader, keys: headers.samples.map(({ key }) => key) };
}

export const cases: TestCase[] = [
  {
    name: "WalkReader reads a few kilobytes of a shard of ten gigabytes",
    async run() {
      const source = new SparseSource();
      for (let i = 0; i < 10; i++) {
        const size = GIGABYTE - GIGABYTE % 512;
        source.add(block({ name: `v${i}.mp4`, size }), size);
        source.add(member({ name: `v${i}.cls` }, `${i}`));
      }
      source.add(new Uint8Array(1024));
      const { reader, keys } = await walk(source);
      assert.deepEqual(keys, Array.from({ length: 10 }, (_, i) => `v${i}`));
      assert.isBelow(source.readBytes, 200_000);
      assert.equal(reader.readBytes, source.readBytes);
      assert.isAtMost(reader.requests, 12);
    },
  },
  {
    name: "WalkReader reads small members in few pieces",
    async run() {
      const members = Array.from({ length: 4000 }, (_, i) => member({ name: `s${i}.txt` }, "x"));
      const shard = archive(...members);
      const { reader, keys } = await walk(bytesSource(shard, "small.tar"));
      assert.lengthOf(keys, 4000);
      assert.isBelow(reader.requests, 20);
      assert.isAtMost(reader.readBytes, 2 * shard.length);
    },
  },
  {
    name: "Painter makes what was asked for last first, and nothing that is not looked at any more",
    async run() {
      const made: number[] = [];
      const given: number[] = [];
      let finish = (): void => {};
      const finished = new Promise<void>((resolve) => finish = resolve);
      const painter = new Painter({
        atOnce: 1,
        make(place) {
          made.push(place);
          return Promise.resolve({ fault: "none" });
        },
        give(place) {
          given.push(place);
          if (given.length === 3) finish();
        },
      });
      for (const place of [1, 2, 3, 4]) painter.ask(place, 8);
      painter.forget(2);
      await finished;
      assert.deepEqual(made, [4, 3, 1]);
      assert.deepEqual(given, made);
    },
  },
  {
    name: "Tally tells any number of names and classes apart, and lists so many",
    run() {
      const tally = new Tally();
      const samples = Array.from({ length: 3000 }, (_, i) => ({
        key: `s${i}`,
        cls: 3000 - i,
        fields: [{ extension: `e${i}`, offsetBytes: 0, sizeBytes: i }],
      }));
      tally.take(samples.slice(0, 1000));
      tally.take(samples);
      tally.take(samples);
      const { fields, otherFields, classes, classCounts, labelled, sizes } = tally.summarize();
      assert.deepEqual([fields.length, otherFields], [200, 2800]);
      assert.deepEqual([classes, classCounts.length, labelled], [3000, 2000, 3000]);
      assert.deepEqual(classCounts[0], [1, 1]);
      assert.deepEqual(sizes.slice(0, 4), [[0, 1], [1, 1], [2, 3], [5, 5]]);
      assert.deepEqual([0, 1, 2, 5, 10, 20, 50].map(nextStep), [1, 2, 5, 10, 20, 50, 100]);
    },
  },
  {
    name: "numbers of the page are written for people",
    run() {
      assert.equal(formatCount(1234567), "1,234,567");
      assert.equal(formatNoun(1, "sample"), "1 sample");
      assert.equal(formatNoun(0, "sample"), "0 samples");
      const sizes = [0, 1, 999, 1000, 1537455, 99_950, 999_499, 999_500, 10e9, 3e18];
      assert.deepEqual(sizes.map(formatBytes), [
        "0 bytes",
        "1 byte",
        "999 bytes",
        "1.00 kB",
        "1.54 MB",
        "100 kB",
        "999 kB",
        "1.00 MB",
        "10.0 GB",
        "3000 PB",
      ]);
      const shares = [[0, 9], [1, 1000], [1, 3], [999, 1000], [9, 9], [0, 0]] as const;
      assert.deepEqual(
        shares.map(([part, whole]) => formatShare(part, whole)),
        ["0%", "<1%", "33%", ">99%", "100%", "0%"],
      );
      const steps = [0, 1, 50, 500, 20_000, 500_000].map((step) =>
        formatStep(step, nextStep(step))
      );
      assert.deepEqual(steps, [
        "0 – 1 bytes",
        "1 – 2 bytes",
        "50 – 100 bytes",
        "500 bytes – 1 kB",
        "20 – 50 kB",
        "500 kB – 1 MB",
      ]);
    },
  },
];
