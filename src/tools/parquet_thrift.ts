/**
 * Thrift's compact protocol, as footers and page headers of Parquet files are written in it: nothing in it takes more
 * time or memory than its bytes are worth.
 *
 * @module
 */

/** A value: numbers of 64 bits are bigints, lists arrays, structs maps by the numbers of their fields. */
export type ThriftValue = boolean | number | bigint | Uint8Array | ThriftStruct | ThriftValue[];

/** A struct by the numbers of its fields. */
export type ThriftStruct = Map<number, ThriftValue>;

const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** A list of more elements has their number behind its first byte. */
const SHORT_LIST = 15;

/** Structs in structs: footers have six levels or so. */
const MAX_DEPTH = 32;

/** Bytes of the longest number of 32 bits, and of 64. */
const INT32_BYTES = 5;
const INT64_BYTES = 10;

/** Reads from bytes. */
export class ThriftReader {
  /** Where the next byte lies. */
  offset: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  /**
   * Reads a struct.
   *
   * @throws {Error} If the bytes are none, or end within it.
   */
  readStruct(depth = 0): ThriftStruct {
    if (depth > MAX_DEPTH) throw new Error(`a header has more than ${MAX_DEPTH} levels`);
    const fields: ThriftStruct = new Map();
    let id = 0;
    while (true) {
      const byte = this.#readByte();
      const type = byte & 15;
      if (type === STOP) return fields;
      const step = byte >> 4;
      id = step > 0 ? id + step : this.#readInt();
      fields.set(id, this.#readValue(type, depth));
    }
  }

  #readValue(type: number, depth: number): ThriftValue {
    switch (type) {
      case TRUE:
        return true;
      case FALSE:
        return false;
      case BYTE:
        return this.#readByte() << 24 >> 24;
      case I16:
      case I32:
        return this.#readInt();
      case I64: {
        const value = this.#readVarint(INT64_BYTES);
        return BigInt.asIntN(64, value >> 1n ^ -(value & 1n));
      }
      case DOUBLE:
        return this.#view(8).getFloat64(0, true);
      case BINARY: {
        const { byteOffset, byteLength, buffer } = this.#view(this.#readCount());
        return new Uint8Array(buffer, byteOffset, byteLength);
      }
      case LIST:
        return this.#readList(depth);
      case STRUCT:
        return this.readStruct(depth + 1);
      default:
        throw new Error(`a header has a field of type ${type}, which Parquet has not`);
    }
  }

  #readList(depth: number): ThriftValue[] {
    const byte = this.#readByte();
    const type = byte & 15;
    const size = byte >> 4;
    const count = size === SHORT_LIST ? this.#readCount() : size;
    // Each takes a byte at least.
    if (count > this.#bytes.length - this.offset) throw cutError();
    const isFlag = type === TRUE || type === FALSE;
    return Array.from(
      { length: count },
      () => isFlag ? this.#readByte() === TRUE : this.#readValue(type, depth + 1),
    );
  }

  #readByte(): number {
    if (this.offset >= this.#bytes.length) throw cutError();
    return this.#bytes[this.offset++];
  }

  #view(length: number): DataView {
    if (length > this.#bytes.length - this.offset) throw cutError();
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.offset, length);
    this.offset += length;
    return view;
  }

  #readVarint(maxBytes: number): bigint {
    let value = 0n;
    for (let i = 0; i < maxBytes; i++) {
      const byte = this.#readByte();
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return value;
    }
    throw new Error(`a header has a number of more than ${maxBytes} bytes`);
  }

  #readCount(): number {
    return Number(this.#readVarint(INT32_BYTES));
  }

  #readInt(): number {
    const value = this.#readCount();
    const half = Math.floor(value / 2);
    return value % 2 === 0 ? half : -half - 1;
  }
}

/** A field of a struct that is to be written: a number of 32 bits, a flag, or a struct. */
export type WrittenField = readonly [id: number, value: number | boolean | readonly WrittenField[]];

/** Writes a struct; its fields in ascending order of their numbers. */
export function writeStruct(fields: readonly WrittenField[]): number[] {
  const bytes: number[] = [];
  let last = 0;
  for (const [id, value] of fields) {
    const step = (id - last) << 4;
    last = id;
    if (typeof value === "boolean") bytes.push(step | (value ? TRUE : FALSE));
    else if (typeof value !== "number") bytes.push(step | STRUCT, ...writeStruct(value));
    else {
      bytes.push(step | I32);
      let rest = value * 2;
      for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(rest % 128 | 128);
      bytes.push(rest);
    }
  }
  return [...bytes, STOP];
}

function cutError(): Error {
  return new Error("a header ends early");
}
