// The decoder: strips of MCUs from coefficients to bands, and bands to rows of pixels or to the
// resampler. A strip is one row of MCUs; each component keeps its strips as bands of 8 rows.
// Where upsampling filters vertically, a strip is put out only after the next one is decoded.

import {
  COLOUR_RGB, COLOUR_YCBCR, COLOUR_YCCK, INFO_COLOUR, INFO_COMPONENTS, INFO_HEIGHT, INFO_OUTPUT, INFO_SOF, INFO_WIDTH,
  M_SOF10, M_SOF2, M_SOF9, MODE_FUSED, MODE_NATIVE, PARAM_BOTTOM, PARAM_LEFT, PARAM_MAX_SCANS, PARAM_MODE,
  PARAM_READS_ALL, PARAM_RIGHT, PARAM_SCALE, PARAM_TOP, STATUS_MISSING_QUANTISATION_TABLE, STATUS_OK,
  STATUS_OUT_OF_MEMORY, STATUS_TRUNCATED, STATUS_UNEXPECTED_SCAN, STATUS_UNSUPPORTED_SAMPLING,
} from "../abi";
import {
  feedBands, isResampleDone, neededX0, neededX1, neededY0, neededY1, prepareResample,
} from "../resample/resample";
import { alloc, getInfo, param, setInfo } from "../shared/memory";
import { bandToRows } from "../shared/transpose";
import { decodeScans, transformStrip } from "./coefficients";
import { bandToPlanes, bandToRgb, invertPlane, planesToCmyk, planesToRgb, removeBlack } from "./colour";
import {
  C_BAND_BYTES, C_FIRST_BLOCK, C_H, C_HEIGHT, C_HEIGHT_BLOCKS, C_LAST_BLOCK, C_METHOD, C_STRIP_BYTES, C_STRIP_COUNT,
  C_STRIPS, C_TQ, C_UPSAMPLED, C_V, C_WIDTH, C_WIDTH_BLOCKS, C_X_FACTOR, C_Y_FACTOR, component,
  COMPONENT_QUANTISATION, QUANTISATION, quantisationDefined,
} from "./components";
import { idct } from "./idct";
import { end, isEndInSight, positionNow, REACHED_EOI, readMarkers, scanComponents } from "./markers";
import { prepareScaled, transformScaled, writeScaledRow } from "./scaled";
import { leaveScan } from "./segments";
import { blocksPerMcu, decodeMcus, startScan } from "./sequential";
import { segmentAfter, segmentMarker, UNSTUFF_MARGIN } from "./unstuff";
import {
  bandAddress, extendEdges, METHOD_H1V2, METHOD_H2V1, METHOD_H2V2, METHOD_NONE, METHOD_REPLICATE, upsampleBand,
} from "./upsample";

let width: i32 = 0, height: i32 = 0, components: i32 = 0, colour: i32 = 0;
let hMax: i32 = 0, vMax: i32 = 0;
let mcusPerRow: i32 = 0, strips: i32 = 0;
let firstMcu: i32 = 0, lastMcu: i32 = 0; // columns of MCUs of which any block is needed: [firstMcu, lastMcu)
let delay: i32 = 0; // 1: a strip is put out after the next one is decoded
let mode: i32 = 0;
let x0: i32 = 0, x1: i32 = 0, y0: i32 = 0, y1: i32 = 0; // the region, in pixels
let coefficients: usize = 0;
let decoded: i32 = 0; // strips decoded
let emitted: i32 = 0; // strips put out
let planes: usize = 0, planeBytes: usize = 0; // one RGB or CMYK band, plane by plane; two for the resampler
let isSecondBand = false; // the first of two bands for the resampler is there
let isSingle = false; // one scan holds everything
let isStreamed = false; // and its strips are decoded as they are needed
let rows: usize = 0; // the output rows of one strip
let finished = false;
let size: i32 = 8; // of the smallest transform: 8, or 4, 2, 1 for scaled decoding
let nextRow: i32 = 0; // scaled decoding: the next row to put out

/**
 * Prepares decoding after `readHeader`, as the parameter block says. Its region limits what is transformed and put
 * out; in MODE_FUSED, which is never scaled, the resampler's tables decide it instead. Files with several scans are
 * entropy-decoded here.
 */
