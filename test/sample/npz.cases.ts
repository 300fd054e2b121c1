/** npz fields against numpy. */

import { assert } from "chai";
import type { SampleError } from "../../src/errors.ts";
import { decodeField, type NpyArray } from "../../src/sample/mod.ts";
import { noCompression, type TestCase } from "../case.ts";
import { rejection } from "../storage/bytes.ts";

type GoldenValue =
  | { readonly bytes: string }
  | {
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly values: readonly number[];
  };

interface GoldenCase {
  readonly what: string;
  readonly npz: string;
  readonly arrays: Readonly<Record<string, GoldenValue>>;
}

async function readGolden(
  read: (path: string) => Promise<Uint8Array>,
): Promise<readonly GoldenCase[]> {
  const text = new TextDecoder().decode(await read("npz/golden.json"));
  return (JSON.parse(text) as { cases: GoldenCase[] }).cases;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function show(value: NpyArray | Uint8Array): GoldenValue {
  if (value instanceof Uint8Array) return { bytes: btoa(String.fromCharCode(...value)) };
  const { dtype, shape, data } = value;
  return { dtype, shape, values: Array.from(data as ArrayLike<number>) };
}

async function decode(
  bytes: Uint8Array,
  context: object = {},
): Promise<Record<string, NpyArray | Uint8Array>> {
  return await decodeField("npz", bytes, context) as Record<string, NpyArray | Uint8Array>;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await rejection(promise) as SampleError).code;
}

export const cases: TestCase[] = [
  {
    name: "decodeField() reads npz as numpy.load() does: stored, deflated, zip64",
    skip: noCompression,
    async run({ read }) {
      const golden = await readGolden(read);
      assert.isAbove(golden.length, 12);
      for (const { what, npz, arrays } of golden) {
        const got = await decode(fromBase64(npz));
        assert.isNull(Object.getPrototypeOf(got));
        assert.deepEqual(Object.keys(got), Object.keys(arrays), what);
        for (const [name, expected] of Object.entries(arrays)) {
          assert.deepEqual(show(got[name]), expected, `${what}: ${name}`);
        }
      }
    },
  },
  {
    name: "decodeField() refuses npz that is cut or damaged, wherever it is",
    skip: noCompression,
    async run({ read }) {
      const golden = await readGolden(read);
      for (const wanted of ["savez_compressed", "zip64 in the directory"]) {
        const { npz } = golden.find(({ what }) => what === wanted)!;
        const bytes = fromBase64(npz);
        for (let length = 0; length < bytes.length; length += 7) {
          assert.equal(await codeOf(decode(bytes.subarray(0, length))), "sample/bad-field");
        }
        const whole = await decode(bytes);
        for (let i = 0; i < bytes.length; i++) {
          const damaged = bytes.slice();
          damaged[i] ^= 0xff;
          // Dates and versions say nothing of the arrays.
          const got = await decode(damaged).catch((error) => {
            // A size that is damaged may be one over the limit.
            assert.match(
              (error as SampleError).code,
              /^sample\/(bad-field|too-large)$/,
              `byte ${i}`,
            );
          });
          if (got === undefined) continue;
          assert.sameDeepMembers(Object.values(got), Object.values(whole), `byte ${i}`);
        }
      }
      const text = new TextEncoder().encode("no zip file");
      assert.equal(await codeOf(decode(text)), "sample/bad-field");
    },
  },
  {
    name: "decodeField() unpacks no more of npz than its limit, all members together",
    skip: noCompression,
    async run({ read }) {
      const golden = await readGolden(read);
      const { npz } = golden.find(({ what }) => what === "savez_compressed")!;
      const bytes = fromBase64(npz);
      const sizes = Object.values(await decode(bytes)).map((value) =>
        128 + (value as NpyArray).data.byteLength
      );
      const total = sizes.reduce((sum, size) => sum + size, 0);
      assert.lengthOf(Object.keys(await decode(bytes, { maxUnpackedBytes: total })), 3);
      const error = await rejection(decode(bytes, { maxUnpackedBytes: total - 1, key: "k" }));
      const { code, key } = error as SampleError;
      assert.deepEqual([code, key], ["sample/too-large", "k"]);
    },
  },
];
