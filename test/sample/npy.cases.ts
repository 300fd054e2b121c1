/** npy fields against numpy. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { SampleError } from "../../src/errors.ts";
import { decodeField, type NpyArray } from "../../src/sample/mod.ts";

interface GoldenArray {
  readonly npy: string;
  readonly dtype: string;
  readonly shape: number[];
  readonly fortran: boolean;
  readonly elements: string[];
}

type Read = (path: string) => Promise<Uint8Array>;

async function readGolden(read: Read): Promise<readonly GoldenArray[]> {
  const text = new TextDecoder().decode(await read("npy/golden.json"));
  return (JSON.parse(text) as { arrays: GoldenArray[] }).arrays;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export const cases: TestCase[] = [
  {
    name: "decodeField() reads npy as numpy does: types, byte orders, shapes, versions",
    async run({ read }) {
      const golden = await readGolden(read);
      assert.isAbove(golden.length, 25);
      for (const { npy, dtype, shape, fortran, elements } of golden) {
        const array = decodeField("npy", fromBase64(npy)) as NpyArray;
        assert.equal(array.dtype, dtype);
        assert.deepEqual(array.shape, shape);
        assert.equal(array.fortranOrder, fortran);
        const got = Array.from(array.data as ArrayLike<number | bigint>, String);
        const integers = array.data instanceof BigInt64Array ||
          array.data instanceof BigUint64Array;
        assert.deepEqual(got, integers ? elements : elements.map((text) => String(Number(text))));
      }
    },
  },
  {
    name: "decodeField() refuses npy that is cut or damaged, wherever it is cut",
    async run({ read }) {
      const [first] = await readGolden(read);
      const bytes = fromBase64(first.npy);
      const damaged = bytes.slice();
      damaged[6] = 9;
      const cuts = Array.from({ length: bytes.length }, (_, i) => bytes.subarray(0, i));
      const object = String.fromCharCode(...bytes).replace("|b1", "|O8");
      const pickled = Uint8Array.from(object, (character) => character.charCodeAt(0));
      for (const bad of [damaged, pickled, ...cuts]) {
        try {
          decodeField("npy", bad);
        } catch (error) {
          assert.equal((error as SampleError).code, "sample/bad-field");
          continue;
        }
        assert.fail(`${bad.length} bytes were read`);
      }
    },
  },
  {
    name: "decodeField() refuses npy of other than numbers, with the dtype",
    async run({ read }) {
      const [first] = await readGolden(read);
      const text = String.fromCharCode(...fromBase64(first.npy));
      for (
        const [dtype, what] of [
          ["'<f16'", "long doubles"],
          ["'<c32'", "complex long doubles"],
          ["'<U7'", "strings"],
          ["'|S3'", "byte strings"],
          ["'|O'", "Python objects"],
          ["'<M8[ns]'", "times"],
          ["'|V8'", "bytes without a type"],
          ["[('x', '<f4'), ('y', '<i8')]", "structures"],
        ]
      ) {
        const file = text.replace("'|b1'", dtype);
        assert.notEqual(file, text);
        const bytes = Uint8Array.from(file, (character) => character.charCodeAt(0));
        const view = new DataView(bytes.buffer);
        view.setUint16(8, view.getUint16(8, true) + dtype.length - 5, true);
        try {
          decodeField("npy", bytes);
          assert.fail("it was read");
        } catch (error) {
          const { code, message } = error as SampleError;
          assert.equal(code, "sample/bad-field");
          const name = dtype.startsWith("[") ? dtype : dtype.replaceAll("'", '"');
          assert.include(message, `its elements are ${what}, of the dtype ${name}: store`);
        }
      }
    },
  },
];
