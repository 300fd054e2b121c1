import { assert } from "chai";
import { fuseSteps, type Step } from "../../src/steps/step.ts";
import { withValue } from "../../src/steps/item.ts";
import { skipStep, takeStep } from "../../src/steps/select.ts";
import type { Sample } from "../../src/sample/sample.ts";
import type { TestCase } from "../case.ts";
import { runSteps } from "./run_steps.ts";

/** A verb of a dataset as it is added: every item that has passed, with how many there were before it. */
function countStep<T>(): Step<T, readonly [number, T]> {
  return {
    name: "count",
    settings: {},
    async *run(upstream, run) {
      let before = 0;
      for await (const item of upstream(run)) {
        yield withValue(item, [before++, item.value] as const);
      }
    },
  };
}

/** Samples of which only the keys count. */
async function* listSamples(keys: string): AsyncGenerator<Sample<unknown>> {
  for (const key of keys) {
    yield { key, shard: "s.tar", index: 0, fields: {}, bytes: {}, offsets: {} };
  }
}

/** Tests that a verb takes no more than a step: one file, and nothing of those beside it. */
export const cases: TestCase[] = [
  {
    name:
      "a step alone is a verb: it joins no neighbour, runs among others, and each run begins anew",
    async run(): Promise<void> {
      const count = countStep<Sample<unknown>>() as Step;
      const steps = [skipStep(1) as Step, count, takeStep(2) as Step];
      assert.lengthOf(fuseSteps(steps), 3);
      for (let pass = 0; pass < 2; pass++) {
        const found: string[] = [];
        for await (const item of runSteps(listSamples("abcd"), steps)) {
          const [before, { key }] = item as readonly [number, Sample];
          found.push(`${before} ${key}`);
        }
        assert.deepEqual(found, ["0 b", "1 c"]);
      }
    },
  },
];
