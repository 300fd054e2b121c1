// Writes idct.ts: AssemblyScript has no macros and no functions of several results, and the inverse
// DCT is the same butterfly four times over. Run by the build.

const F = {
  f0_298: 2446, // FIX(0.298631336), 13 bits of fraction, as in jidctint.c
  f0_390: 3196, // FIX(0.390180644)
  f0_541: 4433, // FIX(0.541196100)
  f0_765: 6270, // FIX(0.765366865)
  f0_899: 7373, // FIX(0.899976223)
  f1_175: 9633, // FIX(1.175875602)
  f1_501: 12299, // FIX(1.501321110)
  f1_847: 15137, // FIX(1.847759065)
  f1_961: 16069, // FIX(1.961570560)
  f2_053: 16819, // FIX(2.053119869)
  f2_562: 20995, // FIX(2.562915447)
  f3_072: 25172, // FIX(3.072711026)
};

const table: string[] = [];

/** A load of the constant vector that holds `a, b` four times. */
function pair(a: number, b: number): string {
  const key = `${a}, ${b}`;
  let index = table.indexOf(key);
  if (index < 0) index = table.push(key) - 1;
  return `v128.load(PAIRS, ${16 * index})`;
}

function dot(x: string, a: number, b: number): string {
  return `i32x4.dot_i16x8_s(${x}, ${pair(a, b)})`;
}

function outputs(p: string, shift: number): string {
  let s = "";
  for (const [even, odd, row] of [["e0", "o3", 0], ["e1", "o2", 1], ["e2", "o1", 2], ["e3", "o0", 3]] as const) {
    s += `  const ${p}r${row} = i32x4.shr_s(i32x4.add(${p}${even}, ${p}${odd}), ${shift});\n`;
    s += `  const ${p}r${7 - row} = i32x4.shr_s(i32x4.sub(${p}${even}, ${p}${odd}), ${shift});\n`;
  }
  return s;
}

/** Four lanes of the one-dimensional transform of eight inputs `s0..s7`; `u` is "LO" or "HI". */
function full(p: string, u: string, pass: 1 | 2): string {
  const one = pass === 1 ? "ROUND1" : "ROUND2", bias = pass === 1 ? 1024 : 4096;
  const shift = pass === 1 ? 11 : 18;
  return `  const ${p}26 = ${u}(s2, s6), ${p}71 = ${u}(s7, s1), ${p}53 = ${u}(s5, s3), ${p}34 = ${u}(z3, z4);
  const ${p}t0 = ${dot(`${u}(s04p, ${one})`, 8192, bias)}, ${p}t1 = ${dot(`${u}(s04m, ${one})`, 8192, bias)};
  const ${p}t3 = ${dot(`${p}26`, F.f0_541 + F.f0_765, F.f0_541)};
  const ${p}t2 = ${dot(`${p}26`, F.f0_541, F.f0_541 - F.f1_847)};
  const ${p}e0 = i32x4.add(${p}t0, ${p}t3), ${p}e3 = i32x4.sub(${p}t0, ${p}t3);
  const ${p}e1 = i32x4.add(${p}t1, ${p}t2), ${p}e2 = i32x4.sub(${p}t1, ${p}t2);
  const ${p}z3 = ${dot(`${p}34`, F.f1_175 - F.f1_961, F.f1_175)};
  const ${p}z4 = ${dot(`${p}34`, F.f1_175, F.f1_175 - F.f0_390)};
  const ${p}o0 = i32x4.add(${dot(`${p}71`, F.f0_298 - F.f0_899, -F.f0_899)}, ${p}z3);
  const ${p}o1 = i32x4.add(${dot(`${p}53`, F.f2_053 - F.f2_562, -F.f2_562)}, ${p}z4);
  const ${p}o2 = i32x4.add(${dot(`${p}53`, -F.f2_562, F.f3_072 - F.f2_562)}, ${p}z3);
  const ${p}o3 = i32x4.add(${dot(`${p}71`, -F.f0_899, F.f1_501 - F.f0_899)}, ${p}z4);
${outputs(p, shift)}`;
}

/** The same where inputs 4 to 7 are zero. */
function quarter(p: string, u: string, pass: 1 | 2): string {
  const bias = pass === 1 ? "BIAS1" : "BIAS2", shift = pass === 1 ? 11 : 18;
  const even = (name: string, k: number) => `  const ${p}${name} = i32x4.add(${dot(`${p}02`, 8192, k)}, ${bias});\n`;
  return `  const ${p}02 = ${u}(s0, s2), ${p}13 = ${u}(s1, s3);
${even("e0", F.f0_541 + F.f0_765)}${even("e3", -F.f0_541 - F.f0_765)}${even("e1", F.f0_541)}${even("e2", -F.f0_541)}` +
    `  const ${p}o0 = ${dot(`${p}13`, -F.f0_899 + F.f1_175, F.f1_175 - F.f1_961)};
  const ${p}o1 = ${dot(`${p}13`, F.f1_175 - F.f0_390, F.f1_175 - F.f2_562)};
  const ${p}o2 = ${dot(`${p}13`, F.f1_175, F.f1_175 - F.f1_961 - F.f2_562 + F.f3_072)};
  const ${p}o3 = ${dot(`${p}13`, F.f1_175 - F.f0_390 - F.f0_899 + F.f1_501, F.f1_175)};
${outputs(p, shift)}`;
}

