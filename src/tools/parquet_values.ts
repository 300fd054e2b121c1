/**
 * Checks that the values of a page are there, before a package reads them that believes what the page says.
 *
 * @module
 */
import { type PagePart, readRuns } from "./parquet_levels.ts";

/** What a page's values are. */
export interface ValueFacts {
  /** Parquet's physical type. */
  readonly type: string;
  /** Bytes of each value of a fixed length. */
  readonly typeLength: number | undefined;
  /** Parquet's name of their encoding. */
  readonly encoding: string;
  /** How many there are, without those that are null. */
  readonly count: number;
  /** Values of the dictionary; absent where there is none. */
  readonly dictionarySize: number | undefined;
  /** Whether the page is of version 2, which has runs of numbers of no bits, too. */
  readonly isVersion2: boolean;
}

const WIDTHS: Readonly<Record<string, number>> = {
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
};

/** Texts that share their beginnings: what they unpack to. */
const MAX_SHARED_BYTES = 2 ** 30;

/** Values in a block of differences, of which the standard says that it is a multiple of 128. */
const MAX_BLOCK_VALUES = 2 ** 20;

/**
 * Checks the values of a page.
 *
 * @throws {Error} If there are fewer than it speaks of, or they cannot be of such a type.
 */
export function checkValues(part: PagePart, facts: ValueFacts): void {
  const { type, encoding, count, dictionarySize, isVersion2 } = facts;
  if (count === 0) return;
  switch (encoding) {
    case "PLAIN":
      return checkPlain(part, facts);
    case "RLE":
      if (type !== "BOOLEAN") throw mismatchError(facts);
      return readRuns(skipLength(part), 1, count, () => {});
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY": {
      if (dictionarySize === undefined) {
        throw new Error("a page takes a dictionary, and there is none");
      }
      need(part, 1);
      const width = part.bytes[part.start];
      const rest = { ...part, start: part.start + 1 };
      if (width === 0 && dictionarySize > 0 && !isVersion2) return;
      return readRuns(rest, width, count, (number) => {
        if (number < dictionarySize) return;
        throw new Error(`a page takes value ${number} of a dictionary of ${dictionarySize}`);
      });
    }
    case "DELTA_BINARY_PACKED":
      if (type !== "INT32" && type !== "INT64") throw mismatchError(facts);
      return void readDeltas(part, count);
    case "DELTA_LENGTH_BYTE_ARRAY": {
      if (type !== "BYTE_ARRAY") throw mismatchError(facts);
      const { values, offset } = readDeltas(part, count);
      return need({ ...part, start: offset }, sumLengths(values));
    }
    case "DELTA_BYTE_ARRAY":
      if (type !== "BYTE_ARRAY" && type !== "FIXED_LEN_BYTE_ARRAY") throw mismatchError(facts);
      return checkShared(part, count);
    case "BYTE_STREAM_SPLIT":
      return need(part, count * widthOf(facts));
    case "ALP":
      if (type !== "FLOAT" && type !== "DOUBLE") throw mismatchError(facts);
      // It begins with how many there are, which the package compares.
      return need(part, 7);
    default:
      throw new Error(`the encoding ${encoding} is not read`);
  }
}

function checkPlain(part: PagePart, facts: ValueFacts): void {
  const { type, count } = facts;
  if (type === "BOOLEAN") return need(part, Math.ceil(count / 8));
  if (type !== "BYTE_ARRAY") return need(part, count * widthOf(facts));
  const { bytes, start, end } = part;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = start;
  for (let i = 0; i < count; i++) {
    need({ bytes, start: offset, end }, 4);
    const length = view.getUint32(offset, true);
    need({ bytes, start: offset + 4, end }, length);
    offset += 4 + length;
  }
}

