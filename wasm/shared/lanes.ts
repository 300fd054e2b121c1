// Lane shuffles and constant vectors that several stages use.
//
// Constants live in memory and are loaded into a local before a loop: a splat of a literal is
// rebuilt at each use by V8 (measured: decoding 11% and resizing 15% slower).

export const C128: usize = memory.data<u8>([
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
], 16);

// Interleave the lower (LO) or upper (HI) halves of two vectors, by lanes of 8, 16, 32, 64 bits.
@inline
export function LO8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
@inline
export function HI8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
@inline
export function LO(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
@inline
export function HI(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
@inline
export function LO32(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 0, 4, 1, 5);
}
@inline
export function HI32(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 2, 6, 3, 7);
}
@inline
export function LO64(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 0, 2);
}
@inline
export function HI64(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 1, 3);
}
/** The two halves of a vector in reverse order. */
@inline
export function SWAP64(a: v128): v128 {
  return i64x2.shuffle(a, a, 1, 0);
}
