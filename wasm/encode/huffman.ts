// From levels to bits: encode_one_block of jchuff.c, into a row's buffer, without stuffing.

import { BLUE, RED } from "./colour";
import { CHROMA, CODES, LUMA, ORDERED, transform, ZIGZAG } from "./fdct";

// Bytes that one MCU takes at most: 6 blocks of 64 coefficients of 26 bits.
export const MAX_MCU_BYTES: usize = 1280;

// Codes of luma, then of chroma, by what they stand for, with the length of what follows them: (code << size) << 5 | length with
// size, so that the value is or-ed to it. A code has 16 bits at most, a value of AC 10, one of DC 11 (behind 11 at most).
const DC: usize = memory.data(128, 16);
const AC: usize = memory.data(2048, 16);

// The same with the value in it, by a run of zeros and the level behind it, as ORDERED has that. What is 0 is put together: runs of
// more than 15, levels of more than 8 bits. (64 KB each, of which few lines are used.)
const SYMBOLS: usize = memory.data(131072, 16);
const LUMA_SYMBOLS: usize = SYMBOLS + 512;
const CHROMA_SYMBOLS: usize = SYMBOLS + 66048;

// Offset of each coefficient's level, in the order of the scan.
const OFFSETS: usize = memory.data(64, 16);

const LEVELS: usize = memory.data(128, 16);

// Bits are written in reverse: what was written first is at the top, so that a plain 64-bit store puts the most significant byte of
// the next eight first. Behind `bottom` are whole bytes; `pending` has `count` more bits, fewer than 8, the lowest.
let bottom: usize = 0;
let pending: u64 = 0;
let count: u64 = 0;

let lumaBefore: i32 = 0;
let blueBefore: i32 = 0;
let redBefore: i32 = 0;

/** Derives what the order of the scan and the codes give. */
export function prepareBits(): void {
  for (let k: usize = 0; k < 64; k++) store<u8>(OFFSETS + k, load<u8>(ZIGZAG + k) << 1);
  for (let i: usize = 0; i < 512; i++) {
    const entry = load<u32>(CODES + 2048 + (i << 2));
    const size = <u32>i & 15;
    store<u32>(AC + (i << 2), entry >> 5 << size << 5 | ((entry & 31) + size));
  }
  for (let table: usize = 0; table < 2; table++) {
    for (let i: usize = 0; i < 4096; i++) {
      const level = <i32>(i & 255) - 128;
      // -128 and 127 stand for all beyond.
      if (level && level > -128 && level < 127) store<u32>(SYMBOLS + (table << 16) + (i << 2), codeOf(AC + (table << 10), i >> 8, level));
    }
  }
  for (let i: usize = 0; i < 32; i++) {
    const entry = load<u32>(CODES + (i >> 4 << 10) + ((i & 15) << 2));
    const size = <u32>i & 15;
    store<u32>(DC + (i << 2), entry >> 5 << size << 5 | ((entry & 31) + size));
  }
}

/** Begins a scan, whose first row is written below `top`. */
export function startBits(top: usize): void {
  bottom = top;
  pending = 0;
  count = 0;
  lumaBefore = 0;
  blueBefore = 0;
  redBefore = 0;
}

/** Ends a row of MCUs: returns where its bytes begin, and writes the next one below `top`. */
export function setRowTop(top: usize): usize {
  const end = bottom;
  bottom = top;
  return end;
}

/** Fills the last byte with ones; returns where the row's bytes begin. Exact: flush_bits. */
export function finishBits(): usize {
  if (count) {
    const free = 8 - count;
    bottom -= 1;
    store<u8>(bottom, <u8>(pending << free | (<u64>1 << free) - 1));
  }
  return bottom;
}

/** The code of a run of fewer than 16 zeros and the level behind it, with that. */
function codeOf(codes: usize, run: usize, level: i32): u32 {
  const sign = level >> 31;
  const zeros = <u32>clz<u32>((level ^ sign) - sign);
  // The lowest bits of the level, or of one less where it is negative, as many as its size.
  return load<u32>(codes + 128 + (run << 6) - (<usize>zeros << 2)) | <u32>(level + sign) << zeros >> zeros << 5;
}

/**
 * Writes one block, whose level of DC is `dc` more than that before; `set` has a bit for each other level that is not zero, in the
 * order of the scan. Writes up to 8 bytes below the last whole one.
 *
 * Bits are stored after every second symbol: 7 that wait, and 26 of each, are fewer than 64, and so are 7, 22 of DC, 26.
 *
 * @param codes Codes of AC.
 * @param symbols Those with their values, from a level of 0 on.
 */
