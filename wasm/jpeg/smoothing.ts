// Estimation of coefficients that a progressive file has not sent (yet), with the results of jdcoefct.c, smoothing_ok
// and decompress_smooth_data, of libjpeg-turbo 3.0.1 and later or of 2.1.5: low AC coefficients are predicted from the
// DC values of a 5x5 neighbourhood. It is part of the picture that libjpeg makes of a partial file.

import { INFO_COMPONENTS, INFO_SCANS } from "../abi";
import { getInfo } from "../shared/memory";
import {
  C_COEFFICIENTS, C_HEIGHT_BLOCKS, C_ROW_BYTES, C_V, C_WIDTH_BLOCKS, component, COMPONENT_QUANTISATION,
  quantisationLatched,
} from "./components";
import { idct } from "./idct";
import { lastGoodRow, PRECISION, PRECISION_BEFORE } from "./progressive";
import { isFormer } from "./reference";
import { transformScaled } from "./scaled";

// The estimated coefficients in libjpeg's order 01 10 20 11 02 03 12 21 30, as natural indices.
const ESTIMATED: usize = memory.data<u8>([0, 1, 8, 16, 9, 2, 3, 10, 17, 24]);

// Weights of the 25 DC values, row by row, for each estimate: where no AC coefficient is known, where
// some are, and for the DC value itself.
const WEIGHTS_DC_ONLY: usize = memory.data<i16>([
  -1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1, // 01
  -1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1, // 10
  0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0, // 20
  -1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1, // 11
  0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0, // 02
  0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0, // 03
  0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0, // 12
  0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0, // 21
  0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0, // 30
]);
const WEIGHTS_SOME_AC: usize = memory.data<i16>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 01
  0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0, // 10
  0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0, // 20
  0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0, // 11
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 02
]);
const WEIGHTS_MEAN: usize = memory.data<i16>([
  -2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 152, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2,
]);

// The precision of coefficients 0..9 of each component at the start of output: of the last scan, and
// of the scan before for rows that the last one did not reach.
const LATCH: usize = memory.data(2 * 4 * 10 * 4, 16);
const LATCH_BEFORE: usize = 4 * 10 * 4;
const DC: usize = memory.data(25 * 4, 16); // the neighbourhood, row by row
const BLOCK: usize = memory.data(128, 16);

/** Whether smoothing applies; latches the precision it goes by. */
export function startSmoothing(): bool {
  let useful = false;
  for (let i = 0; i < getInfo(INFO_COMPONENTS); i++) {
    if (!((quantisationLatched >> i) & 1)) return false;
    const q = COMPONENT_QUANTISATION + (<usize>i << 7), p = PRECISION + (<usize>i << 8), latch = LATCH + <usize>i * 40;
    for (let k: usize = 0; k < 10; k++) {
      if (load<u16>(q + (<usize>load<u8>(ESTIMATED + k) << 1)) == 0) return false;
    }
    if (load<i32>(p) < 0) return false;
    store<i32>(latch, load<i32>(p));
    for (let k: usize = 1; k < 10; k++) {
      const value = load<i32>(p + (k << 2));
      store<i32>(latch + (k << 2), value);
      store<i32>(latch + (k << 2) + LATCH_BEFORE, getInfo(INFO_SCANS) > 1 ? load<i32>(p + (k << 2) + PRECISION_BEFORE) : -1);
      if (value != 0) useful = true;
    }
  }
  return useful;
}

function weighted(weights: usize): i32 {
  let sum = 0;
  for (let i: usize = 0; i < 25; i++) sum += <i32>load<i16>(weights + (i << 1)) * load<i32>(DC + (i << 2));
  return sum;
}

// The estimate, rounded, and limited to what the bits that are still missing can hold.
function predict(sum: i64, q: i64, low: i32): i32 {
  let prediction = <i32>(((q << 7) + (sum >= 0 ? sum : -sum)) / (q << 8));
  if (low > 0 && prediction >= (1 << low)) prediction = (1 << low) - 1;
  return sum >= 0 ? prediction : -prediction;
}

/**
 * Transforms one row of blocks (`row` of strip `m` of `strips`) of component `i`, blocks [first, last),
 * into `band`, or with `scaled` into the component's reduced plane. The sliding window starts at the left edge, as its quirks on narrow images require.
 */
