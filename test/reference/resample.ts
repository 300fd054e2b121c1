/**
 * Pillow's resizing and torch's, written to be read: float64 coefficients straight from `Math`, two 8-bit passes.
 * It shares no code with the library. `Math.sin` may differ from the C library's in its last bit, which
 * has never been seen to change a coefficient of 22 bits.
 *
 * @module
 */
import type { Image, Interpolation } from "../../src/image/types.ts";

type Box = readonly [x0: number, y0: number, x1: number, y1: number];

const FILTERS: Record<string, { support: number; value: (x: number) => number }> = {
  box: { support: 0.5, value: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, value: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    value: (x) =>
      x === 0
        ? 1
        : Math.abs(x) >= 1
        ? 0
        : sinc(x) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(Math.abs(x) * Math.PI)),
  },
  bicubic: {
    support: 2,
    value: (x) => {
      const a = -0.5;
      const d = Math.abs(x);
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    },
  },
  lanczos: { support: 3, value: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** Resizes as Pillow's `Image.resize` does. */
export function resizeSlowly(
  image: Image,
  width: number,
  height: number,
  interpolation: Interpolation,
  box: Box = [0, 0, image.width, image.height],
): Image {
  if (interpolation === "nearest") return resizeNearest(image, width, height, box);
  const { support, value } = FILTERS[interpolation];
  let result = image;
  if (width !== image.width || box[0] !== 0 || box[2] !== width) {
    result = transpose(resampleRows(transpose(result), box[0], box[2], width, support, value));
  }
  if (height !== image.height || box[1] !== 0 || box[3] !== height) {
    result = resampleRows(result, box[1], box[3], height, support, value);
  }
  return result === image ? { ...image, data: image.data.slice() } : result;
}

/** Makes `height` rows of the rows between `begin` and `end`. */
function resampleRows(
  image: Image,
  begin: number,
  end: number,
  height: number,
  filterSupport: number,
  filter: (x: number) => number,
): Image {
  const stride = image.width * image.channels;
  const data = new Uint8Array(stride * height);
  const start = Math.fround(begin);
  const scale = Math.fround(Math.fround(end) - start) / height;
  const filterScale = Math.max(scale, 1);
  const support = filterSupport * filterScale;
  for (let y = 0; y < height; y++) {
    const centre = start + (y + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(image.height, Math.trunc(centre + support + 0.5));
    const values: number[] = [];
    for (let i = first; i < last; i++) values.push(filter((i - centre + 0.5) * (1 / filterScale)));
    const sum = values.reduce((total, v) => total + v, 0);
    const weights = values.map((v) => {
      const scaled = (sum === 0 ? v : v / sum) * 2 ** 22;
      return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    });
    for (let i = 0; i < stride; i++) {
      let total = 2 ** 21;
      for (let k = 0; k < weights.length; k++) {
        total += weights[k] * image.data[(first + k) * stride + i];
      }
      data[y * stride + i] = Math.min(255, Math.max(0, Math.floor(total / 2 ** 22)));
    }
  }
  return { width: image.width, height, channels: image.channels, data };
}

/**
 * Resizes as torch does uint8 tensors with antialiasing: other coefficients than Pillow's, which have 16 bits, of
 * which as many are fractional as the greatest of an axis allows.
 */
export function resizeAsTorch(
  image: Image,
  width: number,
  height: number,
  interpolation: "bilinear" | "bicubic",
): Image {
  const { support, value } = FILTERS[interpolation];
  let result = image;
  if (width !== image.width) {
    result = transpose(resampleRowsAsTorch(transpose(result), width, support, value));
  }
  if (height !== image.height) result = resampleRowsAsTorch(result, height, support, value);
  return result === image ? { ...image, data: image.data.slice() } : result;
}

function resampleRowsAsTorch(
  image: Image,
  height: number,
  filterSupport: number,
  filter: (x: number) => number,
): Image {
  const scale = image.height / height;
  const support = filterSupport * Math.max(scale, 1);
  const inverse = scale >= 1 ? 1 / scale : 1;
  const rows: { first: number; weights: number[] }[] = [];
  for (let y = 0; y < height; y++) {
    const centre = scale * (y + 0.5);
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(image.height, Math.trunc(centre + support + 0.5));
    const count = Math.min(end - first, Math.ceil(support) * 2 + 1);
    const values = Array.from(
      { length: count },
      (_, i) => filter((i + first - centre + 0.5) * inverse),
    );
    const sum = values.reduce((total, v) => total + v, 0);
    rows.push({ first, weights: values.map((v) => v / sum) });
  }
  const greatest = Math.max(...rows.map(({ weights }) => Math.max(...weights)));
  let bits = 22;
  while (Math.trunc(0.5 + greatest * 2 ** bits) >= 2 ** 15) bits--;
  const stride = image.width * image.channels;
  const data = new Uint8Array(stride * height);
  for (const [y, { first, weights }] of rows.entries()) {
    const integers = weights.map((w) => Math.trunc(w * 2 ** bits + (w < 0 ? -0.5 : 0.5)));
    for (let i = 0; i < stride; i++) {
      let total = 2 ** (bits - 1);
      for (const [k, weight] of integers.entries()) {
        total += weight * image.data[(first + k) * stride + i];
      }
      data[y * stride + i] = Math.min(255, Math.max(0, Math.floor(total / 2 ** bits)));
    }
  }
  return { width: image.width, height, channels: image.channels, data };
}

function resizeNearest(image: Image, width: number, height: number, box: Box): Image {
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  const columns = nearestPositions(image.width, box[0], box[2], width);
  const rows = nearestPositions(image.height, box[1], box[3], height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rows[y] < 0 || columns[x] < 0) continue;
      const from = (rows[y] * image.width + columns[x]) * channels;
      for (let c = 0; c < channels; c++) {
        data[(y * width + x) * channels + c] = image.data[from + c];
      }
    }
  }
  return { width, height, channels, data };
}

function nearestPositions(inputs: number, begin: number, end: number, outputs: number): number[] {
  const step = Math.fround(Math.fround(end) - Math.fround(begin)) / outputs;
  const positions: number[] = [];
  for (let i = 0, at = Math.fround(begin) + step * 0.5; i < outputs; i++, at += step) {
    positions.push(at < 0 || Math.trunc(at) >= inputs ? -1 : Math.trunc(at));
  }
  return positions;
}

function transpose(image: Image): Image {
  const { width, height, channels } = image;
  const data = new Uint8Array(image.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        data[(x * height + y) * channels + c] = image.data[(y * width + x) * channels + c];
      }
    }
  }
  return { width: height, height: width, channels, data };
}
