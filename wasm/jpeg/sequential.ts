// Entropy decoding of sequential Huffman scans (T.81 F.2.2), one row of MCUs at a time.
//
// Two decoders share one state. The fast one reads runs of blocks with all of its state in locals,
// resolves up to two symbols in one lookup and never tests for the end of the data. If a marker ended
// the data inside the run, or bits were no code, the careful decoder does the run again from where it
// started, symbol by symbol as jdhuff.c.

import {
  INFO_SLOW_RUNS, INFO_WARNINGS_EARLY_MARKER, STATUS_BAD_MCU_SIZE, STATUS_MISSING_HUFFMAN_TABLE, STATUS_OK,
  STATUS_TRUNCATED,
} from "../abi";
import { countInfo } from "../shared/memory";
import { isPastEnd, readerPosition, readSymbol, readValue, setReaderPosition } from "./bit_reader";
import {
  B_AC, B_DC, B_NEXT, B_PREDICTION, B_SHORT_DC, BLOCK_BYTES, BLOCKS, consumed, decodeBlocks, decodeMeans, seekBlocks,
  skipBlocks,
} from "./blocks";
import { C_DC, C_H, C_TA, C_TD, C_V, component } from "./components";
import { isStreamed, size } from "./frame";
import {
  defineDefaultHuffman, derivedTable, deriveHuffman, deriveSymbols, isHuffmanDefined, shortTable,
} from "./huffman";
import { NATURAL_ORDER, restartInterval, SCAN_ORDER, scanComponents, start } from "./markers";
import { sizeOfTransform } from "./scaled";
import {
  countMcus, insufficient, isRestartDue, restartAfter, restartsLeft, segmentStart, setInsufficient, startSegments,
} from "./segments";
import { deriveSkips } from "./skip_tables";
import { runsOut } from "./truncation";
import { segmentBytes, segmentMarker } from "./unstuff";

const MAX_BLOCKS: i32 = 10;
// For the careful decoder: the component's table indices.
const TABLE_INDICES: usize = memory.data(10 * 2, 16);

export let blocksPerMcu: i32 = 0;
/** Runs of MCUs that were decoded; unchanged where the data had ended and nothing was. */
export let decodedRuns: i32 = 0;

let segmentMcus: i32 = 0; // MCUs decoded of the segment
let scanMcusLeft: i32 = 0;

function resetReader(): void {
  segmentMcus = 0;
  seekBlocks(0);
}

/**
 * Prepares the current scan of `mcus` MCUs: derives its tables and un-stuffs its first segment below `top`.
 */
export function startScan(top: usize, mcus: i32): i32 {
  defineDefaultHuffman();
  let n = 0;
  for (let i = 0; i < scanComponents; i++) {
    const c = component(load<u8>(SCAN_ORDER + i));
    const dc = load<i32>(c, C_TD), ac = load<i32>(c, C_TA);
    if (dc > 3 || ac > 3 || !isHuffmanDefined(dc) || !isHuffmanDefined(ac + 4)) return STATUS_MISSING_HUFFMAN_TABLE;
    let status = deriveHuffman(dc);
    if (status < 0) return status;
    status = deriveHuffman(ac + 4);
    if (status < 0) return status;
    const blocks = scanComponents == 1 ? 1 : load<i32>(c, C_H) * load<i32>(c, C_V);
    if (n + blocks > MAX_BLOCKS) return STATUS_BAD_MCU_SIZE;
    for (let j = 0; j < blocks; j++, n++) {
      const b = BLOCKS + <usize>n * BLOCK_BYTES;
      store<usize>(b, derivedTable(dc), B_DC);
      store<usize>(b, shortTable(dc), B_SHORT_DC);
      store<usize>(b, derivedTable(ac + 4), B_AC);
      store<usize>(b, c + C_DC, B_PREDICTION);
      store<usize>(b, b + BLOCK_BYTES, B_NEXT);
      store<u8>(TABLE_INDICES + (<usize>n << 1), dc);
      store<u8>(TABLE_INDICES + (<usize>n << 1) + 1, ac + 4);
    }
  }
  store<usize>(BLOCKS + <usize>(n - 1) * BLOCK_BYTES, BLOCKS, B_NEXT);
  findRuns();
  if (runs) for (let j = 0; j < n; j++) deriveSkips(<i32>load<u8>(TABLE_INDICES + (<usize>j << 1) + 1) - 4);
  blocksPerMcu = n;
  scanMcusLeft = mcus;
  startSegments(top);
  resetReader();
  return STATUS_OK;
}

