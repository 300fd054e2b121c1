/**
 * Checks of packed pages, before packages unpack them that trust what is packed: how much it comes to, and that it comes to
 * an end.
 *
 * @module
 */

/** Bytes of a window of Zstandard: what its own command takes without being asked. */
const MAX_WINDOW_BYTES = 2 ** 27;

/** Bytes that a block of Zstandard unpacks to at most. */
const BLOCK_BYTES = 2 ** 17;

/** A block of Zstandard stands for so many bytes at least, but for some: writers split them for the sake of size. */
const LEAST_BLOCK_BYTES = 2 ** 10;
const SMALL_BLOCKS = 64;

const ZSTD_MAGIC = 0xfd2fb528;
/** The lower four bits are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/**
 * Checks what Snappy has packed.
 *
 * @param length Bytes that it unpacks to.
 * @throws {Error} If it does not.
 */
export function checkSnappy(packed: Uint8Array, length: number): void {
  const { length: end } = packed;
  let offset = 0;
  while (offset < end && packed[offset] >= 128) offset++;
  offset++;
  let made = 0;
  while (offset < end) {
    const tag = packed[offset++];
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const more = Math.max(0, short - 59);
      const size = 1 + (more === 0 ? short : readLittle(packed, offset, more));
      offset += more + size;
      made += size;
      if (offset > end) throw packedError("ends early");
    } else {
      const bytes = [0, 1, 2, 4][kind];
      const distance = kind === 1
        ? (tag >> 5) * 256 + readLittle(packed, offset, 1)
        : readLittle(packed, offset, bytes);
      offset += bytes;
      if (distance === 0 || distance > made) throw packedError("copies what is not there");
      made += kind === 1 ? 4 + (tag >> 2 & 7) : 1 + (tag >> 2);
    }
    if (made > length) break;
  }
  if (made !== length) throw sizeError(made, length);
}

/**
 * Checks what LZ4 has packed.
 *
 * @returns Whether it is framed as Hadoop does.
 * @throws {Error} If it does not unpack to so many bytes.
 */
export function checkLz4(packed: Uint8Array, length: number, mayBeFramed: boolean): boolean {
  if (mayBeFramed && isHadoop(packed, length)) return true;
  const made = measureLz4(packed, length);
  if (made !== length) throw sizeError(made, length);
  return false;
}

/** Whether blocks follow each other that have both of their sizes before them. */
function isHadoop(packed: Uint8Array, length: number): boolean {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let made = 0;
  let offset = 0;
  while (offset + 8 <= packed.length) {
    const [plain, own] = [view.getUint32(offset), view.getUint32(offset + 4)];
    offset += 8;
    if (own > packed.length - offset || own === 0 || plain > length - made) return false;
    try {
      if (measureLz4(packed.subarray(offset, offset + own), plain, made) !== plain) return false;
    } catch {
      return false;
    }
    offset += own;
    made += plain;
  }
  return offset === packed.length && made === length;
}

/** Bytes that a block of LZ4 unpacks to; more than `length` where it is more. */
function measureLz4(packed: Uint8Array, length: number, before = 0): number {
  const { length: end } = packed;
  let offset = 0;
  let made = 0;
  const readLength = (first: number): number => {
    let size = first;
    if (first < 15) return size;
    for (let byte = 255; byte === 255 && size <= length; size += byte) {
      if (offset >= end) throw packedError("ends early");
      byte = packed[offset++];
    }
    return size;
  };
  while (offset < end && made <= length) {
    const token = packed[offset++];
    const literals = readLength(token >> 4);
    offset += literals;
    made += literals;
    if (offset > end) throw packedError("ends early");
    if (offset === end) break;
    const distance = readLittle(packed, offset, 2);
    offset += 2;
    if (distance === 0 || distance > before + made) throw packedError("copies what is not there");
    made += 4 + readLength(token & 15);
  }
  return made;
}

/**
 * Checks what Zstandard has packed, as far as can be told without unpacking it: a page that says so has its very size in
 * its frame; of another one, blocks are at most as many as it can take.
 *
 * @throws {Error} If it comes to more than `length` bytes, or takes too large a window.
 */
export function checkZstd(packed: Uint8Array, length: number): void {
  const { length: end } = packed;
  let offset = 0;
  let told = 0;
  let sure = 0;
  let blocks = 0;
  while (offset < end) {
    const magic = readLittle(packed, offset, 4);
    offset += 4;
    if (magic - magic % 16 === SKIPPABLE_MAGIC) {
      offset += 4 + readLittle(packed, offset, 4);
      continue;
    }
    if (magic !== ZSTD_MAGIC) throw packedError("is no Zstandard");
    const flags = readLittle(packed, offset++, 1);
    const isSingle = (flags & 32) !== 0;
    let windowBytes = 0;
    if (!isSingle) {
      const window = readLittle(packed, offset++, 1);
      windowBytes = 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
    }
    offset += [0, 1, 2, 4][flags & 3];
    const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6];
    if (sizeBytes > 0) {
      const size = readLittle(packed, offset, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
      offset += sizeBytes;
      told += size;
      if (isSingle) windowBytes = size;
    }
    if (told > length) throw sizeError(told, length);
    if (windowBytes > Math.max(MAX_WINDOW_BYTES, length)) {
      throw packedError("takes too large a window");
    }
    for (let isLast = false; !isLast;) {
      const block = readLittle(packed, offset, 3);
      offset += 3;
      isLast = (block & 1) === 1;
      const kind = block >> 1 & 3;
      const size = block >> 3;
      if (kind === 3 || size > BLOCK_BYTES) throw packedError("has a block that there is not");
      if (kind !== 2) sure += size;
      else if (++blocks > SMALL_BLOCKS + length / LEAST_BLOCK_BYTES) {
        throw packedError(`has too many blocks for ${length} bytes`);
      }
      offset += kind === 1 ? 1 : size;
      if (offset > end) throw packedError("ends early");
      if (sure > length) throw sizeError(sure, length);
    }
    offset += flags & 4;
  }
}

/** A number of some bytes, the lowest first. */
function readLittle(bytes: Uint8Array, offset: number, length: number): number {
  if (offset + length > bytes.length) throw packedError("ends early");
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + bytes[offset + i];
  return value;
}

function packedError(what: string): Error {
  return new Error(`a packed page ${what}`);
}

function sizeError(made: number, length: number): Error {
  return new Error(`a packed page comes to ${made} bytes, and says ${length}`);
}
