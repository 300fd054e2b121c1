// The marker parser (T.81 B), with the acceptance of libjpeg-turbo's jdmarker.c and jdinput.c: what
// it refuses is refused here, what it skips is skipped. Every length, index and count is checked
// before use; the end of the data anywhere is STATUS_TRUNCATED.

import {
  COLOUR_CMYK, COLOUR_GREY, COLOUR_RGB, COLOUR_YCBCR, COLOUR_YCCK, INFO_BYTES, INFO_COLOUR, INFO_COMPONENTS,
  INFO_DETAIL, INFO_HEIGHT, INFO_OFFSET, INFO_PRECISION, INFO_RESTART_INTERVAL, INFO_SAMPLING, INFO_SCANS, INFO_SOF,
  INFO_WARNINGS_EXTRANEOUS, INFO_WIDTH, M_APP0, M_APP14, M_APP15, M_COM, M_DAC, M_DHP, M_DHT, M_DQT, M_DRI, M_EOI,
  M_EXP, M_JPG0, M_JPG13, M_RST0, M_RST7, M_SOF0, M_SOF10, M_SOF11, M_SOF15, M_SOF3, M_SOF5, M_SOF9, M_SOI, M_SOS,
  M_TEM, STATUS_BAD_COMPONENT_ID, STATUS_BAD_HUFFMAN_TABLE, STATUS_BAD_LENGTH, STATUS_BAD_SAMPLING,
  STATUS_BAD_TABLE_INDEX, STATUS_DUPLICATE_SOF, STATUS_DUPLICATE_SOI, STATUS_EMPTY_IMAGE, STATUS_IMAGE_TOO_BIG,
  STATUS_NO_IMAGE, STATUS_NO_SCAN, STATUS_NOT_JPEG, STATUS_OK, STATUS_SOS_BEFORE_SOF, STATUS_TRUNCATED,
  STATUS_UNKNOWN_MARKER, STATUS_UNSUPPORTED_COMPONENTS, STATUS_UNSUPPORTED_HIERARCHICAL, STATUS_UNSUPPORTED_LOSSLESS,
  STATUS_UNSUPPORTED_PRECISION,
} from "../abi";
import { countInfo, getInfo, INFO, setInfo } from "../shared/memory";
import {
  C_H, C_ID, C_TA, C_TD, C_TQ, C_V, component, MAX_COMPONENTS, QUANTISATION, quantisationDefined,
  setQuantisationDefined, setQuantisationLatched,
} from "./components";
import { defineHuffman, resetHuffman } from "./huffman";
import { isFormer } from "./reference";

// Zigzag index to natural order (T.81 figure A.6); indices 64..79, which a corrupt run can reach,
// count as the last coefficient, as in libjpeg's jpeg_natural_order.
export const NATURAL_ORDER: usize = memory.data<u8>([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,
  7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31,
  39, 46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
]);

export const REACHED_SOS: i32 = 1;
export const REACHED_EOI: i32 = 2;

// The file: [start, end), and the address of the next unread byte.
export let start: usize = 0;
export let end: usize = 0;
let position: usize = 0;
let unread: i32 = 0; // marker read but not yet processed, 0 if none
let sawSof = false;
let sawJfif = false;
let adobeTransform: i32 = -1; // -1: no Adobe marker

export let restartInterval: i32 = 0;
export let scanComponents: i32 = 0;
/** Spectral selection and successive approximation of the current scan. */
export let scanFirst: i32 = 0, scanLast: i32 = 0, scanHigh: i32 = 0, scanLow: i32 = 0;
/** Component indices of the current scan, one byte each, in the scan's order. */
export const SCAN_ORDER: usize = memory.data(4, 4);

// Arithmetic coding's conditioning of each table (T.81 B.2.4.3): L and U of DC, K of AC.
const CONDITIONING: usize = memory.data(48, 16);
export function arithmeticDcLower(table: i32): i32 { return load<u8>(CONDITIONING + <usize>table); }
export function arithmeticDcUpper(table: i32): i32 { return load<u8>(CONDITIONING + <usize>table, 16); }
export function arithmeticAcLimit(table: i32): i32 { return load<u8>(CONDITIONING + <usize>table, 32); }

export function positionNow(): usize { return position; }

/** Continues after a scan: `at` is the address just past `marker`, which was read but not processed. */
export function resumeAt(at: usize, marker: i32): void {
  position = at;
  unread = marker;
}

// What a start of image sets back (jdmarker.c, get_soi).
function startImage(): void {
  sawJfif = false;
  adobeTransform = -1;
  restartInterval = 0;
  setInfo(INFO_RESTART_INTERVAL, 0);
  memory.fill(CONDITIONING, 0, 16);
  memory.fill(CONDITIONING + 16, 1, 16);
  memory.fill(CONDITIONING + 32, 5, 16);
}

