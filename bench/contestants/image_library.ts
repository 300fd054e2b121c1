/**
 * What every JavaScript library offers that decodes images in this process.
 *
 * @module
 */

/** Pixels, three or four bytes each, or one of a grey image. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A library that is there. */
export interface ImageLibrary {
  /** Name and version. */
  readonly name: string;
  /** What its pixels, or its threads, are. */
  readonly note?: string;
  /** After how many rounds it leaves, for a slow one. */
  readonly rounds?: number;
  /** From a JPEG file to pixels. */
  decode(file: Uint8Array<ArrayBuffer>): unknown;
  /** What its name is where it resizes by another package of its own. */
  readonly resizerName?: string;
  readonly resizerNote?: string;
  /** From a JPEG file to pixels whose shorter edge is `resize` long, by a cubic filter. */
  resize?(file: Uint8Array<ArrayBuffer>, resize: number): Promise<Pixels> | Pixels;
}

/** A file of this folder: a library that may not be there. */
export interface ImageLibraryModule {
  readonly name: string;
  load(): Promise<ImageLibrary>;
}

/** Where the shorter edge is to be `resize` long. */
export function resizedSize(width: number, height: number, resize: number): [number, number] {
  return width <= height
    ? [resize, Math.trunc(resize * height / width)]
    : [Math.trunc(resize * width / height), resize];
}

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/** What a user of a resizer has to write: centre crop, `(v / 255 - mean) / std`, channels first. */
export function normalizeCrop(
  { data, width, height, channels }: Pixels,
  size: number,
): Float32Array {
  const tensor = new Float32Array(3 * size * size);
  const left = Math.round((width - size) / 2);
  const top = Math.round((height - size) / 2);
  for (let c = 0; c < 3; c++) {
    // Grey images keep their one channel in some libraries.
    const from = channels >= 3 ? c : 0;
    const scale = 1 / (255 * STD[c]);
    const offset = MEAN[c] / STD[c];
    for (let y = 0; y < size; y++) {
      let at = ((top + y) * width + left) * channels + from;
      const row = (c * size + y) * size;
      for (let x = 0; x < size; x++, at += channels) tensor[row + x] = data[at] * scale - offset;
    }
  }
  return tensor;
}
