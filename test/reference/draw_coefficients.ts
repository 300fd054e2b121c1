/** Draws the coefficients of images, of every kind that a decoder treats differently. */
import type { RandomSource } from "../../src/numbers/random_source.ts";
import type { EncodedComponent } from "./encode_jpeg.ts";

/** Factors of the first component; the others have 1x1. */
export const SAMPLINGS: Record<string, readonly [h: number, v: number][]> = {
  grey: [[1, 1]],
  "4:4:4": [[1, 1], [1, 1], [1, 1]],
  "4:2:2": [[2, 1], [1, 1], [1, 1]],
  "4:2:0": [[2, 2], [1, 1], [1, 1]],
  "4:4:0": [[1, 2], [1, 1], [1, 1]],
};

/** What is drawn into blocks, and the steps they are multiplied with. */
export const STYLES: Record<string, (random: RandomSource) => Style> = {
  "ordinary blocks": (random) => ({
    step: (k) => 1 + random.below(4 + k),
    value: (
      k,
    ) => (k === 0 ? between(random, 60) : random.below(3 + (k >> 2)) ? 0 : between(random, 9)),
  }),
  "blocks of a few coefficients": (random) => {
    const last = random.below(64);
    return {
      step: () => 1 + random.below(30),
      value: (k) => (k === 0 ? between(random, 100) : k === last ? between(random, 60) : 0),
    };
  },
  "full blocks": (random) => ({
    step: () => 1 + random.below(3),
    value: () => between(random, 90),
  }),
  "blocks that overflow 16 bits": (random) => ({
    step: () => 1 + random.below(255),
    value: () => between(random, 1023),
  }),
  "blocks with 16-bit steps": (random) => ({
    step: () => 1 + random.below(65535),
    value: (k) => (k === 0 || random.below(8) === 0 ? between(random, 1023) : 0),
  }),
  "blocks of which a part is zero": (random) => {
    const [columns, rows] = [[4, 8], [8, 4], [4, 4], [8, 1], [1, 8], [8, 8]][random.below(6)];
    const limit = [3, 90, 1023][random.below(3)];
    return {
      step: () => 1 + random.below(255),
      value: (k) =>
        (k & 7) >= columns || k >> 3 >= rows || random.below(3) === 0 ? 0 : between(random, limit),
    };
  },
  "blocks of extremes": (random) => ({
    step: () => [1, 32, 255][random.below(3)],
    value: () => [-1023, 1023, 0, 1, -1][random.below(5)],
  }),
};

/** How one block is drawn. */
export interface Style {
  /** Quantisation step of the coefficient at natural position k. */
  step(k: number): number;
  /** The coefficient. */
  value(k: number): number;
}

function between(random: RandomSource, limit: number): number {
  return random.integer(-limit, limit);
}

/** An image as its coefficients, to be written by any of the encoders. */
export interface DrawnImage {
  readonly width: number;
  readonly height: number;
  readonly components: readonly EncodedComponent[];
  /** MCUs between restart markers; 0 for none. */
  readonly restart: number;
}

/** Draws a small image, or one of a given size. */
export function drawImage(
  random: RandomSource,
  factors: readonly [h: number, v: number][],
  makeStyle: (random: RandomSource) => Style,
  [width, height] = [1 + random.below(50), 1 + random.below(40)],
): DrawnImage {
  const [maxH, maxV] = factors[0];
  const mcus = Math.ceil(width / (8 * maxH)) * Math.ceil(height / (8 * maxV));
  const components = factors.map(([h, v]): EncodedComponent => {
    const coefficients = new Int16Array(mcus * h * v * 64);
    for (let block = 0; block < coefficients.length; block += 64) {
      const style = makeStyle(random);
      for (let k = 0; k < 64; k++) coefficients[block + k] = style.value(k);
    }
    const style = makeStyle(random);
    return {
      h,
      v,
      coefficients,
      quantization: Uint16Array.from({ length: 64 }, (_, k) => style.step(k)),
    };
  });
  const restart = random.below(3) === 0 ? 1 + random.below(5) : 0;
  return { width, height, components, restart };
}
