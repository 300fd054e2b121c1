import { assert } from "chai";
import { cos, exp, log, MAX_ANGLE, sin } from "../../src/numbers/math.ts";
import type { TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";
import { drawState } from "../reference/random.ts";
import { readJson } from "../reference/json.ts";

interface Golden {
  made_with: { count: number };
  functions: Record<string, { vectors: [string, string][]; many: string; libraryAgrees: number }>;
}

const FUNCTIONS: Record<string, (x: number) => number> = { exp, log, sin, cos };

/** A double from its big-endian hexadecimal digits. */
function readDouble(digits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${digits}`));
  return view.getFloat64(0);
}

/** The inputs of `fixtures/math/make_golden.py`, by the same operations. */
function drawInputs(name: string, count: number): Float64Array<ArrayBuffer> {
  let state = 20260101;
  return Float64Array.from({ length: count }, () => {
    state = drawState(state);
    const unit = state / 2 ** 32;
    if (name !== "log") return (unit - 0.5) * 64;
    state = drawState(state);
    return (1 + unit) * 2 ** (state % 81 - 40);
  });
}

const perFunction = Object.entries(FUNCTIONS).flatMap(([name, compute]): TestCase[] => [
  {
    name: `${name}() rounds correctly at chosen inputs`,
    async run(fixtures) {
      const { functions } = await readJson<Golden>(fixtures, "math/golden.json");
      for (const [input, output] of functions[name].vectors) {
        const x = readDouble(input);
        assert(Object.is(compute(x), readDouble(output)), `${name}(${x}) is ${compute(x)}`);
      }
    },
  },
  {
    name: `${name}() rounds correctly at 20000 drawn inputs`,
    async run(fixtures) {
      const golden = await readJson<Golden>(fixtures, "math/golden.json");
      const results = drawInputs(name, golden.made_with.count).map(compute);
      assert.equal(await sha256(results), golden.functions[name].many);
    },
  },
]);

/** Tests of the deterministic functions. */
export const cases: TestCase[] = [
  ...perFunction,
  {
    name: "exp() and log() have the limits of their ranges",
    run() {
      assert.deepEqual([-Infinity, -800, 800, Infinity].map(exp), [0, 0, Infinity, Infinity]);
      assert.deepEqual([0, Infinity, 1].map(log), [-Infinity, Infinity, 0]);
      for (const value of [exp(NaN), log(NaN), log(-1), sin(NaN), sin(Infinity), cos(-Infinity)]) {
        assert.isNaN(value);
      }
      assert.equal(exp(-745), 5e-324);
    },
  },
  {
    name: "sin() keeps the sign of zero and refuses angles that it cannot reduce",
    run() {
      assert(Object.is(sin(-0), -0));
      assert.equal(cos(0), 1);
      assert.throws(() => sin(MAX_ANGLE * 1.01), RangeError);
      assert.throws(() => cos(-1e300), RangeError);
    },
  },
];
