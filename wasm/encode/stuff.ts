// From a row's bytes, in reverse, to the file's: a zero follows each 0xff.

const ALL: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
], 16);
const REVERSE: usize = memory.data<u8>([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0], 16);

/**
 * Writes the bytes of [bottom, top), the highest first, to `out`; returns where the next ones go. Reads up to 15 bytes below
 * `bottom`, and writes as many beyond what it returns.
 */
export function stuff(bottom: usize, top: usize, out: usize): usize {
  const all = v128.load(ALL), reverse = v128.load(REVERSE);
  while (top > bottom) {
    const v = i8x16.swizzle(v128.load(top - 16), reverse);
    v128.store(out, v);
    const found = <u32>i8x16.bitmask(i8x16.eq(v, all));
    // Up to the first 0xff, where there is one, and no further than there are bytes.
    const size = <usize>(found ? ctz<u32>(found) + 1 : 16);
    const left = top - bottom;
    if (size > left) return out + left;
    out += size;
    top -= size;
    if (found) store<u8>(out++, 0);
  }
  return out;
}
