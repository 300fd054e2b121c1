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

/**
 * The loop over a list of blocks of one kind; `body` transforms the one at `block` to `out`. It is a function of its own:
 * JavaScriptCore moves loads of constants out of a loop around it, more than there are registers.
 */
function overList(name: string, comment: string, constants: string, body: string): string {
  return `// ${comment}
function ${name}One(block: usize, quantisation: usize, out: usize): void {
${constants}${body}}
function ${name}(list: usize, end: usize, quantisation: usize): void {
  for (; list < end; list += 8) {
    const entry = load<u64>(list);
    ${name}One(<usize>entry, quantisation, <usize>(entry >> 32));
  }
}
`;
}

function take(count: number): string {
  return Array.from({ length: count }, (_, i) => `  let s${i} = take(block, quantisation, ${16 * i});\n`).join("");
}

const ROUNDS = "  const ROUND1 = v128.load(ROUND), ROUND2 = v128.load(ROUND, 16);\n";
const BIASES = "  const BIAS1 = v128.load(ROUND, 32), BIAS2 = v128.load(ROUND, 48);\n";
const SUMS = (word: string) =>
  `  ${word}s04p = i16x8.add(s0, s4)${word ? "," : ";"} s04m = i16x8.sub(s0, s4)${word ? "," : ";"} ` +
  `z3 = i16x8.add(s7, s3)${word ? "," : ";"} z4 = i16x8.add(s5, s1);\n`;
const TRANSPOSE = `  const a0 = LO(s0, s1), a1 = HI(s0, s1), a2 = LO(s2, s3), a3 = HI(s2, s3);
  const a4 = LO(s4, s5), a5 = HI(s4, s5), a6 = LO(s6, s7), a7 = HI(s6, s7);
  const b0 = LO32(a0, a2), b1 = HI32(a0, a2), b2 = LO32(a4, a6), b3 = HI32(a4, a6);
  const b4 = LO32(a1, a3), b5 = HI32(a1, a3), b6 = LO32(a5, a7), b7 = HI32(a5, a7);
  s0 = LO64(b0, b2); s1 = HI64(b0, b2); s2 = LO64(b1, b3); s3 = HI64(b1, b3);
`;
const TRANSPOSE_REST = "  s4 = LO64(b4, b6); s5 = HI64(b4, b6); s6 = LO64(b5, b7); s7 = HI64(b5, b7);\n";
const PUT_VECTORS = "  put(out, s0, s1, s2, s3, s4, s5, s6, s7);\n";
const putNarrowed = (l: string, h: string) =>
  `  put(
    out,
${Array.from({ length: 8 }, (_, i) => `    i16x8.narrow_i32x4_s(${l}r${i}, ${h}r${i}),\n`).join("")}  );
`;
// Four columns of eight rows: two rows of four columns a vector, transposed to columns of eight rows.
const TRANSPOSE_LEFT = `  // Two rows of four columns a vector; transposed to columns of eight rows.
  const t0 = i16x8.narrow_i32x4_s(lr0, lr1), t1 = i16x8.narrow_i32x4_s(lr2, lr3);
  const t2 = i16x8.narrow_i32x4_s(lr4, lr5), t3 = i16x8.narrow_i32x4_s(lr6, lr7);
  const a0 = LO(t0, t1), a1 = HI(t0, t1), a2 = LO(t2, t3), a3 = HI(t2, t3);
  const b0 = LO(a0, a1), b1 = HI(a0, a1), b2 = LO(a2, a3), b3 = HI(a2, a3);
  s0 = LO64(b0, b2); s1 = HI64(b0, b2); s2 = LO64(b1, b3); s3 = HI64(b1, b3);
`;

function fullFunction(): string {
  return overList(
    "idctFull",
    "Blocks with coefficients anywhere.",
    ROUNDS,
    `${take(8)}${SUMS("let ")}${full("l", "LO", 1)}${full("h", "HI", 1)}${narrow("s", "l", "h")}${TRANSPOSE}${TRANSPOSE_REST}` +
      `${SUMS("")}${full("x", "LO", 2)}${full("y", "HI", 2)}${narrow("s", "x", "y")}${PUT_VECTORS}`,
  );
}

function tallFunction(): string {
  return overList(
    "idctTall",
    "Columns 4 to 7 are zero: a half of the first pass is left, and less of the second.",
    `  const ROUND1 = v128.load(ROUND), BIAS2 = v128.load(ROUND, 48);\n`,
    `${take(8)}${SUMS("const ")}${full("l", "LO", 1)}${TRANSPOSE_LEFT}` +
      `${quarter("x", "LO", 2)}${quarter("y", "HI", 2)}${putNarrowed("x", "y")}`,
  );
}

function wideFunction(): string {
  return overList(
    "idctWide",
    "Rows 4 to 7 are zero: less of the first pass.",
    `  const BIAS1 = v128.load(ROUND, 32), ROUND2 = v128.load(ROUND, 16);\n`,
    `${take(4)}${quarter("l", "LO", 1)}${quarter("h", "HI", 1)}  let s4: v128, s5: v128, s6: v128, s7: v128;\n${narrow("s", "l", "h")}` +
      `${TRANSPOSE}${TRANSPOSE_REST}${SUMS("const ")}${full("x", "LO", 2)}${full("y", "HI", 2)}${putNarrowed("x", "y")}`,
  );
}

function quarterFunction(): string {
  return overList(
    "idctQuarter",
    "Rows and columns 4 to 7 are zero.",
    BIASES,
    `${take(4)}${quarter("l", "LO", 1)}${TRANSPOSE_LEFT}${quarter("x", "LO", 2)}${quarter("y", "HI", 2)}${putNarrowed("x", "y")}`,
  );
}

