/** JSON against Python's `json`, and what it may cost. */

import { assert } from "chai";
import type { SampleError } from "../../src/errors.ts";
import { parseJson, parseJsonText } from "../../src/sample/json.ts";
import { decodeField } from "../../src/sample/mod.ts";
import type { TestCase } from "../case.ts";
import { eventually } from "../eventually.ts";

/** A value as `make_golden.py` writes it; `null` where Python refuses the bytes. */
type Shown = readonly [kind: string, value?: unknown] | null;

interface Golden {
  readonly cases: readonly (readonly [base64: string, value: Shown])[];
}

/** A value in the golden's form, with names in order: JavaScript puts those that look like numbers first. */
export function show(value: unknown): Shown {
  if (value === null) return ["n"];
  if (typeof value === "boolean") return ["b", value];
  if (typeof value === "bigint") return ["i", `${value}`];
  if (typeof value === "number") {
    // What Python wrote as a float, JavaScript cannot tell from an integer.
    return Number.isSafeInteger(value) && !Object.is(value, -0)
      ? ["i", `${value}`]
      : ["f", hex(value)];
  }
  if (typeof value === "string") return ["s", value];
  if (Array.isArray(value)) return ["l", value.map(show)];
  assert.strictEqual(Object.getPrototypeOf(value), Object.prototype);
  return ["d", sorted(Object.entries(value as object).map(([k, v]) => [k, show(v)]))];
}

/** A golden value as JavaScript can tell it. */
function asShown(value: Shown): Shown {
  if (value === null) return null;
  const [kind, inner] = value;
  if (kind === "l") return [kind, (inner as Shown[]).map(asShown)];
  if (kind === "d") {
    return [kind, sorted((inner as [string, Shown][]).map(([k, v]) => [k, asShown(v)]))];
  }
  if (kind !== "f") return value;
  const number = new DataView(
    Uint8Array.from(
      (inner as string).match(/../g)!,
      (byte) => parseInt(byte, 16),
    ).buffer,
  ).getFloat64(0);
  return show(number);
}

function sorted(pairs: [string, Shown][]): [string, Shown][] {
  return pairs.sort(([a], [b]) => a < b ? -1 : 1);
}

function hex(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

function tryShow(bytes: Uint8Array): Shown {
  try {
    return show(parseJson(bytes));
  } catch (error) {
    assert.instanceOf(error, SyntaxError);
    return null;
  }
}

/** Milliseconds that work takes. */
function measure(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export const cases: TestCase[] = [
  {
    name: "parseJson() reads what json.loads() reads, and refuses what it refuses",
    async run({ read }) {
      const text = new TextDecoder().decode(await read("json/golden.json"));
      const { cases } = JSON.parse(text) as Golden;
      assert.isAbove(cases.length, 800);
      for (const [base64, expected] of cases) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const shown = new TextDecoder().decode(bytes.subarray(0, 200));
        // As text, for the deepest would be too much for a comparison by recursion.
        const [got, wanted] = [tryShow(bytes), asShown(expected)].map((each) =>
          JSON.stringify(each)
        );
        assert.equal(got, wanted, JSON.stringify(shown));
      }
    },
  },
  {
    name: "parseJson() keeps integers beyond 2^53 as bigints, in JSON and in its lines",
    run() {
      const text = '{"hash": -7315382710963816283, "n": 7, "similarity": 0.28450021147727966}';
      const expected = { hash: -7315382710963816283n, n: 7, similarity: 0.28450021147727966 };
      assert.deepEqual(decodeField("json", encode(text)), expected);
      assert.deepEqual(decodeField("jsonl", encode(`${text}\n[NaN]\r\n \n{"__proto__": -0}`)), [
        expected,
        [NaN],
        JSON.parse('{"__proto__": 0}'),
      ]);
    },
  },
  {
    name: "parseJson() bounds how deep it goes, with a typed error at any depth",
    run() {
      const nested = (open: string, close: string, depth: number, inner = "1"): string =>
        open.repeat(depth) + inner + close.repeat(depth);
      for (const inner of ["1", "NaN"]) {
        for (
          const [open, close] of [["[", "]"], ['{"a":', "}"], ['[{"a":', "}]"], ["[\n", "\n]"]]
        ) {
          const perLevel = open.includes("[{") ? 2 : 1;
          const most = 1000 / perLevel;
          parseJsonText(nested(open, close, most, inner));
          for (const depth of [most + 1, 100_000]) {
            const text = nested(open, close, depth, inner);
            assert.throws(() => parseJsonText(text), SyntaxError, "deeper");
          }
          assert.throws(() => parseJsonText(nested(open, close, 6, inner), 5), SyntaxError);
          parseJsonText(nested(open, close, 6, inner), 12);
        }
      }
      for (const text of ["[".repeat(500_000), '{"a":'.repeat(100_000), "[0,".repeat(200_000)]) {
        assert.throws(() => parseJsonText(text), SyntaxError);
      }
      try {
        decodeField("json", encode("[".repeat(5000)), { key: "k" });
        assert.fail("it was read");
      } catch (error) {
        assert.equal((error as SampleError).code, "sample/bad-field");
      }
      // Side by side is not deep.
      const wide = `[${Array(5000).fill("[[{}]]").join()}]`;
      assert.lengthOf(parseJsonText(wide) as unknown[], 5000);
      assert.lengthOf(parseJsonText(`[NaN,${wide.slice(1)}`) as unknown[], 5001);
    },
  },
  {
    name: "parseJson() takes linear time, also where JavaScript's parser cannot be asked",
    async run() {
      const parts = [
        '"NaN\\"",',
        "123456789012345678901234567890,",
        `${"9".repeat(4000)},`,
        "-0,",
        "NaN,",
        '{"a":[-0.5,"\\u00e9"]},',
        `"${"x".repeat(1000)}",`,
        `"${"\\n".repeat(500)}",`,
      ];
      for (const part of parts) {
        const text = (bytes: number): string => `[${part.repeat(bytes / part.length)}Infinity]`;
        const [small, large] = [text(50_000), text(400_000)];
        await eventually(() => {
          const [short, long] = [
            measure(() => parseJsonText(small)),
            measure(() => parseJsonText(large)),
          ];
          assert.isBelow(long, 40 * short + 50, part.slice(0, 20));
        });
      }
    },
  },
];
