// Lossless files (T.81 annex H, SOF3) of 8 bits a sample, with the results of libjpeg-turbo 3 (jdlhuff.c, jddiffct.c,
// jdlossls.c): differences to a prediction, by Huffman codes, sample by sample. The whole image is decoded before its
// first row is put out; rows are upsampled and put out as those of scaled decoding.

import {
  COLOUR_YCBCR, COLOUR_YCCK, INFO_COLOUR, INFO_COMPONENTS, INFO_HEIGHT, INFO_SCANS, INFO_WARNINGS_EARLY_MARKER,
  INFO_WIDTH, PARAM_MAX_SCANS, STATUS_BAD_MCU_SIZE, STATUS_BAD_PROGRESSION, STATUS_BAD_RESTART,
  STATUS_MISSING_HUFFMAN_TABLE, STATUS_MISSING_SCAN, STATUS_OK, STATUS_OUT_OF_MEMORY, STATUS_TOO_MANY_SCANS,
  STATUS_TRUNCATED, STATUS_UNSUPPORTED_CONVERSION, STATUS_UNSUPPORTED_SAMPLING,
} from "../abi";
import { alloc, countInfo, getInfo, param } from "../shared/memory";
import { isPastEnd, readerPosition, readSymbol, readValue, setReaderPosition } from "./bit_reader";
import {
  C_H, C_HEIGHT_BLOCKS, C_METHOD, C_TD, C_V, C_WIDTH_BLOCKS, C_X_FACTOR, C_Y_FACTOR, component,
} from "./components";
import { deriveCanonical, deriveSymbols, isHuffmanDefined } from "./huffman";
import {
  REACHED_EOI, readMarkers, restartInterval, SCAN_ORDER, scanComponents, scanFirst, scanHigh, scanLast, scanLow,
} from "./markers";
import { setPlane } from "./scaled";
import {
  countMcus, insufficient, isRestartDue, leaveScan, restartAfter, segmentStart, setInsufficient, startSegments,
} from "./segments";
import { samplesRunOut } from "./truncation";
import { segmentMarker } from "./unstuff";
import { METHOD_NONE, METHOD_REPLICATE } from "./upsample";

const PRECISION: i32 = 8;
const MAX_SAMPLES: i32 = 10; // of an MCU

// A component: its plane, and the differences and samples of one row of MCUs, 32 bits each; by byte offset.
const RECORDS: usize = memory.data(4 * 32, 16);
const L_PLANE: usize = 0;
const L_STRIDE: usize = 4; // of the plane
const L_DIFFERENCES: usize = 8;
const L_SAMPLES: usize = 12; // `v` rows, the last one of the MCU row before
const L_IS_FIRST: usize = 16; // the next row is predicted as the first of a scan

// The table of each sample of an MCU, for truncation.ts.
const TABLE_INDICES: usize = memory.data(16, 16);

let hMax: i32 = 0, vMax: i32 = 0, strips: i32 = 0;
let columns: i32 = 0; // MCUs in a row of the current scan
let samples: i32 = 0; // samples of an MCU
let segmentMcus: i32 = 0;

function record(i: i32): usize { return RECORDS + (<usize>i << 5); }

// Geometry and memory of the frame (jdinput.c initial_setup with a data unit of one sample).
function prepare(): i32 {
  const count = getInfo(INFO_COMPONENTS), width = getInfo(INFO_WIDTH), height = getInfo(INFO_HEIGHT), colour = getInfo(INFO_COLOUR);
  if (colour == COLOUR_YCBCR || colour == COLOUR_YCCK) return STATUS_UNSUPPORTED_CONVERSION;
  hMax = vMax = 1;
  for (let i = 0; i < count; i++) {
    hMax = max(hMax, load<i32>(component(i), C_H));
    vMax = max(vMax, load<i32>(component(i), C_V));
  }
  strips = (height + vMax - 1) / vMax;
  const paddedWidth = (width + hMax - 1) / hMax;
  for (let i = 0; i < count; i++) {
    const c = component(i), h = load<i32>(c, C_H), v = load<i32>(c, C_V), r = record(i);
    if (hMax % h || vMax % v) return STATUS_UNSUPPORTED_SAMPLING;
    const sampleWidth = (width * h + hMax - 1) / hMax, sampleHeight = (height * v + vMax - 1) / vMax;
    store<i32>(c, sampleWidth, C_WIDTH_BLOCKS);
    store<i32>(c, sampleHeight, C_HEIGHT_BLOCKS);
    store<i32>(c, hMax / h, C_X_FACTOR);
    store<i32>(c, vMax / v, C_Y_FACTOR);
    store<i32>(c, h == hMax && v == vMax ? METHOD_NONE : METHOD_REPLICATE, C_METHOD);
    const stride = <usize>(paddedWidth * h), planeBytes = stride * <usize>(strips * v), rowBytes = (stride << 2) * <usize>v;
    const at = alloc(planeBytes), differences = alloc(rowBytes), row = alloc(<usize>(paddedWidth * hMax) + 64);
    const undone = alloc(rowBytes);
    if (!at || !differences || !undone || !row) return STATUS_OUT_OF_MEMORY;
    memory.fill(at, 0, planeBytes);
    memory.fill(undone, 0, rowBytes);
    store<usize>(r, at, L_PLANE);
    store<usize>(r, stride, L_STRIDE);
    store<usize>(r, differences, L_DIFFERENCES);
    store<usize>(r, undone, L_SAMPLES);
    setPlane(i, at, stride, sampleWidth, sampleHeight, row);
  }
  return STATUS_OK;
}

