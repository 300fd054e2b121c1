// Huffman tables: as defined in the file (T.81 B.2.4.2), and derived for decoding.
//
// A derived table maps the next 10 bits to an entry of 64 bits that describes one or two symbols:
//
//   bits  0..6   length of everything the entry consumes: codes and value bits
//   bit   7      SECOND_LEVEL, see below
//   bits  8..22  2^s - 1, s being the number of value bits of the last symbol
//   bit   23     INVALID: the bits are no code
//   bits 24..31  how far the coefficient index advances; END_OF_BLOCK more at an end of block
//   bits 32..47  value of the first of two symbols
//   bits 48..63  zero run of the first of two symbols, and 1
//
// An entry with SECOND_LEVEL points to 64 entries for the following 6 bits, "value" being their byte offset
// from the start of the table in units of 8. It consumes nothing, advances beyond every other entry, by which
// the AC decoder knows it, and has a run that sends its "value" to the slot behind the block.
//
// DC tables hold one symbol an entry, and have a short form, for the next 7 bits: an entry with SECOND_LEVEL where
// the code is longer.

import { STATUS_BAD_HUFFMAN_TABLE, STATUS_OK } from "../abi";
import { forgetSkips } from "./skip_tables";

export const LOOKAHEAD: u32 = 10;
export const END_OF_BLOCK: u32 = 128;
export const SECOND_LEVEL: u64 = 128;
export const INVALID: u64 = 1 << 23;
// More than an index of 63, a first symbol that leaves the block by 16, and an end of block come to.
export const SECOND_LEVEL_ADVANCE: u32 = 208;

// As defined: 17 counts (index 0 unused), 256 values, then a flag; the first four are DC.
export const DEFINED_BYTES: usize = 17 + 256 + 7;
const DEFINED_FLAG: usize = 17 + 256;
export const DEFINED: usize = memory.data(8 * 280, 16);

// Derived. Every second-level block holds at least one code longer than 10 bits; all but the last
// block are full, and the shortest such codes come two to a block, so 256 codes make at most 129. One more
// stands for all lookahead bits that begin no code, so that the decoder meets them off its fast path.
const SECOND_LEVEL_BLOCKS: u32 = 130;
const FIRST_LEVEL_BYTES: usize = 8 << 10;
export const TABLE_BYTES: usize = (8 << 10) + 131 * 512;
export const TABLES: usize = memory.data(8 * ((8 << 10) + 131 * 512), 64);

// Canonical tables for the careful decoder: for each length the largest code (-1: none) and the
// distance from a code to its index in the values, as libjpeg's maxcode and valoffset.
const CANONICAL_BYTES: usize = 160;
const MAX_CODE: usize = 0;
const VALUE_OFFSET: usize = 80;
const CANONICAL: usize = memory.data(8 * 160, 16);

const SHORT_LOOKAHEAD: u32 = 7;
const SHORT: usize = memory.data(4 * (8 << 7), 64);
/** The short form of DC table `table`. */
export function shortTable(table: i32): usize { return SHORT + (<usize>table << (3 + SHORT_LOOKAHEAD)); }

function pointTo(offset: usize): u64 {
  return SECOND_LEVEL | (<u64>SECOND_LEVEL_ADVANCE << 24) | (<u64>(offset >> 3) << 32) | (<u64>80 << 48);
}

// Single-symbol entries of AC tables by lookahead bits, 0 where the code is longer or there is none.
const SINGLES: usize = memory.data(4 * (8 << 10), 64);
const SINGLES_BYTES: usize = 8 << 10;
let singles: usize = 0; // those of the table that is being derived; for DC the table itself

/** Length, code and value bits, of the first symbol in the lookahead bits of `window`, by an AC table. */
export function firstLength(derived: usize, window: u64): u64 {
  const table = (derived - TABLES) / TABLE_BYTES - 4;
  return load<u64>(SINGLES + table * SINGLES_BYTES + (<usize>(window >> (64 - LOOKAHEAD)) << 3)) & 127;
}

