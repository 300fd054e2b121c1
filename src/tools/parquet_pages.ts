/**
 * Column chunks of Parquet files, checked and unpacked page by page.
 *
 * A package that decodes them believes what pages say of themselves: a bit that is wrong has it write 2^31 numbers, or run
 * in a circle. So each page is looked through first, and what it is given are pages that hold what they say.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { updateCrc32 } from "../numbers/crc32.ts";
import type { Decompress } from "./parquet_compressors.ts";
import { type Levels, type PagePart, readLevels } from "./parquet_levels.ts";
import {
  ThriftReader,
  type ThriftStruct,
  writeStruct,
  type WrittenField,
} from "./parquet_thrift.ts";
import { checkValues, skipLength } from "./parquet_values.ts";

/** What the footer says of a column chunk. */
export interface ChunkFacts {
  /** Parquet's physical type of its values. */
  readonly type: string;
  /** Bytes of each value of a fixed length. */
  readonly typeLength: number | undefined;
  /** Highest levels: how many of what a value lies in may be missing, and may be repeated. */
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  /** Rows of its group. */
  readonly rows: number;
  /** Values, those included that are null. */
  readonly values: number;
  /** Bytes of all pages when they are unpacked. */
  readonly unpackedBytes: number;
  /** Unpacks a page; absent where pages are not packed. */
  readonly decompress: Decompress | undefined;
}

/** Values of a chunk, those in lists counted: what is more, no memory holds. */
const MAX_VALUES = 2 ** 26;

/** Values times levels: how much is made of lists in lists that are missing. */
const MAX_LEVEL_VALUES = 2 ** 28;

/** A page that is larger than its whole chunk is damaged; but some writers count small ones wrongly. */
const LENIENT_BYTES = 2 ** 24;

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;

/** Parquet's names of encodings, by their numbers. */
const ENCODINGS = [
  "PLAIN",
  "GROUP_VAR_INT",
  "PLAIN_DICTIONARY",
  "RLE",
  "BIT_PACKED",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
  "DELTA_BYTE_ARRAY",
  "RLE_DICTIONARY",
  "BYTE_STREAM_SPLIT",
  "ALP",
];
const RLE = 3;

/** A page with its header, as both were written. */
interface Page {
  readonly type: number;
  readonly facts: ThriftStruct;
  readonly body: Uint8Array;
  readonly unpackedBytes: number;
}

/** A page that is not packed: its header anew, and its bytes. */
interface PlainPage {
  readonly fields: readonly WrittenField[];
  readonly body: Uint8Array;
}

/**
 * Reads the pages of a column chunk, and writes them again without packing.
 *
 * @returns The chunk as it would be with pages that are not packed, and nothing else in it.
 * @throws {Error} If they do not hold what the footer and their headers say, or their checksums are wrong.
 */
export function unpackChunk(bytes: Uint8Array, facts: ChunkFacts): Uint8Array<ArrayBuffer> {
  const { values, rows, maxDefinition, maxRepetition } = facts;
  if (!(values >= 0 && values <= MAX_VALUES)) {
    throw new Error(`it has ${values} values, and at most ${MAX_VALUES} are read`);
  }
  if (values * maxDefinition > MAX_LEVEL_VALUES) {
    throw new Error(`it has ${values} values in ${maxDefinition} levels, which is too much`);
  }
  if (maxRepetition === 0 && values !== rows) {
    throw new Error(`it has ${values} values, and its row group ${rows} rows`);
  }
  const chunk = new Chunk(facts);
  const parts: Uint8Array[] = [];
  for (let offset = 0; chunk.values < values;) {
    if (offset >= bytes.length) {
      throw new Error(`its pages have ${chunk.values} values of ${values}`);
    }
    const { page, end } = readPage(bytes, offset, facts);
    const plain = chunk.unpack(page);
    const { length } = plain.body;
    const { type } = page;
    const header: WrittenField[] = [[1, type], [2, length], [3, length], ...plain.fields];
    parts.push(Uint8Array.from(writeStruct(header)), plain.body);
    offset = end;
  }
  if (chunk.rows !== rows) throw new Error(`its pages have ${chunk.rows} rows of ${rows}`);
  return concatenate(parts);
}

/** Reads a page's header, and finds its bytes. */
function readPage(
  bytes: Uint8Array,
  offset: number,
  { unpackedBytes }: ChunkFacts,
): { readonly page: Page; readonly end: number } {
  const reader = new ThriftReader(bytes, offset);
  const header = reader.readStruct();
  const type = readCount(header, 1, "type");
  const unpacked = readCount(header, 2, "unpacked size");
  const packed = readCount(header, 3, "size");
  const limit = Math.max(LENIENT_BYTES, unpackedBytes);
  if (unpacked > limit) {
    throw new Error(`a page has ${unpacked} bytes, of ${unpackedBytes} of the whole chunk`);
  }
  const end = reader.offset + packed;
  if (end > bytes.length) throw new Error(`a page of ${packed} bytes goes beyond its chunk`);
  const body = bytes.subarray(reader.offset, end);
  const checksum = header.get(4);
  if (typeof checksum === "number" && updateCrc32(body, 0) !== checksum) {
    throw new Error("the checksum of a page is wrong");
  }
  const place = { [DATA_PAGE]: 5, [DICTIONARY_PAGE]: 7, [DATA_PAGE_V2]: 8 }[type];
  if (place === undefined) throw new Error(`a page is of type ${type}, which is not read`);
  const facts = header.get(place);
  if (!(facts instanceof Map)) throw new Error("a page says nothing of its values");
  return { page: { type, facts, body, unpackedBytes: unpacked }, end };
}

