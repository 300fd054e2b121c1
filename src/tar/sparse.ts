/**
 * The maps of sparse files: which parts of a file an archive stores, all else being zeros. There are four ways to
 * write one: GNU's old header and its extensions, and pax 0.0, 0.1 (in records) and 1.0 (before the data).
 *
 * @module
 */
import { BLOCK_BYTES, readNumber } from "./header.ts";

/** Where a sparse file has data: all else of it is zeros. */
export interface SparseMap {
  /**
   * Offset in the file and length of each part that is stored, both in bytes, one after the other:
   * `[offset, length, offset, length, …]`. Parts are in order and do not overlap.
   */
  readonly parts: readonly number[];
}

/** A map that is being read. */
export interface SparseDraft {
  readonly parts: number[];
  /** Size in bytes of the file with its zeros; `undefined` where it holds no number. */
  size: number | undefined;
  /** Whether a number could not be read, so that the rest of its block was left out. */
  isCut: boolean;
}

/** Begins the map of a GNU header of type `S`. Exact: CPython 3.11, `tarfile.TarInfo.frombuf`. */
export function readOldSparse(block: Uint8Array): SparseDraft {
  const draft: SparseDraft = { parts: [], size: readNumber(block, 483, 12), isCut: false };
  addOldParts(draft, block, 386, 4, false);
  return draft;
}

/** Whether a GNU sparse header, or one of its extensions, is followed by one more. */
export function isExtended(block: Uint8Array, where: "header" | "extension"): boolean {
  return block[where === "header" ? 482 : 504] !== 0;
}

/** Goes on with an extension of a GNU sparse header. Exact: CPython 3.11, `tarfile.TarInfo._proc_sparse`. */
export function readOldExtension(draft: SparseDraft, block: Uint8Array): void {
  addOldParts(draft, block, 0, 21, true);
}

function addOldParts(
  draft: SparseDraft,
  block: Uint8Array,
  start: number,
  count: number,
  skipsFirstByte: boolean,
): void {
  for (let i = 0; i < count; i++) {
    const offset = readNumber(block, start + 24 * i, 12);
    const length = readNumber(block, start + 24 * i + 12, 12);
    if (offset === undefined || length === undefined) {
      draft.isCut = true;
      return;
    }
    // Extensions are filled up with empty parts, of which tarfile knows by either number.
    if (length !== 0 && !(skipsFirstByte && offset === 0)) draft.parts.push(offset, length);
  }
}

/**
 * Reads the map of pax 1.0, which stands before the data: the number of parts, then offset and length of each, in
 * decimal digits on lines of their own, filled up to whole blocks.
 *
 * Exact: CPython 3.11, `tarfile.TarInfo._proc_gnusparse_10`, but nothing besides digits is taken.
 */
export class SparseText {
  readonly parts: number[] = [];
  /** Whether it is no such map. */
  isBad: boolean = false;
  #left = -1;
  #value = 0;
  #digits = 0;

  /** Takes the next block; gives whether the map ends in it. */
  push(block: Uint8Array): boolean {
    for (let i = 0; i < BLOCK_BYTES; i++) {
      const byte = block[i];
      if (byte >= 0x30 && byte <= 0x39 && this.#digits < 16) {
        this.#value = this.#value * 10 + (byte - 0x30);
        this.#digits++;
        continue;
      }
      this.isBad = byte !== 0x0a || this.#digits === 0;
      if (this.isBad) return true;
      if (this.#left < 0) this.#left = 2 * this.#value;
      else {
        this.parts.push(this.#value);
        this.#left--;
      }
      if (this.#left === 0) return true;
      this.#value = 0;
      this.#digits = 0;
    }
    return false;
  }
}

/** Reads the map of pax 0.1: offsets and lengths in turns, separated by commas; `undefined` where it is none. */
export function parseSparseList(text: string): number[] | undefined {
  const parts: number[] = [];
  for (const number of text.split(",")) {
    if (!/^[0-9]{1,16}$/.test(number)) return undefined;
    parts.push(Number(number));
  }
  // A last offset without a length is left out, as by tarfile.
  if (parts.length % 2 === 1) parts.pop();
  return parts;
}

/**
 * Says what is wrong with a map, if anything is: its parts must be in order, lie within the file and be stored.
 *
 * @param size Size in bytes of the file with its zeros.
 * @param storedBytes Bytes that the archive stores of it.
 */
export function judgeSparse(
  { parts, isCut }: Pick<SparseDraft, "parts" | "isCut">,
  size: number,
  storedBytes: number,
): string | undefined {
  let end = 0;
  let sum = 0;
  for (let i = 0; i < parts.length; i += 2) {
    const [offset, length] = [parts[i], parts[i + 1]];
    if (length === 0) continue;
    if (!(offset >= end && length > 0)) return `the parts of its sparse map overlap at ${offset}`;
    end = offset + length;
    sum += length;
    if (end > size) return `a part of its sparse map ends at ${end}, behind its ${size} bytes`;
  }
  if (sum > storedBytes || (isCut && sum !== storedBytes)) {
    return `the parts of its sparse map have ${sum} bytes, ${storedBytes} are stored`;
  }
  return undefined;
}