const narrow = (to: string, l: string, h: string) =>
  Array.from({ length: 8 }, (_, i) => `  ${to}${i} = i16x8.narrow_i32x4_s(${l}r${i}, ${h}r${i});\n`).join("");
function fullFunction(): string {
  const first = "  let s04p = i16x8.add(s0, s4), s04m = i16x8.sub(s0, s4), z3 = i16x8.add(s7, s3), z4 = i16x8.add(s5, s1);\n";
  const again = "  s04p = i16x8.add(s0, s4); s04m = i16x8.sub(s0, s4); z3 = i16x8.add(s7, s3); z4 = i16x8.add(s5, s1);\n";
  return `@inline
function idctFull(
  block: usize, quantisation: usize, out: usize, r0: v128, r1: v128, r2: v128, r3: v128, r4: v128, r5: v128, r6: v128, r7: v128,
): void {
  let s0 = scale(r0, quantisation, 0), s1 = scale(r1, quantisation, 16), s2 = scale(r2, quantisation, 32), s3 = scale(r3, quantisation, 48);
  let s4 = scale(r4, quantisation, 64), s5 = scale(r5, quantisation, 80), s6 = scale(r6, quantisation, 96), s7 = scale(r7, quantisation, 112);
  clear(block, 0); clear(block, 16); clear(block, 32); clear(block, 48); clear(block, 64); clear(block, 80); clear(block, 96); clear(block, 112);
  const ROUND1 = v128.load(ROUND), ROUND2 = v128.load(ROUND, 16);
${first}${full("l", "LO", 1)}${full("h", "HI", 1)}${narrow("s", "l", "h")}
  const a0 = LO(s0, s1), a1 = HI(s0, s1), a2 = LO(s2, s3), a3 = HI(s2, s3);
  const a4 = LO(s4, s5), a5 = HI(s4, s5), a6 = LO(s6, s7), a7 = HI(s6, s7);
  const b0 = LO32(a0, a2), b1 = HI32(a0, a2), b2 = LO32(a4, a6), b3 = HI32(a4, a6);
  const b4 = LO32(a1, a3), b5 = HI32(a1, a3), b6 = LO32(a5, a7), b7 = HI32(a5, a7);
  s0 = LO64(b0, b2); s1 = HI64(b0, b2); s2 = LO64(b1, b3); s3 = HI64(b1, b3);
  s4 = LO64(b4, b6); s5 = HI64(b4, b6); s6 = LO64(b5, b7); s7 = HI64(b5, b7);
${again}${full("x", "LO", 2)}${full("y", "HI", 2)}${narrow("s", "x", "y")}  put(out, s0, s1, s2, s3, s4, s5, s6, s7);
}
`;
}

function quarterFunction(): string {
  return `function idctQuarter(block: usize, quantisation: usize, out: usize): void {
  let s0 = take(block, quantisation, 0), s1 = take(block, quantisation, 16), s2 = take(block, quantisation, 32), s3 = take(block, quantisation, 48);
  const BIAS1 = v128.load(ROUND, 32), BIAS2 = v128.load(ROUND, 48);
${quarter("l", "LO", 1)}  // Two rows of four columns a vector; transposed to columns of eight rows.
  const t0 = i16x8.narrow_i32x4_s(lr0, lr1), t1 = i16x8.narrow_i32x4_s(lr2, lr3);
  const t2 = i16x8.narrow_i32x4_s(lr4, lr5), t3 = i16x8.narrow_i32x4_s(lr6, lr7);
  const a0 = LO(t0, t1), a1 = HI(t0, t1), a2 = LO(t2, t3), a3 = HI(t2, t3);
  const b0 = LO(a0, a1), b1 = HI(a0, a1), b2 = LO(a2, a3), b3 = HI(a2, a3);
  s0 = LO64(b0, b2); s1 = HI64(b0, b2); s2 = LO64(b1, b3); s3 = HI64(b1, b3);
${quarter("x", "LO", 2)}${quarter("y", "HI", 2)}  put(
    out,
${Array.from({ length: 8 }, (_, i) => `    i16x8.narrow_i32x4_s(xr${i}, yr${i}),\n`).join("")}  );
}
`;
}

function rowFunction(): string {
  return `function idctRow(block: usize, quantisation: usize, out: usize): void {
  // libjpeg-turbo's shortcut for a block whose rows 1 to 7 are zero: the first pass is a shift, which
  // wraps around at 16 bits where the full transform would saturate. All rows are equal, so one lane
  // of the second pass is enough.
  const w = i16x8.shl(take(block, quantisation, 0), 2);
${
    Array.from({ length: 8 }, (_, i) =>
      `  const s${i} = i8x16.shuffle(w, w, ${Array.from({ length: 8 }, () => `${2 * i}, ${2 * i + 1}`).join(", ")});\n`)
      .join("")
  }  const ROUND2 = v128.load(ROUND, 16);
  const s04p = i16x8.add(s0, s4), s04m = i16x8.sub(s0, s4), z3 = i16x8.add(s7, s3), z4 = i16x8.add(s5, s1);
${full("x", "LO", 2)}  put(
    out,
${Array.from({ length: 8 }, (_, i) => `    i16x8.narrow_i32x4_s(xr${i}, xr${i}),\n`).join("")}  );
}
`;
}