export function openFile(address: usize, length: usize): void {
  start = address;
  end = address + length;
  position = address;
  unread = 0;
  sawSof = false;
  scanComponents = 0;
  memory.fill(INFO, 0, INFO_BYTES);
  setQuantisationDefined(0);
  setQuantisationLatched(0);
  resetHuffman();
  startImage();
}

export function fail(status: i32, detail: i32): i32 {
  setInfo(INFO_OFFSET, <i32>(position - start));
  setInfo(INFO_DETAIL, detail);
  return status;
}

const START_OF_IMAGE: i32 = 0xff00 | M_SOI;

/** Whether a marker is one of RST0 to RST7. */
export function isRestart(marker: i32): bool { return marker >= M_RST0 && marker <= M_RST7; }

function u16be(p: usize): i32 { return (<i32>load<u8>(p) << 8) | <i32>load<u8>(p, 1); }

// libjpeg's next_marker: skips anything up to 0xFF, then fill bytes; 0xFF00 is skipped as data.
// Returns the marker, or 0 at the end of the data.
export function nextMarker(): i32 {
  let p = position;
  let skipped = false;
  while (true) {
    while (p < end && load<u8>(p) != 0xff) { p++; skipped = true; }
    while (p < end && load<u8>(p) == 0xff) p++;
    if (p >= end) { position = end; return 0; }
    const code: i32 = load<u8>(p++);
    if (code) {
      if (skipped) countInfo(INFO_WARNINGS_EXTRANEOUS);
      position = p;
      return code;
    }
    skipped = true;
  }
}

/** Reads markers up to and including the next SOS or EOI. */
export function readMarkers(): i32 {
  while (true) {
    if (!unread) {
      if (position == start) {
        if (end - start < 2 || u16be(start) != START_OF_IMAGE) return fail(STATUS_NOT_JPEG, 0);
        position = start + 2;
        continue;
      }
      unread = nextMarker();
      if (!unread) return fail(STATUS_TRUNCATED, 0);
    }
    const marker = unread;
    if (isRestart(marker) || marker == M_TEM) { unread = 0; continue; }
    if (marker == M_SOI) return fail(STATUS_DUPLICATE_SOI, marker);
    if (marker == M_EOI) {
      unread = 0;
      setInfo(INFO_OFFSET, <i32>(position - start));
      return REACHED_EOI;
    }
    if (marker < M_SOF0 || marker == M_DHP || marker == M_EXP || (marker >= M_JPG0 && marker <= M_JPG13)) {
      return fail(STATUS_UNKNOWN_MARKER, marker);
    }
    const refused = refuseFrame(marker);
    if (refused < 0) return fail(refused, marker);
    if (end - position < 2) return fail(STATUS_TRUNCATED, marker);
    const length = u16be(position);
    // A length below 2 skips nothing, as libjpeg's skip_variable has it.
    const data = position + 2, after = length > 2 ? position + <usize>length : data;
    let status: i32 = STATUS_OK;
    if (marker == M_SOS) {
      status = readSos(data, length);
      if (status < 0) return status;
      position = after;
      unread = 0;
      setInfo(INFO_OFFSET, <i32>(position - start));
      return REACHED_SOS;
    }
    if (marker == M_DHT) status = readDht(data, length - 2);
    else if (marker == M_DQT) status = readDqt(data, length - 2);
    else if (marker == M_DAC) status = readDac(data, length - 2);
    else if (marker == M_DRI) {
      if (length != 4) status = STATUS_BAD_LENGTH;
      else if (after > end) status = STATUS_TRUNCATED;
      else { restartInterval = u16be(data); setInfo(INFO_RESTART_INTERVAL, restartInterval); }
    } else if (marker >= M_SOF0 && marker <= M_SOF15) {
      status = readSof(marker, data, length);
    } else if (after <= end) {
      if (marker == M_APP0) {
        if (length >= 16 && load<u32>(data) == 0x4649464a && load<u8>(data, 4) == 0) sawJfif = true; // "JFIF"
      } else if (marker == M_APP14) {
        if (length >= 14 && load<u32>(data) == 0x626f6441 && load<u8>(data, 4) == 0x65) { // "Adobe"
          adobeTransform = load<u8>(data, 11);
        }
      }
    }
    if (status < 0) return fail(status, marker);
    if (after > end) return fail(STATUS_TRUNCATED, marker);
    position = after;
    unread = 0;
  }
}

/**
 * Whether from `at`, just past `marker`, nothing but data, restart markers and segments without a meaning
 * for decoding stands before EOI. Changes nothing.
 */