/** The entry of the first symbol alone in `window`, by an AC table. */
export function singleSymbol(derived: usize, window: u64): u64 {
  const table = (derived - TABLES) / TABLE_BYTES - 4;
  const e = load<u64>(SINGLES + table * SINGLES_BYTES + (<usize>(window >> (64 - LOOKAHEAD)) << 3));
  if (e) return e;
  const first = load<u64>(derived + (<usize>(window >> 51) & 0x1ff8));
  return load<u64>(derived + (<usize><u16>(first >> 32) << 3) + (<usize>(window >> 45) & 0x1f8));
}

// Bit t: table t has to be derived again before its next use.
let stale: i32 = 0;

export function resetHuffman(): void {
  for (let t: usize = 0; t < 8; t++) store<u8>(DEFINED + t * DEFINED_BYTES + DEFINED_FLAG, 0);
  stale = 255;
}

/** Stores a table's definition: 16 counts at `counts`, `count` (at most 256) values after them. */
export function defineHuffman(table: i32, counts: usize, count: i32): void {
  const d = DEFINED + <usize>table * DEFINED_BYTES;
  memory.copy(d + 1, counts, 16);
  memory.fill(d + 17, 0, 256);
  memory.copy(d + 17, counts + 16, count);
  store<u8>(d + DEFINED_FLAG, 1);
  stale |= 1 << table;
}

export function isHuffmanDefined(table: i32): bool {
  return load<u8>(DEFINED + <usize>table * DEFINED_BYTES + DEFINED_FLAG) != 0;
}

// The tables of T.81 K.3.3, which libjpeg-turbo assumes where a file defines none (Motion JPEG frames
// leave them out): counts and values of DC 0, DC 1, AC 0, AC 1.
const DEFAULT_DC_COUNTS: usize = memory.data<u8>([
  0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
]);
const DEFAULT_AC_COUNTS: usize = memory.data<u8>([
  0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125,
  0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14,
  0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09,
  0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a,
  0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65,
  0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,
  0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9,
  0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca,
  0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea,
  0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
  0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119,
  0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32,
  0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16,
  0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39,
  0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64,
  0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86,
  0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
  0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8,
  0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9,
  0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
]);

/** Defines tables 0 and 1 as the standard's wherever the file left them out. */
export function defineDefaultHuffman(): void {
  for (let i = 0; i < 2; i++) {
    if (!isHuffmanDefined(i)) defineHuffman(i, DEFAULT_DC_COUNTS + <usize>i * 28, 12);
    if (!isHuffmanDefined(i + 4)) defineHuffman(i + 4, DEFAULT_AC_COUNTS + <usize>i * 178, 162);
  }
}

export function derivedTable(table: i32): usize { return TABLES + <usize>table * TABLE_BYTES; }

// The entry for one symbol with a code of `length` bits. In an AC table the symbol's upper half
// is the zero run; (15, 0) skips 16 coefficients, any other (run, 0) ends the block.
function single(symbol: u32, length: u32, isAc: bool): u64 {
  const size = symbol & 15;
  let advance: u32 = 1;
  if (isAc) {
    advance = (symbol >> 4) + 1;
    if (size == 0 && advance != 16) advance = END_OF_BLOCK;
  }
  return <u64>(length + size) | (<u64>((1 << size) - 1) << 8) | (<u64>advance << 24) | (<u64>1 << 48);
}

// Writes `count` entries, a power of two.
function fill(to: usize, count: u32, entry: u64): void {
  store<u64>(to, entry);
  const pair = i64x2.splat(entry), end = to + (<usize>count << 3);
  if (count > 1) for (; to < end; to += 16) v128.store(to, pair);
}

/**
 * Derives the canonical form of table `table` (0..3 DC, 4..7 AC).
 *
 * Validates as jdhuff.c, jpeg_make_d_derived_tbl: at most 256 codes, no code of all ones or longer than its length, DC
 * symbols up to `maxDc`.
 */
