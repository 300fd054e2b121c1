/** Batches whose memory is given back, with real workers. */

import { assert } from "chai";
import { runSteps } from "../steps/run_steps.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { evaluation } from "../../src/image/mod.ts";
import { batchStep } from "../../src/steps/batch.ts";
import type { Step } from "../../src/steps/step.ts";
import type { Batch } from "../../src/steps/tensor_sample.ts";
import type { TensorWorkers } from "../../src/steps/tensor_work.ts";
import { transformStep } from "../../src/steps/transform.ts";
import { type SpawnWorker, spawnWorker } from "../../src/workers/thread.ts";
import type { TestCase } from "../case.ts";
import { collect } from "../dataset/shards.ts";
import { makePictures } from "./pictures.ts";

const transform = evaluation({ size: 24, resize: 26 });

export const cases: TestCase[] = [
  {
    name: "transform() and batch() with workers makes batches in memory that was given back",
    async run(fixtures): Promise<void> {
      const shard = await makePictures(fixtures, { 3: "no picture", 17: "none, too" });
      const shards = new Array(12).fill(shard);
      const options = { onError: "skip", onSkip: (): void => {} } as const;
      const run = (by: TensorWorkers): AsyncGenerator<Batch> =>
        runSteps(
          webdataset(shards),
          [transformStep(transform, {}, by) as Step, batchStep(8)],
          options,
        ) as AsyncGenerator<Batch>;
      const expected = await collect(run({}));
      let sent = 0;
      const spawn: SpawnWorker = async (listener) => {
        const thread = await spawnWorker(listener);
        return {
          ...thread,
          post: (message, transfer) => {
            if (message.kind === "decode" && message.isJoined) sent += message.spare.length;
            thread.post(message, transfer);
          },
          hold: (held) => thread.hold(held),
          terminate: () => thread.terminate(),
        };
      };
      for (const workers of [1, 2, 3]) {
        let count = 0;
        sent = 0;
        for await (const batch of run({ workers, spawn })) {
          assert.deepEqual(batch, expected[count++]);
          batch.release();
          assert.lengthOf(batch.images, 0);
        }
        assert.equal(count, expected.length);
        if (workers > 1) assert.isAbove(sent, 0, `${workers} workers`);
      }
    },
  },
];
