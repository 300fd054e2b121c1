/**
 * The orientation that Exif data asks for, and how it is applied.
 *
 * @module
 */
import type { Image } from "../types.ts";

/** Exif's orientation, 1 (as stored) to 8. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 0x0112;
const SHORT_TYPES = [3, 8]; // unsigned and signed
const LONG_TYPES = [4, 9];
const ENTRY_BYTES = 12;

/**
 * Reads the orientation from the body of an Exif segment; undefined if it has none or is damaged.
 *
 * Exact: Pillow's `getexif().get(0x0112)`, for the values that mean something.
 */
export function readOrientation(exif: Uint8Array): Orientation | undefined {
  const start = exif[5] === 0 ? 6 : 5;
  const data = new DataView(exif.buffer, exif.byteOffset + start, exif.length - start);
  if (data.byteLength < 8) return undefined;
  const mark = data.getUint16(0);
  if (mark !== 0x4949 && mark !== 0x4d4d) return undefined;
  const isLittle = mark === 0x4949;
  const directory = data.getUint32(4, isLittle);
  if (directory + 2 > data.byteLength) return undefined;
  const count = data.getUint16(directory, isLittle);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + ENTRY_BYTES * i;
    if (entry + ENTRY_BYTES > data.byteLength) return undefined;
    if (data.getUint16(entry, isLittle) !== ORIENTATION_TAG) continue;
    const type = data.getUint16(entry + 2, isLittle);
    if (data.getUint32(entry + 4, isLittle) !== 1) return undefined;
    const value = SHORT_TYPES.includes(type)
      ? data.getUint16(entry + 8, isLittle)
      : LONG_TYPES.includes(type)
      ? data.getUint32(entry + 8, isLittle)
      : 0;
    return value >= 1 && value <= 8 ? value as Orientation : undefined;
  }
  return undefined;
}

/**
 * Joins the ICC profile of a file from its segments; undefined if there is none or a part is missing.
 *
 * Exact: Pillow's `info["icc_profile"]`.
 */
export function joinProfile(segments: readonly Uint8Array[]): Uint8Array<ArrayBuffer> | undefined {
  if (segments.length === 0) return undefined;
  const sorted = segments.toSorted(compareBytes);
  if (sorted[0][13] !== segments.length) return undefined;
  const profile = new Uint8Array(sorted.reduce((sum, segment) => sum + segment.length - 14, 0));
  let at = 0;
  for (const segment of sorted) {
    profile.set(segment.subarray(14), at);
    at += segment.length - 14;
  }
  return profile;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/**
 * Turns and mirrors pixels so that they stand as the orientation says.
 *
 * Shape: [H, W, C] u8 to the same, or to [W, H, C] for orientations 5 to 8.
 * Exact: Pillow's `ImageOps.exif_transpose`.
 *
 * @example Usage
 * ```ts
 * import { applyOrientation } from "@wdstream/wdstream/jpeg";
 *
 * const image = { width: 2, height: 1, channels: 1, data: new Uint8Array([1, 2]) } as const;
 * const turned = applyOrientation(image, 6);
 * if (turned.width !== 1 || turned.data.join() !== "1,2") throw new Error(`${turned.data}`);
 * ```
 */
export function applyOrientation(image: Image, orientation: Orientation): Image {
  if (orientation === 1) return image;
  const { width, height, channels, data } = image;
  const isTransposed = orientation >= 5;
  const outWidth = isTransposed ? height : width;
  const outHeight = isTransposed ? width : height;
  // Where the image is read from right to left, and from the bottom up.
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const result = new Uint8Array(data.length);
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const column = isTransposed ? y : x;
      const row = isTransposed ? x : y;
      const fromX = fromRight ? width - 1 - column : column;
      const fromY = fromBottom ? height - 1 - row : row;
      const from = (fromY * width + fromX) * channels;
      for (let c = 0; c < channels; c++) result[to++] = data[from + c];
    }
  }
  return { width: outWidth, height: outHeight, channels, data: result };
}
