/** The pool of workers, with real ones of this runtime. */

import { assert } from "chai";
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runBatches, runTransform } from "../steps/run_steps.ts";
import { WorkerPool } from "../../src/workers/pool.ts";
import { spawnFrom, type SpawnWorker, spawnWorker } from "../../src/workers/thread.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import type { WebDatasetOptions } from "../../src/dataset/options.ts";
import type { WdsError } from "../../src/errors.ts";
import { evaluation, training } from "../../src/image/mod.ts";
import type { TestCase } from "../case.ts";
import { makePictures } from "./pictures.ts";
import { catchError, collect, CountingSource, makeShard } from "../dataset/shards.ts";
import { assertSame } from "../same.ts";

const WORKERS = [0, 1, 2, 4];

const transform = evaluation({ size: 24, resize: 26 });

/** What a pass comes to, faults included, in a form that can be compared. */
async function describePass(items: AsyncIterable<unknown>): Promise<unknown> {
  const passed: unknown[] = [];
  try {
    for await (const item of items) passed.push(item);
  } catch (error) {
    return { passed, error: describeError(error) };
  }
  return { passed };
}

function describeError(error: unknown): unknown {
  const { name, message, code, shard, key, offsetBytes } = error as WdsError;
  return { name, message, code, shard, key, offsetBytes, constructor: error?.constructor };
}

/** Starts workers, and counts those that run. */
function countWorkers(spawn: SpawnWorker): { spawn: SpawnWorker; started: number; ended: number } {
  const counts = {
    started: 0,
    ended: 0,
    spawn: (async (listener) => {
      const thread = await spawn(listener);
      counts.started++;
      let isOver = false;
      return {
        post: thread.post,
        hold: thread.hold,
        terminate: () => {
          if (!isOver) counts.ended++;
          isOver = true;
          return thread.terminate();
        },
      };
    }) as SpawnWorker,
  };
  return counts;
}

const crashOnGroups = new URL("./crash_on_groups_worker.ts", import.meta.url);
const crashOnText = new URL("./crash_on_text_worker.ts", import.meta.url);

