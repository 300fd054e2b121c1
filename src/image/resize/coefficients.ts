/**
 * The resampling coefficients of Pillow and of torch, as integers, and Pillow's nearest-neighbour positions.
 *
 * @module
 */
import type { Interpolation } from "../types.ts";
import { cos, sin } from "../../numbers/math.ts";

/** A filter that averages: all of Pillow's but `nearest`, which picks one pixel. */
export type AveragingInterpolation = Exclude<Interpolation, "nearest">;

/** How each output of one axis is made of inputs: `sum(weights * inputs)`, at 22 fractional bits or fewer. */
export interface Coefficients {
  /** First output that is covered. */
  readonly outBegin: number;
  /** One past the last output that is covered. */
  readonly outEnd: number;
  /** Stride of `weights`: the greatest number of inputs an output may have. */
  readonly ksize: number;
  /** `[outEnd - outBegin, 2]`: the first input and the number of inputs of each output. */
  readonly bounds: Int32Array<ArrayBuffer>;
  /** `[outEnd - outBegin, ksize]`: coefficients times 2^22; what follows an output's count is 0. */
  readonly weights: Int32Array<ArrayBuffer>;
}

/** Fractional bits of the coefficients: 32, less 8 for a pixel and 2 for a sum above 1 (`PRECISION_BITS`). */
export const PRECISION_BITS = 22;

const ONE = 1 << PRECISION_BITS;

/** Half the width of each filter, in inputs, when enlarging (`struct filter` in Pillow's `Resample.c`). */
const SUPPORT: Readonly<Record<AveragingInterpolation, number>> = {
  box: 0.5,
  bilinear: 1,
  hamming: 1,
  bicubic: 2,
  lanczos: 3,
};

// Pillow writes 0.54f and 0.46f, so the double-precision formula works on float32 constants.
const HAMMING_A = Math.fround(0.54);
const HAMMING_B = Math.fround(0.46);

let scratch = new Float64Array(64);
let normalised = new Float64Array(0);

/** Arrays for coefficients that are not kept, used again and again. */
export interface CoefficientRoom {
  bounds: Int32Array<ArrayBuffer>;
  weights: Int32Array<ArrayBuffer>;
}

/**
 * Computes the integer coefficients with which Pillow resamples one axis.
 *
 * Units: pixels of the input for `in0` and `in1`, which may lie between pixels; they are rounded to
 * float32 as Pillow does. Only the outputs `[outBegin, outEnd)` are computed; they do not depend on
 * which others are.
 * Exact: Pillow 9.4 to 12.1, `precompute_coeffs` and `normalize_coeffs_8bpc`. The one liberty is
 * the stride, which never exceeds `inSize`.
 *
 * @param inSize Number of inputs, 1 or more.
 * @param in0 Where the part that is resampled begins, 0 or more.
 * @param in1 Where it ends, not before `in0` and at most `inSize`.
 * @param outSize Number of outputs, 1 or more.
 * @param filter One of Pillow's averaging filters.
 * @param outBegin First output wanted; 0 if absent.
 * @param outEnd One past the last output wanted; `outSize` if absent.
 * @param room Where the result goes, until the next call with it, in place of new arrays: these would be most of
 *   what a training transform leaves to the garbage collector.
 */
export function precomputeCoefficients(
  inSize: number,
  in0: number,
  in1: number,
  outSize: number,
  filter: AveragingInterpolation,
  outBegin = 0,
  outEnd: number = outSize,
  room?: CoefficientRoom,
): Coefficients {
  const begin = Math.fround(in0);
  const scale = Math.fround(Math.fround(in1) - begin) / outSize;
  const filterScale = scale < 1 ? 1 : scale;
  const support = SUPPORT[filter] * filterScale;
  const ksize = Math.min(Math.ceil(support) * 2 + 1, inSize);
  const inverse = 1 / filterScale;
  const outputs = outEnd - outBegin;
  const bounds = takeRoom(room, "bounds", outputs * 2);
  const weights = takeRoom(room, "weights", outputs * ksize);
  if (scratch.length < ksize) scratch = new Float64Array(ksize);
  const k = scratch;
  for (let i = 0; i < outputs; i++) {
    const centre = begin + (outBegin + i + 0.5) * scale;
    const low = centre - support + 0.5;
    const high = centre + support + 0.5;
    // C truncates towards zero; the clamps make that and rounding down the same.
    const xmin = low < 0 ? 0 : Math.trunc(low);
    const count = (high > inSize ? inSize : Math.trunc(high)) - xmin;
    const sum = evaluateFilter(filter, k, count, xmin, centre, inverse);
    const total = sum === 0 ? 1 : sum;
    const row = i * ksize;
    for (let x = 0; x < count; x++) {
      const scaled = k[x] / total * ONE;
      weights[row + x] = scaled < 0 ? scaled - 0.5 : scaled + 0.5;
    }
    if (room !== undefined) weights.fill(0, row + count, row + ksize);
    bounds[2 * i] = xmin;
    bounds[2 * i + 1] = count;
  }
  return { outBegin, outEnd, ksize, bounds, weights };
}

