import type { Image } from "../../src/image/types.ts";

/**
 * Where two images first differ, in words; `undefined` if they are equal.
 */
export function describeDifference(actual: Image, expected: Image): string | undefined {
  const shape = ({ width, height, channels }: Image): string => `${width}x${height}x${channels}`;
  if (shape(actual) !== shape(expected)) return `${shape(actual)} instead of ${shape(expected)}`;
  const wrong: number[] = [];
  for (let i = 0; i < expected.data.length; i++) {
    if (actual.data[i] !== expected.data[i]) wrong.push(i);
  }
  if (wrong.length === 0) return undefined;
  const [first] = wrong;
  const pixel = Math.floor(first / expected.channels);
  const [x, y] = [pixel % expected.width, Math.floor(pixel / expected.width)];
  return `${wrong.length} of ${expected.data.length} values differ, first at (${x}, ${y}, ` +
    `${first % expected.channels}): ${actual.data[first]} instead of ${expected.data[first]}`;
}

/** A file without its end marker, and a number of bytes of 0x55 in its place. */
export function replaceEnd(file: Uint8Array, count: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(file.length - 2 + count).fill(0x55);
  result.set(file.subarray(0, -2));
  return result;
}