/** What is known of a chunk by its pages so far. */
class Chunk {
  /** Values of its data pages. */
  values = 0;
  /** Rows that begin in them. */
  rows = 0;
  readonly #facts: ChunkFacts;
  /** Values of its dictionary, once it was read. */
  #dictionarySize: number | undefined;

  constructor(facts: ChunkFacts) {
    this.#facts = facts;
  }

  /** Unpacks a page, and checks that it holds what it says. */
  unpack(page: Page): PlainPage {
    switch (page.type) {
      case DICTIONARY_PAGE:
        return this.#unpackDictionary(page);
      case DATA_PAGE:
        return this.#unpackData(page);
      default:
        return this.#unpackData2(page);
    }
  }

  #unpackDictionary({ facts, body, unpackedBytes }: Page): PlainPage {
    const count = readCount(facts, 1, "number of values");
    const plain = this.#decompress(body, unpackedBytes);
    this.#check(wholeOf(plain), "PLAIN", count, false);
    this.#dictionarySize = count;
    return { fields: [[7, [[1, count], [2, 0]]]], body: plain };
  }

  #unpackData({ facts, body, unpackedBytes }: Page): PlainPage {
    const { maxDefinition, maxRepetition } = this.#facts;
    const count = this.#countValues(facts);
    const encoding = readCount(facts, 2, "encoding");
    const plain = this.#decompress(body, unpackedBytes);
    let rest = wholeOf(plain);
    const take = (max: number, field: number): Levels | undefined => {
      if (max === 0) return undefined;
      if (readCount(facts, field, "encoding of levels") !== RLE) {
        throw new Error("levels that are not run by run are not read");
      }
      const part = skipLength(rest);
      rest = { ...rest, start: part.end };
      return readLevels(part, max, count);
    };
    const repetition = take(maxRepetition, 4);
    const definition = take(maxDefinition, 3);
    this.#count(count, repetition);
    this.#check(rest, ENCODINGS[encoding], definition?.highest ?? count, false);
    return { fields: [[5, [[1, count], [2, encoding], [3, RLE], [4, RLE]]]], body: plain };
  }

  #unpackData2({ facts, body, unpackedBytes }: Page): PlainPage {
    const { maxDefinition, maxRepetition } = this.#facts;
    const count = this.#countValues(facts);
    const nulls = readCount(facts, 2, "number of nulls");
    const rows = readCount(facts, 3, "number of rows");
    const encoding = readCount(facts, 4, "encoding");
    const definitionBytes = readCount(facts, 5, "length of levels");
    const repetitionBytes = readCount(facts, 6, "length of levels");
    const levelBytes = definitionBytes + repetitionBytes;
    if (levelBytes > body.length || levelBytes > unpackedBytes) {
      throw new Error(`a page has levels of ${levelBytes} bytes, and ends before`);
    }
    const packed = body.subarray(levelBytes);
    // Of no values at all nothing is packed.
    const isPacked = facts.get(7) !== false && unpackedBytes > levelBytes;
    const plain = isPacked ? this.#decompress(packed, unpackedBytes - levelBytes) : packed;
    const levels = { bytes: body, start: 0, end: repetitionBytes };
    const repetition = maxRepetition === 0 ? undefined : readLevels(levels, maxRepetition, count);
    const definition = maxDefinition === 0 ? undefined : readLevels(
      { bytes: body, start: repetitionBytes, end: levelBytes },
      maxDefinition,
      count,
    );
    const there = definition?.highest ?? count;
    if (there !== count - nulls) {
      throw new Error(`a page has ${count - nulls} values, and its levels ${there}`);
    }
    this.#count(count, repetition);
    this.#check(wholeOf(plain), ENCODINGS[encoding], there, true);
    const fields: WrittenField[] = [
      [1, count],
      [2, nulls],
      [3, rows],
      [4, encoding],
      [5, definitionBytes],
      [6, repetitionBytes],
      [7, false],
    ];
    return {
      fields: [[8, fields]],
      body: plain === packed ? body : concatenate([body.subarray(0, levelBytes), plain]),
    };
  }

  #decompress(packed: Uint8Array, length: number): Uint8Array {
    const { decompress } = this.#facts;
    // Of a dictionary without values, not every unpacker can make nothing.
    if (length === 0) return packed.subarray(0, 0);
    const plain = decompress === undefined ? packed : decompress(packed, length);
    if (plain.length === length) return plain;
    throw new Error(`a page has ${plain.length} bytes, and says ${length}`);
  }

  #countValues(facts: ThriftStruct): number {
    const count = readCount(facts, 1, "number of values");
    const left = this.#facts.values - this.values;
    if (count <= left) return count;
    throw new Error(`a page has ${count} values, and ${left} are left of its chunk`);
  }

  /** Adds what a page has. */
  #count(count: number, repetition: Levels | undefined): void {
    if (this.values === 0 && count > 0 && (repetition?.first ?? 0) > 0) {
      throw new Error("its first value continues a row that there is not");
    }
    this.values += count;
    this.rows += repetition?.zeros ?? count;
  }

  #check(part: PagePart, encoding: string | undefined, count: number, isVersion2: boolean): void {
    const { type, typeLength } = this.#facts;
    if (encoding === undefined) throw new Error("a page has an encoding that nobody knows");
    const dictionarySize = this.#dictionarySize;
    checkValues(part, { type, typeLength, encoding, count, dictionarySize, isVersion2 });
  }
}

function wholeOf(bytes: Uint8Array): PagePart {
  return { bytes, start: 0, end: bytes.length };
}

function readCount(header: ThriftStruct, field: number, what: string): number {
  const value = header.get(field);
  if (typeof value === "number" && value >= 0) return value;
  const said = typeof value === "object" ? "none" : String(value);
  throw new Error(`a page has a ${what} of ${said}`);
}