/** Torch's coefficients have 16 bits, of which so many at most are fractional. */
const TORCH_PRECISION_BITS = 22;

/** {@linkcode Coefficients} with the number of their fractional bits. */
export interface TorchCoefficients extends Coefficients {
  /** Fractional bits. */
  readonly precision: number;
}

/**
 * Computes the integer coefficients with which torch resamples one axis of a uint8 tensor, antialiased.
 *
 * Only the outputs `[outBegin, outEnd)` are returned; all of them decide the number of fractional bits, which is the
 * greatest with which the largest coefficient fits 16 bits.
 * Exact: torch 2.6 to 2.13, `_compute_index_ranges_int16_weights` (`_upsample_bilinear2d_aa`,
 * `_upsample_bicubic2d_aa`).
 *
 * @param inSize Number of inputs, 1 or more.
 * @param outSize Number of outputs, 1 or more.
 * @param filter Triangle, Keys' cubic, or the windowed sinc of torch 2.12 and later.
 * @param outBegin First output wanted; 0 if absent.
 * @param outEnd One past the last output wanted; `outSize` if absent.
 */
export function torchCoefficients(
  inSize: number,
  outSize: number,
  filter: "bilinear" | "bicubic" | "lanczos",
  outBegin = 0,
  outEnd: number = outSize,
): TorchCoefficients {
  const scale = inSize / outSize;
  const support = SUPPORT[filter] * Math.max(scale, 1);
  const ksize = Math.min(Math.ceil(support) * 2 + 1, inSize);
  const inverse = scale >= 1 ? 1 / scale : 1;
  const outputs = outEnd - outBegin;
  if (scratch.length < ksize) scratch = new Float64Array(ksize);
  if (normalised.length < outputs * ksize) normalised = new Float64Array(outputs * ksize);
  const k = scratch, kept = normalised;
  const bounds = new Int32Array(outputs * 2);
  const weights = new Int32Array(outputs * ksize);
  let greatest = 0;
  for (let i = 0; i < outSize; i++) {
    const centre = scale * (i + 0.5);
    const low = centre - support + 0.5;
    const high = centre + support + 0.5;
    const first = low < 0 ? 0 : Math.trunc(low);
    const wanted = (high > inSize ? inSize : Math.trunc(high)) - first;
    const count = wanted > ksize ? ksize : wanted;
    const sum = evaluateFilter(filter, k, count, first, centre, inverse);
    const isKept = i >= outBegin && i < outEnd;
    const row = (i - outBegin) * ksize;
    for (let x = 0; x < count; x++) {
      const weight = k[x] / sum;
      if (weight > greatest) greatest = weight;
      if (isKept) kept[row + x] = weight;
    }
    if (isKept) {
      bounds[2 * (i - outBegin)] = first;
      bounds[2 * (i - outBegin) + 1] = count;
    }
  }
  let precision = 0;
  while (
    precision < TORCH_PRECISION_BITS && Math.trunc(0.5 + greatest * 2 ** (precision + 1)) < 1 << 15
  ) precision++;
  const one = 2 ** precision;
  for (let i = 0; i < outputs; i++) {
    const row = i * ksize;
    for (let x = row + bounds[2 * i + 1] - 1; x >= row; x--) {
      const scaled = kept[x] * one;
      weights[x] = scaled < 0 ? scaled - 0.5 : scaled + 0.5;
    }
  }
  return { outBegin, outEnd, ksize, bounds, weights, precision };
}