// Blocks of an MCU that follow each other and whose DC coefficients are enough, or are not: at an eighth of the size a
// sample is a block's mean, but of components that are coarser. None at other sizes.
const RUN_BYTES: usize = 12;
const RUNS: usize = memory.data(4 * 12, 16);
const R_BLOCKS: usize = 0;
const R_FIRST: usize = 4;
const R_IS_DC: usize = 8;
let runs: i32 = 0;

function findRuns(): void {
  runs = 0;
  if (size != 1 || !isStreamed) return;
  let first: usize = BLOCKS;
  for (let i = 0; i < scanComponents; i++) {
    const index: i32 = load<u8>(SCAN_ORDER + i), c = component(index);
    const blocks = scanComponents == 1 ? 1 : load<i32>(c, C_H) * load<i32>(c, C_V);
    const isDc = sizeOfTransform(index) == 1, last = RUNS + <usize>(runs - 1) * RUN_BYTES;
    if (runs && load<i32>(last, R_IS_DC) == <i32>isDc) store<i32>(last, load<i32>(last, R_BLOCKS) + blocks, R_BLOCKS);
    else {
      const run = RUNS + <usize>runs * RUN_BYTES;
      store<i32>(run, blocks, R_BLOCKS);
      store<usize>(run, first, R_FIRST);
      store<i32>(run, <i32>isDc, R_IS_DC);
      runs++;
    }
    first += <usize>blocks * BLOCK_BYTES;
  }
}

/**
 * Decodes `mcus` MCUs into `out`, which holds zeros, one block of 128 bytes after the other. Of those outside
 * [from, to) the coefficients are not kept: their blocks stay zeros.
 */
export function decodeMcus(mcus: i32, out: usize, from: i32, to: i32): i32 {
  let left = mcus;
  while (left > 0) {
    if (isRestartDue()) {
      const status = restartAfter(consumed());
      if (status < 0) return status;
      resetReader();
    }
    const m = mcus - left;
    const isSkipped = m < from || m >= to;
    let n = m < from ? min(left, from - m) : m < to ? min(left, to - m) : left;
    if (restartInterval) n = min(n, restartsLeft);
    const bytes = <usize>(n * blocksPerMcu) << 7;
    if (!insufficient) {
      const status = decodeSegment(n, out, bytes, isSkipped);
      if (status < 0) return status;
    } else scanMcusLeft -= n;
    out += bytes;
    left -= n;
    countMcus(n);
  }
  return STATUS_OK;
}

const SAVED: usize = memory.data(4 * 4, 16);

