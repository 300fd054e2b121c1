/**
 * MessagePack: `.mp`, `.msgpack` and `.msg` fields.
 *
 * Of ours, because libraries of JavaScript give integers of 64 bits that are not the ones that were stored, or all of
 * them as bigints, and let names of maps be anything.
 *
 * @module
 */
import { checkDepth, makeMap, MAX_PACKED_DEPTH, PackedReader } from "./packed_reader.ts";

/** A value of a kind that a program has added to MessagePack, as its bytes. */
export interface MsgpackExtension {
  /** The kind, -1 for times. */
  readonly type: number;
  /** What the program has stored. */
  readonly data: Uint8Array;
}

/**
 * Reads a value of MessagePack.
 *
 * Exact: Python's `msgpack.unpackb(bytes)`, with these types: an integer is a number, or a bigint beyond 2^53 - 1 on
 * either side of zero; `bin` is a `Uint8Array`, `nil` is `null`, a map a plain object, or a `Map`
 * where its names are not all texts but bytes, an extension a {@linkcode MsgpackExtension}, times too.
 *
 * @throws {Error} With what is wrong, for the caller to say where.
 */
export function parseMsgpack(bytes: Uint8Array, maxDepth: number = MAX_PACKED_DEPTH): unknown {
  const reader = new PackedReader(bytes);
  const value = readValue(reader, maxDepth, 0);
  if (reader.left > 0) throw new Error(`${reader.left} bytes follow its value`);
  return value;
}

function readValue(reader: PackedReader, maxDepth: number, depth: number): unknown {
  const code = Number(reader.unsigned(1));
  if (code < 0x80) return code;
  if (code >= 0xe0) return code - 0x100;
  if (code < 0x90) return readMap(reader, code & 15, maxDepth, depth + 1);
  if (code < 0xa0) return readList(reader, code & 15, maxDepth, depth + 1);
  if (code < 0xc0) return reader.text(code & 31);
  // Of three or four sizes in a row, the exponent.
  const size = (first: number): number => 1 << (code - first);
  const count = (first: number): number => reader.checkCount(reader.unsigned(size(first)));
  switch (code) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return reader.bytes(count(0xc4));
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return readExtension(reader, count(0xc7));
    case 0xca:
      return reader.view.getFloat32(reader.move(4));
    case 0xcb:
      return reader.view.getFloat64(reader.move(8));
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
      return reader.unsigned(size(0xcc));
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return reader.signed(size(0xd0));
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return readExtension(reader, size(0xd4));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return reader.text(count(0xd9));
    case 0xdc:
    case 0xdd:
      return readList(
        reader,
        reader.checkCount(reader.unsigned(2 * size(0xdc))),
        maxDepth,
        depth + 1,
      );
    case 0xde:
    case 0xdf:
      return readMap(
        reader,
        reader.checkCount(reader.unsigned(2 * size(0xde)), 2),
        maxDepth,
        depth + 1,
      );
  }
  throw new Error(`MessagePack has no value that begins with byte ${code}`);
}

function readExtension(reader: PackedReader, count: number): MsgpackExtension {
  return { type: Number(reader.signed(1)), data: reader.bytes(count) };
}

function readList(reader: PackedReader, count: number, maxDepth: number, depth: number): unknown[] {
  checkDepth(depth, maxDepth);
  reader.checkCount(count);
  const list: unknown[] = [];
  for (let i = 0; i < count; i++) list.push(readValue(reader, maxDepth, depth));
  return list;
}

function readMap(
  reader: PackedReader,
  count: number,
  maxDepth: number,
  depth: number,
): unknown {
  checkDepth(depth, maxDepth);
  reader.checkCount(count, 2);
  const entries: [unknown, unknown][] = [];
  for (let i = 0; i < count; i++) {
    const name = readValue(reader, maxDepth, depth);
    if (typeof name !== "string" && !(name instanceof Uint8Array)) {
      throw new Error("a name in one of its maps is neither text nor bytes");
    }
    entries.push([name, readValue(reader, maxDepth, depth)]);
  }
  return makeMap(entries);
}
