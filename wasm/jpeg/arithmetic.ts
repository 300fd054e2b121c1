// Arithmetic coding (T.81 annex D and F.2.4, G.2.3), with the results of libjpeg's jdarith.c.
//
// Statistics are one byte a bin: the more probable symbol in bit 7, the state below. Past a marker the
// data goes on as zeros, which is legal here; past the end of the file there is nothing to go on with.

import { INFO_SOF, INFO_WARNINGS_BAD_CODE, M_SOF10, M_SOF9 } from "../abi";
import { countInfo, getInfo } from "../shared/memory";
import { C_DC, C_DC_CONTEXT, C_TA, C_TD, component } from "./components";
import {
  arithmeticAcLimit, arithmeticDcLower, arithmeticDcUpper, NATURAL_ORDER, SCAN_ORDER, scanComponents, scanFirst,
  scanHigh, scanLast, scanLow,
} from "./markers";
import { segmentBytes, segmentMarker, segmentTop } from "./unstuff";

// T.81 table D.3: the probability estimate, the next state after the less probable symbol (bit 7: the
// symbols change places), the next state after the more probable one. State 113 stays at one half.
const STATES: usize = memory.data<u16>([
  23069, 129, 1, 9606, 14, 2, 4372, 16, 3, 2059, 18, 4, 984, 20, 5, 474, 23, 6, 229, 25, 7, 111, 28, 8,
  54, 30, 9, 26, 33, 10, 13, 35, 11, 6, 9, 12, 3, 10, 13, 1, 12, 13, 23167, 143, 15, 16165, 36, 16,
  11506, 38, 17, 8316, 39, 18, 6073, 40, 19, 4482, 42, 20, 3311, 43, 21, 2465, 45, 22, 1839, 46, 23,
  1372, 48, 24, 1030, 49, 25, 771, 51, 26, 576, 52, 27, 433, 54, 28, 324, 56, 29, 245, 57, 30, 183, 59, 31,
  138, 60, 32, 104, 62, 33, 78, 63, 34, 59, 32, 35, 44, 33, 9, 23265, 165, 37, 18508, 64, 38, 14861, 65, 39,
  12017, 67, 40, 9759, 68, 41, 7987, 69, 42, 6568, 70, 43, 5400, 72, 44, 4471, 73, 45, 3700, 74, 46,
  3067, 75, 47, 2552, 77, 48, 2145, 78, 49, 1798, 79, 50, 1485, 48, 51, 1246, 50, 52, 1039, 50, 53,
  867, 51, 54, 724, 52, 55, 604, 53, 56, 504, 54, 57, 420, 55, 58, 352, 56, 59, 293, 57, 60, 246, 58, 61,
  203, 59, 62, 171, 61, 63, 143, 61, 32, 23314, 193, 65, 19716, 80, 66, 16684, 81, 67, 14296, 82, 68,
  12264, 83, 69, 10556, 84, 70, 9081, 86, 71, 7903, 87, 72, 6825, 87, 73, 5966, 72, 74, 5156, 72, 75,
  4508, 74, 76, 3947, 74, 77, 3409, 75, 78, 2998, 77, 79, 2624, 77, 48, 22578, 208, 81, 19740, 88, 82,
  17294, 89, 83, 15325, 90, 84, 13550, 91, 85, 11950, 92, 86, 10650, 93, 87, 9494, 86, 71, 21872, 216, 89,
  19625, 95, 90, 17625, 96, 91, 15906, 97, 92, 14372, 99, 93, 12980, 99, 94, 11799, 93, 86, 22184, 223, 96,
  20294, 101, 97, 18405, 102, 98, 16847, 103, 99, 15421, 104, 100, 14174, 99, 93, 21041, 105, 102,
  19471, 106, 103, 17977, 107, 104, 16734, 103, 99, 22055, 233, 106, 20711, 108, 107, 19333, 109, 103,
  21911, 110, 109, 20559, 111, 107, 23056, 238, 111, 21794, 112, 109, 23019, 240, 111, 23069, 113, 113,
]);
const FIXED_STATE: u8 = 113;

// The same by a bin's byte, both symbols: the estimate, in bits 16 to 23 the byte after the less probable symbol, from bit
// 24 on that after the more probable one.
const ROWS: usize = memory.data(4 * 256, 64);