export function startDecode(): i32 {
  width = getInfo(INFO_WIDTH);
  height = getInfo(INFO_HEIGHT);
  components = getInfo(INFO_COMPONENTS);
  colour = getInfo(INFO_COLOUR);
  mode = param(PARAM_MODE);
  finished = checked = isSecondBand = false;
  readsAll = param(PARAM_READS_ALL) != 0;
  decoded = emitted = 0;
  const sof = getInfo(INFO_SOF);
  isSingle = scanComponents == components && sof != M_SOF2 && sof != M_SOF10;
  isStreamed = isSingle && sof != M_SOF9;

  x0 = param(PARAM_LEFT);
  x1 = param(PARAM_RIGHT);
  y0 = param(PARAM_TOP);
  y1 = param(PARAM_BOTTOM);
  if (mode == MODE_FUSED) {
    const status = prepareResample();
    if (status < 0) return status;
    x0 = neededX0;
    x1 = neededX1;
    y0 = neededY0;
    y1 = neededY1;
  }
  size = param(PARAM_SCALE);
  nextRow = y0;
  const status = prepareComponents();
  if (status < 0) return status;

  const data = end - positionNow();
  const bottomOfScan = alloc(data + 2 * UNSTUFF_MARGIN);
  if (!bottomOfScan) return STATUS_OUT_OF_MEMORY;
  const scanTop = bottomOfScan + data + UNSTUFF_MARGIN;
  if (isStreamed) {
    const started = startScan(scanTop, mcusPerRow * strips);
    if (started < 0) return started;
    const coefficientBytes = <usize>(mcusPerRow * blocksPerMcu) << 7;
    coefficients = alloc(coefficientBytes);
    if (!coefficients) return STATUS_OUT_OF_MEMORY;
    memory.fill(coefficients, 0, coefficientBytes + 16);
  } else {
    const status = decodeScans(scanTop, mcusPerRow, strips, param(PARAM_MAX_SCANS), isSingle);
    if (status < 0) return status;
  }

  if (mode == MODE_FUSED || components == 4) {
    planeBytes = ((<usize>width + 63) & ~31) << 3;
    planes = alloc(<usize>components * planeBytes * (mode == MODE_FUSED ? 2 : 1));
    if (!planes) return STATUS_OUT_OF_MEMORY;
  }
  if (mode != MODE_FUSED) {
    const perPixel = <usize>pixelBytes();
    rows = alloc(<usize>(8 * vMax + 8) * (<usize>(x1 - x0) + 16) * perPixel);
    if (!rows) return STATUS_OUT_OF_MEMORY;
    setInfo(INFO_OUTPUT, <i32>rows);
  }
  return STATUS_OK;
}

