/** Shard lists, against Python's braceexpand. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { braceExpand, expandShards } from "../../src/source/mod.ts";

interface Golden {
  /** Expansions by pattern; `null` where the braces are unbalanced. */
  readonly patterns: Record<string, string[] | null>;
}

export const cases: TestCase[] = [
  {
    name: "braceExpand() expands every pattern as Python's braceexpand does",
    async run({ read }) {
      const text = new TextDecoder().decode(await read("source/brace.golden.json"));
      const { patterns } = JSON.parse(text) as Golden;
      assert.isAbove(Object.keys(patterns).length, 3000);
      for (const [pattern, expected] of Object.entries(patterns)) {
        if (expected === null) {
          assert.throws(() => braceExpand(pattern), RangeError, "unbalanced", pattern);
        } else {
          assert.deepEqual(braceExpand(pattern), expected, pattern);
        }
      }
    },
  },
  {
    name: "braceExpand() refuses patterns that would fill the memory",
    run() {
      assert.throws(() => braceExpand("{0..99999999999}"), RangeError);
      assert.throws(() => braceExpand("{0..9999}{0..9999}"), RangeError);
      assert.lengthOf(braceExpand("{0..99999}"), 100_000);
    },
  },
  {
    name: "expandShards() separates patterns at :: and keeps the order of lists",
    run() {
      assert.deepEqual(expandShards("a-{0..1}.tar::b.tar"), ["a-0.tar", "a-1.tar", "b.tar"]);
      assert.deepEqual(expandShards(["z.tar", "a-{1..0}.tar::m.tar", "z.tar"]), [
        "z.tar",
        "a-1.tar",
        "a-0.tar",
        "m.tar",
        "z.tar",
      ]);
      assert.deepEqual(expandShards([]), []);
    },
  },
];
