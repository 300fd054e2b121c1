// Which files without an end marker count as truncated.
//
// Pillow gives libjpeg the file in pieces of 64 KiB, and an MCU for which a refill of the bit buffer meets
// the end of the file fails, whether or not it needed the bits. So the last bytes of a scan that no marker
// follows are enough or not depending on when libjpeg's buffer was refilled, which depends on all that went
// before. This follows the refills of jdhuff.c through the last segment, without keeping coefficients.

import { maxCode, symbolOf } from "./huffman";
import { end, restartInterval } from "./markers";

const PIECE: usize = 65536;

let buffer: u64 = 0; // the lowest `left` bits are not used yet
let left: u32 = 0;
let at: usize = 0; // the next byte to load
let limit: usize = 0; // the end of the pieces that were given so far
let isFast = false;
let isShort = false; // the pieces do not suffice
let isMarker = false; // the fast path came upon fill bytes, which it leaves to the slow one

function loadByte(): bool {
  if (at >= limit) { isShort = true; return false; }
  let p = at;
  let byte: u64 = load<u8>(p++);
  if (byte == 0xff) {
    // A stuffed byte; a marker cannot follow, the segment ends with the file.
    const first = p;
    while (p < limit && load<u8>(p) == 0xff) p++;
    if (p >= limit) { isShort = true; return false; }
    if (p != first && isFast) { isMarker = true; return false; }
    p++;
  }
  at = p;
  buffer = (buffer << 8) | byte;
  left += 8;
  return true;
}

// Fast path: 6 bytes where 16 bits or fewer are left. Slow path: up to 57 bits where too few are left.
function prepare(bits: u32): bool {
  if (isFast) {
    if (left <= 16) {
      for (let i = 0; i < 6; i++) if (!loadByte()) return false;
    }
  } else if (left < bits) {
    while (left < 57) if (!loadByte()) return false;
  }
  return true;
}

// Reads a code; its symbol, or -1 if the data does not suffice. Eight bits are looked at first; of a longer
// code, nine are taken at once and the others one by one, each with a refill of its own where needed.
function symbol(table: i32): i32 {
  if (!prepare(8)) return -1;
  for (let length: u32 = 1; length <= 8; length++) {
    const code = <i32>(buffer >> (left - length)) & ((1 << length) - 1);
    if (code <= maxCode(table, length)) {
      left -= length;
      return <i32>symbolOf(table, length, code);
    }
  }
  if (!isFast && !prepare(9)) return -1;
  left -= 9;
  let code = <i32>(buffer >> left) & 511, length: u32 = 9;
  while (code > maxCode(table, length)) {
    if (!isFast && !prepare(1)) return -1;
    left--;
    code = (code << 1) | (<i32>(buffer >> left) & 1);
    length++;
  }
  return length > 16 ? 0 : <i32>symbolOf(table, length, code);
}

function skip(bits: u32): bool {
  if (!bits) return true;
  if (!prepare(bits)) return false;
  left -= bits;
  return true;
}

function decodeMcu(blocks: i32, tables: usize): bool {
  for (let j = 0; j < blocks; j++) {
    const dc: i32 = load<u8>(tables + (<usize>j << 1)), ac: i32 = load<u8>(tables + (<usize>j << 1), 1);
    const size = symbol(dc);
    if (size < 0 || !skip(<u32>size)) return false;
    for (let k = 1; k < 64; k++) {
      const rs = symbol(ac);
      if (rs < 0) return false;
      if (rs & 15) {
        k += rs >> 4;
        if (!skip(<u32>rs & 15)) return false;
      } else {
        if (rs >> 4 != 15) break;
        k += 15;
      }
    }
  }
  return true;
}

/**
 * The same for the samples of a lossless scan, whose decoder has the slow path alone: `tables` has one byte for each
 * sample of an MCU.
 */
export function samplesRunOut(from: usize, mcus: i32, samples: i32, tables: usize): bool {
  buffer = 0;
  left = 0;
  at = from;
  limit = end;
  isFast = isShort = false;
  for (let m = 0; m < mcus; m++) {
    for (let j = 0; j < samples; j++) {
      const size = symbol(load<u8>(tables + <usize>j));
      if (size < 0 || (size < 16 && !skip(<u32>size))) return true;
    }
  }
  return false;
}

/**
 * Whether libjpeg, fed by Pillow, runs out of data in the segment of `mcus` MCUs that starts at `from` and
 * ends with the file. `tables` has the table indices of an MCU's blocks, two bytes each.
 */
export function runsOut(file: usize, from: usize, mcus: i32, blocks: i32, tables: usize): bool {
  buffer = 0;
  left = 0;
  at = from;
  let pieces = file;
  while (pieces <= from) pieces += PIECE;
  for (let m = 0; m < mcus; m++) {
    const buffer0 = buffer, left0 = left, at0 = at;
    while (true) {
      limit = min(pieces, end);
      isFast = restartInterval == 0 && limit >= at && limit - at >= 512 * <usize>blocks;
      isShort = isMarker = false;
      if (decodeMcu(blocks, tables)) break;
      buffer = buffer0;
      left = left0;
      at = at0;
      if (isMarker) {
        isFast = isShort = false;
        if (decodeMcu(blocks, tables)) break;
        buffer = buffer0;
        left = left0;
        at = at0;
      }
      if (pieces >= end) return true;
      pieces += PIECE;
    }
  }
  return false;
}