export function isEndInSight(at: usize, marker: i32): bool {
  let p = at;
  while (true) {
    if (marker == M_EOI) return true;
    if ((marker >= M_APP0 && marker <= M_APP15) || marker == M_COM) {
      if (end - p < 2) return false;
      p += <usize>max(2, u16be(p));
      if (p > end) return false;
    } else if (!isRestart(marker) && marker != M_TEM) return false;
    do {
      while (p < end && load<u8>(p) != 0xff) p++;
      while (p < end && load<u8>(p) == 0xff) p++;
      if (p >= end) return false;
      marker = load<u8>(p++);
    } while (!marker);
  }
}

// The segment readers look at the bytes in libjpeg's order: a fault that stands before the end of the
// data is a fault, what lies beyond it is truncation.

// Frames that are refused by their marker alone, before anything of them is read.
function refuseFrame(marker: i32): i32 {
  if (marker > M_SOF15 || marker == M_DHT || marker == M_DAC) return STATUS_OK;
  if (marker == M_SOF11 || (marker == M_SOF3 && isFormer())) return STATUS_UNSUPPORTED_LOSSLESS;
  if (marker >= M_SOF5 && marker != M_SOF9 && marker != M_SOF10) return STATUS_UNSUPPORTED_HIERARCHICAL;
  return sawSof && !isFormer() ? STATUS_DUPLICATE_SOF : STATUS_OK;
}

function readSof(marker: i32, data: usize, length: i32): i32 {
  if (data + 6 > end) return STATUS_TRUNCATED;
  if (sawSof) return STATUS_DUPLICATE_SOF;
  const height = u16be(data + 1), width = u16be(data + 3);
  const count: i32 = load<u8>(data, 5);
  setInfo(INFO_PRECISION, load<u8>(data));
  setInfo(INFO_WIDTH, width);
  setInfo(INFO_HEIGHT, height);
  setInfo(INFO_COMPONENTS, count);
  setInfo(INFO_SOF, marker);
  if (height == 0 || width == 0 || count == 0) return STATUS_EMPTY_IMAGE;
  if (length != 8 + 3 * count) return STATUS_BAD_LENGTH;
  if (load<u8>(data) != 8) return STATUS_UNSUPPORTED_PRECISION;
  if (count > MAX_COMPONENTS || count == 2) return STATUS_UNSUPPORTED_COMPONENTS;
  if (data + <usize>length - 2 > end) return STATUS_TRUNCATED;
  for (let i = 0; i < count; i++) {
    const p = data + 6 + 3 * <usize>i, c = component(i);
    store<i32>(c, load<u8>(p), C_ID);
    store<i32>(c, load<u8>(p, 1) >> 4, C_H);
    store<i32>(c, load<u8>(p, 1) & 15, C_V);
    store<i32>(c, load<u8>(p, 2), C_TQ);
    setInfo(INFO_SAMPLING + (<usize>i << 3), load<u8>(p, 1) >> 4);
    setInfo(INFO_SAMPLING + (<usize>i << 3) + 4, load<u8>(p, 1) & 15);
  }
  sawSof = true;
  return STATUS_OK;
}

function readSos(data: usize, length: i32): i32 {
  if (!sawSof) return fail(STATUS_SOS_BEFORE_SOF, M_SOS);
  if (data >= end) return fail(STATUS_TRUNCATED, M_SOS);
  const n: i32 = load<u8>(data), count = getInfo(INFO_COMPONENTS);
  if (length != 2 * n + 6 || n < 1 || n > MAX_COMPONENTS) return fail(STATUS_BAD_LENGTH, M_SOS);
  let taken = 0;
  for (let i = 0; i < n; i++) {
    const at = data + 1 + 2 * <usize>i;
    if (at + 2 > end) return fail(STATUS_TRUNCATED, M_SOS);
    const id: i32 = load<u8>(at), tables: i32 = load<u8>(at, 1);
    // libjpeg looks for the id among the components whose slot of the scan is still empty.
    let found = -1;
    for (let c = 0; c < count; c++) {
      if (load<i32>(component(c), C_ID) == id && c >= i) { found = c; break; }
    }
    if (found < 0 || ((taken >> found) & 1)) return fail(STATUS_BAD_COMPONENT_ID, id);
    taken |= 1 << found;
    store<u8>(SCAN_ORDER + i, found);
    store<i32>(component(found), tables >> 4, C_TD);
    store<i32>(component(found), tables & 15, C_TA);
  }
  const p = data + 1 + 2 * <usize>n;
  if (p + 3 > end) return fail(STATUS_TRUNCATED, M_SOS);
  scanComponents = n;
  scanFirst = load<u8>(p);
  scanLast = load<u8>(p, 1);
  scanHigh = load<u8>(p, 2) >> 4;
  scanLow = load<u8>(p, 2) & 15;
  countInfo(INFO_SCANS);
  return STATUS_OK;
}

