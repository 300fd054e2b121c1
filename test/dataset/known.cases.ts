/** What a dataset knows of its samples before it reads them. */

import { assert } from "chai";
import { makeDataset } from "../../src/dataset/builder.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { findKnown } from "../../src/steps/known.ts";
import { heldBytes, segmentBytes } from "../../src/steps/segments.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { Source } from "../../src/storage/source.ts";
import type { TestCase } from "../case.ts";
import { makeShards } from "./lanes.ts";
import { collect, makeShard } from "./shards.ts";

/** Made when it is asked for: edge runtimes make none while a module loads. */
const makeSignal = (): AbortSignal => new AbortController().signal;

export const cases: TestCase[] = [
  {
    name: "lengths, classes and keys are found in local shards, faulty samples keep their numbers",
    async run(): Promise<void> {
      const shards = await makeShards([2, 3]);
      const odd = [["x/0.cls", "7"], ["x/1.cls", "1"], ["x/1.cls", "2"], ["x/2.txt", "?"]] as const;
      shards.push(await makeShard(odd));
      const sources = shards.map((bytes, i) => bytesSource(bytes, `${i}.tar`));
      const options = { onError: "skip" } as const;
      const known =
        (await findKnown({ sources }, options, makeSignal(), { classes: true, keys: true }))!;
      assert.deepEqual(known.lengths, [2, 3, 3]);
      assert.deepEqual(Array.from(known.classes!), [0, 1, 0, 1, 2, 7, -1, -1]);
      assert.deepEqual(known.findKey!("1/2"), { shard: 1, index: 2 });
      assert.deepEqual(known.findKey!("x/2"), { shard: 2, index: 2 });
      assert.isUndefined(known.findKey!("x/1"));
      assert.deepEqual(known.shardBytes, shards.map(({ length }) => length));
      assert.isUndefined((await findKnown({ sources }, options, makeSignal()))!.classes);
    },
  },
  {
    name: "what the catalogue says is not looked for again",
    async run(): Promise<void> {
      const sources = [bytesSource(new Uint8Array(3), "no.tar")];
      const plan = { sources, shardLengths: [2], classes: [4, 5], shardBytes: [9] };
      const known = await findKnown(plan, {}, makeSignal(), { classes: true });
      const { shardLengths: lengths, classes, shardBytes } = plan;
      assert.deepEqual(known, { lengths, classes, shardBytes, isListed: true });
    },
  },
  {
    name: "of what can be read once nothing is known, and nothing is taken of it",
    async run(): Promise<void> {
      const [shard] = await makeShards([2]);
      let isRead = false;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller): void {
          isRead = true;
          controller.enqueue(shard);
          controller.close();
        },
      }, { highWaterMark: 0 });
      const dataset = webdataset(stream);
      const { samples, share, hints } = await dataset.shuffle().explain({ count: true });
      assert.isUndefined(samples);
      assert.isUndefined(share.samples);
      assert.match(hints.join(), /not known/);
      assert.isFalse(isRead);
      const keys = (await collect(dataset)).map(({ key }) => key);
      assert.deepEqual(keys, ["0/0", "0/1"]);
    },
  },
  {
    name: "explain() tells samples, bytes, requests, memory and batches of a share",
    async run(): Promise<void> {
      const lengths = [1000, 600, 900, 500];
      const shardBytes = [100e6, 60e6, 90e6, 50e6];
      const sources = lengths.map((_, i): Source => ({
        name: `${i}.tar`,
        open: () => {
          throw new Error("a shard was opened");
        },
      }));
      const plan = { sources, shardLengths: lengths, shardBytes, sampleCount: 3000 };
      const dataset = makeDataset(() => Promise.resolve(plan), {});
      const whole = await dataset.map(() => 1).batch(256).explain();
      assert.deepInclude(whole, { shards: 4, samples: 3000, bytes: 300e6, hints: [] });
      assert.deepInclude(whole.share, { samples: 3000, items: 12, bytes: 300e6, requests: 4 });
      let total = 0;
      // 4 MiB, and less in an isolate.
      const segment = segmentBytes(6);
      for (const rank of [0, 1, 2]) {
        const { share } = await dataset.shuffle({ lanes: 6, window: 10 })
          .split({ rank, world: 3 }).map(() => 1).batch(64, { dropLast: true }).explain();
        assert.deepInclude(share, { samples: 1000, items: 15, lanes: 2 });
        total += share.bytes!;
        // Each lane reads 500 samples of 100 kB in segments of 4 MiB, of which those at its ends are no whole ones.
        assert.isAtLeast(share.requests!, 100e6 / segment);
        assert.isAtMost(share.requests!, 100e6 / segment + 6);
        // Of each lane, the segment that is read and one ahead.
        assert.equal(share.memoryBytes, heldBytes(2, segment, false) + 2 * 10 * 100e3);
      }
      assert.approximately(total, 300e6, 3);
      const odd = await dataset.shuffle({ lanes: 4 }).split({ rank: 1, world: 3 })
        .filter(() => true).explain();
      assert.deepInclude(odd.share, { samples: 1000, lanes: 4, bytes: 300e6 });
      assert.notProperty(odd.share, "items");
      assert.match(odd.hints.join(), /read 3 times/);
      const bounded = dataset.shuffle({ lanes: 4, window: 1000, maxBufferedBytes: 1e6 });
      assert.equal(
        (await bounded.explain()).share.memoryBytes,
        heldBytes(4, segmentBytes(4), false) + 1e6,
      );
    },
  },
];
