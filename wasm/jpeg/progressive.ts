// Scans into kept coefficients: progressive Huffman scans (T.81 G.2), with the results of jdphuff.c, and
// the frame of loops around them, which arithmetic-coded scans share.
//
// An MCU that needed bits beyond the data is the last one of its segment that is decoded.

import {
  INFO_SCANS, INFO_SOF, INFO_WARNINGS_BAD_CODE, INFO_WARNINGS_EARLY_MARKER, INFO_WARNINGS_PROGRESSION, M_SOF10,
  M_SOF9, STATUS_BAD_MCU_SIZE, STATUS_BAD_PROGRESSION, STATUS_DC_OVERFLOW, STATUS_MISSING_HUFFMAN_TABLE, STATUS_OK,
  STATUS_TRUNCATED,
} from "../abi";
import { countInfo, getInfo } from "../shared/memory";
import { arithmeticBytes, decodeArithmeticBlock, ranOut, startArithmetic } from "./arithmetic";
import { isPastEnd, readBits, readerPosition, readSymbol, readValue, setReaderPosition } from "./bit_reader";
import {
  C_COEFFICIENTS, C_DC, C_H, C_HEIGHT_BLOCKS, C_ROW_BYTES, C_TA, C_TD, C_V, C_WIDTH_BLOCKS, component,
} from "./components";
import { deriveHuffman, deriveSymbols, isHuffmanDefined } from "./huffman";
import { NATURAL_ORDER, SCAN_ORDER, scanComponents, scanFirst, scanHigh, scanLast, scanLow } from "./markers";
import { countMcus, insufficient, isRestartDue, restartAfter, setInsufficient, startSegments } from "./segments";

/** libjpeg's coef_bits: the precision each coefficient has reached, -1 unseen; then the scan before. */
export const PRECISION: usize = memory.data(2 * 4 * 64 * 4, 16);
export const PRECISION_BEFORE: usize = 4 * 64 * 4;
/** The last row of MCUs whose data was complete in the last scan. */
export let lastGoodRow: i32 = 0;

let endOfBandRun: i32 = 0;
let table: i32 = 0;
let isArithmetic = false;

export function resetProgression(): void {
  memory.fill(PRECISION, 255, PRECISION_BEFORE);
  memory.fill(PRECISION + PRECISION_BEFORE, 0, PRECISION_BEFORE);
  lastGoodRow = 0;
}

// start_pass_phuff_decoder: refuses impossible parameters, warns of an order that makes no sense.
function prepare(): i32 {
  if (getInfo(INFO_SOF) == M_SOF9) return STATUS_OK;
  const isDc = scanFirst == 0;
  let bad = isDc ? scanLast != 0 : scanFirst > scanLast || scanLast > 63 || scanComponents != 1;
  if (scanHigh != 0 && scanLow != scanHigh - 1) bad = true;
  if (scanLow > 13) bad = true;
  if (bad) return STATUS_BAD_PROGRESSION;
  for (let i = 0; i < scanComponents; i++) {
    const p = PRECISION + (<usize>load<u8>(SCAN_ORDER + i) << 8);
    if (!isDc && load<i32>(p) < 0) countInfo(INFO_WARNINGS_PROGRESSION);
    for (let k = min(scanFirst, 1); k <= max(scanLast, 9); k++) {
      const value = getInfo(INFO_SCANS) > 1 ? load<i32>(p + (<usize>k << 2)) : 0;
      store<i32>(p + (<usize>k << 2) + PRECISION_BEFORE, value);
    }
    for (let k = scanFirst; k <= scanLast; k++) {
      if (scanHigh != max(0, load<i32>(p + (<usize>k << 2)))) countInfo(INFO_WARNINGS_PROGRESSION);
      store<i32>(p + (<usize>k << 2), scanLow);
    }
  }
  for (let i = 0; i < scanComponents; i++) {
    const c = component(load<u8>(SCAN_ORDER + i));
    if (isArithmetic || (isDc && scanHigh != 0)) break;
    const slot = isDc ? load<i32>(c, C_TD) : load<i32>(c, C_TA);
    table = isDc ? slot : slot + 4;
    if (slot > 3 || !isHuffmanDefined(table)) return STATUS_MISSING_HUFFMAN_TABLE;
    const status = deriveHuffman(table);
    if (status < 0) return status;
    deriveSymbols(table);
  }
  return STATUS_OK;
}

/** Decodes the current scan into the components' coefficients; un-stuffs below `top`. */
export function decodeKeptScan(top: usize, mcusPerRow: i32, mcuRows: i32): i32 {
  const sof = getInfo(INFO_SOF);
  isArithmetic = sof == M_SOF9 || sof == M_SOF10;
  let status = prepare();
  if (status < 0) return status;
  if (scanComponents > 1) {
    let blocks = 0;
    for (let i = 0; i < scanComponents; i++) {
      const c = component(load<u8>(SCAN_ORDER + i));
      blocks += load<i32>(c, C_H) * load<i32>(c, C_V);
    }
    if (blocks > 10) return STATUS_BAD_MCU_SIZE;
  }
  startSegments(top);
  startSegment();
  if (scanComponents == 1) {
    const c = component(load<u8>(SCAN_ORDER));
    const v = load<i32>(c, C_V), width = load<i32>(c, C_WIDTH_BLOCKS), height = load<i32>(c, C_HEIGHT_BLOCKS);
    for (let row = 0; row < height; row++) {
      let block = load<usize>(c, C_COEFFICIENTS) + <usize>row * load<usize>(c, C_ROW_BYTES);
      for (let x = 0; x < width; x++) {
        status = enterMcu(row / v);
        if (status < 0) return status;
        if (!insufficient) {
          status = decodeBlock(c, block);
          if (status < 0) return status;
        }
        leaveMcu();
        block += 128;
      }
    }
    return STATUS_OK;
  }
  for (let row = 0; row < mcuRows; row++) {
    for (let x = 0; x < mcusPerRow; x++) {
      status = enterMcu(row);
      if (status < 0) return status;
      if (!insufficient) {
        status = decodeMcu(row, x);
        if (status < 0) return status;
      }
      leaveMcu();
    }
  }
  return STATUS_OK;
}