function rowFunction(): string {
  const lanes = (i: number) => Array.from({ length: 8 }, () => `${2 * i}, ${2 * i + 1}`).join(", ");
  return overList(
    "idctRow",
    `Rows 1 to 7 are zero. libjpeg-turbo's shortcut for such a block: the first pass is a shift, which wraps around at 16
// bits where the full transform would saturate. All rows are equal, so one lane of the second pass is enough.`,
    "  const ROUND2 = v128.load(ROUND, 16);\n",
    `  const w = i16x8.shl(take(block, quantisation, 0), 2);
${Array.from({ length: 8 }, (_, i) => `  const s${i} = i8x16.shuffle(w, w, ${lanes(i)});\n`).join("")}` +
      `${SUMS("const ")}${full("x", "LO", 2)}${putNarrowed("x", "x")}`,
  );
}

function dcFunction(): string {
  return overList(
    "idctDc",
    "All but the DC coefficient are zero.",
    "  const q: i32 = load<u16>(quantisation);\n",
    `  // (dc * 4 * 8192 + (1 << 17)) >> 18, the first factor wrapping as in idctRow.
  const dc = <i32>load<i16>(block) * q;
  let v = ((<i32><i16>(dc << 2)) + 16) >> 5;
  v = max(-128, min(127, v)) + 128;
  store<i16>(block, 0);
  const x = i8x16.splat(<i8>v);
  v128.store(out, x);
  v128.store(out, x, 16);
  v128.store(out, x, 32);
  v128.store(out, x, 48);
`,
  );
}

/** The kinds of blocks, by the name of what transforms them. */
const KINDS = ["idctDc", "idctRow", "idctQuarter", "idctTall", "idctWide", "idctFull"];

/** The kind by which parts are zero: of rows 1 to 3 the left and the right half, of rows 4 to 7, and of row 0. */
function kindOf(zeros: number): number {
  const [left, right, lowLeft, lowRight, rowLeft, rowRight] = [1, 2, 4, 8, 16, 32].map((bit) => (zeros & bit) !== 0);
  if (left && right && lowLeft && lowRight) return KINDS.indexOf(rowLeft && rowRight ? "idctDc" : "idctRow");
  const isLeft = right && lowRight && rowRight, isTop = lowLeft && lowRight;
  return KINDS.indexOf(isLeft ? isTop ? "idctQuarter" : "idctTall" : isTop ? "idctWide" : "idctFull");
}

function kindTable(): string {
  const rows = Array.from({ length: 4 }, (_, row) => Array.from({ length: 16 }, (_, i) => kindOf(16 * row + i)));
  return rows.map((row) => `  ${row.join(", ")},\n`).join("");
}

function transformFunction(): string {
  const list = (i: number) => `LISTS + ${i} * LIST_BYTES`;
  return `// Blocks that are listed before they are transformed.
const BATCH: i32 = 128;
const LIST_BYTES: usize = 8 * 128;
// For each kind the addresses of its blocks and of where they go.
const LISTS: usize = memory.data(${KINDS.length} * 8 * 128, 16);
// And the end of its list.
const ENDS: usize = memory.data(${KINDS.length} * 4, 16);
// The kind by which parts are zero, a bit each: of rows 1 to 3 the left and the right half, of rows 4 to 7, and of row 0
// without the DC coefficient. ${KINDS.map((name, i) => `${i}: ${name}`).join(", ")}.
const KINDS: usize = memory.data<u8>([
${kindTable()}]);
// All lanes but the first.
const AC: usize = memory.data<i16>([0, -1, -1, -1, -1, -1, -1, -1], 16);

/**
 * Transforms \`count\` blocks (64 coefficients in natural order, left zero), \`step\` bytes apart, into 64 bytes each, the
 * first at \`out\`, \`outStep\` bytes apart.
 *
 * First the blocks of a batch are listed by kind, without a branch, then each list is transformed: what comes next cannot
 * be predicted from block to block (measured against a choice for each block: 2.5% of decoding, 6% at quality 50).
 */
export function idct(block: usize, step: usize, quantisation: usize, out: usize, outStep: usize, count: i32): void {
  const zero = i8x16.splat(0), ac = v128.load(AC);
  while (count > 0) {
    const batch = min(count, BATCH);
    count -= batch;
${KINDS.map((_, i) => `    store<usize>(ENDS, ${list(i)}, ${4 * i});\n`).join("")}    for (let i = batch; i > 0; i--) {
      const r13 = v128.or(v128.or(v128.load(block, 16), v128.load(block, 32)), v128.load(block, 48));
      const r45 = v128.or(v128.load(block, 64), v128.load(block, 80)), r67 = v128.or(v128.load(block, 96), v128.load(block, 112));
      const zeros = i64x2.bitmask(i64x2.eq(r13, zero)) | (i64x2.bitmask(i64x2.eq(v128.or(r45, r67), zero)) << 2) |
        (i64x2.bitmask(i64x2.eq(v128.and(v128.load(block), ac), zero)) << 4);
      const list = ENDS + (<usize>load<u8>(KINDS + <usize>zeros) << 2), end: usize = load<u32>(list);
      store<u64>(end, <u64>block | (<u64>out << 32));
      store<u32>(list, <u32>end + 8);
      block += step;
      out += outStep;
    }
${KINDS.map((name, i) => `    ${name}(${list(i)}, load<u32>(ENDS, ${4 * i}), quantisation);\n`).join("")}  }
}
`;
}

/** The source text of idct.ts. */
export function generateIdct(): string {
  table.length = 0;
  const functions = [dcFunction, rowFunction, quarterFunction, tallFunction, wideFunction, fullFunction, transformFunction]
    .map((write) => write()).join("\n");
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

${functions}`;
}
