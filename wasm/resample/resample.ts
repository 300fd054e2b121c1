// Resampling, band by band, by Pillow's arithmetic or by torch's: see passes.ts.
//
// The horizontal pass takes two bands (8 rows each, column after column) per channel and makes 16 rows of the
// intermediate image, already rounded to 8 bits as theirs is; the vertical pass makes an output row
// as soon as its last source row is there; each output row is normalised at once. Only the columns,
// rows and taps that the output needs are computed.
//
// The passes are in passes.ts, the output's formats in output.ts.

import {
  PARAM_CHANNELS, PARAM_X_BOUNDS, PARAM_X_COEFFICIENTS, PARAM_X_COUNT, PARAM_X_PRECISION, PARAM_X_TAPS,
  PARAM_Y_BOUNDS, PARAM_Y_COEFFICIENTS, PARAM_Y_COUNT, PARAM_Y_PRECISION, PARAM_Y_TAPS, STATUS_OK,
  STATUS_OUT_OF_MEMORY,
} from "../abi";
import { alloc, param } from "../shared/memory";
import { columnsToRows } from "../shared/transpose";
import { writeRow } from "./output";
import { resampleColumns, resampleColumnsShort, resampleRow, resampleRowShort } from "./passes";

// The tables of both passes, see passes.ts.
let xTable: usize = 0, xRecord: usize = 0, yTable: usize = 0, yRecord: usize = 0;
let xCount: i32 = 0, yCount: i32 = 0, channels: i32 = 0;

/** The source columns [neededX0, neededX1) and rows [neededY0, neededY1) that the output needs. */
export let neededX0: i32 = 0, neededX1: i32 = 0, neededY0: i32 = 0, neededY1: i32 = 0;

// The intermediate image: rows [ringFirst, ringNext), `ringStride` bytes apart, planes side by side.
let ring: usize = 0, ringStride: usize = 0, ringPlane: usize = 0;
let ringRows: i32 = 0, ringFirst: i32 = 0, ringNext: i32 = 0;
let columns: usize = 0; // 16 rows of the intermediate image, column after column
let outputRow: usize = 0; // one row of the output, planes side by side
let nextOutput: i32 = 0;

/** Fractional bits of Pillow's coefficients. */
const PILLOW_PRECISION: i32 = 22;
let isShort = false; // torch's arithmetic
let xPrecision: i32 = 0, yPrecision: i32 = 0;

// A record an output: the coefficients two a pair, torch's as they are, Pillow's their high halves, then their low ones.
function pack(bounds: usize, coefficients: usize, taps: i32, count: i32, shift: usize, table: usize, record: usize): void {
  for (let i = 0; i < count; i++) {
    const first = load<i32>(bounds + (<usize>i << 3)), n = load<i32>(bounds + (<usize>i << 3), 4);
    let r = table + <usize>i * record;
    store<i32>(r, first << <i32>shift);
    store<i32>(r, max(1, (n + 1) >> 1), 4);
    r += 8;
    const k = coefficients + (<usize>(i * taps) << 2);
    for (let j = 0; j < n || j == 0; j += 2) {
      const k0 = j < n ? load<i32>(k + (<usize>j << 2)) : 0, k1 = j + 1 < n ? load<i32>(k + (<usize>j << 2), 4) : 0;
      const low0 = <i32><i16>k0, low1 = <i32><i16>k1;
      if (!isShort) {
        store<i16>(r, <i16>((k0 - low0) >> 16));
        store<i16>(r, <i16>((k1 - low1) >> 16), 2);
        r += 4;
      }
      store<i16>(r, <i16>low0);
      store<i16>(r, <i16>low1, 2);
      r += 4;
    }
  }
}