function takeRoom(
  room: CoefficientRoom | undefined,
  name: keyof CoefficientRoom,
  length: number,
): Int32Array<ArrayBuffer> {
  if (room === undefined) return new Int32Array(length);
  if (room[name].length < length) room[name] = new Int32Array(length);
  return room[name].subarray(0, length);
}

/**
 * Computes which input each output of one axis copies when Pillow resizes with `NEAREST`; -1 stands
 * for a position outside the image, which stays 0.
 *
 * Exact: Pillow's `ImagingScaleAffine`. It steps from output to output, so its rounding errors add
 * up and the closed form `(i + 0.5) * scale` differs for many sizes; an output therefore costs the
 * steps before it.
 *
 * @param inSize Number of inputs, 1 or more.
 * @param box0 Where the part that is resized begins, in pixels.
 * @param box1 Where it ends.
 * @param outSize Number of outputs, 1 or more.
 * @param outBegin First output wanted; 0 if absent.
 * @param outEnd One past the last output wanted; `outSize` if absent.
 */
export function nearestIndices(
  inSize: number,
  box0: number,
  box1: number,
  outSize: number,
  outBegin = 0,
  outEnd: number = outSize,
): Int32Array<ArrayBuffer> {
  const begin = Math.fround(box0);
  const step = Math.fround(Math.fround(box1) - begin) / outSize;
  const indices = new Int32Array(outEnd - outBegin);
  let position = begin + step * 0.5;
  for (let i = 0; i < outEnd; i++) {
    if (i >= outBegin) {
      indices[i - outBegin] = position < 0 || position >= inSize ? -1 : Math.trunc(position);
    }
    position += step;
  }
  return indices;
}

/**
 * Computes which input each output of one axis copies when torch resizes with `nearest-exact`.
 *
 * Exact: torch 1.11 and later, `nearest_neighbor_exact_compute_source_index`, all of it in float32.
 */
export function torchNearestIndices(
  inSize: number,
  outSize: number,
  outBegin: number,
  outEnd: number,
): Int32Array<ArrayBuffer> {
  const f = Math.fround;
  const scale = f(f(inSize) / f(outSize));
  return Int32Array.from(
    { length: outEnd - outBegin },
    (_, i) => Math.min(Math.floor(f(f(outBegin + i + 0.5) * scale)), inSize - 1),
  );
}

/** Fills `k` with the filter's values at `count` inputs from `xmin`, and returns their sum in order. */
function evaluateFilter(
  filter: AveragingInterpolation,
  k: Float64Array,
  count: number,
  xmin: number,
  centre: number,
  inverse: number,
): number {
  let total = 0;
  // One loop for each filter, so that the engine inlines each filter into its own.
  switch (filter) {
    case "box":
      for (let x = 0; x < count; x++) total += k[x] = box((x + xmin - centre + 0.5) * inverse);
      break;
    case "bilinear":
      for (let x = 0; x < count; x++) total += k[x] = bilinear((x + xmin - centre + 0.5) * inverse);
      break;
    case "hamming":
      for (let x = 0; x < count; x++) total += k[x] = hamming((x + xmin - centre + 0.5) * inverse);
      break;
    case "bicubic":
      for (let x = 0; x < count; x++) total += k[x] = bicubic((x + xmin - centre + 0.5) * inverse);
      break;
    case "lanczos":
      for (let x = 0; x < count; x++) total += k[x] = lanczos((x + xmin - centre + 0.5) * inverse);
      break;
  }
  return total;
}

function box(x: number): number {
  return x > -0.5 && x <= 0.5 ? 1 : 0;
}

function bilinear(x: number): number {
  const distance = x < 0 ? -x : x;
  return distance < 1 ? 1 - distance : 0;
}

function hamming(x: number): number {
  const distance = x < 0 ? -x : x;
  if (distance === 0) return 1;
  if (distance >= 1) return 0;
  const angle = distance * Math.PI;
  return sin(angle) / angle * (HAMMING_A + HAMMING_B * cos(angle));
}

/** Keys' cubic with a = -0.5: `(a + 2)x³ - (a + 3)x² + 1`, then `ax³ - 5ax² + 8ax - 4a`, by Horner. */
function bicubic(x: number): number {
  const distance = x < 0 ? -x : x;
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * -0.5;
  return 0;
}

function lanczos(x: number): number {
  return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

function sinc(x: number): number {
  if (x === 0) return 1;
  const angle = x * Math.PI;
  return sin(angle) / angle;
}