function fillRows(): void {
  for (let state: usize = 0; state < 256; state++) {
    const row = STATES + (state & 127) * 6, symbol = <u32>state & 128;
    if ((state & 127) > <usize>FIXED_STATE) continue;
    store<u32>(ROWS + (state << 2), <u32>load<u16>(row) | ((load<u16>(row, 2) ^ symbol) << 16) | ((load<u16>(row, 4) ^ symbol) << 24));
  }
}

const DC_BINS: usize = 64;
const AC_BINS: usize = 256;
const DC_STATISTICS: usize = memory.data(16 * 64, 16);
const AC_STATISTICS: usize = memory.data(16 * 256, 16);
const FIXED: usize = memory.data(4, 4);

let base: u64 = 0; // the C register: base of the interval and bits not used yet
let interval: u32 = 0; // the A register; 0 before the first decision
let shift: i32 = 0; // bits left in the lower part of `base`
let nextByte: usize = 0;
let isBroken = false; // an impossible value: nothing more is decoded until a restart
/** Whether the file ended where more data was needed. */
export let ranOut = false;

/** Bytes read of the segment. */
export function arithmeticBytes(): usize { return min(nextByte, segmentBytes); }

/** Starts a segment: the registers, and the statistics that the scan uses. */
export function startArithmetic(): void {
  base = 0;
  interval = 0;
  shift = 0;
  nextByte = 0;
  isBroken = false;
  ranOut = false;
  store<u8>(FIXED, FIXED_STATE);
  fillRows();
  const sof = getInfo(INFO_SOF), isSequential = sof == M_SOF9;
  for (let i = 0; i < scanComponents; i++) {
    const c = component(load<u8>(SCAN_ORDER + i));
    if (isSequential || (scanFirst == 0 && scanHigh == 0)) {
      memory.fill(DC_STATISTICS + <usize>load<i32>(c, C_TD) * DC_BINS, 0, DC_BINS);
      store<i32>(c, 0, C_DC);
      store<i32>(c, 0, C_DC_CONTEXT);
    }
    if (isSequential || scanFirst) memory.fill(AC_STATISTICS + <usize>load<i32>(c, C_TA) * AC_BINS, 0, AC_BINS);
  }
}

function readByte(): u64 {
  if (nextByte < segmentBytes) return <u64>load<u8>(segmentTop - 1 - nextByte++);
  if (segmentMarker == 0) ranOut = true;
  return 0;
}

// Makes `interval` at least 0x8000 (D.2.6), by all bits that it takes at once.
function renormalise(): void {
  if (!interval) {
    // The first two bytes fill the register.
    base = readByte() << 8;
    base |= readByte();
    shift = 0;
    interval = 0x10000;
    return;
  }
  const bits = clz(interval) - 16;
  interval <<= bits;
  shift -= bits;
  while (shift < 0) {
    base = (base << 8) | readByte();
    shift += 8;
  }
}

// Decodes one binary decision with the statistics at `bin` (D.2.4, D.2.5). `interval` is at least 0x8000 after
// renormalisation and every estimate is below 0x8000, so it stays positive.
function decide(bin: usize): i32 {
  if (interval < 0x8000) renormalise();
  const state: u32 = load<u8>(bin), row: u32 = load<u32>(ROWS + (<usize>state << 2)), estimate = row & 0xffff;
  const left = interval - estimate, cut = <u64>left << shift;
  interval = left;
  if (base < cut) {
    if (left >= 0x8000) return state >> 7;
    if (left >= estimate) {
      store<u8>(bin, row >> 24);
      return state >> 7;
    }
    store<u8>(bin, row >> 16);
    return state >> 7 ^ 1;
  }
  base -= cut;
  interval = estimate;
  if (left < estimate) {
    store<u8>(bin, row >> 24);
    return state >> 7;
  }
  store<u8>(bin, row >> 16);
  return state >> 7 ^ 1;
}

function breakOff(): void {
  countInfo(INFO_WARNINGS_BAD_CODE);
  isBroken = true;
}

// The category of a magnitude from the bins at `bin` on, doubling `m` (figure F.23); -1 if it is
// impossible. Leaves the last bin in `lastBin`.
let lastBin: usize = 0;
function category(m: i32, bin: usize): i32 {
  while (decide(bin)) {
    m <<= 1;
    if (m == 0x8000) {
      breakOff();
      return -1;
    }
    bin++;
  }
  lastBin = bin;
  return m;
}

