// The blocks of progressive Huffman scans (T.81 G.1.2, G.2), one after the other with all state in locals, with the
// results of jdphuff.c.
//
// Every function returns how many blocks (or MCUs) it decoded: fewer than it was asked for where the data ran out,
// after the one that needed more. Past the end of the data all bits are 0.
//
// AC scans go by a map of each block's coefficients that are not zero, a bit each in zigzag order. A first scan sets
// the bits of what it decodes. A refining scan finds by it the zeros that a run counts, and how many correction bits
// stand between two symbols: how far the bits go on depends on the map alone, not on the coefficients, which are
// corrected once a block.

import { INFO_WARNINGS_BAD_CODE, STATUS_DC_OVERFLOW } from "../abi";
import { countInfo } from "../shared/memory";
import { readerPosition, setReaderPosition } from "./bit_reader";
import { INVALID, SECOND_LEVEL } from "./huffman";
import { scanFirst, scanLast, scanLow } from "./markers";
import {
  END_OF_BLOCK, longCode, PAIRS, SIGNS, SINGLES, SPECIAL_ADVANCE, SPECIAL_ZEROS, TWO_SYMBOLS,
} from "./progressive_tables";
import { segmentBytes, segmentTop } from "./unstuff";

/** Zeros that must stand below the data: a block consumes less than 64 codes of 31 bits, 248 bytes. */
export const ZEROS_BELOW: usize = 384;

let endOfBandRun: u32 = 0;
/** Forgets a run of blocks without further coefficients. */
export function endRun(): void { endOfBandRun = 0; }

