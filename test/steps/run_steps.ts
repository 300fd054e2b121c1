/** Steps over samples that are there already, as a dataset runs them. */

import type { Sample } from "../../src/sample/sample.ts";
import type { ReadOptions } from "../../src/sample/read_options.ts";
import type { Item } from "../../src/steps/item.ts";
import { batchStep } from "../../src/steps/batch.ts";
import { beginRun } from "../../src/steps/run.ts";
import { chainSteps, type Step } from "../../src/steps/step.ts";
import type { Batch, BatchOptions, TensorSample } from "../../src/steps/tensor_sample.ts";
import type { TensorWorkers } from "../../src/steps/tensor_work.ts";
import { transformStep } from "../../src/steps/transform.ts";
import { RequestPool } from "../../src/storage/request_pool.ts";
import type { Transform } from "../../src/image/mod.ts";

/** What the steps make of the samples, whose places are those in the list. */
export async function* runSteps(
  samples: AsyncIterable<Sample<unknown>>,
  steps: readonly Step[],
  options: ReadOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  const end = new AbortController();
  const upstream = async function* (): AsyncGenerator<Item<Sample<unknown>>> {
    let index = 0;
    for await (const value of samples) {
      yield { value, mark: { place: { shard: 0, index, epoch: 0 }, taken: ++index } };
    }
  };
  const items = chainSteps(upstream, steps)(beginRun(options, end.signal, new RequestPool()));
  for await (const { value } of items) yield value;
}

/** The tensors of samples. */
export function runTransform(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Transform,
  workers: TensorWorkers = {},
  options: ReadOptions = {},
): AsyncGenerator<TensorSample, void, undefined> {
  const steps = [transformStep(transform, {}, workers) as Step];
  return runSteps(samples, steps, options) as AsyncGenerator<TensorSample, void, undefined>;
}

/** The batches of samples. */
export function runBatches(
  samples: AsyncIterable<Sample<unknown>>,
  transform: Transform,
  size: number,
  { into, ...workers }: TensorWorkers & BatchOptions = {},
): AsyncGenerator<Batch, void, undefined> {
  const steps = [transformStep(transform, {}, workers) as Step, batchStep(size, { into })];
  return runSteps(samples, steps) as AsyncGenerator<Batch, void, undefined>;
}