export function smoothRow(i: i32, m: i32, row: i32, strips: i32, band: usize, first: i32, last: i32, scaled: bool): void {
  const c = component(i), v = load<i32>(c, C_V), columns = load<i32>(c, C_WIDTH_BLOCKS), bytes = load<usize>(c, C_ROW_BYTES);
  const lastStrip = strips - 1;
  let rows = v;
  if (m == lastStrip) {
    rows = load<i32>(c, C_HEIGHT_BLOCKS) % v;
    if (rows == 0) rows = v;
  }
  // 3.0.1 counts rows of blocks, as if every strip had as many as this one.
  const former = isFormer(), imageRow = m * rows + row, imageRows = rows * strips;
  const r2 = load<usize>(c, C_COEFFICIENTS) + <usize>(m * v + row) * bytes;
  const r1 = imageRow > 0 ? r2 - bytes : r2;
  const r0 = (former ? row > 1 || m > 1 : imageRow > 1) ? r2 - 2 * bytes : r1;
  const r3 = imageRow < imageRows - 1 ? r2 + bytes : r2;
  const r4 = (former ? row < rows - 2 || m + 1 < lastStrip : imageRow < imageRows - 2) ? r2 + 2 * bytes : r3;
  for (let k: usize = 0; k < 5; k++) {
    store<i32>(DC + (k << 2), load<i16>(r0));
    store<i32>(DC + (k << 2), load<i16>(r1), 20);
    store<i32>(DC + (k << 2), load<i16>(r2), 40);
    store<i32>(DC + (k << 2), load<i16>(r3), 60);
    store<i32>(DC + (k << 2), load<i16>(r4), 80);
  }
  const latch = LATCH + <usize>i * 40 + (m > lastGoodRow ? LATCH_BEFORE : 0);
  const q = COMPONENT_QUANTISATION + (<usize>i << 7);
  let noAc = true;
  for (let k: usize = 1; k < 10; k++) if (load<i32>(latch + (k << 2)) != -1) noAc = false;
  const weights = noAc ? WEIGHTS_DC_ONLY : WEIGHTS_SOME_AC, estimates: usize = noAc ? 9 : 5;
  const q0 = <i64>load<u16>(q), lastColumn = columns - 1;

  for (let x = 0; x < columns; x++) {
    if (x == 0 && x < lastColumn) {
      fetch(12, 128, r0, r1, r2, r3, r4);
      if (!former) fetch(16, 128, r0, r1, r2, r3, r4);
    }
    if (x + 1 < lastColumn) fetch(16, (<usize>x + 2) << 7, r0, r1, r2, r3, r4);
    if (x >= first && x < last) {
      memory.copy(BLOCK, r2 + (<usize>x << 7), 128);
      for (let k: usize = 1; k <= estimates; k++) {
        const low = load<i32>(latch + (k << 2)), position = <usize>load<u8>(ESTIMATED + k) << 1;
        if (low == 0 || load<i16>(BLOCK + position) != 0) continue;
        const sum = q0 * <i64>weighted(weights + (k - 1) * 50);
        store<i16>(BLOCK + position, <i16>predict(sum, <i64>load<u16>(q + position), low));
      }
      if (noAc) store<i16>(BLOCK, <i16>predict(q0 * <i64>weighted(WEIGHTS_MEAN), q0, 0));
      if (scaled) transformScaled(i, x, 1, m * v + row, BLOCK, 128, 1);
      else idct(BLOCK, 0, q, band + (<usize>x << 6), 0, 1);
    }
    for (let k: usize = 0; k < 100; k += 20) {
      store<i32>(DC + k, load<i32>(DC + k, 4));
      store<i32>(DC + k, load<i32>(DC + k, 8), 4);
      store<i32>(DC + k, load<i32>(DC + k, 12), 8);
      store<i32>(DC + k, load<i32>(DC + k, 16), 12);
    }
  }
}

function fetch(to: usize, offset: usize, r0: usize, r1: usize, r2: usize, r3: usize, r4: usize): void {
  store<i32>(DC + to, load<i16>(r0 + offset));
  store<i32>(DC + to, load<i16>(r1 + offset), 20);
  store<i32>(DC + to, load<i16>(r2 + offset), 40);
  store<i32>(DC + to, load<i16>(r3 + offset), 60);
  store<i32>(DC + to, load<i16>(r4 + offset), 80);
}
