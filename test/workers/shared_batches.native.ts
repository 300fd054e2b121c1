/** Batches in an array on shared memory, which workers write into. */

import { assert } from "chai";
import { runBatches } from "../steps/run_steps.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { evaluation } from "../../src/image/mod.ts";
import { BatchRing } from "../../src/steps/batch_ring.ts";
import { spawnFrom, type SpawnWorker, spawnWorker } from "../../src/workers/thread.ts";
import type { TestCase } from "../case.ts";
import { collect } from "../dataset/shards.ts";
import { assertSame } from "../same.ts";
import { pause } from "../jobs/queue/fleet.ts";
import { makePictures } from "./pictures.ts";

const SIZE = 24;
const IMAGE = 3 * SIZE * SIZE;
const transform = evaluation({ size: SIZE, resize: 26 });

function share(elements: number): Float32Array<SharedArrayBuffer> {
  return new Float32Array(new SharedArrayBuffer(elements * 4));
}

/** Pictures of which some are none: one, and more in a row than two batches have. */
const FAULTS: Record<number, string> = { 3: "none" };
for (let i = 8; i < 20; i++) FAULTS[i] = `none: ${i}`;

export const cases: TestCase[] = [
  {
    name: "batch() into shared memory gives with workers the batches that it gives without",
    async run(fixtures): Promise<void> {
      const whole = await makePictures(fixtures);
      const broken = await makePictures(fixtures, FAULTS);
      for (
        const [shards, dropLast] of [[[whole, broken], false], [[broken, whole], true]] as const
      ) {
        for (const size of [1, 4, 7, 45]) {
          const open = (workers: number) =>
            webdataset(shards, { workers, onError: "skip", onSkip: () => {} }).epochs(2)
              .transform(transform);
          const expected = await collect(open(0).batch(size, { dropLast }));
          for (const [workers, rooms] of [[1, 2], [2, 2], [3, 5], [2, 1], [0, 3]]) {
            const into = share(rooms * size * IMAGE + 5);
            let count = 0;
            for await (const batch of open(workers).batch(size, { dropLast, into })) {
              // Workers go on meanwhile.
              if (count % 5 === 0) await pause(2);
              assert.equal(batch.images.buffer, into.buffer as unknown as ArrayBuffer);
              const { images, ...own } = batch;
              const { images: other, ...facts } = expected[count++];
              assert.deepEqual(JSON.stringify(own), JSON.stringify(facts));
              assertSame(images.slice(), other);
            }
            assert.equal(count, expected.length, `${workers} workers, ${size} in a batch`);
          }
        }
      }
    },
  },
  {
    name: "batch() into shared memory has workers write there, and the calling thread copy nothing",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const shards = [shard, shard, shard, shard];
      const expected = await collect(runBatches(webdataset(shards), transform, 8));
      const { set } = Float32Array.prototype;
      for (const workers of [1, 2, 3]) {
        let [buffers, shared, copies] = [0, 0, 0];
        const spawn: SpawnWorker = (listener) =>
          spawnWorker({
            ...listener,
            onMessage: (message) => {
              if (message.kind === "decoded") {
                for (const each of message.outcomes) "buffer" in each ? buffers++ : shared++;
              }
              listener.onMessage(message);
            },
          });
        const into = share(2 * 8 * IMAGE) as unknown as Float32Array<ArrayBuffer>;
        const found: unknown[] = [];
        Float32Array.prototype.set = function (...args): void {
          if (this.buffer === into.buffer) copies++;
          set.apply(this, args);
        };
        try {
          for await (
            const { images } of runBatches(webdataset(shards), transform, 8, {
              workers,
              spawn,
              into,
            })
          ) found.push(images.slice());
        } finally {
          Float32Array.prototype.set = set;
        }
        assertSame(found, expected.map(({ images }) => images));
        assert.deepEqual([buffers, shared, copies], [0, 120, 0], `${workers} workers`);
      }
    },
  },
  {
    name: "batch() into shared memory survives workers that crash",
    async run(fixtures): Promise<void> {
      const samples = webdataset(await makePictures(fixtures));
      const expected = await collect(runBatches(samples, transform, 7));
      // The first two crash in place of their first answer, whenever that is.
      const crashing = spawnFrom(new URL("./crash_on_images_worker.ts", import.meta.url));
      let started = 0;
      const spawn: SpawnWorker = (listener) =>
        started++ < 2 ? crashing(listener) : spawnWorker(listener);
      const into = share(2 * 7 * IMAGE) as unknown as Float32Array<ArrayBuffer>;
      const found: unknown[] = [];
      for await (
        const { images } of runBatches(samples, transform, 7, { workers: 2, spawn, into })
      ) {
        found.push(images.slice());
      }
      assert.isAbove(started, 2, "no worker crashed");
      assertSame(found, expected.map(({ images }) => images));
    },
  },
  {
    name: "batch() into shared memory writes nothing there once it was left",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const into = share(6 * 4 * IMAGE);
      const dataset = webdataset(Array(8).fill(shard), { workers: 2 }).transform(transform);
      for (let times = 1; times <= 3; times++) {
        let count = 0;
        for await (const _ of dataset.batch(4, { into })) if (++count === times) break;
        into.fill(7);
        await pause(50);
        assert.isTrue(into.every((value) => value === 7), `after ${times} batches`);
      }
    },
  },
  {
    name: "BatchRing gives a room again when nobody has anything in it",
    run(): void {
      const ring = new BatchRing([new Float32Array(24) as Float32Array<ArrayBuffer>], [3], 4, 2);
      let told = 0;
      ring.onFree = () => void told++;
      const [a, b] = [ring.take(), ring.take()];
      assert.notEqual(a, b);
      assert.isFalse(ring.isOpen);
      ring.retain(a);
      ring.release(a);
      assert.isFalse(ring.isOpen);
      assert.equal(told, 0);
      ring.release(a);
      assert.isTrue(ring.isOpen);
      assert.equal(told, 1);
      assert.equal(ring.take(), a);
      assert.deepEqual([ring.offsetOf(1, 2, 0), ring.view(1, 0).byteOffset], [18, 48]);
    },
  },
];
