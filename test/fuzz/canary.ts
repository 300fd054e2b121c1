/**
 * Fills the memory that the kernel has not handed out with a pattern, and looks whether it is still
 * there afterwards.
 *
 * This proves that nothing was written above the last allocation of the call. It does not see writes
 * from one allocation into the next; `deno task fuzz` runs a kernel with gaps between them for that.
 * As all of the arena holds the pattern at the start, and the pattern is another one at every call, a
 * result that depends on memory that nobody wrote differs from call to call.
 */
import { assert } from "chai";
import { getKernel, KEPT_MEMORY_BYTES, type Kernel } from "../../src/kernel/instance.ts";

/** How much of the arena is filled; what small images need is far less. */
const FILLED_BYTES = 1 << 20;

/** The debug build's own check: 0, or the address of a byte that was overwritten. */
interface GuardedExports {
  checkGuards?(): number;
}

/** Fills the arena of the running instance, calls, and checks what must not have changed. */
export function watch<T>(fill: number, what: string, call: () => T): T {
  const kernel = getKernel();
  const start = kernel.exports.begin(0) >>> 0;
  const end = Math.min(kernel.memoryBytes, start + FILLED_BYTES);
  kernel.bytes.fill(fill, start, end);
  try {
    return call();
  } finally {
    checkAbove(kernel, end, fill, what);
    const damaged = (kernel.exports as GuardedExports).checkGuards?.() ?? 0;
    assert.equal(damaged, 0, `${what}: the guard at ${damaged >>> 0} was overwritten`);
    assert.isAtMost(getKernel().memoryBytes, KEPT_MEMORY_BYTES, `${what}: memory is kept`);
  }
}

function checkAbove(kernel: Kernel, end: number, fill: number, what: string): void {
  // Taking no bytes tells where the next allocation would start.
  const top = kernel.exports.reserve(0) >>> 0;
  if (top === 0 || top >= end) return;
  const words = new Int32Array(kernel.bytes.buffer, top, (end - top) >> 2);
  const expected = Math.imul(fill, 0x01010101);
  for (let i = 0; i < words.length; i++) {
    if (words[i] !== expected) {
      assert.fail(`${what}: memory at ${top + 4 * i} was written, ${4 * i} above the arena`);
    }
  }
}