// Byte offset within a block by zigzag index. 64..79: a run that leaves the block counts as the last coefficient, as
// in libjpeg. From 80 on: the DC coefficient, which is restored after a block.
const SLOTS: usize = memory.data<u8>([
  0, 2, 16, 32, 18, 4, 6, 20, 34, 48, 64, 50, 36, 22, 8, 10, 24, 38, 52, 66, 80, 96, 82, 68, 54, 40, 26, 12,
  14, 28, 42, 56, 70, 84, 98, 112, 114, 100, 86, 72, 58, 44, 30, 46, 60, 74, 88, 102, 116, 118, 104, 90, 76, 62,
  78, 92, 106, 120, 122, 108, 94, 110, 124, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126,
  126, 126, 126,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

// The blocks of an MCU of a DC scan in their order: a record each, fields by byte offset.
const RECORD_BYTES: usize = 16;
const RECORDS: usize = memory.data(10 * 16, 16);
const R_BLOCK: usize = 0; // the block of the next MCU
const R_STEP: usize = 4; // distance to that of the MCU after it
const R_TABLE: usize = 8; // derived DC table
const R_PREDICTION: usize = 12; // address of the DC prediction
let recordsEnd: usize = RECORDS;

/** Starts the list of an MCU's blocks anew. */
export function clearRecords(): void { recordsEnd = RECORDS; }
/** Appends a block, at most ten. */
export function addRecord(block: usize, step: usize, table: usize, prediction: usize): void {
  store<usize>(recordsEnd, block, R_BLOCK);
  store<usize>(recordsEnd, step, R_STEP);
  store<usize>(recordsEnd, table, R_TABLE);
  store<usize>(recordsEnd, prediction, R_PREDICTION);
  recordsEnd += RECORD_BYTES;
}

// Readers of bits as in blocks.ts: `b` holds the next bits, `n` counts them modulo 64, `p` is where the next refill
// loads. As long as `p` is not below `limit`, all that was read is data.

let bits: u64 = 0;
let count: u32 = 0;
let pointer: usize = 0;

function seek(position: u64): void {
  const at = segmentTop - 8 - <usize>(position >> 3), skip = position & 7;
  bits = load<u64>(at) << skip;
  count = skip ? 64 - <u32>skip : 56;
  pointer = skip ? at - 8 : at - 7;
}

@inline
function positionOf(p: usize, n: u32): u64 { return (<u64>(segmentTop - 8 - p) << 3) - <u64>(n & 63); }

/** A first DC scan of `mcus` MCUs. STATUS_DC_OVERFLOW where a coefficient does not fit 32 bits. */
export function firstDc(mcus: i32): i32 {
  const low = scanLow, limit = segmentTop - 8 - segmentBytes, available = <u64>segmentBytes << 3, end = recordsEnd;
  seek(readerPosition());
  let b = bits, n = count, p = pointer, left = mcus;
  while (left > 0) {
    left--;
    for (let r = RECORDS; r < end; r += RECORD_BYTES) {
      const table: usize = load<u32>(r, R_TABLE);
      let e = load<u64>(table + (<usize>(b >> 51) & 0x1ff8));
      b |= load<u64>(p) >> <u64>n;
      p -= (~n >> 3) & 7;
      n |= 56;
      if (e & SECOND_LEVEL) {
        e = load<u64>(table + (<usize><u16>(e >> 32) << 3) + (<usize>(b >> 45) & 0x1f8));
        if (e & INVALID) countInfo(INFO_WARNINGS_BAD_CODE);
      }
      const rotated = rotl<u64>(b, e);
      b <<= e;
      n -= <u32>e;
      const mask = (e >> 8) & 0x7fff;
      let value = rotated & mask;
      value = select<u64>(value, value - mask, value > (mask >> 1));
      const prediction: usize = load<u32>(r, R_PREDICTION), sum = <i64>value + <i64>load<i32>(prediction);
      const block: usize = load<u32>(r, R_BLOCK);
      if (sum != <i64><i32>sum) return STATUS_DC_OVERFLOW;
      store<i32>(prediction, <i32>sum);
      store<i16>(block, <i16>(<i32>sum << low));
      store<usize>(r, block + <usize>load<u32>(r, R_STEP), R_BLOCK);
    }
    if (p < limit && positionOf(p, n) > available) break;
  }
  setReaderPosition(positionOf(p, n));
  return mcus - left;
}

/** A refining DC scan of `mcus` MCUs: a bit a block. */
export function refineDc(mcus: i32): i32 {
  const low = <u64>scanLow, limit = segmentTop - 8 - segmentBytes, available = <u64>segmentBytes << 3, end = recordsEnd;
  seek(readerPosition());
  let b = bits, n = count, p = pointer, left = mcus;
  while (left > 0) {
    left--;
    b |= load<u64>(p) >> <u64>n;
    p -= (~n >> 3) & 7;
    n |= 56;
    for (let r = RECORDS; r < end; r += RECORD_BYTES) {
      const block: usize = load<u32>(r, R_BLOCK);
      store<i16>(block, <i16>(<i32>load<i16>(block) | <i32>((b >> 63) << low)));
      b <<= 1;
      n--;
      store<usize>(r, block + <usize>load<u32>(r, R_STEP), R_BLOCK);
    }
    if (p < limit && positionOf(p, n) > available) break;
  }
  setReaderPosition(positionOf(p, n));
  return mcus - left;
}

// The map of a block, from its coefficients.
function mapOf(block: usize): u64 {
  let map: u64 = 0;
  for (let k: usize = 1; k < 64; k++) if (load<i16>(block + <usize>load<u8>(SLOTS + k))) map |= <u64>1 << k;
  return map;
}

/**
 * A first AC scan of `blocks` blocks at `block`, whose maps are at `maps`, with AC table `table`. Its tables are
 * derived, PAIRS if it goes to the last coefficient.
 */
export function firstAc(block: usize, maps: usize, blocks: i32, table: i32): i32 {
  const low = <u64>scanLow, first = <u32>scanFirst, last = <u32>scanLast, isPaired = scanLast == 63;
  const limit = segmentTop - 8 - segmentBytes, available = <u64>segmentBytes << 3;
  seek(readerPosition());
  let b = bits, n = count, p = pointer, left = blocks, run = endOfBandRun;
  while (left > 0) {
    if (run > 0) {
      const skipped = min<u32>(run, <u32>left);
      run -= skipped;
      left -= <i32>skipped;
      block += <usize>skipped << 7;
      maps += <usize>skipped << 3;
      continue;
    }
    left--;
    const dc = load<i16>(block);
    let map = load<u64>(maps), k = first, e: u64, rotated: u64, mask: u64, value: u64, slot: u32;
    while (true) {
      if (isPaired) {
        while (true) {
          e = load<u64>(<usize>(b >> 51) & 0x1ff8, PAIRS);
          b |= load<u64>(p) >> <u64>n;
          p -= (~n >> 3) & 7;
          n |= 56;
          rotated = rotl<u64>(b, e);
          b <<= e;
          n -= <u32>e;
          slot = k + <u32>(e >> 48);
          store<i16>(block + <usize>load<u8>(<usize>slot, SLOTS - 1), <i16>((e >> 32) << low));
          map |= ((e >> 23) & 1) << <u64>(slot - 1);
          k += <u32>e >> 24;
          mask = (e >> 8) & 0x7fff;
          value = rotated & mask;
          value = select<u64>(value, value - mask, value > (mask >> 1));
          store<i16>(block + <usize>load<u8>(<usize>k, SLOTS - 1), <i16>(value << low));
          map |= (mask & 1) << <u64>(k - 1);
          if (k >= 64) break;
          e = load<u64>(<usize>(b >> 51) & 0x1ff8, PAIRS);
          rotated = rotl<u64>(b, e);
          b <<= e;
          n -= <u32>e;
          slot = k + <u32>(e >> 48);
          store<i16>(block + <usize>load<u8>(<usize>slot, SLOTS - 1), <i16>((e >> 32) << low));
          map |= ((e >> 23) & 1) << <u64>(slot - 1);
          k += <u32>e >> 24;
          mask = (e >> 8) & 0x7fff;
          value = rotated & mask;
          value = select<u64>(value, value - mask, value > (mask >> 1));
          store<i16>(block + <usize>load<u8>(<usize>k, SLOTS - 1), <i16>(value << low));
          map |= (mask & 1) << <u64>(k - 1);
          if (k >= 64) break;
        }
      } else {
        while (true) {
          e = load<u64>(<usize>(b >> 51) & 0x1ff8, SINGLES);
          b |= load<u64>(p) >> <u64>n;
          p -= (~n >> 3) & 7;
          n |= 56;
          rotated = rotl<u64>(b, e);
          b <<= e;
          n -= <u32>e;
          k += <u32>e >> 24;
          mask = (e >> 8) & 0x7fff;
          value = rotated & mask;
          value = select<u64>(value, value - mask, value > (mask >> 1));
          store<i16>(block + <usize>load<u8>(<usize>k, SLOTS - 1), <i16>(value << low));
          map |= (mask & 1) << <u64>(k - 1);
          if (k > last) break;
        }
      }
      if (k <= SPECIAL_ADVANCE) break;
      // A special entry: a long code, a run of blocks, sixteen zeros, or a value that is too large.
      k -= SPECIAL_ADVANCE;
      b |= load<u64>(p) >> <u64>n;
      p -= (~n >> 3) & 7;
      n |= 56;
      let code = <u32><u16>(e >> 32);
      if (!code) code = longCode(table, b);
      const length = code >> 8, zeros = (code >> 4) & 15, size = code & 15;
      b <<= <u64>length;
      // No bits at all where there is no size, by two shifts.
      const extra = size ? size : zeros < 15 ? zeros : 0;
      let v = <i32>((b >> 1) >> <u64>(63 - extra));
      b <<= <u64>extra;
      n -= length + extra;
      if (size) {
        k += zeros;
        if (v < (1 << (size - 1))) v += 1 - (1 << size);
        v <<= <i32>low;
        store<i16>(block + <usize>load<u8>(<usize>k, SLOTS), <i16>v);
        const bit = <u64>1 << <u64>min<u32>(k, 63);
        map = <i16>v ? map | bit : map & ~bit;
        k++;
      } else if (zeros == 15) k += 16;
      else {
        run = (1 << zeros) + <u32>v - 1;
        k = END_OF_BLOCK + 1;
      }
      if (k > last) break;
    }
    // One beyond the last coefficient is a full band, 129..191 an end of block. Anything else is a run that left the
    // band, or may be an entry whose first symbol filled the block: its second belongs to the next block.
    if (k - 129 > 62 && k != last + 1) {
      const advance = <u32>e >> 24, one = <u32>(e >> 48);
      if (isPaired && (e & TWO_SYMBOLS) && k - advance + one >= 64) {
        // The entry again, at the bits it was found by.
        const at = positionOf(p, n) - (e & 127);
        store<i16>(block, <i16>((e >> 32) << low), 126);
        seek(at + (load<u64>(<usize>(windowAt(at) >> 51) & 0x1ff8, SINGLES) & 127));
        b = bits;
        n = count;
        p = pointer;
      }
      map = mapOf(block);
    }
    store<i16>(block, dc);
    store<u64>(maps, map);
    block += 128;
    maps += 8;
    if (p < limit && positionOf(p, n) > available) break;
  }
  endOfBandRun = run;
  setReaderPosition(positionOf(p, n));
  return blocks - left;
}

// The zeros of a block's band in their order, as zigzag indices; behind them NO_ZERO.
const NO_ZERO: u32 = 255;
// Corrections that a look-up, a code with its sign (11 bits) and the next look-up (10 bits) leave of a refill's 56.
const MANY: u32 = 32;
const ZEROS: usize = memory.data(256, 16);
// For each byte, the positions of its bits, in eight bytes.
const POSITIONS: usize = memory.data(256 * 8, 16);
let isPrepared = false;

/** Makes the tables that no file changes, once. */
export function preparePositions(): void {
  if (isPrepared) return;
  isPrepared = true;
  memory.fill(ZEROS, <u8>NO_ZERO, 256);
  for (let byte: usize = 0; byte < 256; byte++) {
    let o = POSITIONS + (byte << 3);
    for (let bit: usize = 0; bit < 8; bit++) if ((byte >> bit) & 1) store<u8>(o++, bit);
  }
}

// Lists the bits of `map`: eight at a time, a byte's positions go behind those of the bytes below it.
@inline
function listZeros(map: u64): void {
  const counts = i64x2.extract_lane(i8x16.popcnt(i64x2.splat(map)), 0) * 0x0101010101010101;
  store<u64>(ZEROS, load<u64>(<usize>(map << 3) & 0x7f8, POSITIONS));
  store<u64>(ZEROS + (<usize>counts & 127), load<u64>(<usize>(map >> 5) & 0x7f8, POSITIONS) + 0x0808080808080808);
  store<u64>(ZEROS + (<usize>(counts >> 8) & 127), load<u64>(<usize>(map >> 13) & 0x7f8, POSITIONS) + 0x1010101010101010);
  store<u64>(ZEROS + (<usize>(counts >> 16) & 127), load<u64>(<usize>(map >> 21) & 0x7f8, POSITIONS) + 0x1818181818181818);
  store<u64>(ZEROS + (<usize>(counts >> 24) & 127), load<u64>(<usize>(map >> 29) & 0x7f8, POSITIONS) + 0x2020202020202020);
  store<u64>(ZEROS + (<usize>(counts >> 32) & 127), load<u64>(<usize>(map >> 37) & 0x7f8, POSITIONS) + 0x2828282828282828);
  store<u64>(ZEROS + (<usize>(counts >> 40) & 127), load<u64>(<usize>(map >> 45) & 0x7f8, POSITIONS) + 0x3030303030303030);
  store<u64>(ZEROS + (<usize>(counts >> 48) & 127), load<u64>(<usize>(map >> 53) & 0x7f8, POSITIONS) + 0x3838383838383838);
  const end = ZEROS + <usize>(counts >> 56), none = i8x16.splat(-1);
  v128.store(end, none);
  v128.store(end, none, 16);
}

/**
 * A refining AC scan of `blocks` blocks at `block`, whose maps are at `maps`, with AC table `table`, derived as SIGNS.
 *
 * The chain from one symbol to the next is a look-up, an addition, a load of the zero's index and two subtractions: the
 * non-zero coefficients before a zero are its index less its place among the zeros.
 */
export function refineAc(block: usize, maps: usize, blocks: i32, table: i32): i32 {
  const low = scanLow, first = <u32>scanFirst, last = <u32>scanLast;
  const limit = segmentTop - 8 - segmentBytes, available = <u64>segmentBytes << 3;
  const band = (<u64>-1 << <u64>first) & (<u64>-1 >> <u64>(63 - last));
  seek(readerPosition());
  let b = bits, n = count, p = pointer, left = blocks, run = endOfBandRun;
  for (; left > 0; left--, block += 128, maps += 8) {
    if (p < limit && positionOf(p, n) > available) break;
    const before = load<u64>(maps), old = before & band, nonZeros = <u32>popcnt(old);
    // Correction bits, the first one's highest. `seen` is \`first\` and how many there are.
    let corrections: u64 = 0, seen = first, late = 0;
    if (run == 0) {
      listZeros(~before & band);
      // With so many corrections that a refill might not suffice, every symbol leaves the inner loop.
      const stop = select<u32>(0, last, nonZeros > MANY);
      let map = before, i: u32 = -1, k: u32, e: u32;
      while (true) {
        while (true) {
          e = load<u32>(<usize>(b >> 52) & 0xffc, SIGNS);
          b |= load<u64>(p) >> <u64>n;
          p -= (~n >> 3) & 7;
          n |= 56;
          i += (e >> 8) & 255;
          k = load<u8>(<usize>i, ZEROS);
          if (k >= stop) break;
          b <<= <u64>e;
          const corrected = k - i - seen;
          corrections |= (b & ~(<u64>-1 >> <u64>corrected)) >> <u64>(seen - first);
          b <<= <u64>corrected;
          n -= e + corrected;
          seen = k - i;
          store<i16>(block + <usize>load<u8>(<usize>k, SLOTS), <i16>((<i32>e >> 16) << low));
          map |= <u64>((e >> 16) & 1) << <u64>k;
        }
        let length = e & 255, value = <i32>e >> 16;
        if (i >= SPECIAL_ZEROS - 1) {
          // A special entry: a long code, a run of blocks, or no symbol of a refining scan.
          i -= SPECIAL_ZEROS;
          let code = e >> 16;
          if (!code) code = longCode(table, b);
          const zeros = (code >> 4) & 15, size = code & 15;
          length = code >> 8;
          value = 0;
          if (size) {
            if (size != 1) countInfo(INFO_WARNINGS_BAD_CODE);
            value = <i64>(b << <u64>length) < 0 ? 1 : -1;
            length++;
          } else if (zeros < 15) {
            b <<= <u64>length;
            run = (1 << zeros) + <u32>((b >> 1) >> <u64>(63 - zeros));
            b <<= <u64>zeros;
            n -= length + zeros;
            break;
          }
          i += zeros + 1;
          k = load<u8>(<usize>i, ZEROS);
        }
        b <<= <u64>length;
        n -= length;
        if (k == NO_ZERO) {
          // libjpeg stores it behind the band, after the corrections.
          late = value;
          break;
        }
        const corrected = k - i - seen;
        if (corrected <= MANY) {
          corrections |= (b & ~(<u64>-1 >> <u64>corrected)) >> <u64>(seen - first);
          b <<= <u64>corrected;
          n -= corrected;
        } else {
          const at = positionOf(p, n);
          corrections |= (allBits(at) & ~(<u64>-1 >> <u64>corrected)) >> <u64>(seen - first);
          seek(at + <u64>corrected);
          b = bits;
          n = count;
          p = pointer;
        }
        seen = k - i;
        store<i16>(block + <usize>load<u8>(<usize>k, SLOTS), <i16>(value << low));
        map |= <u64>(value & 1) << <u64>k;
        if (k == last) break;
      }
      if (late) map |= <u64>1 << <u64>min<u32>(last + 1, 63);
      store<u64>(maps, map);
    } else if (!nonZeros) {
      run--;
      continue;
    }
    run -= <u32>(run != 0);
    const rest = first + nonZeros - seen;
    if (rest <= MANY) {
      b |= load<u64>(p) >> <u64>n;
      p -= (~n >> 3) & 7;
      n |= 56;
      corrections |= (b & ~(<u64>-1 >> <u64>rest)) >> <u64>(seen - first);
      b <<= <u64>rest;
      n -= rest;
    } else {
      const at = positionOf(p, n);
      corrections |= (allBits(at) & ~(<u64>-1 >> <u64>rest)) >> <u64>(seen - first);
      seek(at + <u64>rest);
      b = bits;
      n = count;
      p = pointer;
    }
    if (corrections) {
      let c = old;
      do {
        const q = block + <usize>load<u8>(<usize>ctz(c), SLOTS);
        c &= c - 1;
        const v = <i32>load<i16>(q), sign = v >> 31, more = (<i32>(corrections >> 63) << low) & ~v;
        corrections <<= 1;
        store<i16>(q, <i16>(v + ((more ^ sign) - sign)));
      } while (corrections);
    }
    if (late) store<i16>(block + <usize>load<u8>(<usize>last, SLOTS + 1), <i16>(late << low));
  }
  endOfBandRun = run;
  setReaderPosition(positionOf(p, n));
  return blocks - left;
}

// The 64 bits at a position.
function allBits(at: u64): u64 { return (windowAt(at) & 0xffffffff00000000) | (windowAt(at + 32) >> 32); }

// 57 bits at a position, or more.
function windowAt(at: u64): u64 { return load<u64>(segmentTop - 8 - <usize>(at >> 3)) << (at & 7); }
