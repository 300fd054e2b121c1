/**
 * The bits of a scan, loaded as Pillow and libjpeg-turbo load them, because Pillow refuses a file when a
 * refill meets the end of the data, whether or not the bits would have been needed.
 */

/** Symbols of a Huffman table by `length * 65536 + code`. */
export interface HuffmanTable {
  readonly symbols: Map<number, number>;
}

/** The data ends where libjpeg would read on: Pillow's "image file is truncated". */
export class TruncatedError extends Error {}

/** What Pillow's `ImageFile` hands to the decoder at a time. */
const CHUNK_BYTES = 65536;

/**
 * Reads codes and values with the refills of libjpeg-turbo's `jdhuff.c` (64-bit buffer).
 *
 * Slow path: before a code with fewer than 8 bits left, before a code longer than 8 bits with fewer than
 * 9 left, and whenever bits are short, bytes are loaded until there are 57 or more. Fast path, for MCUs
 * that begin with 512 bytes a block ahead, unless there are restart intervals: 6 bytes are loaded before
 * a code or a value with 16 or fewer bits left.
 *
 * An MCU for which a chunk does not suffice is decoded again when the next one is there.
 */
export class BitReader {
  readonly #file: Uint8Array;
  /** Bytes that were loaded, without stuffing, and the number of their bits that were used. */
  #loaded: number[] = [];
  #used = 0;
  /** Offset in the file of the next byte to load. */
  #at: number;
  /** Where the chunks end that the decoder has been given. */
  #limit: number;
  #isFast = false;

  constructor(file: Uint8Array, start: number) {
    this.#file = file;
    this.#at = start;
    this.#limit = 0;
    while (this.#limit <= start) this.#limit += CHUNK_BYTES;
  }

  /** Calls `decode` for an MCU of so many blocks, again for each chunk that it needs. */
  decodeMcu(blocks: number, hasRestarts: boolean, decode: () => void): void {
    const [used, at, loaded] = [this.#used, this.#at, this.#loaded.length];
    for (;; this.#limit += CHUNK_BYTES) {
      const available = Math.min(this.#limit, this.#file.length) - this.#at;
      this.#isFast = !hasRestarts && available >= 512 * blocks;
      try {
        return decode();
      } catch (error) {
        if (!(error instanceof TruncatedError) || this.#limit >= this.#file.length) throw error;
      }
      [this.#used, this.#at, this.#loaded.length] = [used, at, loaded];
    }
  }

  /** The symbol of the next code. */
  symbol(table: HuffmanTable): number {
    this.#prepare(8);
    for (let length = 1, code = 0; length <= 16; length++) {
      if (length > 8 && !this.#isFast) this.#prepare(length === 9 ? 9 : 1, length === 9 ? 8 : 0);
      code = code << 1 | this.#bit();
      const symbol = table.symbols.get(length * 65536 + code);
      if (symbol !== undefined) return symbol;
    }
    throw new Error("No such code");
  }

  /** T.81, F.2.2.1: RECEIVE and EXTEND. */
  receiveExtend(size: number): number {
    if (size > 0) this.#prepare(size);
    let value = 0;
    for (let i = 0; i < size; i++) value = value << 1 | this.#bit();
    return size > 0 && value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Goes on after the restart marker. */
  skipRestart(): void {
    this.#at = this.end() + 2;
    this.#loaded = [];
    this.#used = 0;
  }

  /** Offset of the marker that follows what was loaded. */
  end(): number {
    let at = this.#at;
    while (at < this.#file.length && !this.#isMarker(at)) at++;
    while (this.#file[at + 1] === 0xFF) at++;
    return at;
  }

  #bit(): number {
    const byte = this.#loaded[this.#used >> 3];
    if (byte === undefined) throw new Error("The scan ends early");
    return byte >> (7 - (this.#used++ & 7)) & 1;
  }

  /** Makes sure of so many bits; `seen` of them were read already, but only looked at by libjpeg. */
  #prepare(bits: number, seen = 0): void {
    const left = (): number => this.#loaded.length * 8 - this.#used + seen;
    if (this.#isFast) {
      if (left() <= 16) { for (let i = 0; i < 6; i++) this.#load(); }
    } else if (left() < bits) {
      while (left() < 57 && this.#load());
    }
  }

  /** Loads a byte; returns false at a marker. */
  #load(): boolean {
    if (this.#isMarker(this.#at)) return false;
    const end = Math.min(this.#limit, this.#file.length);
    let next = this.#at;
    while (next < end && this.#file[next] === 0xFF) next++;
    if (next >= end) throw new TruncatedError();
    this.#loaded.push(next > this.#at ? 0xFF : this.#file[next]);
    this.#at = next + 1;
    return true;
  }

  #isMarker(at: number): boolean {
    let next = at;
    while (this.#file[next] === 0xFF) next++;
    return next > at && next < this.#file.length && this.#file[next] !== 0;
  }
}