// Sampling, upsampling methods and strips of each component (jdinput.c initial_setup, per_scan_setup,
// latch_quant_tables; jdsample.c jinit_upsampler).
function prepareComponents(): i32 {
  hMax = vMax = 1;
  for (let i = 0; i < components; i++) {
    hMax = max(hMax, load<i32>(component(i), C_H));
    vMax = max(vMax, load<i32>(component(i), C_V));
  }
  if (components == 1) {
    // A scan of one component is not interleaved: its MCU is one block, whatever the factors say.
    hMax = vMax = 1;
    store<i32>(component(0), 1, C_H);
    store<i32>(component(0), 1, C_V);
  }
  mcusPerRow = (width + 8 * hMax - 1) / (8 * hMax);
  strips = (height + 8 * vMax - 1) / (8 * vMax);
  delay = 0;
  for (let i = 0; i < components; i++) {
    const c = component(i), h = load<i32>(c, C_H), v = load<i32>(c, C_V);
    const table = load<i32>(c, C_TQ);
    if (isStreamed) {
      if (table > 3 || !((quantisationDefined >> table) & 1)) return STATUS_MISSING_QUANTISATION_TABLE;
      memory.copy(COMPONENT_QUANTISATION + (<usize>i << 7), QUANTISATION + (<usize>table << 7), 128);
    }
    if (size == 8 && (hMax % h || vMax % v)) return STATUS_UNSUPPORTED_SAMPLING;
    const sampleWidth = (width * h + hMax - 1) / hMax;
    store<i32>(c, sampleWidth, C_WIDTH);
    store<i32>(c, (height * v + vMax - 1) / vMax, C_HEIGHT);
    store<i32>(c, (width * h + 8 * hMax - 1) / (8 * hMax), C_WIDTH_BLOCKS);
    store<i32>(c, (height * v + 8 * vMax - 1) / (8 * vMax), C_HEIGHT_BLOCKS);
    store<i32>(c, hMax / h, C_X_FACTOR);
    store<i32>(c, vMax / v, C_Y_FACTOR);
    let method = METHOD_REPLICATE;
    if (h == hMax && v == vMax) method = METHOD_NONE;
    else if (2 * h == hMax && v == vMax && sampleWidth > 2) method = METHOD_H2V1;
    else if (h == hMax && 2 * v == vMax) method = METHOD_H1V2;
    else if (2 * h == hMax && 2 * v == vMax && sampleWidth > 2) method = METHOD_H2V2;
    store<i32>(c, method, C_METHOD);
    if (method == METHOD_H1V2 || method == METHOD_H2V2) delay = 1;
    // The blocks that the region needs, with a sample of context on either side.
    const blocks = mcusPerRow * h;
    store<i32>(c, max(0, (x0 * h / hMax - 2) >> 3), C_FIRST_BLOCK);
    store<i32>(c, min(blocks, ((x1 * h + hMax - 1) / hMax + 9) >> 3), C_LAST_BLOCK);
  }
  firstMcu = 0;
  lastMcu = mcusPerRow;
  if (size < 8) return prepareScaled(size, hMax, vMax, mcusPerRow, strips);
  firstMcu = mcusPerRow;
  lastMcu = 0;
  for (let i = 0; i < components; i++) {
    const c = component(i), h = load<i32>(c, C_H);
    firstMcu = min(firstMcu, load<i32>(c, C_FIRST_BLOCK) / h);
    lastMcu = max(lastMcu, (load<i32>(c, C_LAST_BLOCK) + h - 1) / h);
  }
  for (let i = 0; i < components; i++) {
    const c = component(i), method = load<i32>(c, C_METHOD);
    const columns = <usize>(mcusPerRow * load<i32>(c, C_H)) << 3;
    const bandBytes: usize = 64 + (columns << 3) + 64;
    const stripBytes = bandBytes * <usize>load<i32>(c, C_V);
    const kept = delay ? (method == METHOD_H1V2 || method == METHOD_H2V2 ? 3 : 2) : 1;
    const at = alloc(stripBytes * kept + 64);
    if (!at) return STATUS_OUT_OF_MEMORY;
    store<usize>(c, bandBytes, C_BAND_BYTES);
    store<usize>(c, stripBytes, C_STRIP_BYTES);
    store<i32>(c, kept, C_STRIP_COUNT);
    store<usize>(c, at + 64, C_STRIPS);
    store<usize>(c, 0, C_UPSAMPLED);
    if (method != METHOD_NONE) {
      const upsampled = alloc(64 + (<usize>(mcusPerRow * hMax) << 6) + 64);
      if (!upsampled) return STATUS_OUT_OF_MEMORY;
      store<usize>(c, upsampled + 64, C_UPSAMPLED);
    }
  }
  return STATUS_OK;
}

// Decodes the next strip's coefficients and, if the region needs it, transforms them.
function decodeStrip(): i32 {
  const m = decoded;
  const top = 8 * vMax * m, bottom = top + 8 * vMax;
  // Two rows of context: one sample row of a component with half the rows.
  const needed = size < 8 || (!finished && bottom > y0 - 2 && top < y1 + 2);
  if (isStreamed) {
    const status = decodeMcus(mcusPerRow, coefficients, firstMcu, needed ? lastMcu : firstMcu);
    if (status < 0) return status;
  }
  decoded++;
  if (isStreamed) {
    if (needed) transformMcus(m);
  } else if (needed) transformStrip(m, strips, size < 8);
  if (needed && size == 8) {
    for (let i = 0; i < components; i++) {
      if (load<i32>(component(i), C_METHOD) != METHOD_NONE) extendEdges(component(i), m);
    }
  }
  return STATUS_OK;
}

// In line: memory.fill is a call, which costs more than eight stores.
function clearBlock(block: usize): void {
  const zero = i8x16.splat(0);
  v128.store(block, zero);
  v128.store(block, zero, 16);
  v128.store(block, zero, 32);
  v128.store(block, zero, 48);
  v128.store(block, zero, 64);
  v128.store(block, zero, 80);
  v128.store(block, zero, 96);
  v128.store(block, zero, 112);
}

