// Entropy decoding of sequential Huffman scans (T.81 F.2.2), one row of MCUs at a time.
//
// Two decoders share one state. The fast one reads runs of blocks with all of its state in locals,
// resolves up to two symbols in one lookup and never tests for the end of the data. Whatever it
// meets that is out of the ordinary (the data ends inside the run, or so near that libjpeg might
// ask for more) makes the careful decoder do the run again from where it started. The careful one
// follows jdhuff.c symbol by symbol, down to when its bit buffer is refilled, because that decides
// which files Pillow calls truncated.

import {
  INFO_SLOW_RUNS, INFO_WARNINGS_BAD_CODE, INFO_WARNINGS_EARLY_MARKER,
  INFO_WARNINGS_EXTRANEOUS, INFO_WARNINGS_RESYNC, STATUS_BAD_MCU_SIZE,
  STATUS_MISSING_HUFFMAN_TABLE, STATUS_OK, STATUS_TRUNCATED,
} from "./abi";
import { defineDefaultHuffman, deriveHuffman, derivedTable, isHuffmanDefined, maxCode, symbolOf } from "./huffman";
import { nextMarker, resumeAt, positionNow, restartInterval, scanComponents, SCAN_ORDER, NATURAL_ORDER } from "./markers";
import { C_DC, C_H, C_TA, C_TD, C_V, component, countInfo } from "./memory";
import { emptySegment, segmentAfter, segmentBytes, segmentMarker, segmentTop, unstuff } from "./unstuff";

// Byte offset within a block by zigzag index. 64..79: a run that leaves the block counts as the last
// coefficient, as in libjpeg. From 80 on: a slot behind the block, for entries that store nothing;
// the next block's DC coefficient overwrites it.
const SLOTS: usize = memory.data<u8>([
  0, 2, 16, 32, 18, 4, 6, 20, 34, 48, 64, 50, 36, 22, 8, 10, 24, 38, 52, 66, 80, 96, 82, 68, 54, 40, 26, 12,
  14, 28, 42, 56, 70, 84, 98, 112, 114, 100, 86, 72, 58, 44, 30, 46, 60, 74, 88, 102, 116, 118, 104, 90, 76, 62,
  78, 92, 106, 120, 122, 108, 94, 110, 124, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126,
  126, 126, 126, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  128, 128, 128, 128, 128, 128, 128,
]);

// The blocks of an MCU in their order: DC table, AC table, address of the DC prediction, next record.
const MAX_BLOCKS: i32 = 10;
const BLOCKS: usize = memory.data(10 * 16, 16);
const B_DC: usize = 0;
const B_AC: usize = 4;
const B_PREDICTION: usize = 8;
const B_NEXT: usize = 12;
// For the careful decoder: the component's table indices.
const TABLE_INDICES: usize = memory.data(10 * 2, 16);

export let blocksPerMcu: i32 = 0;

// Bit reader. `bits` holds the next bits, most significant first; only the low 6 bits of `count`,
// how many of them are valid, are meaningful (shifts take their count modulo 64); `pointer` is
// where the next refill loads. The segment's first bytes are at segmentTop - 8.
let bits: u64 = 0;
let count: u64 = 0;
let pointer: usize = 0;
let restartsLeft: i32 = 0;
let nextRestart: i32 = 0;
let insufficient = false; // libjpeg's insufficient_data: nothing is decoded until the next restart
let unstuffTop: usize = 0;

/** Address that a bit reader may reach at most: the zeros below the data. */
function readLimit(): usize { return segmentTop - segmentBytes - 40; }

function resetReader(): void {
  bits = 0;
  count = 0;
  pointer = segmentTop - 8;
}

function resetPredictions(): void {
  for (let i = 0; i < scanComponents; i++) store<i32>(component(load<u8>(SCAN_ORDER + i)), 0, C_DC);
}

/**
 * Prepares the current scan: derives its tables and un-stuffs its first segment below `top`.
 */
