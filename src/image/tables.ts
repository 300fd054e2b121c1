/**
 * Resampling tables for the kernel, kept from image to image: datasets repeat a few sizes.
 *
 * @module
 */
import { PARAM_X_BOUNDS, PARAM_Y_BOUNDS } from "../kernel/abi.ts";
import type { Kernel } from "../kernel/instance.ts";
import { nearestIndices, PRECISION_BITS, precomputeCoefficients } from "./coefficients.ts";
import type { Interpolation } from "./types.ts";

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
}

interface Table {
  readonly bounds: Int32Array<ArrayBuffer>;
  readonly weights: Int32Array<ArrayBuffer>;
  readonly taps: number;
}

const kept = new Map<string, Table>();
const KEPT_TABLES = 64;

/** Writes the tables of one axis into the kernel's memory and its parameters. */
export function writeTable(
  kernel: Kernel,
  direction: "x" | "y",
  axis: Axis,
  filter: Interpolation,
): void {
  const table = findTable(axis, filter);
  const bounds = kernel.reserve(table.bounds.byteLength);
  const weights = kernel.reserve(table.weights.byteLength);
  const words = kernel.words;
  words.set(table.bounds, bounds >> 2);
  words.set(table.weights, weights >> 2);
  const base = direction === "x" ? PARAM_X_BOUNDS : PARAM_Y_BOUNDS;
  kernel.setParam(base, bounds);
  kernel.setParam(base + 4, weights);
  kernel.setParam(base + 8, table.taps);
  kernel.setParam(base + 12, axis.end - axis.begin);
}

function findTable(axis: Axis, filter: Interpolation): Table {
  const { inSize, box0, box1, outSize, begin, end, origin = 0, isMirrored = false } = axis;
  const name =
    `${filter} ${inSize} ${box0} ${box1} ${outSize} ${begin} ${end} ${origin} ${isMirrored}`;
  let table = kept.get(name);
  if (table === undefined) {
    table = makeTable(axis, filter);
    if (isMirrored) table = mirrorTable(table);
    if (origin !== 0) {
      for (let i = 0; i < table.bounds.length; i += 2) table.bounds[i] += origin;
    }
    if (kept.size >= KEPT_TABLES) kept.delete(kept.keys().next().value as string);
    // A single huge table is not worth keeping.
    if (table.weights.length <= 1 << 16) kept.set(name, table);
  }
  return table;
}

function makeTable(axis: Axis, filter: Interpolation): Table {
  const { inSize, box0, box1, outSize, begin, end } = axis;
  const isWhole = box0 === 0 && box1 === inSize && outSize === inSize;
  // An axis that keeps its size is copied; one tap of weight 1 is the identity on bytes.
  if (filter === "nearest" || isWhole) {
    const indices = isWhole
      ? Int32Array.from({ length: end - begin }, (_, i) => begin + i)
      : nearestIndices(inSize, box0, box1, outSize, begin, end);
    const bounds = new Int32Array(2 * indices.length);
    const weights = new Int32Array(indices.length);
    indices.forEach((index, i) => {
      bounds[2 * i] = Math.max(index, 0);
      bounds[2 * i + 1] = 1;
      weights[i] = index < 0 ? 0 : 1 << PRECISION_BITS;
    });
    return { bounds, weights, taps: 1 };
  }
  const { bounds, weights, ksize } = precomputeCoefficients(
    inSize,
    box0,
    box1,
    outSize,
    filter,
    begin,
    end,
  );
  return { bounds, weights, taps: ksize };
}

function mirrorTable({ bounds, weights, taps }: Table): Table {
  const count = weights.length / taps;
  const mirrored = {
    bounds: new Int32Array(2 * count),
    weights: new Int32Array(count * taps),
    taps,
  };
  // By loops: a view for each output would cost ten times what the copying does.
  for (let i = 0, from = count - 1; i < count; i++, from--) {
    mirrored.bounds[2 * i] = bounds[2 * from];
    mirrored.bounds[2 * i + 1] = bounds[2 * from + 1];
    for (let tap = 0; tap < taps; tap++) {
      mirrored.weights[i * taps + tap] = weights[from * taps + tap];
    }
  }
  return mirrored;
}