// Component by component, so that what belongs to one is looked up once, and its blocks, which are alike,
// follow each other.
function transformMcus(m: i32): void {
  const mcuBytes = <usize>blocksPerMcu << 7;
  let from = coefficients + <usize>firstMcu * mcuBytes;
  for (let i = 0; i < components; i++) {
    const c = component(i), h = load<i32>(c, C_H), v = load<i32>(c, C_V);
    const first = load<i32>(c, C_FIRST_BLOCK), last = load<i32>(c, C_LAST_BLOCK);
    const quantisation = COMPONENT_QUANTISATION + (<usize>i << 7);
    for (let j = 0; j < h * v; j++) {
      let block = from;
      from += 128;
      if (size < 8) {
        for (let mcu = firstMcu; mcu < lastMcu; mcu++) {
          transformScaled(i, mcu * h + j % h, m * v + j / h, block);
          block += mcuBytes;
        }
        continue;
      }
      let column = firstMcu * h + j % h, out = bandAddress(c, m, j / h) + (<usize>column << 6);
      const end = lastMcu * h, step = <usize>h << 6;
      for (; column < end; column += h) {
        if (column >= first && column < last) idct(block, quantisation, out);
        else clearBlock(block);
        out += step;
        block += mcuBytes;
      }
    }
  }
}

// Bytes a pixel of the rows that are put out.
function pixelBytes(): i32 {
  return mode != MODE_NATIVE ? 3 : components == 3 ? 3 : components;
}

// Puts out the bands of strip `m` that the region needs; returns the number of rows written.
function emitStrip(m: i32): i32 {
  let written = 0;
  const stride = <usize>(x1 - x0) * <usize>pixelBytes();
  for (let b = 0; b < vMax; b++) {
    const top = 8 * (vMax * m + b);
    if (top >= height || top >= y1 || top + 8 <= y0) continue;
    const band0 = upsampleBand(component(0), m, b, x0, x1, strips);
    const bottom = min(height, top + 8);
    if (mode == MODE_FUSED) {
      feed(band0, m, b, top, bottom - top);
      continue;
    }
    // Rows of the band that lie above the region are written first and then moved out.
    const out = rows + <usize>written * stride;
    if (components == 1) {
      if (mode == MODE_NATIVE) greyRows(band0, out, stride);
      else planesToRgb(band0, band0, band0, x0, x1 - x0, out, stride);
    } else if (components == 4) {
      makePlanes(band0, m, b, planes);
      if (mode == MODE_NATIVE) planesToCmyk(planes, planeBytes, x0, x1 - x0, out, stride);
      else planesToRgb(planes, planes + planeBytes, planes + 2 * planeBytes, x0, x1 - x0, out, stride);
    } else {
      const band1 = upsampleBand(component(1), m, b, x0, x1, strips), band2 = upsampleBand(component(2), m, b, x0, x1, strips);
      if (colour == COLOUR_YCBCR) bandToRgb(band0, band1, band2, x0, x1 - x0, out, stride);
      else planesToRgb(band0, band1, band2, x0, x1 - x0, out, stride);
    }
    const skip = max(0, y0 - top), count = min(bottom, y1) - top - skip;
    if (skip) memory.copy(out, out + <usize>skip * stride, <usize>count * stride);
    written += count;
  }
  return written;
}

// Two bands go to the resampler together, unless the last one has no other.
function feed(band0: usize, m: i32, b: i32, top: i32, count: i32): void {
  const bandBytes = planeBytes * <usize>components, to = planes + (isSecondBand ? bandBytes : 0);
  if (components == 1) memory.copy(to + (<usize>x0 << 3), band0 + (<usize>x0 << 3), <usize>(x1 - x0 + 1) << 3);
  else makePlanes(band0, m, b, to);
  const isSecond = isSecondBand;
  isSecondBand = !isSecond && top + 8 < y1 && top + 8 < height;
  if (isSecondBand) return;
  if (isSecond) feedBands(planes, planes + bandBytes, planeBytes, top - 8, 8 + count);
  else feedBands(planes, planes, planeBytes, top, count);
}

