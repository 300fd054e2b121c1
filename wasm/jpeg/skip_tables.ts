// Tables to pass over the AC coefficients of a block: not what they are, but how many bits they take and how many
// coefficients they stand for. An entry of 16 bits has room for as many symbols as fit the lookahead:
//
//   bits 0..5   length of what the entry consumes, at most LOOKAHEAD + BEYOND: codes and value bits
//   bits 6..15  how far the coefficient index advances; SKIP_END more with an end of block, with which an entry ends;
//               SKIP_RARE, and nothing consumed, for what is read symbol by symbol: a long code, or none, or a long value
//
// The table for n bits is made of those for fewer: behind a symbol that takes m of them stands what the table for n - m
// bits says. So it is added up by vectors, eight entries at once (measured: 3 us a table).

import { DEFINED, DEFINED_BYTES } from "./huffman";

/** Bits that a look-up sees. */
export const SKIP_LOOKAHEAD: u32 = 13;
// How far a value may reach beyond them: two entries and a third look-up fit the 64 bits of a refill.
const BEYOND: u32 = 12;
export const SKIP_END: u32 = 512;
// More than an end of block, an index of 63 and symbols of one bit with runs of 16 come to.
export const SKIP_RARE: u32 = 896;

export const SKIP_BYTES: usize = 2 << 13;
export const SKIPS: usize = memory.data(4 * (2 << 13), 64);
// The tables for fewer bits: the one for n bits at 2 * 2^n.
const PARTS: usize = memory.data(2 << 13, 64);

// Bit t: the table of AC table t has to be made before its next use.
let stale: i32 = 0;

export function forgetSkips(tables: i32): void { stale |= tables; }

/** Makes the table of AC table `t` (0..3), which must be derived, if its definition changed. */
export function deriveSkips(t: i32): void {
  if (!((stale >> t) & 1)) return;
  stale &= ~(1 << t);
  const d = DEFINED + <usize>(t + 4) * DEFINED_BYTES;
  // What the shortest symbol leaves is the most that another one finds.
  let shortest: u32 = 16, index: u32 = 0;
  for (let length: u32 = 1; length <= 16; length++) {
    for (let i: u32 = load<u8>(d + length); i > 0; i--) {
      const symbol: u32 = load<u8>(d + 17 + index++);
      if ((symbol & 15) != 0 || symbol == 0xf0) shortest = min(shortest, length + (symbol & 15));
    }
  }
  store<u16>(PARTS, 0, 2);
  for (let n: u32 = 1; n + shortest <= SKIP_LOOKAHEAD; n++) makePart(d, n, PARTS + (<usize>2 << n), 0);
  makePart(d, SKIP_LOOKAHEAD, SKIPS + <usize>t * SKIP_BYTES, <u16>(SKIP_RARE << 6));
}

// The table for `n` bits; `none` stands where no entry can be made.
function makePart(d: usize, n: u32, out: usize, none: u16): void {
  let index: usize = 17, o = out;
  for (let length: u32 = 1; length <= n; length++) {
    const bytes: usize = <usize>2 << (n - length);
    for (let i: u32 = load<u8>(d + length); i > 0; i--) {
      const symbol: u32 = load<u8>(d + index++), size = symbol & 15, used = length + size;
      if (size == 0 && symbol != 0xf0) fill(o, bytes, <u16>(length | (SKIP_END << 6)));
      else if (used > n + BEYOND) fill(o, bytes, none);
      else {
        const first = <u16>(used | (((symbol >> 4) + 1) << 6));
        if (used >= n) fill(o, bytes, first);
        else repeat(o, bytes, n - used, first);
      }
      o += bytes;
    }
  }
  fill(o, out + (<usize>2 << n) - o, none);
}

function fill(to: usize, bytes: usize, entry: u16): void {
  const end = to + bytes;
  const eight = i16x8.splat(entry);
  for (; to + 16 <= end; to += 16) v128.store(to, eight);
  for (; to < end; to += 2) store<u16>(to, entry);
}

// The table for `bits` bits with `first` before each of its entries, over and over.
function repeat(to: usize, bytes: usize, bits: u32, first: u16): void {
  const end = to + bytes, part: usize = PARTS + (<usize>2 << bits);
  if (bytes < 16) {
    const mask = (<usize>2 << bits) - 1;
    for (let i: usize = 0; i < bytes; i += 2) store<u16>(to + i, load<u16>(part + (i & mask)) + first);
    return;
  }
  const eight = i16x8.splat(first);
  if (bits < 3) {
    const pattern = bits == 1 ? v128.load32_splat(part) : v128.load64_splat(part);
    const sum = i16x8.add(pattern, eight);
    for (; to < end; to += 16) v128.store(to, sum);
    return;
  }
  const partEnd = part + (<usize>2 << bits);
  while (to < end) {
    for (let from = part; from < partEnd; from += 16, to += 16) v128.store(to, i16x8.add(v128.load(from), eight));
  }
}
