/** Integers against Python's `int(bytes)`. */

import { assert } from "chai";
import { parseInteger } from "../../src/sample/integer.ts";
import { hash } from "../tar/listing.ts";
import { eventually } from "../eventually.ts";
import type { TestCase } from "../case.ts";

interface Golden {
  readonly written: readonly (readonly [base64: string, digits: string | null])[];
  readonly alphabet: string;
  readonly digest: string;
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Every text of `length` letters, the last one changing fastest. */
function* product(alphabet: Uint8Array, length: number): Generator<Uint8Array> {
  for (let number = 0; number < alphabet.length ** length; number++) {
    const text = new Uint8Array(length);
    for (let rest = number, i = length - 1; i >= 0; i--) {
      text[i] = alphabet[rest % alphabet.length];
      rest = Math.floor(rest / alphabet.length);
    }
    yield text;
  }
}

export const cases: TestCase[] = [
  {
    name: "parseInteger() reads what Python's int() reads of bytes, and nothing else",
    async run({ read }) {
      const text = new TextDecoder().decode(await read("integer/golden.json"));
      const { written, alphabet, digest } = JSON.parse(text) as Golden;
      for (const [base64, digits] of written) {
        const value = parseInteger(fromBase64(base64));
        assert.equal(value === undefined ? null : `${value}`, digits, base64.slice(0, 60));
        assert.isFalse(Object.is(value, -0));
        const isSafe = Number.isSafeInteger(Number(digits));
        if (digits !== null) assert.equal(typeof value, isSafe ? "number" : "bigint");
      }
      const lines: string[] = [];
      for (let length = 0; length <= 5; length++) {
        for (const bytes of product(fromBase64(alphabet), length)) {
          lines.push(`${parseInteger(bytes) ?? "-"}\n`);
        }
      }
      assert.equal(await hash(new TextEncoder().encode(lines.join(""))), digest);
    },
  },
  {
    name: "parseInteger() takes linear time",
    async run() {
      for (const letter of ["1", " ", "_", "1_", "0", "-"]) {
        const bytes = new TextEncoder().encode(letter.repeat(2_000_000 / letter.length));
        await eventually(() => {
          const start = performance.now();
          parseInteger(bytes);
          assert.isBelow(performance.now() - start, 500, letter);
        });
      }
    },
  },
];
