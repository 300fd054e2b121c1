/**
 * What this machine can do at best, measured through WebAssembly too: the floor below which no kernel
 * made of such steps can go.
 *
 * @module
 */
import { compileKernel } from "../../wasm/compile.ts";

const SUMS = Array.from({ length: 12 }, (_, i) => `s${i}`);

// Each runs from registers and the L1 cache, and returns what it computed so that nothing is dropped.
const SOURCE = `
const TABLE: usize = memory.data(8192, 64);
const FROM: usize = memory.data(16384, 64), TO: usize = memory.data(16384, 64);

export function prepare(): void {
  for (let i: usize = 0; i < 1024; i++) store<u64>(TABLE + (i << 3), 7 + (i & 3));
}

// One look-up after the other, each where the one before left off: shift, mask, load, rotate.
export function chain(n: i32): i32 {
  let b: u64 = 0x9e3779b97f4a7c15;
  for (let i = 0; i < n; i++) b = rotl<u64>(b, load<u64>(TABLE + (<usize>(b >> 51) & 0x1ff8)));
  return <i32>b;
}

// Sums of products, as many side by side as keep the multiplier busy.
export function products(n: i32): i32 {
  const x = i16x8.splat(3);
  let ${SUMS.map((sum) => `${sum} = i32x4.splat(1)`).join(", ")};
  for (let i = 0; i < n; i += ${SUMS.length}) { ${
  SUMS.map((sum) => `${sum} = i32x4.add(${sum}, i32x4.dot_i16x8_s(${sum}, x));`).join(" ")
} }
  return i32x4.extract_lane(${SUMS.reduce((all, sum) => `i32x4.add(${all}, ${sum})`)}, 0);
}

// Kilobytes copied, 16 bytes at a time.
export function copy(n: i32): i32 {
  for (let i = 0; i < n; i += 16) {
    for (let at: usize = 0; at < 16384; at += 64) {
      v128.store(TO + at, v128.load(FROM + at));
      v128.store(TO + at, v128.load(FROM + at, 16), 16);
      v128.store(TO + at, v128.load(FROM + at, 32), 32);
      v128.store(TO + at, v128.load(FROM + at, 48), 48);
    }
  }
  return n;
}
`;

/** Least times of single steps, in nanoseconds. */
export interface MachineLimits {
  /** A table look-up that depends on the one before. */
  readonly lookUp: number;
  /** A vector of eight products, added up in pairs, with the addition to a sum. */
  readonly product: number;
  /** A byte that is loaded and stored, in the L1 cache. */
  readonly byte: number;
}

/** Measures them, each as the best of several times. */
export async function measureLimits(): Promise<MachineLimits> {
  const binary = await compileKernel(new Map([["index.ts", SOURCE]]));
  const { instance } = await WebAssembly.instantiate(binary);
  const run = instance.exports as Record<string, (n: number) => number>;
  run.prepare(0);
  const best = (work: (n: number) => number, steps: number): number => {
    let least = Infinity;
    for (let i = 0; i < 12; i++) {
      const from = performance.now();
      work(steps);
      least = Math.min(least, performance.now() - from);
    }
    return least * 1e6 / steps;
  };
  return {
    lookUp: best(run.chain, 1_000_000),
    product: best(run.products, 4_000_000),
    byte: best(run.copy, 131_072) / 1024,
  };
}