export function startScan(top: usize): i32 {
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
      const b = BLOCKS + (<usize>n << 4);
      store<usize>(b, derivedTable(dc), B_DC);
      store<usize>(b, derivedTable(ac + 4), B_AC);
      store<usize>(b, c + C_DC, B_PREDICTION);
      store<usize>(b, b + 16, B_NEXT);
      store<u8>(TABLE_INDICES + (<usize>n << 1), dc);
      store<u8>(TABLE_INDICES + (<usize>n << 1) + 1, ac + 4);
    }
  }
  store<usize>(BLOCKS + (<usize>(n - 1) << 4), BLOCKS, B_NEXT);
  blocksPerMcu = n;
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
  unstuff(positionNow(), top);
  resetReader();
}

/** Decodes `mcus` MCUs into `out`, which holds zeros, one block of 128 bytes after the other. */
export function decodeMcus(mcus: i32, out: usize): i32 {
  let left = mcus;
  while (left > 0) {
    if (restartInterval && restartsLeft == 0) {
      const status = restartAfter(consumed());
      if (status < 0) return status;
    }
    const n = restartInterval ? min(left, restartsLeft) : left;
    const bytes = <usize>(n * blocksPerMcu) << 7;
    if (!insufficient) {
      const status = decodeSegment(n, out, bytes);
      if (status < 0) return status;
    }
    out += bytes;
    left -= n;
    restartsLeft -= n;
  }
  return STATUS_OK;
}

// Bits consumed of the segment.
function consumed(): u64 { return (<u64>(segmentTop - 8 - pointer) << 3) - (count & 63); }

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

function decodeSegment(n: i32, out: usize, bytes: usize): i32 {
  const savedBits = consumed();
  for (let i = 0; i < scanComponents; i++) {
    store<i32>(SAVED + (<usize>i << 2), load<i32>(component(load<u8>(SCAN_ORDER + i)), C_DC));
  }
  decodeFast(n * blocksPerMcu, out);
  store<i16>(out + bytes, 0); // what the last block may have left in the slot behind it
  const at = consumed(), available = <u64>segmentBytes << 3;
  // Without a marker behind it, data counts as truncated once libjpeg asks for bytes past its end,
  // and it asks for up to 57 bits before it needs them.
  const margin: u64 = segmentMarker == 0 ? 64 : 0;
  if (at + margin <= available) return STATUS_OK;
  countInfo(INFO_SLOW_RUNS);
  memory.fill(out, 0, bytes + 2);
  for (let i = 0; i < scanComponents; i++) {
    store<i32>(component(load<u8>(SCAN_ORDER + i)), load<i32>(SAVED + (<usize>i << 2)), C_DC);
  }
  return decodeCarefully(n, out, savedBits);
}

