/**
 * Resampling tables for the kernel, kept from image to image: datasets repeat a few sizes.
 *
 * @module
 */
import {
  PARAM_X_BOUNDS,
  PARAM_X_PRECISION,
  PARAM_Y_BOUNDS,
  PARAM_Y_PRECISION,
} from "../../kernel/abi.ts";
import type { Kernel } from "../../kernel/instance.ts";
import {
  type CoefficientRoom,
  nearestIndices,
  PRECISION_BITS,
  precomputeCoefficients,
  torchCoefficients,
  torchNearestIndices,
} from "./coefficients.ts";
import type { Interpolation } from "../types.ts";

/**
 * One axis of a resize: `outSize` outputs of inputs [box0, box1), of which [begin, end) are kept. The
 * inputs are `inSize` of the source's, from `origin` on.
 */
export interface Axis {
  readonly inSize: number;
  readonly box0: number;
  readonly box1: number;
  readonly outSize: number;
  readonly begin: number;
  readonly end: number;
  readonly origin?: number;
  /** Whether the kept outputs come in reverse order. */
  readonly isMirrored?: boolean;
  /** Whether the sizes are drawn, so that its table is worth keeping for nobody. */
  readonly isDrawn?: boolean;
  /** Whether torch's arithmetic is wanted, which knows no box, and two filters besides nearest. */
  readonly isTorch?: boolean;
}

interface Table {
  readonly bounds: Int32Array<ArrayBuffer>;
  readonly weights: Int32Array<ArrayBuffer>;
  readonly taps: number;
  /** Fractional bits of the weights. */
  readonly precision: number;
}

const kept = new Map<string, Table>();
const KEPT_TABLES = 64;

/** Fractional bits with which 1 fits 16 bits. */
const TORCH_ONE_BITS = 14;

const room: CoefficientRoom = { bounds: new Int32Array(0), weights: new Int32Array(0) };

/** Writes the tables of one axis into the kernel's memory and its parameters. */
export function writeTable(
  kernel: Kernel,
  direction: "x" | "y",
  axis: Axis,
  filter: Interpolation,
): void {
  const { bounds, weights, taps, precision } = findTable(axis, filter);
  const boundsAt = kernel.reserve(bounds.byteLength);
  const weightsAt = kernel.reserve(weights.byteLength);
  writeBounds(kernel.words, boundsAt >> 2, bounds, axis);
  if (axis.isMirrored) writeMirrored(kernel.words, weightsAt >> 2, weights, taps);
  else kernel.words.set(weights, weightsAt >> 2);
  const base = direction === "x" ? PARAM_X_BOUNDS : PARAM_Y_BOUNDS;
  kernel.setParam(base, boundsAt);
  kernel.setParam(base + 4, weightsAt);
  kernel.setParam(base + 8, taps);
  kernel.setParam(base + 12, axis.end - axis.begin);
  kernel.setParam(direction === "x" ? PARAM_X_PRECISION : PARAM_Y_PRECISION, precision);
}

function writeBounds(
  words: Int32Array,
  at: number,
  bounds: Int32Array,
  { origin = 0, isMirrored = false }: Axis,
): void {
  const last = bounds.length - 2;
  for (let i = 0; i <= last; i += 2) {
    const from = isMirrored ? last - i : i;
    words[at + i] = bounds[from] + origin;
    words[at + i + 1] = bounds[from + 1];
  }
}

function writeMirrored(words: Int32Array, at: number, weights: Int32Array, taps: number): void {
  // By loops: a view for each output would cost ten times what the copying does.
  for (let from = weights.length - taps; from >= 0; from -= taps) {
    for (let tap = 0; tap < taps; tap++) words[at++] = weights[from + tap];
  }
}

function findTable(axis: Axis, filter: Interpolation): Table {
  if (axis.isDrawn) return makeTable(axis, filter, room);
  const { inSize, box0, box1, outSize, begin, end } = axis;
  const name = `${
    axis.isTorch ? "torch " : ""
  }${filter} ${inSize} ${box0} ${box1} ${outSize} ${begin} ${end}`;
  let table = kept.get(name);
  if (table === undefined) {
    table = makeTable(axis, filter);
    if (kept.size >= KEPT_TABLES) kept.delete(kept.keys().next().value as string);
    // A single huge table is not worth keeping.
    if (table.weights.length <= 1 << 16) kept.set(name, table);
  }
  return table;
}

function makeTable(axis: Axis, filter: Interpolation, room?: CoefficientRoom): Table {
  const { inSize, box0, box1, outSize, begin, end } = axis;
  const isWhole = box0 === 0 && box1 === inSize && outSize === inSize;
  const one = axis.isTorch ? TORCH_ONE_BITS : PRECISION_BITS;
  // An axis that keeps its size is copied; one tap of weight 1 is the identity on bytes.
  if (filter === "nearest" || isWhole) {
    const indices = isWhole
      ? Int32Array.from({ length: end - begin }, (_, i) => begin + i)
      : axis.isTorch
      ? torchNearestIndices(inSize, outSize, begin, end)
      : nearestIndices(inSize, box0, box1, outSize, begin, end);
    const bounds = new Int32Array(2 * indices.length);
    const weights = new Int32Array(indices.length);
    indices.forEach((index, i) => {
      bounds[2 * i] = Math.max(index, 0);
      bounds[2 * i + 1] = 1;
      weights[i] = index < 0 ? 0 : 1 << one;
    });
    return { bounds, weights, taps: 1, precision: one };
  }
  if (axis.isTorch) {
    const { bounds, weights, ksize, precision } = torchCoefficients(
      inSize,
      outSize,
      filter as "bilinear" | "bicubic" | "lanczos",
      begin,
      end,
    );
    return { bounds, weights, taps: ksize, precision };
  }
  const { bounds, weights, ksize } = precomputeCoefficients(
    inSize,
    box0,
    box1,
    outSize,
    filter,
    begin,
    end,
    room,
  );
  return { bounds, weights, taps: ksize, precision: PRECISION_BITS };
}