function enterMcu(row: i32): i32 {
  // libjpeg notes the row before it looks for a restart.
  if (!insufficient) lastGoodRow = row;
  if (isRestartDue()) {
    const status = restartAfter(isArithmetic ? <u64>arithmeticBytes() << 3 : readerPosition());
    if (status < 0) return status;
    startSegment();
  }
  return STATUS_OK;
}

function startSegment(): void {
  setReaderPosition(0);
  endOfBandRun = 0;
  if (isArithmetic) startArithmetic();
}

function decodeBlock(c: usize, block: usize): i32 {
  if (isArithmetic) {
    decodeArithmeticBlock(c, block);
    return ranOut ? STATUS_TRUNCATED : STATUS_OK;
  }
  if (scanFirst) return scanHigh ? refineAc(block) : firstAc(block);
  return decodeDc(c, block);
}

function leaveMcu(): void {
  countMcus(1);
  if (!isArithmetic && isPastEnd() && !insufficient) {
    setInsufficient();
    countInfo(INFO_WARNINGS_EARLY_MARKER);
  }
}

function decodeMcu(row: i32, x: i32): i32 {
  for (let i = 0; i < scanComponents; i++) {
    const c = component(load<u8>(SCAN_ORDER + i)), h = load<i32>(c, C_H), v = load<i32>(c, C_V);
    for (let j = 0; j < v; j++) {
      let block = load<usize>(c, C_COEFFICIENTS) + <usize>(row * v + j) * load<usize>(c, C_ROW_BYTES) + (<usize>(x * h) << 7);
      for (let k = 0; k < h; k++) {
        const status = decodeBlock(c, block);
        if (status < 0) return status;
        block += 128;
      }
    }
  }
  return STATUS_OK;
}

function decodeDc(c: usize, block: usize): i32 {
  if (scanHigh) {
    if (readBits(1)) store<i16>(block, <i16>(<i32>load<i16>(block) | (1 << scanLow)));
    return STATUS_OK;
  }
  const sum = <i64>readValue(readSymbol(load<i32>(c, C_TD)) & 15) + <i64>load<i32>(c, C_DC);
  if (sum != <i64><i32>sum) return STATUS_DC_OVERFLOW;
  store<i32>(c, <i32>sum, C_DC);
  store<i16>(block, <i16>(<i32>sum << scanLow));
  return STATUS_OK;
}

function firstAc(block: usize): i32 {
  if (endOfBandRun > 0) {
    endOfBandRun--;
    return STATUS_OK;
  }
  for (let k = scanFirst; k <= scanLast; k++) {
    const rs = readSymbol(table), run = <i32>(rs >> 4), size = rs & 15;
    if (size) {
      k += run;
      store<i16>(block + (<usize>load<u8>(NATURAL_ORDER + k) << 1), <i16>(readValue(size) << scanLow));
    } else if (run == 15) k += 15;
    else {
      endOfBandRun = (1 << run) + readBits(<u32>run) - 1;
      break;
    }
  }
  return STATUS_OK;
}

// Appends a correction bit to a coefficient that is not zero.
function correct(p: usize): void {
  if (!readBits(1)) return;
  const v = <i32>load<i16>(p), one = 1 << scanLow;
  if (!(v & one)) store<i16>(p, <i16>(v >= 0 ? v + one : v - one));
}

function refineAc(block: usize): i32 {
  let k = scanFirst;
  if (endOfBandRun == 0) {
    for (; k <= scanLast; k++) {
      const rs = readSymbol(table);
      let run = <i32>(rs >> 4), value = 0;
      if (rs & 15) {
        if ((rs & 15) != 1) countInfo(INFO_WARNINGS_BAD_CODE);
        value = readBits(1) ? 1 << scanLow : -1 << scanLow;
      } else if (run != 15) {
        endOfBandRun = (1 << run) + readBits(<u32>run);
        break;
      }
      // Over coefficients that are not zero, correcting them, and over `run` zeros to the new one.
      do {
        const p = block + (<usize>load<u8>(NATURAL_ORDER + k) << 1);
        if (load<i16>(p)) correct(p);
        else if (--run < 0) break;
        k++;
      } while (k <= scanLast);
      if (value) store<i16>(block + (<usize>load<u8>(NATURAL_ORDER + k) << 1), <i16>value);
    }
  }
  if (endOfBandRun > 0) {
    for (; k <= scanLast; k++) {
      const p = block + (<usize>load<u8>(NATURAL_ORDER + k) << 1);
      if (load<i16>(p)) correct(p);
    }
    endOfBandRun--;
  }
  return STATUS_OK;
}