/** Packs the host's tables and takes the memory for the intermediate image. */
export function prepareResample(): i32 {
  xCount = param(PARAM_X_COUNT);
  yCount = param(PARAM_Y_COUNT);
  channels = param(PARAM_CHANNELS);
  const xTaps = param(PARAM_X_TAPS), yTaps = param(PARAM_Y_TAPS);
  const xBounds = <usize>param(PARAM_X_BOUNDS), yBounds = <usize>param(PARAM_Y_BOUNDS);
  xPrecision = param(PARAM_X_PRECISION);
  yPrecision = param(PARAM_Y_PRECISION);
  isShort = xPrecision < PILLOW_PRECISION || yPrecision < PILLOW_PRECISION;
  const pairShift: usize = isShort ? 2 : 3;
  xRecord = 8 + (<usize>((xTaps + 1) >> 1) << pairShift);
  yRecord = 8 + (<usize>((yTaps + 1) >> 1) << pairShift);
  ringPlane = <usize>((xCount + 15) & ~15);
  ringStride = ringPlane * <usize>channels;
  ringRows = 2 * yTaps + 48;
  xTable = alloc(xRecord * <usize>xCount);
  yTable = alloc(yRecord * <usize>yCount);
  columns = alloc(ringPlane << 4);
  outputRow = alloc(ringStride);
  ring = alloc(<usize>(ringRows + 2) * ringStride);
  if (!xTable || !yTable || !columns || !outputRow || !ring) return STATUS_OUT_OF_MEMORY;
  pack(xBounds, <usize>param(PARAM_X_COEFFICIENTS), xTaps, xCount, 3, xTable, xRecord);
  pack(yBounds, <usize>param(PARAM_Y_COEFFICIENTS), yTaps, yCount, 0, yTable, yRecord);

  neededX0 = neededY0 = i32.MAX_VALUE;
  neededX1 = neededY1 = 0;
  for (let i: usize = 0; i < <usize>xCount; i++) {
    const first = load<i32>(xBounds + (i << 3));
    neededX0 = min(neededX0, first);
    neededX1 = max(neededX1, first + max(1, load<i32>(xBounds + (i << 3), 4)));
  }
  for (let i: usize = 0; i < <usize>yCount; i++) {
    const first = load<i32>(yBounds + (i << 3));
    neededY0 = min(neededY0, first);
    neededY1 = max(neededY1, first + max(1, load<i32>(yBounds + (i << 3), 4)));
  }
  ringFirst = ringNext = neededY0 & ~7;
  nextOutput = 0;
  return STATUS_OK;
}

/** Lets bands come from row `y` on, which is not below the first that is needed. */
export function startAtRow(y: i32): void { ringFirst = ringNext = y; }

export function isResampleDone(): bool { return nextOutput >= yCount; }

/**
 * Takes the bands of source rows [y, y + 16), of which the first `rows` exist: one plane a channel,
 * `plane` bytes apart, `upper` and `lower` being column 0 of the first. Bands come in order, without gaps.
 */
export function feedBands(upper: usize, lower: usize, plane: usize, y: i32, rows: i32): void {
  if (y != ringNext || y >= neededY1) return;
  if (y + 16 - ringFirst > ringRows) {
    // Slide the rows that are still needed to the front.
    const first = nextOutput < yCount ? load<i32>(yTable + <usize>nextOutput * yRecord) : y;
    const keep = min(y, max(ringFirst, first));
    memory.copy(ring, ring + <usize>(keep - ringFirst) * ringStride, <usize>(y - keep) * ringStride);
    ringFirst = keep;
  }
  let to = ring + <usize>(y - ringFirst) * ringStride;
  for (let c = 0; c < channels; c++) {
    if (isShort) resampleColumnsShort(upper, lower, xTable, xRecord, xCount, columns, xPrecision);
    else resampleColumns(upper, lower, xTable, xRecord, xCount, columns);
    columnsToRows(columns, xCount, to, ringStride);
    upper += plane;
    lower += plane;
    to += ringPlane;
  }
  ringNext = y + 16;
  const available = y + rows;
  while (nextOutput < yCount) {
    const r = yTable + <usize>nextOutput * yRecord;
    const bounds = <usize>param(PARAM_Y_BOUNDS) + (<usize>nextOutput << 3);
    if (load<i32>(bounds) + load<i32>(bounds, 4) > available) break;
    const from = ring + <usize>(load<i32>(r) - ringFirst) * ringStride;
    if (isShort) resampleRowShort(from, ringStride, r, outputRow, yPrecision);
    else resampleRow(from, ringStride, r, outputRow);
    writeRow(nextOutput, outputRow, ringPlane, xCount);
    nextOutput++;
  }
}