function readDht(data: usize, length: i32): i32 {
  let p = data, left = length;
  while (left > 16) {
    if (p + 17 > end) return STATUS_TRUNCATED;
    const index: i32 = load<u8>(p);
    let count = 0;
    for (let i: usize = 1; i <= 16; i++) count += load<u8>(p + i);
    left -= 17;
    if (count > 256 || count > left) return STATUS_BAD_HUFFMAN_TABLE;
    if (p + 17 + <usize>count > end) return STATUS_TRUNCATED;
    const slot = index & 0x10 ? index - 0x10 : index;
    if (slot < 0 || slot > 3) return STATUS_BAD_TABLE_INDEX;
    defineHuffman(index & 0x10 ? slot + 4 : slot, p + 1, count);
    p += 17 + <usize>count;
    left -= count;
  }
  return left == 0 ? STATUS_OK : STATUS_BAD_LENGTH;
}

function readDac(data: usize, length: i32): i32 {
  let p = data, left = length;
  for (; left > 0; left -= 2) {
    if (p + 2 > end) return STATUS_TRUNCATED;
    const index: usize = load<u8>(p), value: i32 = load<u8>(p, 1);
    p += 2;
    if (index >= 32) return STATUS_BAD_TABLE_INDEX;
    if (index >= 16) store<u8>(CONDITIONING + 16 + index, value);
    else {
      if ((value & 15) > value >> 4) return STATUS_BAD_TABLE_INDEX;
      store<u8>(CONDITIONING + index, value & 15);
      store<u8>(CONDITIONING + index, value >> 4, 16);
    }
  }
  return left == 0 ? STATUS_OK : STATUS_BAD_LENGTH;
}

function readDqt(data: usize, length: i32): i32 {
  let p = data, left = length;
  while (left > 0) {
    if (p >= end) return STATUS_TRUNCATED;
    const precision: i32 = load<u8>(p) >> 4, table: i32 = load<u8>(p) & 15;
    if (table > 3) return STATUS_BAD_TABLE_INDEX;
    // A table that leaves the segment is read whole, and then the length is found to be wrong.
    const bytes = precision ? 129 : 65;
    if (p + <usize>bytes > end) return STATUS_TRUNCATED;
    p++;
    for (let i: usize = 0; i < 64; i++) {
      const value = precision ? u16be(p) : <i32>load<u8>(p);
      p += precision ? 2 : 1;
      store<u16>(QUANTISATION + (<usize>table << 7) + (<usize>load<u8>(NATURAL_ORDER + i) << 1), <u16>value);
    }
    setQuantisationDefined(quantisationDefined | (1 << table));
    left -= bytes;
  }
  return left == 0 ? STATUS_OK : STATUS_BAD_LENGTH;
}

/** Reads the headers up to the first SOS, and decides the colour space. */
export function readHeader(address: usize, length: usize): i32 {
  openFile(address, length);
  let reached = readMarkers();
  // Tables may come in a file of their own, right before the image (T.81 B.5); Pillow reads on.
  while (reached == REACHED_EOI && !sawSof) {
    if (end - position < 2) return fail(STATUS_NO_IMAGE, 0);
    if (u16be(position) != START_OF_IMAGE) return fail(STATUS_NO_IMAGE, 0);
    position += 2;
    startImage();
    reached = readMarkers();
  }
  if (reached < 0) return reached;
  if (reached == REACHED_EOI) return fail(STATUS_NO_SCAN, 0);
  const width = getInfo(INFO_WIDTH), height = getInfo(INFO_HEIGHT), count = getInfo(INFO_COMPONENTS);
  if (width > 65500 || height > 65500) return fail(STATUS_IMAGE_TOO_BIG, 0);
  for (let i = 0; i < count; i++) {
    const h = load<i32>(component(i), C_H), v = load<i32>(component(i), C_V);
    if (h < 1 || h > 4 || v < 1 || v > 4) return fail(STATUS_BAD_SAMPLING, i);
  }
  setInfo(INFO_COLOUR, colourSpace(count));
  return STATUS_OK;
}

// libjpeg's default_decompress_parms: JFIF beats Adobe, component ids count without either. Lossless files are RGB
// unless a marker says otherwise.
function colourSpace(count: i32): i32 {
  if (count == 1) return COLOUR_GREY;
  if (count == 3) {
    if (sawJfif) return COLOUR_YCBCR;
    if (adobeTransform >= 0) return adobeTransform == 0 ? COLOUR_RGB : COLOUR_YCBCR;
    if (getInfo(INFO_SOF) == M_SOF3) return COLOUR_RGB;
    const isRgb = load<i32>(component(0), C_ID) == 0x52 && load<i32>(component(1), C_ID) == 0x47 &&
      load<i32>(component(2), C_ID) == 0x42;
    return isRgb ? COLOUR_RGB : COLOUR_YCBCR;
  }
  return adobeTransform > 0 ? COLOUR_YCCK : COLOUR_CMYK;
}
