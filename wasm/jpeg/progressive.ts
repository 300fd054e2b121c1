// Scans into kept coefficients: progressive ones (T.81 G) and arithmetic-coded ones. Their parameters, and the loops
// around runs of MCUs, which end with a row or a segment; progressive_blocks.ts and arithmetic.ts decode them.
//
// An MCU that needed bits beyond the data is the last one of its segment that is decoded.

import {
  INFO_SCANS, INFO_SOF, INFO_WARNINGS_EARLY_MARKER, INFO_WARNINGS_PROGRESSION, M_SOF10, M_SOF9, STATUS_BAD_MCU_SIZE,
  STATUS_BAD_PROGRESSION, STATUS_MISSING_HUFFMAN_TABLE, STATUS_OK, STATUS_TRUNCATED,
} from "../abi";
import { countInfo, getInfo } from "../shared/memory";
import { arithmeticBytes, decodeArithmeticBlock, ranOut, startArithmetic } from "./arithmetic";
import { isPastEnd, readerPosition, setReaderPosition } from "./bit_reader";
import {
  C_COEFFICIENTS, C_DC, C_H, C_HEIGHT_BLOCKS, C_MAPS, C_ROW_BYTES, C_TA, C_TD, C_V, C_WIDTH_BLOCKS, component,
} from "./components";
import { derivedTable, deriveHuffman, isHuffmanDefined } from "./huffman";
import { restartInterval, SCAN_ORDER, scanComponents, scanFirst, scanHigh, scanLast, scanLow } from "./markers";
import {
  addRecord, clearRecords, endRun, firstAc, firstDc, preparePositions, refineAc, refineDc, ZEROS_BELOW,
} from "./progressive_blocks";
import { deriveFirst, deriveSigns } from "./progressive_tables";
import {
  countMcus, insufficient, isRestartDue, restartAfter, restartsLeft, setInsufficient, startSegments,
} from "./segments";
import { clearMore } from "./unstuff";

/** libjpeg's coef_bits: the precision each coefficient has reached, -1 unseen; then the scan before. */
export const PRECISION: usize = memory.data(2 * 4 * 64 * 4, 16);
export const PRECISION_BEFORE: usize = 4 * 64 * 4;
/** The last row of MCUs whose data was complete in the last scan. */
export let lastGoodRow: i32 = 0;

/** The row of MCUs in which arithmetic-coded data ran out. */
export let brokenRow: i32 = 0;

let isArithmetic = false;
let table: i32 = 0; // the AC table of the scan

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
  return isArithmetic ? STATUS_OK : prepareTables(isDc);
}

function prepareTables(isDc: bool): i32 {
  preparePositions();
  if (isDc && scanHigh) return STATUS_OK;
  for (let i = 0; i < scanComponents; i++) {
    const c = component(load<u8>(SCAN_ORDER + i)), slot = isDc ? load<i32>(c, C_TD) : load<i32>(c, C_TA);
    table = isDc ? slot : slot + 4;
    if (slot > 3 || !isHuffmanDefined(table)) return STATUS_MISSING_HUFFMAN_TABLE;
    const status = isDc ? deriveHuffman(table) : scanHigh ? deriveSigns(table) : deriveFirst(table, scanLow, scanLast == 63);
    if (status < 0) return status;
  }
  return STATUS_OK;
}

