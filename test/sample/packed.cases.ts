/** MessagePack and CBOR against Python's msgpack and cbor2. */

import { assert } from "chai";
import type { SampleError } from "../../src/errors.ts";
import { decodeField } from "../../src/sample/mod.ts";
import type { MsgpackExtension } from "../../src/sample/msgpack.ts";
import type { TestCase } from "../case.ts";
import { catchError } from "../dataset/shards.ts";

interface Row {
  readonly hex: string;
  readonly value?: unknown;
  readonly error?: string;
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A value in the words of the goldens; of numbers, the golden says whether Python has an integer. */
function describe(value: unknown, golden: unknown): unknown {
  const special = golden as Record<string, unknown> | null;
  if (typeof value === "number" || typeof value === "bigint") {
    if (typeof special === "object" && special !== null && "$int" in special) {
      assert.isTrue(typeof value === "bigint" || Number.isSafeInteger(value));
      return { $int: Object.is(value, -0) ? "-0" : String(value) };
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      return { $float: String(value).toLowerCase().replace("infinity", "inf") };
    }
    return value;
  }
  if (value === undefined) return { $undefined: true };
  if (value instanceof Uint8Array) return { $bytes: toHex(value) };
  if (Array.isArray(value)) {
    return value.map((each, i) => describe(each, (golden as unknown[])?.[i]));
  }
  if (value instanceof Map) {
    const pairs = special?.$map as [unknown, unknown][];
    return {
      $map: [...value].map(([name, each], i) => [
        describe(name, pairs?.[i]?.[0]),
        describe(each, pairs?.[i]?.[1]),
      ]),
    };
  }
  if (typeof value !== "object" || value === null) return value;
  if (special !== null && typeof special === "object" && "$ext" in special) {
    const { type, data } = value as MsgpackExtension;
    return { $ext: [type, toHex(data)] };
  }
  return Object.fromEntries(
    Object.keys(value).map((name) => [
      name,
      describe((value as Record<string, unknown>)[name], special?.[name]),
    ]),
  );
}

async function compare(text: string, extension: "mp" | "cbor"): Promise<void> {
  const rows = (JSON.parse(text) as Record<string, Row[]>)[extension];
  assert.isAbove(rows.length, 180);
  for (const { hex, value, error } of rows) {
    if (error !== undefined) {
      const fault = await catchError(
        Promise.resolve(decodeField(extension, fromHex(hex), { key: "k", shard: "s.tar" })),
      ) as SampleError;
      assert.deepInclude(fault, { code: "sample/bad-field", key: "k", field: extension }, hex);
      continue;
    }
    const decoded = await decodeField(extension, fromHex(hex));
    assert.deepEqual(describe(decoded, value), value, hex);
  }
}

export const cases: TestCase[] = [
  ...(["mp", "cbor"] as const).map((extension): TestCase => ({
    name: `decodeField() reads ${extension} as Python does, and refuses what it refuses`,
    async run({ read }): Promise<void> {
      await compare(new TextDecoder().decode(await read("packed/golden.json")), extension);
    },
  })),
  {
    name:
      "decodeField() reads no more levels of mp and cbor than the limit, and gives copies of bytes",
    async run(): Promise<void> {
      for (const [extension, list] of [["mp", 0x91], ["cbor", 0x81]] as const) {
        const deep = new Uint8Array(100_001).fill(list);
        deep[100_000] = 0;
        const error = await catchError(Promise.resolve(decodeField(extension, deep)));
        assert.match(String(error), /nested deeper than the limit of 1000 levels/);
        const shallow = decodeField(extension, Uint8Array.of(list, list, 7), { maxJsonDepth: 2 });
        assert.deepEqual(await shallow, [[7]]);
      }
      const file = Uint8Array.of(0xc4, 2, 8, 9);
      const bytes = await decodeField("mp", file) as Uint8Array;
      file[2] = 0;
      assert.deepEqual(bytes, Uint8Array.of(8, 9));
    },
  },
];
