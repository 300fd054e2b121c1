/** Random pipelines, a few: `deno task test:pipelines` looks at more. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { checkPipelines } from "./pipelines.ts";

/** Pipelines of a run of the suite. */
const PIPELINES = 20;

export const cases: TestCase[] = [
  {
    name:
      `${PIPELINES} random pipelines resume exactly, partition their epochs, and change their ranks exactly`,
    async run(fixtures): Promise<void> {
      const jpeg = await fixtures.read("jpeg/baseline/420_16x16.jpg");
      const counts = await checkPipelines(0, PIPELINES, jpeg, false);
      assert.equal(counts.pipelines, PIPELINES);
      assert.isAbove(counts.cuts, PIPELINES);
      assert.isAbove(counts.partitions, PIPELINES / 2);
      assert.isAtLeast(counts.worlds, 1);
    },
  },
];