export function deriveCanonical(table: i32, maxDc: i32): i32 {
  const d = DEFINED + <usize>table * DEFINED_BYTES, canonical = CANONICAL + <usize>table * CANONICAL_BYTES;
  let code: u32 = 0, index: u32 = 0;
  for (let length: u32 = 1; length <= 16; length++) {
    const count: u32 = load<u8>(d + length);
    if (index + count > 256) return STATUS_BAD_HUFFMAN_TABLE;
    store<i32>(canonical + VALUE_OFFSET + (length << 2), <i32>index - <i32>code);
    index += count;
    code += count;
    if (count && code >= (<u32>1 << length)) return STATUS_BAD_HUFFMAN_TABLE;
    store<i32>(canonical + MAX_CODE + (length << 2), count ? <i32>code - 1 : -1);
    code <<= 1;
  }
  store<i32>(canonical + MAX_CODE + (17 << 2), 0xfffff);
  store<i32>(canonical + VALUE_OFFSET + (17 << 2), 0);
  if (table < 4) for (let i: u32 = 0; i < index; i++) if (<i32>load<u8>(d + 17 + i) > maxDc) return STATUS_BAD_HUFFMAN_TABLE;
  return STATUS_OK;
}

/**
 * Derives decoding table `table` (0..3 DC, 4..7 AC) if its definition changed. Bits that begin no code decode as libjpeg
 * does it: 17 bits are consumed and the symbol is 0.
 */
export function deriveHuffman(table: i32): i32 {
  if (!((stale >> table) & 1)) return STATUS_OK;
  const status = deriveCanonical(table, 15);
  if (status < 0) return status;
  const isAc = table >= 4;
  const d = DEFINED + <usize>table * DEFINED_BYTES;
  const values = d + 17;
  const out = derivedTable(table);
  singles = isAc ? SINGLES + <usize>(table - 4) * SINGLES_BYTES : out;

  const invalid = single(0, 17, isAc) | INVALID;
  let code: u32 = 0, index: u32 = 0;
  let top: u32 = 0; // first lookahead value that begins no code
  let blocks: u32 = 0, lastPrefix: u32 = 0xffffffff;
  for (let length: u32 = 1; length <= 16; length++) {
    const count: u32 = load<u8>(d + length);
    for (let i: u32 = 0; i < count; i++, index++, code++) {
      const entry = single(load<u8>(values + index), length, isAc);
      if (length <= LOOKAHEAD) {
        const shift = LOOKAHEAD - length;
        fill(singles + (<usize>(code << shift) << 3), 1 << shift, entry);
        top = (code + 1) << shift;
      } else {
        const code16 = code << (16 - length);
        const prefix = code16 >> (16 - LOOKAHEAD);
        if (prefix != lastPrefix) {
          if (blocks >= SECOND_LEVEL_BLOCKS) return STATUS_BAD_HUFFMAN_TABLE;
          lastPrefix = prefix;
          const offset = FIRST_LEVEL_BYTES + (<usize>blocks << 9);
          blocks++;
          store<u64>(singles + (<usize>prefix << 3), 0);
          store<u64>(out + (<usize>prefix << 3), pointTo(offset));
          fill(out + offset, 64, invalid);
          top = prefix + 1;
        }
        const block = out + FIRST_LEVEL_BYTES + (<usize>(blocks - 1) << 9);
        fill(block + (<usize>(code16 & 63) << 3), 1 << (16 - length), entry);
      }
    }
    code <<= 1;
  }

  const noCode = FIRST_LEVEL_BYTES + (<usize>SECOND_LEVEL_BLOCKS << 9);
  fill(out + noCode, 64, invalid);
  for (let i = top; i < (1 << LOOKAHEAD); i++) {
    store<u64>(singles + (<usize>i << 3), 0);
    store<u64>(out + (<usize>i << 3), pointTo(noCode));
  }

  if (isAc) {
    pairUp(d, out);
    forgetSkips(1 << (table - 4));
  } else shorten(out, shortTable(table));
  stale &= ~(1 << table);
  return STATUS_OK;
}

