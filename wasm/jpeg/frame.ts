// The current frame as it is decoded: its geometry, the region that is wanted, and the memory of each component.
//
// A strip is one row of MCUs; each component keeps its strips as bands of 8 rows, column after column.

import {
  COLOUR_YCBCR, INFO_COLOUR, INFO_COMPONENTS, INFO_HEIGHT, INFO_SOF, INFO_WIDTH, M_SOF10, M_SOF2, M_SOF3, M_SOF9,
  MODE_FUSED, PARAM_BOTTOM, PARAM_LEFT, PARAM_MODE, PARAM_RIGHT, PARAM_SCALE, PARAM_TOP,
  STATUS_MISSING_QUANTISATION_TABLE, STATUS_OK, STATUS_OUT_OF_MEMORY, STATUS_UNSUPPORTED_LOSSLESS,
  STATUS_UNSUPPORTED_SAMPLING,
} from "../abi";
import { neededX0, neededX1, neededY0, neededY1, prepareResample, startAtRow } from "../resample/resample";
import { alloc, getInfo, param } from "../shared/memory";
import {
  C_BAND_BYTES, C_FIRST_BLOCK, C_H, C_HEIGHT, C_HEIGHT_BLOCKS, C_LAST_BLOCK, C_METHOD, C_STRIP_BYTES, C_STRIP_COUNT,
  C_STRIPS, C_TQ, C_UPSAMPLED, C_V, C_WIDTH, C_WIDTH_BLOCKS, C_X_FACTOR, C_Y_FACTOR, component,
  COMPONENT_QUANTISATION, QUANTISATION, quantisationDefined,
} from "./components";
import { scanComponents } from "./markers";
import { prepareScaled } from "./scaled";
import { METHOD_H1V2, METHOD_H2V1, METHOD_H2V2, METHOD_NONE, METHOD_REPLICATE } from "./upsample";

export let width: i32 = 0, height: i32 = 0, components: i32 = 0, colour: i32 = 0;
export let hMax: i32 = 0, vMax: i32 = 0;
export let mcusPerRow: i32 = 0, strips: i32 = 0;
/** Columns of MCUs of which any block is needed: [firstMcu, lastMcu). */
export let firstMcu: i32 = 0, lastMcu: i32 = 0;
/** 1: a strip is put out after the next one is decoded. */
export let delay: i32 = 0;
export let mode: i32 = 0;
/** The region, in pixels: [x0, x1) x [y0, y1). */
export let x0: i32 = 0, x1: i32 = 0, y0: i32 = 0, y1: i32 = 0;
/** Of the smallest transform: 8, or 4, 2, 1 for scaled decoding. */
export let size: i32 = 8;
/** One scan holds everything; and its strips are decoded as they are needed. */
export let isSingle = false, isStreamed = false;
/** A lossless file, which is decoded in a way of its own. */
export let isLossless = false;
/** Chroma is upsampled and converted in one go, two bands at a time, see h2v2.ts. */
export let isH2V2 = false;

/**
 * Prepares the frame after `readHeader`, as the parameter block says. Its region limits what is transformed and put
 * out; in MODE_FUSED, which is never scaled, the resampler's tables decide it instead.
 */
export function prepareFrame(): i32 {
  width = getInfo(INFO_WIDTH);
  height = getInfo(INFO_HEIGHT);
  components = getInfo(INFO_COMPONENTS);
  colour = getInfo(INFO_COLOUR);
  mode = param(PARAM_MODE);
  const sof = getInfo(INFO_SOF);
  isSingle = scanComponents == components && sof != M_SOF2 && sof != M_SOF10;
  isLossless = sof == M_SOF3;
  isStreamed = isSingle && sof != M_SOF9 && !isLossless;
  x0 = param(PARAM_LEFT);
  x1 = param(PARAM_RIGHT);
  y0 = param(PARAM_TOP);
  y1 = param(PARAM_BOTTOM);
  size = param(PARAM_SCALE);
  isH2V2 = false;
  if (isLossless) {
    hMax = vMax = 1;
    strips = 0;
    return mode == MODE_FUSED || size < 8 ? STATUS_UNSUPPORTED_LOSSLESS : STATUS_OK;
  }
  if (mode == MODE_FUSED) {
    const status = prepareResample();
    if (status < 0) return status;
    x0 = neededX0;
    x1 = neededX1;
    y0 = neededY0;
    y1 = neededY1;
  }
  const status = prepareComponents();
  if (status < 0) return status;
  isH2V2 = size == 8 && components == 3 && colour == COLOUR_YCBCR && load<i32>(component(0), C_METHOD) == METHOD_NONE &&
    isH2V2Component(1) && isH2V2Component(2);
  if (isH2V2 && mode == MODE_FUSED) {
    // Both bands of a strip go to the resampler.
    y0 &= ~15;
    startAtRow(y0);
  }
  return STATUS_OK;
}

/**
 * Leaves out the rows that libjpeg does not put out of a file whose data broke off in strip `strip`: those of that strip,
 * and of the one before the last rows, where they need it.
 */
export function cutAt(strip: i32): void {
  let rows = size * vMax * strip;
  for (let i = 0; i < components; i++) {
    const method = load<i32>(component(i), C_METHOD);
    if (rows > 0 && (method == METHOD_H1V2 || method == METHOD_H2V2)) {
      rows -= vMax;
      break;
    }
  }
  // A region that lies behind them has none, and not fewer.
  y1 = max(y0, min(y1, rows));
}

function isH2V2Component(i: i32): bool {
  return load<i32>(component(i), C_METHOD) == METHOD_H2V2 && load<i32>(component(i), C_V) == 1;
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
