/** What a dataset knows of its samples before it reads them. */

import { assert } from "chai";
import { findKnown } from "../../src/steps/known.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import type { TestCase } from "../case.ts";
import { makeShards } from "./lanes.ts";
import { makeShard } from "./shards.ts";

const SIGNAL = new AbortController().signal;

export const cases: TestCase[] = [
  {
    name: "lengths, classes and keys are found in local shards, faulty samples keep their numbers",
    async run(): Promise<void> {
      const shards = await makeShards([2, 3]);
      const odd = [["x/0.cls", "7"], ["x/1.cls", "1"], ["x/1.cls", "2"], ["x/2.txt", "?"]] as const;
      shards.push(await makeShard(odd));
      const sources = shards.map((bytes, i) => bytesSource(bytes, `${i}.tar`));
      const options = { onError: "skip" } as const;
      const known = await findKnown({ sources }, options, SIGNAL, { classes: true, keys: true });
      assert.deepEqual(known.lengths, [2, 3, 3]);
      assert.deepEqual(Array.from(known.classes!), [0, 1, 0, 1, 2, 7, -1, -1]);
      assert.deepEqual(known.findKey!("1/2"), { shard: 1, index: 2 });
      assert.deepEqual(known.findKey!("x/2"), { shard: 2, index: 2 });
      assert.isUndefined(known.findKey!("x/1"));
      assert.deepEqual(known.shardBytes, shards.map(({ length }) => length));
      assert.isUndefined((await findKnown({ sources }, options, SIGNAL)).classes);
    },
  },
  {
    name: "what the catalogue says is not looked for again",
    async run(): Promise<void> {
      const sources = [bytesSource(new Uint8Array(3), "no.tar")];
      const plan = { sources, shardLengths: [2], classes: [4, 5], shardBytes: [9] };
      const known = await findKnown(plan, {}, SIGNAL, { classes: true });
      assert.deepEqual(known, { lengths: [2], classes: [4, 5], shardBytes: [9] });
    },
  },
];
