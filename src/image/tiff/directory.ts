/**
 * The first directory of a TIFF file: what its pixels are, and where.
 *
 * @module
 */
import { corruptError, truncatedError } from "../codecs/faults.ts";

/** Tags that are looked at. */
export const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planar: 284,
  predictor: 317,
  colours: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
} as const;

/** Bytes of each type of number. */
const TYPES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  7: 1,
  13: 4,
  16: 8,
  18: 8,
};

/** A file's first directory. */
export class Directory {
  readonly bytes: Uint8Array;
  readonly isLittleEndian: boolean;
  readonly #view: DataView;
  readonly #isBig: boolean;
  /** Where the entry of each tag begins. */
  readonly #entries = new Map<number, number>();

  /**
   * Reads which entries there are. Exact: TIFF 6.0, section 2, and BigTIFF.
   *
   * @throws {ImageError} `image/corrupt` or `image/truncated` if there is none.
   */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.isLittleEndian = bytes[0] === 0x49;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 16) throw truncatedError();
    this.#isBig = this.#number(2, 2) === 43;
    const start = this.#isBig ? this.#number(8, 8) : this.#number(4, 4);
    const [countBytes, entryBytes] = this.#isBig ? [8, 20] : [2, 12];
    this.#check(start, countBytes);
    const count = this.#number(start, countBytes);
    for (let i = 0; i < count; i++) {
      const at = start + countBytes + i * entryBytes;
      // What is cut off here may not be needed.
      if (at + entryBytes > bytes.length) break;
      this.#entries.set(this.#number(at, 2), at);
    }
  }

  /** The numbers of a tag; none where the file does not have it. */
  list(tag: number): number[] {
    const at = this.#entries.get(tag);
    if (at === undefined) return [];
    const size = TYPES[this.#number(at + 2, 2)];
    if (size === undefined) throw corruptError(`its tag ${tag} is of an unknown type`);
    const [wide, inline] = this.#isBig ? [8, 12] : [4, 8];
    const count = this.#number(at + 4, wide);
    const start = count * size <= wide ? at + inline : this.#number(at + inline, wide);
    this.#check(start, count * size);
    return Array.from({ length: count }, (_, i) => this.#number(start + i * size, size));
  }

  /** The only number of a tag. */
  get(tag: number, otherwise: number): number {
    return this.list(tag)[0] ?? otherwise;
  }

  #check(start: number, length: number): void {
    if (start + length > this.bytes.length) throw truncatedError();
  }

  #number(at: number, size: number): number {
    const view = this.#view;
    const isLittle = this.isLittleEndian;
    if (size === 1) return view.getUint8(at);
    if (size === 2) return view.getUint16(at, isLittle);
    if (size === 4) return view.getUint32(at, isLittle);
    const [low, high] = isLittle ? [at, at + 4] : [at + 4, at];
    return view.getUint32(low, isLittle) + 2 ** 32 * view.getUint32(high, isLittle);
  }
}

/** Orientations from here on lie on their side. */
const FIRST_TURNED = 5;

/**
 * The size that a file's first directory tells, upright as it is decoded.
 *
 * @throws {ImageError} `image/truncated` or `image/corrupt` if it tells none.
 */
export function readTiffSize(bytes: Uint8Array): { width: number; height: number } {
  const directory = new Directory(bytes);
  const [across, down] = [directory.get(TAG.width, 0), directory.get(TAG.height, 0)];
  const orientation = directory.get(TAG.orientation, 1);
  const isTurned = orientation >= FIRST_TURNED && orientation <= 8;
  return isTurned ? { width: down, height: across } : { width: across, height: down };
}
