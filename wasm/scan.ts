// Entropy decoding of sequential Huffman scans (T.81 F.2.2), one row of MCUs at a time.
//
// Two decoders share one state. The fast one reads runs of blocks with all of its state in locals,
// resolves up to two symbols in one lookup and never tests for the end of the data. If a marker ended
// the data inside the run, or bits were no code, the careful decoder does the run again from where it
// started, symbol by symbol as jdhuff.c.

import {
  INFO_SLOW_RUNS, INFO_WARNINGS_EARLY_MARKER,
  INFO_WARNINGS_EXTRANEOUS, INFO_WARNINGS_RESYNC, STATUS_BAD_MCU_SIZE,
  STATUS_MISSING_HUFFMAN_TABLE, STATUS_OK, STATUS_TRUNCATED,
} from "./abi";
import { defineDefaultHuffman, deriveHuffman, derivedTable, deriveSymbols, isHuffmanDefined, shortTable } from "./huffman";
import {
  nextMarker, resumeAt, positionNow, restartInterval, scanComponents, SCAN_ORDER, NATURAL_ORDER, start,
} from "./markers";
import { C_DC, C_H, C_TA, C_TD, C_V, component, countInfo } from "./memory";
import { isPastEnd, readerPosition, readSymbol, readValue, setReaderPosition } from "./reader";
import { runsOut } from "./refill";
import { B_AC, B_DC, B_NEXT, B_PREDICTION, B_SHORT_DC, BLOCK_BYTES, BLOCKS, consumed, decodeFast, seekFast, skipFast } from "./fast";
import { emptySegment, segmentAfter, segmentBytes, segmentMarker, segmentTop, unstuff } from "./unstuff";

const MAX_BLOCKS: i32 = 10;
// For the careful decoder: the component's table indices.
const TABLE_INDICES: usize = memory.data(10 * 2, 16);

export let blocksPerMcu: i32 = 0;
/** Runs of MCUs that were decoded; unchanged where the data had ended and nothing was. */
export let decodedRuns: i32 = 0;

let restartsLeft: i32 = 0;
let nextRestart: i32 = 0;
let insufficient = false; // libjpeg's insufficient_data: nothing is decoded until the next restart
let unstuffTop: usize = 0;
let segmentStart: usize = 0; // address of the segment's first byte in the file
let segmentMcus: i32 = 0; // MCUs decoded of the segment
let scanMcusLeft: i32 = 0;

function resetReader(): void {
  segmentMcus = 0;
  seekFast(0);
}

function resetPredictions(): void {
  for (let i = 0; i < scanComponents; i++) store<i32>(component(load<u8>(SCAN_ORDER + i)), 0, C_DC);
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
  blocksPerMcu = n;
  scanMcusLeft = mcus;
  startSegments(top);
  return STATUS_OK;
}

/** Un-stuffs the scan's first segment below `top`. */
export function startSegments(top: usize): void {
  insufficient = false;
  nextRestart = 0;
  restartsLeft = restartInterval;
  unstuffTop = top;
  resetPredictions();
  segmentStart = positionNow();
  unstuff(segmentStart, top);
  resetReader();
}

/**
 * Decodes `mcus` MCUs into `out`, which holds zeros, one block of 128 bytes after the other. Of those outside
 * [from, to) the coefficients are not kept: their blocks stay zeros.
 */
export function decodeMcus(mcus: i32, out: usize, from: i32, to: i32): i32 {
  let left = mcus;
  while (left > 0) {
    if (restartInterval && restartsLeft == 0) {
      const status = restartAfter(consumed());
      if (status < 0) return status;
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
    restartsLeft -= n;
  }
  return STATUS_OK;
}

const SAVED: usize = memory.data(4 * 4, 16);

/** For decoders with a reader of their own: whether data is left in the current segment. */
export function isInsufficient(): bool { return insufficient; }
export function setInsufficient(): void { insufficient = true; }
/** Counts one MCU; at the end of a restart interval, moves to the next segment. `used`: bits read. */
export function isRestartDue(): bool { return restartInterval != 0 && restartsLeft == 0; }
export function countMcu(): void { restartsLeft--; }
export function restartAfter(used: u64): i32 {
  const left = (<u64>segmentBytes << 3) - min(used, <u64>segmentBytes << 3);
  return restart(left);
}

function decodeSegment(n: i32, out: usize, bytes: usize, isSkipped: bool): i32 {
  decodedRuns++;
  const savedBits = consumed();
  for (let i = 0; i < scanComponents; i++) {
    store<i32>(SAVED + (<usize>i << 2), load<i32>(component(load<u8>(SCAN_ORDER + i)), C_DC));
  }
  let hasBadCodes: bool;
  if (isSkipped) hasBadCodes = skipFast(n * blocksPerMcu);
  else {
    hasBadCodes = decodeFast(n * blocksPerMcu, out);
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
      insufficient = true;
      countInfo(INFO_WARNINGS_EARLY_MARKER);
    }
  }
  // Hand the position back to the fast decoder; past the end it has nothing left to read.
  seekFast(min(readerPosition(), <u64>segmentBytes << 3));
}

// jdhuff.c, process_restart, with jdmarker.c, read_restart_marker and jpeg_resync_to_restart.
function restart(left: u64): i32 {
  if (left >= 8) countInfo(INFO_WARNINGS_EXTRANEOUS);
  let marker = segmentMarker;
  resumeAt(segmentAfter, 0);
  if (marker == 0) return STATUS_TRUNCATED;
  const expected = 0xd0 + nextRestart;
  let found = marker == expected;
  if (!found) {
    countInfo(INFO_WARNINGS_RESYNC);
    while (true) {
      let action: i32;
      if (marker < 0xc0) action = 2;
      else if (marker < 0xd0 || marker > 0xd7) action = 3;
      else {
        const ahead = (marker - expected) & 7;
        action = ahead == 1 || ahead == 2 ? 3 : ahead == 7 || ahead == 6 ? 2 : 1;
      }
      if (action == 1) { found = true; break; }
      if (action == 3) break;
      marker = nextMarker();
      if (marker == 0) return STATUS_TRUNCATED;
    }
  }
  nextRestart = (nextRestart + 1) & 7;
  resetPredictions();
  restartsLeft = restartInterval;
  if (found) {
    segmentStart = positionNow();
    unstuff(segmentStart, unstuffTop);
    insufficient = false;
  } else {
    emptySegment(marker, positionNow());
  }
  resetReader();
  return STATUS_OK;
}

/** Lets the marker parser continue behind the scan. */
export function leaveScan(): void { resumeAt(segmentAfter, segmentMarker); }