export const cases: TestCase[] = [
  {
    name: "WorkerPool gives images back where workers start but never answer",
    async run(): Promise<void> {
      let ended = 0;
      const silent: SpawnWorker = () =>
        Promise.resolve({ post: () => {}, hold: () => {}, terminate: () => void ended++ });
      const pool = new WorkerPool({
        workers: 2,
        setup: { targets: [{ transform }] },
        spawn: silent,
        startTimeoutMs: 30,
        onIdle: () => {},
      });
      const results = await Promise.all(
        [1, 2, 3].map((index) =>
          new Promise((finish) => {
            const place = { shard: 0, index, epoch: 0 };
            pool.submit([{ bytes: new Uint8Array(4), codec: "jpeg", place, finish }]);
          })
        ),
      );
      assert.deepEqual(results, [undefined, undefined, undefined]);
      assert.equal(ended, 2);
      await pool.close();
    },
  },
  {
    name: "Dataset.transform() gives the same samples and batches for any number of workers",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const before = shard.slice();
      const transforms = [
        transform,
        { ...transform, type: "float16" },
        training({ size: 20, seed: 3, type: "uint8" }),
      ] as const;
      for (const descriptor of transforms) {
        const passes = await Promise.all(WORKERS.map(async (workers) => {
          const tensors = webdataset([shard, shard], { workers }).epochs(1, { from: 2 })
            .transform(descriptor);
          const fields = tensors.batch(7, { fields: ["cls", "jpg", "none"], missing: "undefined" });
          return [
            await collect(tensors),
            await collect(tensors.batch(7)),
            await collect(fields),
          ] as const;
        }));
        const [[samples, batches, carrying]] = passes;
        assert.deepEqual(
          carrying.flatMap(({ fields }) => fields.cls),
          samples.map(({ label }) => label),
        );
        assert.lengthOf(samples, 60);
        assert.deepEqual(batches.map(({ size }) => size), [7, 7, 7, 7, 7, 7, 7, 7, 4]);
        for (const pass of passes) assertSame(pass, [samples, batches, carrying]);
        for (const { image, fields } of passes[2][0]) {
          // The caller's own: nothing else lies in its buffer, and no field was sent away.
          assert.equal(image.buffer.byteLength, image.byteLength);
          assert.isAbove((fields.jpg as Uint8Array).length, 0);
        }
      }
      assertSame(shard, before);
    },
  },
  {
    name: "stats of a pass say what each of its workers does",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const alone = webdataset(shard).transform(transform);
      await collect(alone);
      assert.isUndefined(alone.stats.workers);
      const tensors = webdataset([shard, shard], { workers: 2 }).transform(transform);
      assert.isUndefined(tensors.stats.workers);
      const seen = new Set<unknown>();
      for await (const _ of tensors) seen.add(tensors.stats.workers);
      const { workers = [] } = tensors.stats;
      assert.deepEqual([...seen], [workers], "it is one list, which changes");
      assert.lengthOf(workers, 2);
      assert.equal(workers.reduce((sum, { images }) => sum + images, 0), 60);
      for (const { busySinceMs, restarts } of workers) {
        assert.isUndefined(busySinceMs);
        assert.equal(restarts, 0);
      }
    },
  },
  {
    name: "webdataset() refuses numbers of workers that are none",
    async run(): Promise<void> {
      const shard = await makeShard([]);
      for (const workers of [-1, 1.5, NaN, Infinity]) {
        assert.throws(() => webdataset(shard, { workers }), RangeError, /number of workers/);
      }
    },
  },
  {
    name: "Dataset.transform() leaves to workers what is JPEG, and decodes the rest itself",
    async run(fixtures): Promise<void> {
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      // What it is counts, and not what it is called.
      const shard = await makeShard([
        ["a.jpg", picture],
        ["b.png", "any"],
        ["c.jpeg", picture],
        ["d.png", picture],
        ["e.jpg", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a)],
      ]);
      const decoders = { png: () => ({ width: 1, height: 1, data: new Uint8Array([7, 8, 9]) }) };
      const [expected, ...passes] = await Promise.all([0, 2].map((workers) => {
        const options = { label: false, decoders } as const;
        return collect(webdataset(shard, { workers }).transform(transform, options));
      }));
      assert.deepEqual(expected.map(({ key }) => key), ["a", "b", "c", "d", "e"]);
      assert.deepEqual(expected[3].image, expected[0].image);
      assert.deepEqual(expected[4].image, expected[1].image);
      for (const pass of passes) assertSame(pass, expected);
      const decoded = webdataset(await makePictures(fixtures), { workers: 2 }).decode();
      assert.lengthOf(await collect(decoded.transform(transform)), 30);
    },
  },
  {
    name: "Dataset.transform() meets faults with workers as without",
    async run(fixtures): Promise<void> {
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const damaged = { 9: "no picture", 17: picture.slice(0, 400), 29: "neither" };
      const whole = await makePictures(fixtures, damaged);
      const cut = whole.slice(0, whole.length - 1500);
      const shards = [
        [await makePictures(fixtures), whole],
        [await makePictures(fixtures), cut],
        [await makeShard([["a.cls", "1"], ["b.jpg", picture]])],
        [await makeShard([])],
      ];
      for (const shard of shards) {
        for (const onError of ["throw", "skip"] as const) {
          const passes = await Promise.all([0, 3].map(async (workers) => {
            const skipped: unknown[] = [];
            const options: WebDatasetOptions = {
              workers,
              onError,
              onSkip: (error) => skipped.push(describeError(error)),
            };
            const tensors = webdataset(shard, options).transform(transform);
            const pass = await describePass(tensors);
            const batches = await describePass(tensors.batch(4));
            const { workers: _, ...stats } = tensors.stats;
            return { pass, batches, skipped, stats: onError === "skip" && stats };
          }));
          for (const pass of passes) assertSame(pass, passes[0]);
          assert.isTrue(onError === "skip" || "error" in (passes[0].pass as object));
        }
      }
    },
  },
  {
    name: "Dataset.transform() tells mistakes of the caller from workers",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const narrow = { ...transform, resize: 0 };
      const errors = await Promise.all([0, 1].map(async (workers) => {
        return describeError(
          await catchError(collect(webdataset(shard, { workers }).transform(narrow))),
        );
      }));
      assert.deepInclude(errors[0], { constructor: RangeError });
      for (const error of errors) assert.deepEqual(error, errors[0]);
    },
  },
  {
    name: "transform() and batch() survives workers that crash, and runs their images again",
    async run(fixtures): Promise<void> {
      const samples = webdataset(await makePictures(fixtures));
      const expected = await collect(runBatches(samples, transform, 7));
      for (const workers of [1, 3]) {
        const counts = countWorkers(spawnFrom(crashOnGroups));
        const options = { workers, spawn: counts.spawn };
        assertSame(await collect(runBatches(samples, transform, 7, options)), expected);
        assert.isAbove(counts.started, workers, "no worker crashed");
        assert.equal(counts.ended, counts.started);
      }
    },
  },
  {
    name: "transform() reports an image on which workers crash twice, and loses no other",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures, { 11: "fatal" });
      const faults: WdsError[] = [];
      const counts = countWorkers(spawnFrom(crashOnText));
      const options = { workers: 2, spawn: counts.spawn };
      const passed = await collect(
        runTransform(webdataset(shard, { name: "s.tar" }), transform, options, {
          onError: "skip",
          onSkip: (fault) => faults.push(fault),
        }),
      );
      assert.lengthOf(passed, 29);
      assert.notInclude(passed.map(({ key }) => key), "p11");
      assert.lengthOf(faults, 1);
      const [{ code, key, message }] = faults;
      assert.deepEqual([code, key], ["image/worker-crashed", "p11"]);
      assert.match(
        message,
        /^Cannot decode "p11\.jpg" of "s\.tar": 2 workers have crashed on it/,
      );
      // Two that replace those that the image alone met, and one if it first came among others.
      assert.isAtLeast(counts.started, 4);
      assert.isAtMost(counts.started, 5);
      const thrown = await catchError(
        collect(runTransform(webdataset(shard), transform, options)),
      );
      assert.deepInclude(thrown, { code: "image/worker-crashed", key: "p11" });
      assert.equal(counts.ended, counts.started);
    },
  },
  {
    name: "transform() and batch() hands out whole batches in the memory that a worker filled",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const shards = [shard, shard, shard, shard];
      const expected = await collect(runBatches(webdataset(shards), transform, 8));
      for (const workers of [2, 3]) {
        const filled = new Set<ArrayBuffer>();
        const spawn: SpawnWorker = (listener) =>
          spawnWorker({
            ...listener,
            onMessage: (message) => {
              if (message.kind === "decoded" && message.outcomes.length === 8) {
                for (const each of message.outcomes) "buffer" in each && filled.add(each.buffer);
              }
              listener.onMessage(message);
            },
          });
        const batches = await collect(
          runBatches(webdataset(shards), transform, 8, { workers, spawn }),
        );
        assertSame(batches, expected);
        const whole = batches.filter(({ images }) => filled.has(images.buffer));
        assert.isAbove(whole.length, 0, `${workers} workers`);
        assert.equal(whole.length, filled.size, "a batch that a worker filled was copied");
        // Into an array of the caller's they come in parts.
        filled.clear();
        const into = new Float32Array(8 * 3 * 24 * 24);
        const own = { workers, spawn, into };
        for await (const { images } of runBatches(webdataset(shards), transform, 8, own)) {
          assert.equal(images.buffer, into.buffer);
        }
        assert.equal(filled.size, 0);
      }
    },
  },
  {
    name: "transform() and batch() with workers makes a last batch of its own length",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const expected = await collect(runBatches(webdataset([shard, shard]), transform, 7));
      const { slice } = Float32Array.prototype;
      let copies = 0;
      Float32Array.prototype.slice = function (...range) {
        copies++;
        return slice.apply(this, range);
      };
      try {
        const batches = await collect(
          runBatches(webdataset([shard, shard]), transform, 7, { workers: 2 }),
        );
        assert.equal(copies, 0, "the last batch was cut down");
        assertSame(batches, expected);
        assert.isBelow(batches.at(-1)!.size, 7);
        for (const { images } of batches) assert.equal(images.buffer.byteLength, images.byteLength);
      } finally {
        Float32Array.prototype.slice = slice;
      }
    },
  },
  {
    name: "transform() and batch(1) with workers gives batches that keep their memory",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const shards = [shard, shard, shard, shard];
      const expected = await collect(runBatches(webdataset(shards), transform, 1));
      // What a worker gets back is seen once it has filled it again.
      const batches = await collect(runBatches(webdataset(shards), transform, 1, { workers: 1 }));
      for (const { images } of batches) assert.isAbove(images.length, 0, "taken away again");
      assertSame(batches, expected);
    },
  },
  {
    name: "transform() and batch() with workers moves up what follows a fault, in whatever batch",
    async run(fixtures): Promise<void> {
      const damaged = await makePictures(fixtures, {
        0: "none",
        9: "none",
        10: "none",
        23: "none",
      });
      const shards = [await makePictures(fixtures), damaged, damaged, await makePictures(fixtures)];
      for (const size of [4, 7, 30]) {
        const passes = await Promise.all([0, 1, 2].map(async (workers) => {
          const skipped: (string | undefined)[] = [];
          const onSkip = ({ key }: WdsError): void => void skipped.push(key);
          const given = { workers, onError: "skip", onSkip } as const;
          const batches = webdataset(shards, given).transform(transform).batch(size);
          return { batches: await collect(batches), skipped };
        }));
        assert.lengthOf(passes[0].skipped, 8);
        for (const pass of passes) assertSame(pass, passes[0]);
      }
    },
  },
  {
    name:
      "transform() and batch() with workers waits for no image that others decode, at a batch's end",
    async run(fixtures): Promise<void> {
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const members = Array.from({ length: 40 }, (_, index): [string, Uint8Array] => {
        // The last of every batch is one that the calling thread decodes.
        return index % 4 === 3
          ? [`p${index}.png`, new Uint8Array(900)]
          : [`p${index}.jpg`, picture];
      });
      const shard = await makeShard(members);
      const decoders = { png: () => ({ width: 1, height: 1, data: new Uint8Array([7, 8, 9]) }) };
      const [expected, ...passes] = await Promise.all([0, 1, 2].map((workers) => {
        const tensors = webdataset(shard, { workers }).transform(transform, {
          label: false,
          decoders,
        });
        return collect(tensors.batch(4));
      }));
      assert.lengthOf(expected, 10);
      for (const pass of passes) assertSame(pass, expected);
    },
  },
  {
    name: "transform() and batch() falls back to the calling thread where no worker can be had",
    async run(fixtures): Promise<void> {
      const samples = webdataset(await makePictures(fixtures));
      const expected = await collect(runBatches(samples, transform, 8));
      const missing = new URL("../workers/no_such_worker.ts", import.meta.url);
      let attempts = 0;
      const spawns: SpawnWorker[] = [
        () => Promise.reject(new Error("there are no workers")),
        spawnFrom(missing),
        // The second one is refused.
        (listener) => attempts++ === 1 ? Promise.reject(new Error("no")) : spawnWorker(listener),
      ];
      for (const spawn of spawns) {
        const options = { workers: 2, spawn };
        assertSame(await collect(runBatches(samples, transform, 8, options)), expected);
      }
    },
  },
  {
    name: "transform() ends its workers when it is left early, and reads no further",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const shards = Array.from({ length: 20 }, () => shard);
      const source = webdataset(shards);
      const counts = countWorkers(spawnWorker);
      let read = 0;
      const counted = source.map((sample) => (read++, sample));
      const options = { workers: 2, spawn: counts.spawn };
      for await (const { key } of runTransform(counted, transform, options)) {
        if (key === "p3") break;
      }
      assert.deepEqual([counts.started, counts.ended], [2, 2]);
      // Four were taken; 16 for each worker may lie ready, and one is in the reader's hand.
      assert.isAtMost(read, 4 + 32 + 1);
      const readThen = read;
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(read, readThen);
    },
  },
  {
    name: "Dataset.transform() with workers is cancelled at once, also while a source stalls",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures);
      const abort = new AbortController();
      const source = new CountingSource("stalls.tar", shard.subarray(0, 20_000), true);
      const dataset = webdataset(source, { workers: 2, signal: abort.signal });
      const seen: string[] = [];
      const reason = new Error("enough");
      const error = await catchError((async () => {
        for await (const { key } of dataset.transform(transform)) {
          seen.push(key);
          // The rest of what was read comes first; then the pass waits for the source.
          if (seen.length > 2) setTimeout(() => abort.abort(reason), 100);
        }
      })());
      assert.equal(error, reason);
      assert.isAbove(seen.length, 2);
      assert.isTrue(source.left);
      const again = new CountingSource("stalls.tar", shard.subarray(0, 20_000), true);
      for await (const _ of webdataset(again, { workers: 2 }).transform(transform)) break;
      assert.isTrue(again.left);
    },
  },
  {
    name: "a process that left a dataset with workers early ends by itself",
    async run(): Promise<void> {
      const script = fileURLToPath(new URL("./leave_early_main.ts", import.meta.url));
      const start = "Deno" in globalThis ? ["run", "--quiet", "--no-check", "--allow-read"] : [];
      const { stdout } = await promisify(execFile)(process.execPath, [...start, script], {
        timeout: 30_000,
      });
      assert.equal(stdout.trim(), "left after 5");
    },
  },
];