// Converts band `b` of strip `m` to planes: RGB, or in MODE_NATIVE the four of CMYK as Pillow stores it,
// which is inverted (Adobe's convention), whatever the file says.
function makePlanes(band0: usize, m: i32, b: i32, planes: usize): void {
  const band1 = upsampleBand(component(1), m, b, x0, x1, strips), band2 = upsampleBand(component(2), m, b, x0, x1, strips);
  const from = <usize>x0 << 3, bytes = <usize>(x1 - x0 + 1) << 3;
  const plane1 = planes + planeBytes, plane2 = plane1 + planeBytes, plane3 = plane2 + planeBytes;
  // YCCK becomes CMY = 255 - RGB in libjpeg and is inverted back by Pillow.
  if (colour == COLOUR_YCBCR || colour == COLOUR_YCCK) bandToPlanes(band0, band1, band2, x0, x1, planes, planeBytes);
  else if (colour == COLOUR_RGB) {
    memory.copy(planes + from, band0 + from, bytes);
    memory.copy(plane1 + from, band1 + from, bytes);
    memory.copy(plane2 + from, band2 + from, bytes);
  } else {
    invertPlane(band0 + from, planes + from, bytes);
    invertPlane(band1 + from, plane1 + from, bytes);
    invertPlane(band2 + from, plane2 + from, bytes);
  }
  if (components != 4) return;
  const band3 = upsampleBand(component(3), m, b, x0, x1, strips);
  if (mode == MODE_NATIVE) invertPlane(band3 + from, plane3 + from, bytes);
  else {
    // Pillow's K is 255 - band3, so its 255 - K is band3 itself.
    removeBlack(planes + from, band3 + from, bytes);
    removeBlack(plane1 + from, band3 + from, bytes);
    removeBlack(plane2 + from, band3 + from, bytes);
  }
}

// Rows of grey samples; the transposition writes groups of 16, what remains goes one by one.
function greyRows(band: usize, out: usize, stride: usize): void {
  const n = x1 - x0, whole = n & ~15;
  if (whole) bandToRows(band, x0, whole, out, stride);
  for (let x = whole; x < n; x++) {
    const from = band + (<usize>(x0 + x) << 3);
    for (let r: usize = 0; r < 8; r++) store<u8>(out + r * stride + <usize>x, load<u8>(from + r));
  }
}

/**
 * Decodes until rows are there and returns how many (their address is in the info block), 0 once the
 * region is complete and the rest of the file was checked, or a failure.
 */
export function nextRows(): i32 {
  if (size < 8) return nextScaledRows();
  while (true) {
    if (emitted < strips && decoded > emitted + delay || (decoded == strips && emitted < strips)) {
      const written = finished ? 0 : emitStrip(emitted);
      emitted++;
      if (mode == MODE_FUSED ? isResampleDone() : 8 * vMax * emitted >= y1) {
        if (!finished) {
          finished = true;
          if (canStop()) { emitted = decoded = strips; }
        }
      }
      if (written > 0) return written;
      continue;
    }
    if (decoded < strips) {
      const status = decodeStrip();
      if (status < 0) return status;
      continue;
    }
    return finish();
  }
}

function nextScaledRows(): i32 {
  while (decoded < strips) {
    const status = decodeStrip();
    if (status < 0) return status;
  }
  const count = min(8, y1 - nextRow), stride = <usize>((x1 - x0) * pixelBytes());
  if (count <= 0) return finish();
  for (let i = 0; i < count; i++) {
    writeScaledRow(nextRow++, x0, x1, mode == MODE_NATIVE, rows + <usize>i * stride);
  }
  return count;
}

let checked = false;
let readsAll = false;

// Decoding may stop below the region if the file goes on to its EOI: then it is not truncated. Looking for
// it changes nothing, because decoding may have to go on.
function canStop(): bool {
  if (!isSingle) return true;
  if (readsAll || decoded == strips) return false;
  checked = isEndInSight(segmentAfter, segmentMarker);
  return checked;
}

// After the last row, markers are read up to EOI: a second image, a broken table or another scan there
// is an error in libjpeg's jpeg_finish_decompress; the end of the data is not.
function finish(): i32 {
  if (!isSingle) return STATUS_OK;
  if (checked) { checked = false; return STATUS_OK; }
  leaveScan();
  const reached = readMarkers();
  if (reached == STATUS_TRUNCATED) return STATUS_OK;
  if (reached < 0) return reached;
  return reached == REACHED_EOI ? STATUS_OK : STATUS_UNEXPECTED_SCAN;
}