// The fast decoder. All indices into memory are bounded whatever the data: a table index is 10 (or
// 6) bits, a slot index at most 63 + 16 + 16 + 128, so that stores stay within a block and the slot
// behind it; a block consumes at most 64 codes of 31 bits, 248 bytes, before the read pointer is
// checked, and the margin below the un-stuffed data is larger.
//
// Bits: a refill leaves at least 56 valid bits. An entry found in the first level consumes at most
// 25 (10 of lookahead and 15 of a value); the second level refills first and consumes at most 31.
// So two steps may follow a refill.
function decodeFast(blocks: i32, out: usize): void {
  let b = bits, n = count, p = pointer, o = out;
  let block = BLOCKS;
  const limit = readLimit();
  while (blocks > 0) {
    blocks--;
    // DC: difference to the prediction.
    let table: usize = load<u32>(block, B_DC);
    b |= load<u64>(p) >> n;
    p -= <usize>((~n >> 3) & 7);
    n |= 56;
    let e = load<u64>(table + (<usize>(b >> 54) << 3));
    if (!(e >> 32)) e = load<u64>(table + <usize><u32>e + (<usize>((b << 10) >> 58) << 3));
    let x = b << (e >> 8);
    b <<= e;
    n -= e;
    let sign = ~(<i64>x >> 63);
    let value = <i32>(((<i64>(((x ^ <u64>sign) >> 1) >> (e >> 16))) ^ sign) - sign);
    const prediction: usize = load<u32>(block, B_PREDICTION);
    value += load<i32>(prediction); // wraps around, as libjpeg's does in sequential files
    store<i32>(prediction, value);
    store<i16>(o, <i16>value);
    b |= load<u64>(p) >> n;
    p -= <usize>((~n >> 3) & 7);
    n |= 56;
    table = load<u32>(block, B_AC);
    let k: u32 = 1; // index of the next coefficient
    while (true) {
      e = load<u64>(table + (<usize>(b >> 54) << 3));
      if (!(e >> 32)) {
        b |= load<u64>(p) >> n;
        p -= <usize>((~n >> 3) & 7);
        n |= 56;
        e = load<u64>(table + <usize><u32>e + (<usize>((b << 10) >> 58) << 3));
      }
      x = b << (e >> 8);
      b <<= e;
      n -= e;
      // The first symbol's value, or a 0 where there is one symbol only: the slot it falls on is
      // written again by the second store, or holds a 0 already.
      store<i16>(o + <usize>load<u8>(SLOTS + <usize>(k + (<u32>(e >> 32) & 31))), <i16>(e >> 48));
      k += <u32>(e >> 40) & 255;
      sign = ~(<i64>x >> 63);
      value = <i32>(((<i64>(((x ^ <u64>sign) >> 1) >> (e >> 16))) ^ sign) - sign);
      store<i16>(o + <usize>load<u8>(SLOTS + <usize>k - 1), <i16>value);
      if (k >= 64) break;
      e = load<u64>(table + (<usize>(b >> 54) << 3));
      if (!(e >> 32)) {
        b |= load<u64>(p) >> n;
        p -= <usize>((~n >> 3) & 7);
        n |= 56;
        e = load<u64>(table + <usize><u32>e + (<usize>((b << 10) >> 58) << 3));
      }
      x = b << (e >> 8);
      b <<= e;
      n -= e;
      store<i16>(o + <usize>load<u8>(SLOTS + <usize>(k + (<u32>(e >> 32) & 31))), <i16>(e >> 48));
      k += <u32>(e >> 40) & 255;
      sign = ~(<i64>x >> 63);
      value = <i32>(((<i64>(((x ^ <u64>sign) >> 1) >> (e >> 16))) ^ sign) - sign);
      store<i16>(o + <usize>load<u8>(SLOTS + <usize>k - 1), <i16>value);
      if (k >= 64) break;
      b |= load<u64>(p) >> n;
      p -= <usize>((~n >> 3) & 7);
      n |= 56;
    }
    // 64 is a block filled to its last coefficient, 129..191 an end of block. Anything else may be
    // an entry whose first symbol filled the block: its second belongs to the next block.
    if (k - 129 > 62 && k != 64) {
      const first = <u32>(e >> 24) & 63, advance = <u32>(e >> 40) & 255, run = <u32>(e >> 32) & 31;
      if (first && k - advance + run >= 63) {
        store<i16>(o + 126, <i16>(e >> 48));
        const used = (<u64>(segmentTop - 8 - p) << 3) - (n & 63) - ((e & 63) - <u64>first);
        p = segmentTop - 8 - <usize>(used >> 3);
        b = load<u64>(p) << (used & 7);
        n = 64 - (used & 7);
        if (used & 7) p -= 8;
        else { n = 56; p -= 7; }
      }
    }
    if (p < limit) p = limit;
    o += 128;
    block = load<u32>(block, B_NEXT);
  }
  bits = b;
  count = n;
  pointer = p;
}

// The careful decoder's bit reader: `at` bits consumed, `loaded` bits in what would be libjpeg's
// buffer. Past the end of the data all bits are 0.
let at: u64 = 0;
let loaded: u64 = 0;
let suspended = false;

// Up to 16 bits at `at`.
function peek(n: u64): u32 {
  const available = <u64>segmentBytes << 3;
  if (at >= available) return 0;
  const word = load<u64>(segmentTop - 8 - <usize>(at >> 3)) << (at & 7);
  return <u32>(word >> (64 - n));
}

