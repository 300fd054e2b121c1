/**
 * The orientation that Exif data asks for, and how it is applied.
 *
 * @module
 */
import { concatenate } from "../../concatenate.ts";
import { compareBytes } from "./segments.ts";
import type { Image } from "../types.ts";

/** Exif's orientation, 1 (as stored) to 8. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 0x0112;
const SHORT_TYPES = [3, 8]; // unsigned and signed
const LONG_TYPES = [4, 9];
const ENTRY_BYTES = 12;
const EXIF_SIGNATURE = [0x45, 0x78, 0x69, 0x66, 0, 0];

/** What may say how an image stands. */
export interface OrientationSources {
  /** Exif data, with its signature. */
  readonly exif?: Uint8Array;
  /** An XMP packet, which counts where Exif data has no orientation. */
  readonly xmp?: Uint8Array;
}

/**
 * Reads the orientation from Exif data, or else from XMP; undefined where there is none or it means nothing.
 *
 * Exact: Pillow 12.2's `getexif().get(0x0112)`, for the values that mean something; with `isFormer` that of
 * Pillow 9.4, which looks at the Exif data of a JPEG file alone.
 */
export function readOrientation(
  { exif, xmp }: OrientationSources,
  isFormer = false,
): Orientation | undefined {
  const value = isFormer
    ? exif && findInExif(exif)
    : (exif && findInExif(skipSignatures(exif))) ?? (xmp && findInXmp(xmp));
  return value !== undefined && value >= 1 && value <= 8 ? value as Orientation : undefined;
}

/** The value of the orientation's tag, 0 where it has a type that means nothing; undefined without the tag. */
function findInExif(exif: Uint8Array): number | undefined {
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
    if (data.getUint32(entry + 4, isLittle) !== 1) return 0;
    if (SHORT_TYPES.includes(type)) return data.getUint16(entry + 8, isLittle);
    return LONG_TYPES.includes(type) ? data.getUint32(entry + 8, isLittle) : 0;
  }
  return undefined;
}

// Today's Pillow passes over any number of signatures.
function skipSignatures(exif: Uint8Array): Uint8Array {
  let at = 0;
  while (EXIF_SIGNATURE.every((byte, i) => exif[at + 6 + i] === byte)) at += 6;
  return exif.subarray(at);
}

function findInXmp(xmp: Uint8Array): number | undefined {
  let text = "";
  for (const byte of xmp) text += String.fromCharCode(byte);
  const found = /tiff:Orientation(?:="|>)([0-9])/.exec(text);
  return found === null ? undefined : Number(found[1]);
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
  return concatenate(sorted.map((segment) => segment.subarray(14)));
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
  return orientation === 1 ? image : { ...image, ...turn(image, orientation) };
}

/** Pixels of any number of channels, and of any kind of numbers, as an orientation says. */
export function turn<Data extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(
  { width, height, channels, data }: {
    readonly width: number;
    readonly height: number;
    readonly channels: number;
    readonly data: Data;
  },
  orientation: Orientation,
): { readonly width: number; readonly height: number; readonly data: Data } {
  const isTransposed = orientation >= 5;
  const outWidth = isTransposed ? height : width;
  const outHeight = isTransposed ? width : height;
  // Where the image is read from right to left, and from the bottom up.
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const result = new (data.constructor as new (length: number) => Data)(data.length);
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
  return { width: outWidth, height: outHeight, data: result };
}
