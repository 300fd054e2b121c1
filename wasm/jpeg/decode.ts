// The decoder: strip after strip from scan data to coefficients, to bands of samples, to the output. Where upsampling
// filters vertically, a strip is put out only after the next one is decoded.

import {
  INFO_OUTPUT, INFO_WARNINGS_EARLY_MARKER, MODE_FUSED, MODE_NATIVE, PARAM_MAX_SCANS, PARAM_READS_ALL, PARAM_TAIL,
  STATUS_OK, STATUS_OUT_OF_MEMORY, STATUS_TRUNCATED, STATUS_UNEXPECTED_SCAN,
} from "../abi";
import { isResampleDone } from "../resample/resample";
import { alloc, countInfo, getInfo, param } from "../shared/memory";
import { decodeScans, transformStrip } from "./coefficients";
import { C_FIRST_BLOCK, C_H, C_LAST_BLOCK, C_METHOD, C_V, component, COMPONENT_QUANTISATION } from "./components";
import {
  components, cutAt, delay, firstMcu, isLossless, isSingle, isStreamed, lastMcu, mcusPerRow, mode, prepareFrame, size,
  strips, vMax, x0, x1, y0, y1,
} from "./frame";
import { idct } from "./idct";
import { decodeLossless } from "./lossless";
import { end, isEndInSight, positionNow, REACHED_EOI, readMarkers } from "./markers";
import { emitStrip, pixelBytes, prepareOutput } from "./output";
import { brokenRow } from "./progressive";
import { sizeOfTransform, transformScaled, writeMeans, writeScaledRow } from "./scaled";
import { leaveScan } from "./segments";
import { blocksPerMcu, decodeMcus, startScan } from "./sequential";
import { segmentAfter, segmentMarker, UNSTUFF_MARGIN } from "./unstuff";
import { bandAddress, extendEdges, METHOD_NONE } from "./upsample";

let coefficients: usize = 0;
let decoded: i32 = 0; // strips decoded
let emitted: i32 = 0; // strips put out
let finished = false; // the region is complete
let isBroken = false; // the data of an arithmetic-coded file broke off: what was complete by then is put out
let nextRow: i32 = 0; // scaled decoding: the next row to put out

/**
 * Prepares decoding after `readHeader`, as the parameter block says. Files with several scans are entropy-decoded here.
 */
export function startDecode(): i32 {
  finished = checked = isBroken = false;
  readsAll = param(PARAM_READS_ALL) != 0;
  decoded = emitted = 0;
  const status = prepareFrame();
  if (status < 0) return status;
  nextRow = y0;

  const data = end - positionNow();
  const bottomOfScan = alloc(data + 2 * UNSTUFF_MARGIN);
  if (!bottomOfScan) return STATUS_OUT_OF_MEMORY;
  const scanTop = bottomOfScan + data + UNSTUFF_MARGIN;
  if (isLossless) {
    const status = decodeLossless(scanTop, isSingle);
    if (status < 0) return status;
  } else if (isStreamed) {
    const started = startScan(scanTop, mcusPerRow * strips);
    if (started < 0) return started;
    const coefficientBytes = <usize>(mcusPerRow * blocksPerMcu) << 7;
    coefficients = alloc(coefficientBytes);
    if (!coefficients) return STATUS_OUT_OF_MEMORY;
    memory.fill(coefficients, 0, coefficientBytes + 16);
  } else {
    const status = decodeScans(scanTop, mcusPerRow, strips, param(PARAM_MAX_SCANS), isSingle);
    isBroken = status == STATUS_TRUNCATED && isSingle && param(PARAM_TAIL) != 0;
    if (isBroken) {
      countInfo(INFO_WARNINGS_EARLY_MARKER);
      cutAt(brokenRow);
    } else if (status < 0) return status;
  }
  return prepareOutput();
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
        const x = firstMcu * h + j % h, y = m * v + j / h;
        if (sizeOfTransform(i) == 1) writeMeans(i, x, h, y, block, mcuBytes, lastMcu - firstMcu);
        else transformScaled(i, x, h, y, block, mcuBytes, lastMcu - firstMcu);
        continue;
      }
      // Those before `first` and from `last` on are cleared alone: at most an MCU at either end.
      let column = firstMcu * h + j % h;
      const band = bandAddress(c, m, j / h), end = lastMcu * h;
      for (; column < min(first, end); column += h) {
        clearBlock(block);
        block += mcuBytes;
      }
      const count = max(0, (min(last, end) - column + h - 1) / h);
      idct(block, mcuBytes, quantisation, band + (<usize>column << 6), <usize>h << 6, count);
      block += <usize>count * mcuBytes;
      for (column += count * h; column < end; column += h) {
        clearBlock(block);
        block += mcuBytes;
      }
    }
  }
}

/**
 * Decodes until rows are there and returns how many (their address is in the info block), 0 once the
 * region is complete and the rest of the file was checked, or a failure.
 */
export function nextRows(): i32 {
  if (size < 8 || isLossless) return nextScaledRows();
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
    writeScaledRow(nextRow++, x0, x1, mode == MODE_NATIVE, <usize>getInfo(INFO_OUTPUT) + <usize>i * stride);
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
  if (isBroken) return STATUS_TRUNCATED;
  if (!isSingle) return STATUS_OK;
  if (checked) { checked = false; return STATUS_OK; }
  leaveScan();
  const reached = readMarkers();
  if (reached == STATUS_TRUNCATED) return STATUS_OK;
  if (reached < 0) return reached;
  return reached == REACHED_EOI ? STATUS_OK : STATUS_UNEXPECTED_SCAN;
}