// The bits below the leading one (figure F.24), and the sign.
function magnitude(m: i32, bin: usize, isNegative: i32): i32 {
  let v = m;
  for (m >>= 1; m; m >>= 1) if (decide(bin + 14)) v |= m;
  v++;
  return isNegative ? -v : v;
}

function decodeDc(c: usize): void {
  const table = load<i32>(c, C_TD), statistics = DC_STATISTICS + <usize>table * DC_BINS;
  let bin = statistics + <usize>load<i32>(c, C_DC_CONTEXT);
  if (!decide(bin)) {
    store<i32>(c, 0, C_DC_CONTEXT);
    return;
  }
  const isNegative = decide(bin + 1);
  bin += 2 + <usize>isNegative;
  let m = decide(bin);
  if (m) {
    m = category(m, statistics + 20);
    if (m < 0) return;
    bin = lastBin;
  }
  let context = 4 + 4 * isNegative;
  if (m < (1 << arithmeticDcLower(table)) >> 1) context = 0;
  else if (m > (1 << arithmeticDcUpper(table)) >> 1) context = 12 + 4 * isNegative;
  store<i32>(c, context, C_DC_CONTEXT);
  store<i32>(c, (load<i32>(c, C_DC) + magnitude(m, bin, isNegative)) & 0xffff, C_DC);
}

function decodeAc(c: usize, block: usize, first: i32, last: i32, low: i32): void {
  const table = load<i32>(c, C_TA), statistics = AC_STATISTICS + <usize>table * AC_BINS;
  for (let k = first; k <= last; k++) {
    let bin = statistics + <usize>(3 * (k - 1));
    if (decide(bin)) break;
    while (!decide(bin + 1)) {
      bin += 3;
      if (++k > last) return breakOff();
    }
    const isNegative = decide(FIXED);
    bin += 2;
    let m = decide(bin);
    if (m && decide(bin)) {
      m = category(2, statistics + (k <= arithmeticAcLimit(table) ? 189 : 217));
      if (m < 0) return;
      bin = lastBin;
    }
    const v = magnitude(m, bin, isNegative);
    store<i16>(block + (<usize>load<u8>(NATURAL_ORDER + k) << 1), <i16>(v << low));
  }
}

function refineAc(c: usize, block: usize): void {
  const statistics = AC_STATISTICS + <usize>load<i32>(c, C_TA) * AC_BINS, one = 1 << scanLow;
  // The end of the block as the scans before left it.
  let end = scanLast;
  while (end > 0 && !load<i16>(block + (<usize>load<u8>(NATURAL_ORDER + end) << 1))) end--;
  for (let k = scanFirst; k <= scanLast; k++) {
    let bin = statistics + <usize>(3 * (k - 1));
    if (k > end && decide(bin)) break;
    while (true) {
      const p = block + (<usize>load<u8>(NATURAL_ORDER + k) << 1), v = <i32>load<i16>(p);
      if (v) {
        if (decide(bin + 2)) store<i16>(p, <i16>(v < 0 ? v - one : v + one));
        break;
      }
      if (decide(bin + 1)) {
        store<i16>(p, <i16>(decide(FIXED) ? -one : one));
        break;
      }
      bin += 3;
      if (++k > scanLast) return breakOff();
    }
  }
}

/** Decodes one block of the current scan. */
export function decodeArithmeticBlock(c: usize, block: usize): void {
  if (getInfo(INFO_SOF) == M_SOF10 && scanHigh && !scanFirst) {
    // Refinement of DC goes on whatever happened.
    if (decide(FIXED)) store<i16>(block, <i16>(<i32>load<i16>(block) | (1 << scanLow)));
    return;
  }
  if (isBroken) return;
  if (getInfo(INFO_SOF) == M_SOF9) {
    decodeDc(c);
    if (isBroken) return;
    store<i16>(block, <i16>load<i32>(c, C_DC));
    decodeAc(c, block, 1, 63, 0);
  } else if (scanFirst) {
    if (scanHigh) refineAc(c, block);
    else decodeAc(c, block, scanFirst, scanLast, scanLow);
  } else {
    decodeDc(c);
    if (!isBroken) store<i16>(block, <i16>(load<i32>(c, C_DC) << scanLow));
  }
}