/** Decodes the current scan into the components' coefficients; un-stuffs below `top`. */
export function decodeKeptScan(top: usize, mcusPerRow: i32, mcuRows: i32): i32 {
  const sof = getInfo(INFO_SOF);
  isArithmetic = sof == M_SOF9 || sof == M_SOF10;
  let status = prepare();
  if (status < 0) return status;
  let columns = mcusPerRow, rows = mcuRows, rowsAMcu = 1;
  if (scanComponents == 1) {
    // Not interleaved: the blocks that exist, row by row.
    const c = component(load<u8>(SCAN_ORDER));
    columns = load<i32>(c, C_WIDTH_BLOCKS);
    rows = load<i32>(c, C_HEIGHT_BLOCKS);
    rowsAMcu = load<i32>(c, C_V);
  } else {
    let blocks = 0;
    for (let i = 0; i < scanComponents; i++) {
      const c = component(load<u8>(SCAN_ORDER + i));
      blocks += load<i32>(c, C_H) * load<i32>(c, C_V);
    }
    if (blocks > 10) return STATUS_BAD_MCU_SIZE;
  }
  startSegments(top);
  startSegment();
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < columns;) {
      // libjpeg notes the row before it looks for a restart.
      const mcuRow = row / rowsAMcu;
      if (!insufficient) lastGoodRow = mcuRow;
      if (isRestartDue()) {
        status = restartAfter(isArithmetic ? <u64>arithmeticBytes() << 3 : readerPosition());
        if (status < 0) {
          brokenRow = mcuRow;
          return status;
        }
        startSegment();
      }
      let n = columns - x;
      if (restartInterval) n = min(n, restartsLeft);
      if (!insufficient) {
        const done = isArithmetic ? decodeArithmeticRun(row, x, n) : decodeRun(row, x, n);
        if (done < 0) {
          brokenRow = mcuRow;
          return done;
        }
        if (done > 1) lastGoodRow = mcuRow;
      }
      countMcus(n);
      x += n;
    }
  }
  return STATUS_OK;
}

function startSegment(): void {
  setReaderPosition(0);
  endRun();
  if (isArithmetic) startArithmetic();
  else clearMore(ZEROS_BELOW);
}

// The address of a component's block: row `j` of those of MCU row `row`, the first of MCU `x`.
@inline
function blockOf(c: usize, row: i32, j: i32, x: i32): usize {
  const isAlone = scanComponents == 1, h = isAlone ? 1 : load<i32>(c, C_H), v = isAlone ? 1 : load<i32>(c, C_V);
  return load<usize>(c, C_COEFFICIENTS) + <usize>(row * v + j) * load<usize>(c, C_ROW_BYTES) + (<usize>(x * h) << 7);
}

// Decodes `n` MCUs of a row from MCU `x` on; how many it came to before the data ran out, or a failure.
function decodeRun(row: i32, x: i32, n: i32): i32 {
  let done: i32;
  if (scanFirst) {
    const c = component(load<u8>(SCAN_ORDER)), block = blockOf(c, row, 0, x);
    const maps = load<usize>(c, C_MAPS) + ((block - load<usize>(c, C_COEFFICIENTS)) >> 4);
    done = scanHigh ? refineAc(block, maps, n, table) : firstAc(block, maps, n, table);
  } else {
    listBlocks(row, x);
    done = scanHigh ? refineDc(n) : firstDc(n);
    if (done < 0) return done;
  }
  if (isPastEnd()) {
    setInsufficient();
    countInfo(INFO_WARNINGS_EARLY_MARKER);
  }
  return done;
}

// Lists the blocks of MCU `x` of a row for a DC scan.
function listBlocks(row: i32, x: i32): void {
  const isAlone = scanComponents == 1;
  clearRecords();
  for (let i = 0; i < scanComponents; i++) {
    const c = component(load<u8>(SCAN_ORDER + i));
    const h = isAlone ? 1 : load<i32>(c, C_H), v = isAlone ? 1 : load<i32>(c, C_V);
    for (let j = 0; j < v; j++) {
      const block = blockOf(c, row, j, x);
      for (let k = 0; k < h; k++) {
        addRecord(block + (<usize>k << 7), <usize>h << 7, derivedTable(load<i32>(c, C_TD) & 3), c + C_DC);
      }
    }
  }
}

function decodeArithmeticRun(row: i32, x: i32, n: i32): i32 {
  const isAlone = scanComponents == 1;
  for (let mcu = x; mcu < x + n; mcu++) {
    for (let i = 0; i < scanComponents; i++) {
      const c = component(load<u8>(SCAN_ORDER + i));
      const h = isAlone ? 1 : load<i32>(c, C_H), v = isAlone ? 1 : load<i32>(c, C_V);
      for (let j = 0; j < v; j++) {
        let block = blockOf(c, row, j, mcu);
        for (let k = 0; k < h; k++) {
          decodeArithmeticBlock(c, block);
          if (ranOut) return STATUS_TRUNCATED;
          block += 128;
        }
      }
    }
  }
  return n;
}