/**
 * Decodes all scans of the frame, of which the first was read up to its data, or with `isSingle` that one alone; un-stuffs
 * below `top`.
 */
export function decodeLossless(top: usize, isSingle: bool): i32 {
  let status = prepare(), scanned = 0;
  if (status < 0) return status;
  while (true) {
    if (getInfo(INFO_SCANS) > param(PARAM_MAX_SCANS)) return STATUS_TOO_MANY_SCANS;
    status = startScan(top);
    if (status < 0) return status;
    status = decodeScan();
    // What follows the only scan of a file is looked at after its rows were put out.
    if (status < 0 || isSingle) return status;
    for (let i = 0; i < scanComponents; i++) scanned |= 1 << load<u8>(SCAN_ORDER + i);
    leaveScan();
    const reached = readMarkers();
    // libjpeg has no samples for a component without a scan, unlike coefficients.
    if (reached == REACHED_EOI) return scanned + 1 == 1 << getInfo(INFO_COMPONENTS) ? STATUS_OK : STATUS_MISSING_SCAN;
    if (reached < 0) return reached;
  }
}

// In libjpeg's order: the MCU, the tables, the parameters.
function startScan(top: usize): i32 {
  samples = 0;
  const isAlone = scanComponents == 1;
  for (let i = 0; i < scanComponents; i++) {
    const c = component(load<u8>(SCAN_ORDER + i)), n = isAlone ? 1 : load<i32>(c, C_H) * load<i32>(c, C_V);
    if (samples + n > MAX_SAMPLES) return STATUS_BAD_MCU_SIZE;
    memory.fill(TABLE_INDICES + <usize>samples, <u8>load<i32>(c, C_TD), <usize>n);
    samples += n;
  }
  columns = isAlone
    ? load<i32>(component(load<u8>(SCAN_ORDER)), C_WIDTH_BLOCKS)
    : (getInfo(INFO_WIDTH) + hMax - 1) / hMax;
  for (let i = 0; i < scanComponents; i++) {
    const table = load<i32>(component(load<u8>(SCAN_ORDER + i)), C_TD);
    if (table > 3 || !isHuffmanDefined(table)) return STATUS_MISSING_HUFFMAN_TABLE;
    const status = deriveCanonical(table, 16);
    if (status < 0) return status;
    deriveSymbols(table);
  }
  if (scanFirst < 1 || scanFirst > 7 || scanLast != 0 || scanHigh != 0 || scanLow >= PRECISION) return STATUS_BAD_PROGRESSION;
  if (restartInterval % columns != 0) return STATUS_BAD_RESTART;
  startSegments(top);
  startSegment();
  return STATUS_OK;
}

function startSegment(): void {
  setReaderPosition(0);
  segmentMcus = 0;
  predictAsFirst();
}

function predictAsFirst(): void {
  for (let i = 0; i < getInfo(INFO_COMPONENTS); i++) store<i32>(record(i), 1, L_IS_FIRST);
}

function decodeScan(): i32 {
  const isAlone = scanComponents == 1;
  for (let strip = 0; strip < strips; strip++) {
    const rows = isAlone ? rowsOf(component(load<u8>(SCAN_ORDER)), strip) : 1;
    for (let row = 0; row < rows; row++) {
      const status = decodeRow(row);
      if (status < 0) return status;
    }
    for (let i = 0; i < scanComponents; i++) undoStrip(load<u8>(SCAN_ORDER + i), strip);
  }
  if (segmentMarker == 0 && samplesRunOut(segmentStart, segmentMcus, samples, TABLE_INDICES)) return STATUS_TRUNCATED;
  return STATUS_OK;
}

// The rows of a component in a strip: fewer in the last one.
function rowsOf(c: usize, strip: i32): i32 {
  const v = load<i32>(c, C_V), rest = load<i32>(c, C_HEIGHT_BLOCKS) % v;
  return strip < strips - 1 || rest == 0 ? v : rest;
}

