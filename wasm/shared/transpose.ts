// Transposition: from columns, in which the kernel works, to rows, as the output has them.

import { HI, HI32, HI64, HI8, LO, LO32, LO64, LO8 } from "./lanes";

// Eight rows of 16 columns from pairs of columns: t holds for each row two neighbouring bytes; an 8x8
// transpose of pairs.
@inline
function storeRows(o: usize, stride: usize, t0: v128, t1: v128, t2: v128, t3: v128, t4: v128, t5: v128, t6: v128, t7: v128): void {
  const a0 = LO(t0, t1), a1 = HI(t0, t1), a2 = LO(t2, t3), a3 = HI(t2, t3);
  const a4 = LO(t4, t5), a5 = HI(t4, t5), a6 = LO(t6, t7), a7 = HI(t6, t7);
  const b0 = LO32(a0, a2), b1 = HI32(a0, a2), b2 = LO32(a4, a6), b3 = HI32(a4, a6);
  const b4 = LO32(a1, a3), b5 = HI32(a1, a3), b6 = LO32(a5, a7), b7 = HI32(a5, a7);
  v128.store(o, LO64(b0, b2)); o += stride;
  v128.store(o, HI64(b0, b2)); o += stride;
  v128.store(o, LO64(b1, b3)); o += stride;
  v128.store(o, HI64(b1, b3)); o += stride;
  v128.store(o, LO64(b4, b6)); o += stride;
  v128.store(o, HI64(b4, b6)); o += stride;
  v128.store(o, LO64(b5, b7)); o += stride;
  v128.store(o, HI64(b5, b7));
}

/**
 * Transposes columns [x0, x0 + width) of a band to 8 rows, `stride` bytes apart. Writes whole groups
 * of 16 columns: a row needs room for `width` rounded up to 16.
 */
export function bandToRows(band: usize, x0: i32, width: i32, out: usize, stride: usize): void {
  let p = band + (<usize>x0 << 3);
  for (let x = 0; x < width; x += 16) {
    let v = v128.load(p);
    const t0 = i8x16.shuffle(v, v, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    v = v128.load(p, 16);
    const t1 = i8x16.shuffle(v, v, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    v = v128.load(p, 32);
    const t2 = i8x16.shuffle(v, v, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    v = v128.load(p, 48);
    const t3 = i8x16.shuffle(v, v, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    v = v128.load(p, 64);
    const t4 = i8x16.shuffle(v, v, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    v = v128.load(p, 80);
    const t5 = i8x16.shuffle(v, v, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    v = v128.load(p, 96);
    const t6 = i8x16.shuffle(v, v, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    v = v128.load(p, 112);
    const t7 = i8x16.shuffle(v, v, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    storeRows(out, stride, t0, t1, t2, t3, t4, t5, t6, t7);
    p += 128;
    out += 16;
  }
}

/**
 * Transposes `width` columns of 16 rows each to rows, `stride` bytes apart. Writes whole groups of 16
 * columns: a row needs room for `width` rounded up to 16.
 */
export function columnsToRows(columns: usize, width: i32, out: usize, stride: usize): void {
  let p = columns;
  for (; width > 0; width -= 16) {
    let c0 = v128.load(p), c1 = v128.load(p, 16);
    const t0 = LO8(c0, c1), u0 = HI8(c0, c1);
    c0 = v128.load(p, 32); c1 = v128.load(p, 48);
    const t1 = LO8(c0, c1), u1 = HI8(c0, c1);
    c0 = v128.load(p, 64); c1 = v128.load(p, 80);
    const t2 = LO8(c0, c1), u2 = HI8(c0, c1);
    c0 = v128.load(p, 96); c1 = v128.load(p, 112);
    const t3 = LO8(c0, c1), u3 = HI8(c0, c1);
    c0 = v128.load(p, 128); c1 = v128.load(p, 144);
    const t4 = LO8(c0, c1), u4 = HI8(c0, c1);
    c0 = v128.load(p, 160); c1 = v128.load(p, 176);
    const t5 = LO8(c0, c1), u5 = HI8(c0, c1);
    c0 = v128.load(p, 192); c1 = v128.load(p, 208);
    const t6 = LO8(c0, c1), u6 = HI8(c0, c1);
    c0 = v128.load(p, 224); c1 = v128.load(p, 240);
    const t7 = LO8(c0, c1), u7 = HI8(c0, c1);
    storeRows(out, stride, t0, t1, t2, t3, t4, t5, t6, t7);
    storeRows(out + 8 * stride, stride, u0, u1, u2, u3, u4, u5, u6, u7);
    p += 256;
    out += 16;
  }
}