/** Values that begin as the one before them does. */
function checkShared(part: PagePart, count: number): void {
  const shared = readDeltas(part, count);
  const own = readDeltas({ ...part, start: shared.offset }, count);
  need({ ...part, start: own.offset }, sumLengths(own.values));
  let before = 0;
  let sum = 0;
  for (const [i, length] of shared.values.entries()) {
    if (length < 0 || length > before) {
      throw new Error(`a value begins with ${length} bytes of one that has ${before}`);
    }
    before = length + own.values[i];
    sum += before;
    if (sum > MAX_SHARED_BYTES) {
      throw new Error(`a page unpacks to more than ${MAX_SHARED_BYTES} bytes`);
    }
  }
}

/** Bytes of a value of a fixed length. */
function widthOf({ type, typeLength }: ValueFacts): number {
  const width = type === "FIXED_LEN_BYTE_ARRAY" ? typeLength : WIDTHS[type];
  if (width === undefined || !(width > 0)) throw new Error(`values of ${type} have no length`);
  return width;
}

/** Where runs begin that have their length before them. */
export function skipLength(part: PagePart): PagePart {
  need(part, 4);
  const { bytes, start, end } = part;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(start, true);
  need({ bytes, start: start + 4, end }, length);
  return { bytes, start: start + 4, end: start + 4 + length };
}

function need({ start, end }: PagePart, length: number): void {
  if (length <= end - start) return;
  throw new Error(
    `a page ends before its values do: ${length} bytes, of which it has ${end - start}`,
  );
}

function sumLengths(lengths: Int32Array): number {
  let sum = 0;
  for (const length of lengths) {
    if (length < 0) throw new Error(`a value has a length of ${length}`);
    sum += length;
  }
  return sum;
}

/** Differences of one value to the next, packed in blocks; as numbers of 32 bits, which those of 64 overflow unheeded. */
function readDeltas(
  part: PagePart,
  count: number,
): { readonly values: Int32Array; readonly offset: number } {
  const { bytes, end } = part;
  const reader = { offset: part.start };
  const next = (): number => {
    if (reader.offset >= end) {
      throw new Error(`a page has fewer values than the ${count} it speaks of`);
    }
    return bytes[reader.offset++];
  };
  const readNumber = (): number => {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = next();
      // What is beyond 32 bits changes none of those.
      if (i < 5) value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return value;
    }
    throw new Error("a page has a number of more than 64 bits");
  };
  const readSigned = (): number => {
    const value = readNumber();
    return value % 2 === 0 ? value / 2 | 0 : -(value + 1) / 2 | 0;
  };
  const blockValues = readNumber();
  const miniblocks = readNumber();
  readNumber();
  const each = blockValues / miniblocks;
  const isSound = blockValues <= MAX_BLOCK_VALUES && Number.isInteger(each) && each > 0 &&
    each % 8 === 0;
  if (!isSound) {
    throw new Error(`a page has blocks of ${blockValues} values in ${miniblocks} parts`);
  }
  const values = new Int32Array(count);
  values[0] = readSigned();
  for (let seen = 1; seen < count;) {
    const least = readSigned();
    const widths = Array.from({ length: miniblocks }, next);
    for (const width of widths) {
      if (seen >= count) break;
      if (width > 64) throw new Error(`a page has differences of ${width} bits`);
      const taken = Math.min(each, count - seen);
      const miniblock = { bytes, start: reader.offset, end };
      need(miniblock, Math.ceil(taken * width / 8));
      for (let i = 0; i < taken; i++) {
        values[seen] = values[seen - 1] + least + readBits(bytes, reader.offset, i * width, width) |
          0;
        seen++;
      }
      reader.offset = Math.min(end, reader.offset + each * width / 8);
    }
  }
  return { values, offset: reader.offset };
}

/** The lower 32 of some bits. */
function readBits(bytes: Uint8Array, offset: number, first: number, width: number): number {
  let value = 0;
  for (let bit = 0; bit < Math.min(width, 32);) {
    const at = first + bit;
    const taken = Math.min(8 - at % 8, width - bit);
    value += (bytes[offset + (at >> 3)] >> at % 8 & (1 << taken) - 1) * 2 ** bit;
    bit += taken;
  }
  return value | 0;
}

function mismatchError({ type, encoding }: ValueFacts): Error {
  return new Error(`values of ${type} are never in ${encoding}`);
}