// The code's bits alone of a single-symbol entry: the value bits are as many as the mask has.
function codeLength(entry: u64): u32 { return (<u32>entry & 127) - popcnt((<u32>entry >> 8) & 0x7fff); }

function shorten(table: usize, short: usize): void {
  const shift = LOOKAHEAD - SHORT_LOOKAHEAD;
  for (let i: usize = 0; i < (1 << SHORT_LOOKAHEAD); i++) {
    const entry = load<u64>(table + (i << (3 + shift)));
    const fits = !(entry & SECOND_LEVEL) && codeLength(entry) <= SHORT_LOOKAHEAD;
    store<u64>(short + (i << 3), fits ? entry : SECOND_LEVEL);
  }
}

// Fills the first level: where a code and its value bits leave room in the lookahead for the next
// symbol's code, the entry describes both. The second symbol's value bits may reach beyond.
function pairUp(d: usize, out: usize): void {
  let code: u32 = 0, index: u32 = 0;
  for (let length: u32 = 1; length <= LOOKAHEAD; length++) {
    const count: u32 = load<u8>(d + length);
    for (let i: u32 = 0; i < count; i++, index++, code++) {
      const symbol: u32 = load<u8>(d + 17 + index), size = symbol & 15;
      const shift = LOOKAHEAD - length;
      let to = out + (<usize>(code << shift) << 3);
      const one = single(symbol, length, true);
      const used = length + size;
      if (used < LOOKAHEAD && (size != 0 || symbol == 0xf0)) {
        const left = LOOKAHEAD - used, run = symbol >> 4;
        const base = <u64>used | (<u64>(run + 1) << 24) | (<u64>run << 48);
        for (let v: u32 = 0; v < (<u32>1 << size); v++) {
          let value = <i32>v;
          if (size && v < (<u32>1 << (size - 1))) value += 1 - (1 << size);
          const first = base + (<u64>(<u16>value) << 32);
          for (let rest: u32 = 0; rest < (<u32>1 << left); rest++) {
            const second = load<u64>(singles + (<usize>(rest << used) << 3));
            const fits = second != 0 && codeLength(second) <= left;
            store<u64>(to, fits ? second + first : one);
            to += 8;
          }
        }
      } else {
        fill(to, 1 << shift, one);
      }
    }
    code <<= 1;
  }
}

// One symbol a lookup, for the careful decoder: length << 8 | symbol for the next 10 bits, 0 where the
// code is longer or there is none.
const SYMBOLS: usize = memory.data(8 * 2048, 16);
export function symbolTable(table: i32): usize { return SYMBOLS + (<usize>table << 11); }

/** Fills `symbolTable(table)`; the table must be derived. */
export function deriveSymbols(table: i32): void {
  const d = DEFINED + <usize>table * DEFINED_BYTES, out = symbolTable(table);
  memory.fill(out, 0, 2048);
  let o = out;
  let index: usize = 0;
  for (let length: u32 = 1; length <= LOOKAHEAD; length++) {
    for (let i: u32 = load<u8>(d + length); i > 0; i--) {
      const entry = <u16>((length << 8) | <u32>load<u8>(d + 17 + index++));
      for (let j: u32 = 0; j < (<u32>1 << (LOOKAHEAD - length)); j++) { store<u16>(o, entry); o += 2; }
    }
  }
}

/** Largest code of `length` bits, -1 if there is none (libjpeg's maxcode). */
export function maxCode(table: i32, length: u32): i32 {
  return load<i32>(CANONICAL + <usize>table * CANONICAL_BYTES + MAX_CODE + (length << 2));
}

/** The symbol of a code of `length` bits (at most 16) that `maxCode` admits. */
export function symbolOf(table: i32, length: u32, code: i32): u32 {
  const offset = load<i32>(CANONICAL + <usize>table * CANONICAL_BYTES + VALUE_OFFSET + (length << 2));
  return load<u8>(DEFINED + <usize>table * DEFINED_BYTES + 17 + ((offset + code) & 255));
}
