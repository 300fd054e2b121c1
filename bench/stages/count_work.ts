/**
 * How much there is to do for an image at each stage, counted on the images themselves.
 *
 * @module
 */
import { precomputeCoefficients } from "../../src/image/resize/coefficients.ts";
import { evaluationGeometry } from "../../src/image/transform/geometry.ts";
import type { EvaluationTransform } from "../../src/image/types.ts";
import { type Frame, readFrame, ZIGZAG } from "../../test/reference/decode_jpeg.ts";

/** How many blocks there are, by what of them may not be zero. */
export interface Blocks {
  readonly full: number;
  /** The left half. */
  readonly tall: number;
  /** The upper half. */
  readonly wide: number;
  /** The upper left quarter. */
  readonly quarter: number;
  /** The first row. */
  readonly row: number;
}

/** Averages over the images of an evaluation transform. */
export interface StageWork {
  readonly bytes: number;
  readonly pixels: number;
  /** Huffman symbols. */
  readonly symbols: number;
  /** Blocks that the crop needs, by how much of them is not zero. */
  readonly blocks: Blocks;
  /** Pixels that the crop needs. */
  readonly needed: number;
  /** Vector products of the two passes of the resampler. */
  readonly horizontal: number;
  readonly vertical: number;
  /** Bytes of the horizontal pass's result. */
  readonly intermediate: number;
  readonly outputBytes: number;
}

/** Counts an image's work. */
export function countWork(file: Uint8Array, transform: EvaluationTransform): StageWork {
  const frame = readFrame(file);
  const { width, height, components } = frame;
  const { resizedWidth, resizedHeight, left, top, width: across, height: down } =
    evaluationGeometry(width, height, transform);
  const axis = (inSize: number, outSize: number, from: number, count: number) => {
    const { bounds } = precomputeCoefficients(
      inSize,
      0,
      inSize,
      outSize,
      "bicubic",
      from,
      from + count,
    );
    let [first, end, pairs] = [inSize, 0, 0];
    for (let i = 0; i < count; i++) {
      first = Math.min(first, bounds[2 * i]);
      end = Math.max(end, bounds[2 * i] + bounds[2 * i + 1]);
      pairs += Math.ceil(bounds[2 * i + 1] / 2);
    }
    return { size: end - first, pairs };
  };
  const x = axis(width, resizedWidth, left, across);
  const y = axis(height, resizedHeight, top, down);
  const channels = components.length === 1 ? 1 : 3;
  const needed = x.size * y.size;
  const share = needed / (width * height);
  const { symbols, blocks } = countCoefficients(frame);
  return {
    bytes: file.length,
    pixels: width * height,
    symbols,
    blocks: mapBlocks((kind) => blocks[kind] * share),
    needed,
    // A pair of taps of eight rows is four products: high and low halves of the weights, twice four lanes.
    horizontal: x.pairs * Math.ceil(y.size / 8) * channels * 4,
    // A pair of taps of sixteen bytes is eight.
    vertical: y.pairs * Math.ceil(across / 16) * channels * 8,
    intermediate: across * y.size * channels,
    outputBytes: 3 * across * down * 4,
  };
}

function mapBlocks(count: (kind: keyof Blocks) => number): Blocks {
  return {
    full: count("full"),
    tall: count("tall"),
    wide: count("wide"),
    quarter: count("quarter"),
    row: count("row"),
  };
}

function countCoefficients({ components }: Frame): { symbols: number; blocks: Blocks } {
  let symbols = 0;
  const blocks = { full: 0, tall: 0, wide: 0, quarter: 0, row: 0 };
  for (const { coefficients } of components) {
    for (let block = 0; block < coefficients.length; block += 64) {
      let last = 0;
      let [isRow, isUpper, isLeft] = [true, true, true];
      for (let k = 1; k < 64; k++) {
        const at = ZIGZAG[k];
        if (coefficients[block + at] === 0) continue;
        symbols += 1 + ((k - last - 1) >> 4);
        last = k;
        if (at >= 8) isRow = false;
        if (at >= 32) isUpper = false;
        if ((at & 7) >= 4) isLeft = false;
      }
      symbols += last === 63 ? 1 : 2;
      if (last === 0) continue;
      if (isRow) blocks.row++;
      else if (isUpper) blocks[isLeft ? "quarter" : "wide"]++;
      else blocks[isLeft ? "tall" : "full"]++;
    }
  }
  return { symbols, blocks };
}

/** The mean of each number. */
export function averageWork(works: readonly StageWork[]): StageWork {
  const mean = (of: (work: StageWork) => number): number =>
    works.reduce((sum, work) => sum + of(work), 0) / works.length;
  return {
    bytes: mean(({ bytes }) => bytes),
    pixels: mean(({ pixels }) => pixels),
    symbols: mean(({ symbols }) => symbols),
    blocks: mapBlocks((kind) => mean(({ blocks }) => blocks[kind])),
    needed: mean(({ needed }) => needed),
    horizontal: mean(({ horizontal }) => horizontal),
    vertical: mean(({ vertical }) => vertical),
    intermediate: mean(({ intermediate }) => intermediate),
    outputBytes: mean(({ outputBytes }) => outputBytes),
  };
}