function decodeSegment(n: i32, out: usize, bytes: usize, isSkipped: bool): i32 {
  decodedRuns++;
  const savedBits = consumed();
  for (let i = 0; i < scanComponents; i++) {
    store<i32>(SAVED + (<usize>i << 2), load<i32>(component(load<u8>(SCAN_ORDER + i)), C_DC));
  }
  let hasBadCodes: bool;
  if (isSkipped) hasBadCodes = skipBlocks(n * blocksPerMcu, BLOCKS);
  else {
    hasBadCodes = runs ? decodeReduced(n, out) : decodeBlocks(n * blocksPerMcu, BLOCKS, out);
    store<i16>(out + bytes, 0); // what the last block may have left in the slot behind it
  }
  segmentMcus += n;
  scanMcusLeft -= n;
  const at = consumed(), available = <u64>segmentBytes << 3;
  if (segmentMarker == 0) {
    if (at > available) return STATUS_TRUNCATED;
    // Enough data, but the end is so near that libjpeg may have asked for more.
    if (scanMcusLeft == 0 && at + 64 > available && runsOut(start, segmentStart, segmentMcus, blocksPerMcu, TABLE_INDICES)) {
      return STATUS_TRUNCATED;
    }
  }
  // Bits that are no code decode alike in both, but only the careful decoder counts them.
  if (at <= available && !hasBadCodes) return STATUS_OK;
  countInfo(INFO_SLOW_RUNS);
  memory.fill(out, 0, bytes + 2);
  for (let i = 0; i < scanComponents; i++) {
    store<i32>(component(load<u8>(SCAN_ORDER + i)), load<i32>(SAVED + (<usize>i << 2)), C_DC);
  }
  decodeCarefully(n, out, savedBits);
  if (isSkipped) memory.fill(out, 0, bytes);
  return STATUS_OK;
}

// Whole MCUs of which some blocks' DC coefficients are enough.
function decodeReduced(mcus: i32, out: usize): bool {
  if (runs == 1) return decodeMeans(mcus * blocksPerMcu, BLOCKS, out);
  let hasBadCodes = false;
  for (let m = 0; m < mcus; m++) {
    for (let r = RUNS; r < RUNS + <usize>runs * RUN_BYTES; r += RUN_BYTES) {
      const blocks = load<i32>(r, R_BLOCKS), first = load<usize>(r, R_FIRST);
      // What a block leaves in the slot behind it, the next one's DC coefficient overwrites.
      const bad = load<i32>(r, R_IS_DC) ? decodeMeans(blocks, first, out) : decodeBlocks(blocks, first, out);
      hasBadCodes = hasBadCodes || bad;
      out += <usize>blocks << 7;
    }
  }
  return hasBadCodes;
}

// Follows jdhuff.c symbol by symbol, counts damage, and stops after the MCU in which the data ran out.
function decodeCarefully(mcus: i32, out: usize, from: u64): void {
  for (let j = 0; j < blocksPerMcu; j++) {
    deriveSymbols(load<u8>(TABLE_INDICES + (<usize>j << 1)));
    deriveSymbols(load<u8>(TABLE_INDICES + (<usize>j << 1) + 1));
  }
  setReaderPosition(from);
  for (let m = 0; m < mcus && !insufficient; m++) {
    for (let j = 0; j < blocksPerMcu; j++) {
      const dcTable: i32 = load<u8>(TABLE_INDICES + (<usize>j << 1)), acTable: i32 = load<u8>(TABLE_INDICES + (<usize>j << 1) + 1);
      const prediction: usize = load<u32>(BLOCKS + <usize>j * BLOCK_BYTES, B_PREDICTION);
      const dc = load<i32>(prediction) + readValue(readSymbol(dcTable));
      store<i32>(prediction, dc);
      store<i16>(out, <i16>dc);
      for (let k: u32 = 1; k < 64; k++) {
        const symbol = readSymbol(acTable), run = symbol >> 4;
        if (symbol & 15) {
          k += run;
          store<i16>(out + (<usize>load<u8>(NATURAL_ORDER + k) << 1), <i16>readValue(symbol & 15));
        } else {
          if (run != 15) break;
          k += 15;
        }
      }
      out += 128;
    }
    if (isPastEnd()) {
      // The rest of the segment stays grey.
      setInsufficient();
      countInfo(INFO_WARNINGS_EARLY_MARKER);
    }
  }
  // Hand the position back to the fast decoder; past the end it has nothing left to read.
  seekBlocks(min(readerPosition(), <u64>segmentBytes << 3));
}