function encodeBlock(dc: i32, set: u64, dcCodes: usize, codes: usize, symbols: usize): void {
  let to = bottom - 8;
  let n = count;
  let entry = codeOf(dcCodes, 0, dc);
  let length = <u64>(entry & 31);
  let bits = pending << length | <u64>(entry >> 5);
  n += length;
  let next: u64 = 1;
  while (set) {
    let k = ctz<u64>(set);
    set &= set - 1;
    let run = <usize>(k - next);
    next = k + 1;
    entry = load<u32>(symbols + (run << 10) + (<usize>load<i8>(<usize>k, ORDERED) << 2));
    if (!entry) {
      // Seldom: all is stored before, and each sixteen zeros.
      while (run > 15) {
        store<u64>(to, bits << (64 - n));
        to -= <usize>(n >> 3);
        n &= 7;
        entry = load<u32>(codes, 960);
        length = <u64>(entry & 31);
        bits = bits << length | <u64>(entry >> 5);
        n += length;
        run -= 16;
      }
      store<u64>(to, bits << (64 - n));
      to -= <usize>(n >> 3);
      n &= 7;
      entry = codeOf(codes, run, <i32>load<i16>(<usize>load<u8>(<usize>k, OFFSETS), LEVELS));
    }
    length = <u64>(entry & 31);
    bits = bits << length | <u64>(entry >> 5);
    n += length;
    store<u64>(to, bits << (64 - n));
    to -= <usize>(n >> 3);
    n &= 7;
    if (!set) break;
    // The same once more, and nothing is stored.
    k = ctz<u64>(set);
    set &= set - 1;
    run = <usize>(k - next);
    next = k + 1;
    entry = load<u32>(symbols + (run << 10) + (<usize>load<i8>(<usize>k, ORDERED) << 2));
    if (!entry) {
      while (run > 15) {
        store<u64>(to, bits << (64 - n));
        to -= <usize>(n >> 3);
        n &= 7;
        entry = load<u32>(codes, 960);
        length = <u64>(entry & 31);
        bits = bits << length | <u64>(entry >> 5);
        n += length;
        run -= 16;
      }
      store<u64>(to, bits << (64 - n));
      to -= <usize>(n >> 3);
      n &= 7;
      entry = codeOf(codes, run, <i32>load<i16>(<usize>load<u8>(<usize>k, OFFSETS), LEVELS));
    }
    length = <u64>(entry & 31);
    bits = bits << length | <u64>(entry >> 5);
    n += length;
  }
  if (next < 64) {
    entry = load<u32>(codes);
    length = <u64>(entry & 31);
    bits = bits << length | <u64>(entry >> 5);
    n += length;
  }
  store<u64>(to, bits << (64 - n));
  bottom = to + 8 - <usize>(n >> 3);
  pending = bits;
  count = n & 7;
}

function encodeLuma(samples: usize): void {
  const set = transform(samples, 32, LUMA, LEVELS);
  const dc = <i32>load<i16>(LEVELS);
  encodeBlock(dc - lumaBefore, set & ~1, DC, AC, LUMA_SYMBOLS);
  lumaBefore = dc;
}

/**
 * Writes one MCU. Of blocks beyond the picture's edge nothing is written but that they are as their predecessor: compress_data.
 *
 * @param hasRight Whether its right blocks of luma are part of the picture.
 * @param hasBelow Whether its lower ones are.
 */
export function encodeMcu(samples: usize, hasRight: bool, hasBelow: bool): void {
  encodeLuma(samples);
  if (hasRight) encodeLuma(samples + 16);
  else encodeBlock(0, 0, DC, AC, LUMA_SYMBOLS);
  if (hasBelow) {
    encodeLuma(samples + 256);
    if (hasRight) encodeLuma(samples + 272);
    else encodeBlock(0, 0, DC, AC, LUMA_SYMBOLS);
  } else {
    encodeBlock(0, 0, DC, AC, LUMA_SYMBOLS);
    encodeBlock(0, 0, DC, AC, LUMA_SYMBOLS);
  }
  let set = transform(samples + BLUE, 16, CHROMA, LEVELS);
  let dc = <i32>load<i16>(LEVELS);
  encodeBlock(dc - blueBefore, set & ~1, DC + 64, AC + 1024, CHROMA_SYMBOLS);
  blueBefore = dc;
  set = transform(samples + RED, 16, CHROMA, LEVELS);
  dc = <i32>load<i16>(LEVELS);
  encodeBlock(dc - redBefore, set & ~1, DC + 64, AC + 1024, CHROMA_SYMBOLS);
  redBefore = dc;
}