// Decodes the differences of one row of MCUs, row `row` of a component that comes alone. Where the data runs out, the
// row goes on with zero bits; later ones have no differences, and are predicted as first rows, until a restart.
function decodeRow(row: i32): i32 {
  if (isRestartDue()) {
    const status = restartAfter(readerPosition());
    if (status < 0) return status;
    startSegment();
  }
  if (insufficient) {
    forgetRow(row);
    predictAsFirst();
  } else {
    segmentMcus += columns;
    readRow(row);
    if (isPastEnd()) {
      if (segmentMarker == 0) return STATUS_TRUNCATED;
      setInsufficient();
      countInfo(INFO_WARNINGS_EARLY_MARKER);
    }
  }
  countMcus(columns);
  return STATUS_OK;
}

function forgetRow(row: i32): void {
  for (let i = 0; i < scanComponents; i++) {
    const index: i32 = load<u8>(SCAN_ORDER + i), r = record(index), bytes = load<usize>(r, L_STRIDE) << 2;
    const count = scanComponents == 1 ? 1 : load<i32>(component(index), C_V);
    memory.fill(load<usize>(r, L_DIFFERENCES) + <usize>row * bytes, 0, bytes * <usize>count);
  }
}

function readRow(row: i32): void {
  const isAlone = scanComponents == 1;
  for (let mcu = 0; mcu < columns; mcu++) {
    for (let i = 0; i < scanComponents; i++) {
      const index: i32 = load<u8>(SCAN_ORDER + i), c = component(index), r = record(index);
      const h = isAlone ? 1 : load<i32>(c, C_H), v = isAlone ? 1 : load<i32>(c, C_V), table = load<i32>(c, C_TD);
      const rowBytes = load<usize>(r, L_STRIDE) << 2;
      let at = load<usize>(r, L_DIFFERENCES) + <usize>row * rowBytes + (<usize>(mcu * h) << 2);
      for (let y = 0; y < v; y++) {
        for (let x = 0; x < h; x++) {
          const size = readSymbol(table);
          // 16 bits stand for one value alone.
          store<i32>(at + (<usize>x << 2), size == 16 ? 32768 : readValue(size));
        }
        at += rowBytes;
      }
    }
  }
}

// Adds the differences of a strip's rows to their predictions, modulo 2^16, and stores the samples.
function undoStrip(index: i32, strip: i32): void {
  const c = component(index), r = record(index), v = load<i32>(c, C_V), width = <usize>load<i32>(c, C_WIDTH_BLOCKS);
  const stride = load<usize>(r, L_STRIDE), rowBytes = stride << 2, rows = rowsOf(c, strip), low = scanLow;
  let before = load<usize>(r, L_SAMPLES) + <usize>(v - 1) * rowBytes;
  for (let row = 0; row < rows; row++) {
    const differences = load<usize>(r, L_DIFFERENCES) + <usize>row * rowBytes, to = load<usize>(r, L_SAMPLES) + <usize>row * rowBytes;
    if (load<i32>(r, L_IS_FIRST)) {
      undoRow(differences, to, width, 1 << (PRECISION - low - 1));
      store<i32>(r, 0, L_IS_FIRST);
    } else if (scanFirst == 1) undoRow(differences, to, width, load<i32>(before));
    else undoRow2D(differences, before, to, width);
    const out = load<usize>(r, L_PLANE) + (<usize>(strip * v) + <usize>row) * stride;
    for (let x: usize = 0; x < width; x++) store<u8>(out + x, load<i32>(to + (x << 2)) << low);
    before = to;
  }
}

// Prediction from the sample to the left (predictor 1); the first one is given.
function undoRow(differences: usize, to: usize, width: usize, first: i32): void {
  let a = first;
  for (let x: usize = 0; x < width; x++) {
    a = (load<i32>(differences + (x << 2)) + a) & 0xffff;
    store<i32>(to + (x << 2), a);
  }
}

// From the samples to the left (a), above (b), and above to the left (c): T.81 table H.1. `before` and `to` may be the
// same row.
function undoRow2D(differences: usize, before: usize, to: usize, width: usize): void {
  const predictor = scanFirst;
  let b = load<i32>(before), a = (load<i32>(differences) + b) & 0xffff, c = 0;
  store<i32>(to, a);
  for (let x: usize = 1; x < width; x++) {
    c = b;
    b = load<i32>(before + (x << 2));
    let p = 0;
    if (predictor == 2) p = b;
    else if (predictor == 3) p = c;
    else if (predictor == 4) p = a + b - c;
    else if (predictor == 5) p = a + ((b - c) >> 1);
    else if (predictor == 6) p = b + ((a - c) >> 1);
    else p = (a + b) >> 1;
    a = (load<i32>(differences + (x << 2)) + p) & 0xffff;
    store<i32>(to + (x << 2), a);
  }
}
