/**
 * Runs of small numbers in pages of Parquet files: levels, and numbers of a dictionary's values.
 *
 * @module
 */

/** Numbers of a packed run come in eights, of which the last writers fill up; none writes so many for nothing. */
const MAX_FILLED = 512;

/** A part of a page. */
export interface PagePart {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads runs, repeated or packed, until there are as many numbers as there should be.
 *
 * @param width Bits of a number, 0 to 32.
 * @param onRun Is told of each number, and how often it comes in a row.
 * @throws {Error} If there are fewer, or a run has more than are left: what is damaged says of 2^31 that they follow.
 */
export function readRuns(
  { bytes, start, end }: PagePart,
  width: number,
  count: number,
  onRun: (value: number, times: number) => void,
): void {
  if (width > 32) throw new Error(`a page has numbers of ${width} bits`);
  let offset = start;
  const next = (): number => {
    if (offset >= end) throw new Error(`a page has fewer values than the ${count} it speaks of`);
    return bytes[offset++];
  };
  for (let seen = 0; seen < count;) {
    let header = 0;
    for (let shift = 0;; shift += 7) {
      const byte = next();
      header += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
      if (shift === 28) throw new Error("a run of a page has a length of more than 32 bits");
    }
    const left = count - seen;
    if (header % 2 === 0) {
      const times = header / 2;
      if (times > left) {
        throw new Error(`a run of a page has ${times} values, and ${left} are left`);
      }
      let value = 0;
      for (let shift = 0; shift < width; shift += 8) value += next() * 2 ** shift;
      if (times > 0) onRun(value, times);
      seen += times;
      continue;
    }
    const groups = (header - 1) / 2;
    if (8 * groups > left + MAX_FILLED) {
      throw new Error(`a run of a page has ${8 * groups} values, and ${left} are left`);
    }
    const taken = Math.min(left, 8 * groups);
    let held = 0;
    let bits = 0;
    for (let i = 0; i < taken; i++) {
      // Below 2^40: 32 bits, and up to 7 of a byte that is not used up.
      for (; bits < width; bits += 8) held += next() * 2 ** bits;
      const value = held % 2 ** width;
      held = Math.floor(held / 2 ** width);
      bits -= width;
      onRun(value, 1);
    }
    // What fills up the last eight may be missing.
    offset = Math.min(end, offset + Math.floor((8 * groups - taken) * width / 8));
    seen += taken;
  }
}

/** What levels say. */
export interface Levels {
  /** How many are the highest that there is. */
  readonly highest: number;
  /** How many are 0. */
  readonly zeros: number;
  /** The first of them. */
  readonly first: number;
}

/**
 * Reads levels.
 *
 * @throws {Error} If they are damaged, or one is above `max`.
 */
export function readLevels(part: PagePart, max: number, count: number): Levels {
  let highest = 0;
  let zeros = 0;
  let first: number | undefined;
  readRuns(part, 32 - Math.clz32(max), count, (level, times) => {
    first ??= level;
    if (level > max) throw new Error(`a page has a level of ${level}, and ${max} is the highest`);
    if (level === max) highest += times;
    else if (level === 0) zeros += times;
  });
  return { highest, zeros: max === 0 ? count : zeros, first: first ?? 0 };
}
