/** Shard lists, against Python's braceexpand. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { braceExpand, expandShards } from "../../src/storage/mod.ts";

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
  {
    name: "expandShards() leaves :: in the user and the host of a URL alone",
    run() {
      assert.deepEqual(
        expandShards("http://[::1]:8000/x-{0..1}.tar::http://[fe80::2]/y.tar::z.tar"),
        [
          "http://[::1]:8000/x-0.tar",
          "http://[::1]:8000/x-1.tar",
          "http://[fe80::2]/y.tar",
          "z.tar",
        ],
      );
      assert.deepEqual(expandShards("https://a:b::c@[2001:db8::]/x.tar::y.tar"), [
        "https://a:b::c@[2001:db8::]/x.tar",
        "y.tar",
      ]);
      assert.deepEqual(expandShards("https://h/a.tar::b::https://h/c@d::e"), [
        "https://h/a.tar",
        "b",
        "https://h/c@d",
        "e",
      ]);
      assert.deepEqual(expandShards("http://[::1/x.tar"), ["http://[::1/x.tar"]);
    },
  },
  {
    name: "expandShards() keeps the backslashes of Windows' paths, and reads others as Python does",
    run() {
      const names: readonly (readonly [pattern: string, names: readonly string[]])[] = [
        ["C:\\data\\a-{0..1}.tar", ["C:\\data\\a-0.tar", "C:\\data\\a-1.tar"]],
        ["d:\\{train,val}\\x.tar", ["d:\\train\\x.tar", "d:\\val\\x.tar"]],
        ["C:/data\\{a,b}.tar", ["C:/data\\a.tar", "C:/data\\b.tar"]],
        ["\\\\server\\share\\{0..1}.tar", ["\\\\server\\share\\0.tar", "\\\\server\\share\\1.tar"]],
        ["\\\\?\\C:\\a.tar", ["\\\\?\\C:\\a.tar"]],
        ["C:\\a.tar::D:\\b\\{0..1}.tar", ["C:\\a.tar", "D:\\b\\0.tar", "D:\\b\\1.tar"]],
        ["C:\\{x}\\a.tar", ["C:\\{x}\\a.tar"]],
        ["data\\{a,b\\}.tar::C:a", ["data{a,b}.tar", "C:a"]],
      ];
      for (const [pattern, expected] of names) {
        assert.deepEqual(expandShards(pattern), expected, pattern);
      }
      // Python's own function knows of no Windows.
      assert.deepEqual(braceExpand("C:\\data\\a-{0..1}.tar"), ["C:dataa-0.tar", "C:dataa-1.tar"]);
      assert.throws(() => expandShards("C:\\a{0..1\\}.tar{"), RangeError, "unbalanced");
    },
  },
  {
    name: "expandShards() shows no credentials of a pattern that it refuses",
    run() {
      const patterns = [
        "https://user:SECRET@host/{a",
        "https://user:SEC}RET@host/a",
        "https://user:SEC RET@host/{a,",
        "https://user:SEC/RET@host/{a,",
        "https://host/{a?token=SECRET",
      ];
      for (const pattern of patterns) {
        let message = "";
        try {
          expandShards(pattern);
        } catch (error) {
          assert.instanceOf(error, RangeError, pattern);
          message = String(error);
        }
        assert.include(message, 'Cannot expand "https://');
        assert.notMatch(message, /SEC|RET|user/);
      }
      assert.throws(() => expandShards("https://host/{a"), 'Cannot expand "https://host/{a"');
    },
  },
];
