/**
 * CBOR: `.cbor` fields.
 *
 * Of ours, because libraries of JavaScript differ in what they make of integers, maps and tags.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { checkDepth, makeMap, MAX_PACKED_DEPTH, narrow, PackedReader } from "./packed_reader.ts";

/** A value with a tag that says what it stands for. */
export interface CborTag {
  /** The tag's number. */
  readonly tag: number | bigint;
  /** What it is of. */
  readonly value: unknown;
}

const BIG_INTEGER = 2;
const NEGATIVE_BIG_INTEGER = 3;
const SELF_DESCRIBED = 55_799;

/** What ends lists, maps and strings whose length nobody said. */
const BREAK = Symbol("break");

/**
 * Reads a value of CBOR.
 *
 * Exact: Python's `cbor2.loads(bytes)`, with these types: an integer is a number, or a bigint beyond 2^53 - 1 on
 * either side of zero, tagged ones too; a byte string is a `Uint8Array`, `undefined` is itself; a map is a plain
 * object where its names are texts, and a `Map` where they are not; of other tags a {@linkcode CborTag}, where Python
 * makes dates, fractions and the like. What follows the value is not looked at.
 *
 * @throws {Error} With what is wrong, for the caller to say where.
 */
export function parseCbor(bytes: Uint8Array, maxDepth: number = MAX_PACKED_DEPTH): unknown {
  return readItem(new PackedReader(bytes), maxDepth, 0);
}

/** A value, or what ends a list. */
function readValue(reader: PackedReader, maxDepth: number, depth: number): unknown {
  const first = Number(reader.unsigned(1));
  const kind = first >> 5;
  const info = first & 31;
  if (kind === 7) return readSimple(reader, info);
  const argument = readArgument(reader, info, kind >= 2 && kind <= 5);
  switch (kind) {
    case 0:
      return argument!;
    case 1:
      return typeof argument === "bigint" ? narrow(-1n - argument) : minusOneLess(argument!);
    case 2:
    case 3:
      return readString(reader, kind, argument);
    case 4:
      return readList(reader, argument, maxDepth, depth + 1);
    case 5:
      return readMap(reader, argument, maxDepth, depth + 1);
  }
  checkDepth(depth + 1, maxDepth);
  return resolveTag(argument!, readItem(reader, maxDepth, depth + 1));
}

function minusOneLess(value: number): number | bigint {
  const less = -1 - value;
  return Number.isSafeInteger(less) ? less : -1n - BigInt(value);
}

/** The number behind the first byte; nothing where it is not said how long something is. */
function readArgument(
  reader: PackedReader,
  info: number,
  mayBeOpen: boolean,
): number | bigint | undefined {
  if (info < 24) return info;
  if (info < 28) return reader.unsigned(1 << (info - 24));
  if (info === 31 && mayBeOpen) return undefined;
  throw new Error(`CBOR has no length of the kind ${info}`);
}

/** A value that must be there. */
function readItem(reader: PackedReader, maxDepth: number, depth: number): unknown {
  const value = readValue(reader, maxDepth, depth);
  if (value === BREAK) throw new Error("a break stands where a value is missing");
  return value;
}

function readSimple(reader: PackedReader, info: number): unknown {
  switch (info) {
    case 20:
      return false;
    case 21:
      return true;
    case 22:
      return null;
    case 23:
      return undefined;
    case 25:
      return readHalf(reader.view.getUint16(reader.move(2)));
    case 26:
      return reader.view.getFloat32(reader.move(4));
    case 27:
      return reader.view.getFloat64(reader.move(8));
    case 31:
      return BREAK;
  }
  throw new Error("it has a simple value that means nothing");
}

function readHalf(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign *
    (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function readString(
  reader: PackedReader,
  kind: number,
  length: number | bigint | undefined,
): string | Uint8Array {
  const readPart = (given: number | bigint): string | Uint8Array => {
    const count = reader.checkCount(given);
    return kind === 2 ? reader.bytes(count) : reader.text(count);
  };
  if (length !== undefined) return readPart(length);
  const parts: (string | Uint8Array)[] = [];
  while (true) {
    const first = Number(reader.unsigned(1));
    if (first === 0xff) break;
    if (first >> 5 !== kind) throw new Error("a part of a string is none");
    parts.push(readPart(readArgument(reader, first & 31, false)!));
  }
  return kind === 2 ? concatenate(parts as Uint8Array[]) : parts.join("");
}

function readList(
  reader: PackedReader,
  length: number | bigint | undefined,
  maxDepth: number,
  depth: number,
): unknown[] {
  checkDepth(depth, maxDepth);
  const list: unknown[] = [];
  const count = length === undefined ? Infinity : reader.checkCount(length);
  while (list.length < count) {
    const value = readValue(reader, maxDepth, depth);
    if (value === BREAK) {
      if (count < Infinity) throw new Error("a break stands where a value is missing");
      break;
    }
    list.push(value);
  }
  return list;
}

function readMap(
  reader: PackedReader,
  length: number | bigint | undefined,
  maxDepth: number,
  depth: number,
): unknown {
  checkDepth(depth, maxDepth);
  const entries: [unknown, unknown][] = [];
  const count = length === undefined ? Infinity : reader.checkCount(length, 2);
  while (entries.length < count) {
    const name = readValue(reader, maxDepth, depth);
    if (name === BREAK) {
      if (count < Infinity) throw new Error("a break stands where a value is missing");
      break;
    }
    entries.push([name, readItem(reader, maxDepth, depth)]);
  }
  return makeMap(entries);
}

function resolveTag(tag: number | bigint, value: unknown): unknown {
  if (tag === SELF_DESCRIBED) return value;
  const isBig = (tag === BIG_INTEGER || tag === NEGATIVE_BIG_INTEGER) &&
    value instanceof Uint8Array;
  if (!isBig) return { tag, value } satisfies CborTag;
  const digits = Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const magnitude = BigInt(`0x0${digits}`);
  return narrow(tag === BIG_INTEGER ? magnitude : -1n - magnitude);
}
