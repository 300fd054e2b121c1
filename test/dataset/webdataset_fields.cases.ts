/** Fields of every kind, as webdataset's own decoders give them. */

import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import { toRgb } from "../../src/image/to_rgb.ts";
import type { Image } from "../../src/image/types.ts";
import type { NpyArray } from "../../src/sample/npy.ts";
import { noCompression, type TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";
import { withFormats } from "../with_formats.ts";
import { collect } from "./shards.ts";

/** A value as the script that made the goldens writes it. */
type Plain =
  | string
  | boolean
  | null
  | readonly Plain[]
  | { readonly int: string }
  | { readonly float: string }
  | { readonly hex: string }
  | { readonly dict: readonly (readonly [key: string, value: Plain])[] };

/** What a field became. */
interface FieldGolden {
  readonly size?: readonly [width: number, height: number];
  readonly rgb?: string;
  readonly arrays?: Readonly<Record<string, FieldGolden>>;
  readonly dtype?: string;
  readonly shape?: readonly number[];
  readonly data?: string;
  readonly bytes?: string;
  readonly value?: Plain;
}

interface SampleGolden {
  readonly key: string;
  readonly fields: Readonly<Record<string, FieldGolden>>;
}

/** Python's `float.hex()` to a number. */
function readHexFloat(text: string): number {
  const [, sign, whole, part, exponent] = /^(-?)0x(\d)\.([0-9a-f]+)p([+-]\d+)$/.exec(text)!;
  const value = (Number(whole) + parseInt(part, 16) / 16 ** part.length) * 2 ** Number(exponent);
  return sign === "-" ? -value : value;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function assertPlain(value: unknown, golden: Plain, path: string): void {
  if (typeof golden !== "object" || golden === null) assert.strictEqual(value, golden, path);
  else if (Array.isArray(golden)) {
    assert.isArray(value, path);
    assert.lengthOf(value as unknown[], golden.length, path);
    golden.forEach((each, i) => assertPlain((value as unknown[])[i], each, `${path}[${i}]`));
  } else if ("int" in golden) {
    assert.include(["number", "bigint"], typeof value, path);
    assert.equal(String(value), golden.int, path);
  } else if ("float" in golden) assert.strictEqual(value, readHexFloat(golden.float), path);
  else if ("hex" in golden) assert.equal(hex(value as Uint8Array), golden.hex, path);
  else if ("dict" in golden) {
    const mine = value as Record<string, unknown>;
    assert.deepEqual(Object.keys(mine), golden.dict.map(([key]) => key), path);
    for (const [key, each] of golden.dict) assertPlain(mine[key], each, `${path}.${key}`);
  }
}

/** Elements by rows, whatever the file's order. */
function rowsOf({ data, shape, fortranOrder }: NpyArray): Uint8Array<ArrayBuffer> {
  const parts = shape.reduce((product, length) => product * length, 1);
  const each = data.byteLength / parts;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (!fortranOrder) return bytes;
  const rows = new Uint8Array(bytes.length);
  for (let i = 0; i < parts; i++) {
    // Place i by rows is the place in which the first index runs fastest.
    let [rest, place] = [i, 0];
    const places: number[] = [];
    for (const length of [...shape].reverse()) {
      places.unshift(rest % length);
      rest = Math.floor(rest / length);
    }
    for (const [axis, length] of [...shape.entries()].reverse()) {
      place = place * length + places[axis];
    }
    rows.set(bytes.subarray(place * each, (place + 1) * each), i * each);
  }
  return rows;
}

async function assertArray(array: NpyArray, golden: FieldGolden, path: string): Promise<void> {
  assert.equal(array.dtype, golden.dtype!.replace(">", ""), path);
  assert.deepEqual([...array.shape], [...golden.shape!], path);
  assert.equal(await sha256(rowsOf(array)), golden.data, path);
}

export const cases: TestCase[] = [
  {
    name: "Dataset.decode() gives what webdataset's decoders give of fields of every kind",
    // Packed arrays need it.
    skip: noCompression,
    async run({ read }): Promise<void> {
      const { samples } = JSON.parse(
        new TextDecoder().decode(await read("fields/golden.json")),
      ) as { samples: SampleGolden[] };
      let count = 0;
      await withFormats(async () => {
        const decoded = await collect(webdataset(await read("fields/fields.tar")).decode());
        assert.deepEqual(decoded.map(({ key }) => key), samples.map(({ key }) => key));
        for (const [i, { key, fields }] of samples.entries()) {
          const mine = decoded[i].fields as Record<string, unknown>;
          assert.sameMembers(Object.keys(mine), Object.keys(fields), key);
          for (const [name, golden] of Object.entries(fields)) {
            const path = `${key}.${name}`;
            count++;
            if (golden.rgb !== undefined) {
              const image = mine[name] as Image;
              assert.deepEqual([image.width, image.height], [...golden.size!], path);
              assert.equal(await sha256(toRgb(image).data), golden.rgb, path);
            } else if (golden.arrays !== undefined) {
              const arrays = mine[name] as Record<string, NpyArray>;
              assert.deepEqual(Object.keys(arrays), Object.keys(golden.arrays), path);
              for (const [part, each] of Object.entries(golden.arrays)) {
                await assertArray(arrays[part], each, `${path}/${part}`);
              }
            } else if (golden.dtype !== undefined) {
              await assertArray(mine[name] as NpyArray, golden, path);
            } else if (golden.bytes !== undefined) {
              assert.equal(hex(mine[name] as Uint8Array), golden.bytes, path);
            } else assertPlain(mine[name], golden.value!, path);
          }
        }
      });
      assert.equal(count, 29);
    },
  },
];