// jpeg_fill_bit_buffer: loads bytes until 57 bits are there. At a marker, zeros stand in for data
// if they are needed; at the end of the file the decoder is suspended, which Pillow reports.
function fillBuffer(needed: u64): void {
  const available = <u64>segmentBytes << 3;
  while (loaded - at < 57) {
    if (loaded < available) { loaded += 8; continue; }
    if (segmentMarker == 0) { suspended = true; return; }
    if (needed > loaded - at) {
      if (!insufficient) countInfo(INFO_WARNINGS_EARLY_MARKER);
      insufficient = true;
      loaded = at + 57;
    }
    return;
  }
}

function need(n: u64): void { if (loaded - at < n) fillBuffer(n); }

function take(n: u64): u32 {
  const v = peek(n);
  at += n;
  return v;
}

function decodeSymbol(table: i32): u32 {
  let length: u32 = 1;
  if (loaded - at < 8) fillBuffer(0);
  if (suspended) return 0;
  if (loaded - at >= 8) {
    const look = peek(8);
    for (; length <= 8; length++) {
      const code = <i32>(look >> (8 - length));
      if (code <= maxCode(table, length)) {
        at += <u64>length;
        return symbolOf(table, length, code);
      }
    }
  }
  need(<u64>length);
  if (suspended) return 0;
  let code = <i32>take(<u64>length);
  while (code > maxCode(table, length)) {
    need(1);
    if (suspended) return 0;
    code = (code << 1) | <i32>take(1);
    length++;
  }
  if (length > 16) {
    countInfo(INFO_WARNINGS_BAD_CODE);
    return 0;
  }
  return symbolOf(table, length, code);
}

function receive(size: u32): i32 {
  need(<u64>size);
  if (suspended) return 0;
  const v = <i32>take(<u64>size);
  return v < (1 << (size - 1)) ? v + 1 - (1 << size) : v;
}

function decodeCarefully(mcus: i32, out: usize, from: u64): i32 {
  at = from;
  // libjpeg's buffer holds whole bytes; how many more than the bits in use cannot be known without
  // its history, and matters only if the data ends within the next 57 bits.
  loaded = (from + 7) & ~7;
  suspended = false;
  for (let m = 0; m < mcus; m++) {
    // Once the data has run out, the rest of the segment stays grey.
    if (insufficient) break;
    for (let j = 0; j < blocksPerMcu; j++) {
      const dcTable: i32 = load<u8>(TABLE_INDICES + (<usize>j << 1)), acTable: i32 = load<u8>(TABLE_INDICES + (<usize>j << 1) + 1);
      const prediction: usize = load<u32>(BLOCKS + (<usize>j << 4), B_PREDICTION);
      const size = decodeSymbol(dcTable);
      if (suspended) return STATUS_TRUNCATED;
      const difference = size ? receive(size) : 0;
      const sum = load<i32>(prediction) + difference;
      store<i32>(prediction, sum);
      store<i16>(out, <i16>sum);
      for (let k: u32 = 1; k < 64; k++) {
        const symbol = decodeSymbol(acTable);
        if (suspended) return STATUS_TRUNCATED;
        const s = symbol & 15, run = symbol >> 4;
        if (s) {
          k += run;
          const value = receive(s);
          if (suspended) return STATUS_TRUNCATED;
          store<i16>(out + (<usize>load<u8>(NATURAL_ORDER + k) << 1), <i16>value);
        } else {
          if (run != 15) break;
          k += 15;
        }
      }
      if (suspended) return STATUS_TRUNCATED;
      out += 128;
    }
  }
  // Hand the position back to the fast decoder's reader; past the end it has nothing left to read.
  const available = <u64>segmentBytes << 3;
  const used = min(at, available);
  pointer = segmentTop - 8 - <usize>(used >> 3);
  bits = load<u64>(pointer) << (used & 7);
  if (used & 7) { count = 64 - (used & 7); pointer -= 8; }
  else { count = 56; pointer -= 7; }
  return STATUS_OK;
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
    unstuff(positionNow(), unstuffTop);
    insufficient = false;
  } else {
    emptySegment(marker, positionNow());
  }
  resetReader();
  return STATUS_OK;
}

/** Lets the marker parser continue behind the scan. */
export function leaveScan(): void { resumeAt(segmentAfter, segmentMarker); }