/** The source text of idct.ts. */
export function generateIdct(): string {
  table.length = 0;
  const functions = [fullFunction(), quarterFunction(), rowFunction()].join("\n");
  return `// Generated by idct_gen.ts; do not edit.
//
// Inverse DCT of one block (T.81 A.3.3), equal to libjpeg-turbo's jsimd_idct_islow on x86-64: the
// arithmetic of jidctint.c where nothing overflows. Where coefficients overflow, 16-bit lanes wrap in
// the products with the quantisation table, in in0 + in4, in0 - in4, in7 + in3 and in5 + in1, 32-bit
// sums wrap, and the results of both passes saturate to 16 bits, as its SIMD code has it.
//
// The result is stored column after column, 8 rows each, 64 bytes: the second pass yields columns,
// and everything downstream works on columns, so that no second transposition is needed.
// The block is cleared on the way.

import { C128, HI, HI32, HI64, LO, LO32, LO64 } from "../shared/lanes";

// Pairs of 16-bit factors for the dot product, four times each.
const PAIRS: usize = memory.data<i16>([
${table.map((p) => `  ${p}, ${p}, ${p}, ${p},`).join("\n")}
], 16);

// What the rounding of both passes is made of: 1 * 1024 = 1 << 10 and 32 * 4096 = 1 << 17 in the dot
// products of the full transform, and the same as 32-bit numbers for the others.
const ROUND: usize = memory.data<i16>([
  1, 1, 1, 1, 1, 1, 1, 1, 32, 32, 32, 32, 32, 32, 32, 32, 1024, 0, 1024, 0, 1024, 0, 1024, 0, 0, 2, 0, 2, 0, 2, 0, 2,
], 16);

@inline
function scale(v: v128, quantisation: usize, row: usize): v128 { return i16x8.mul(v, v128.load(quantisation + row)); }

@inline
function clear(block: usize, row: usize): void { v128.store(block + row, i8x16.splat(0)); }

@inline
function take(block: usize, quantisation: usize, row: usize): v128 {
  const v = scale(v128.load(block + row), quantisation, row);
  clear(block, row);
  return v;
}

// Columns c0..c7 of eight rows: saturated to signed bytes, 128 added, stored in order.
@inline
function put(o: usize, c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128, c7: v128): void {
  const c128 = v128.load(C128);
  v128.store(o, v128.xor(i8x16.narrow_i16x8_s(c0, c1), c128));
  v128.store(o, v128.xor(i8x16.narrow_i16x8_s(c2, c3), c128), 16);
  v128.store(o, v128.xor(i8x16.narrow_i16x8_s(c4, c5), c128), 32);
  v128.store(o, v128.xor(i8x16.narrow_i16x8_s(c6, c7), c128), 48);
}

${functions}
function idctDc(block: usize, quantisation: usize, out: usize): void {
  // (dc * 4 * 8192 + (1 << 17)) >> 18, the first factor wrapping as in idctRow.
  const dc = <i32>load<i16>(block) * <i32>load<u16>(quantisation);
  let v = ((<i32><i16>(dc << 2)) + 16) >> 5;
  v = max(-128, min(127, v)) + 128;
  store<i16>(block, 0);
  const x = i8x16.splat(<i8>v);
  v128.store(out, x);
  v128.store(out, x, 16);
  v128.store(out, x, 32);
  v128.store(out, x, 48);
}

/** Transforms \`block\` (64 coefficients in natural order, left zero) into 64 bytes at \`out\`. */
export function idct(block: usize, quantisation: usize, out: usize): void {
  const r0 = v128.load(block), r1 = v128.load(block, 16), r2 = v128.load(block, 32), r3 = v128.load(block, 48);
  const r4 = v128.load(block, 64), r5 = v128.load(block, 80), r6 = v128.load(block, 96), r7 = v128.load(block, 112);
  const r13 = v128.or(v128.or(r1, r2), r3), r47 = v128.or(v128.or(r4, r5), v128.or(r6, r7));
  // Which of the four quarters hold anything: the right half of rows 0..3, or rows 4..7, make it full.
  const right = i64x2.extract_lane(v128.or(r0, r13), 1);
  if (right || v128.any_true(r47)) {
    if (!v128.any_true(v128.or(r13, r47))) idctRow(block, quantisation, out);
    else idctFull(block, quantisation, out, r0, r1, r2, r3, r4, r5, r6, r7);
  } else if (v128.any_true(r13)) idctQuarter(block, quantisation, out);
  else if (i64x2.extract_lane(r0, 0) >> 16) idctRow(block, quantisation, out);
  else idctDc(block, quantisation, out);
}
`;
}
