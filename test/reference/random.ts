import type { Image } from "../../src/image/types.ts";
/** The linear congruential generator of the golden scripts: the next state, 32 bits. */
export function drawState(state: number): number {
  return (Math.imul(state, 1664525) + 1013904223) >>> 0;
}

/**
 * A picture of noise in which one value in four is 0 or 255, so that results of filters are clipped.
 * The same as `draw` in `fixtures/resample/make_golden.py`.
 */
export function drawNoise(
  width: number,
  height: number,
  channels: number,
): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(width * height * channels);
  let state = width * 65536 + height;
  for (let i = 0; i < data.length; i++) {
    state = drawState(state);
    const value = state >>> 24;
    data[i] = value < 32 ? 0 : value > 223 ? 255 : value;
  }
  return data;
}

/** A picture by formula: pixel (x, y), channel c, is (7x + 13y² + 31c + xy) modulo 256. */
export function drawTall(width: number, height: number): Image {
  const data = new Uint8Array(3 * width * height);
  let i = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[i++] = x * 7 + y * y * 13 + c * 31 + x * y;
    }
  }
  return { width, height, channels: 3, data };
}
