/** Whether two values are the same, typed arrays by their bytes: chai compares these one number after the other, slowly. */

import { assert } from "chai";

/** Fails unless both are of the same kind and have the same in them, all the way down. */
export function assertSame(actual: unknown, expected: unknown, path = "the value"): void {
  if (ArrayBuffer.isView(actual) && ArrayBuffer.isView(expected)) {
    assert.equal(actual.constructor, expected.constructor, path);
    const [a, b] = [bytesOf(actual), bytesOf(expected)];
    assert.equal(a.length, b.length, path);
    let at = 0;
    while (at < a.length && a[at] === b[at]) at++;
    assert.equal(at, a.length, `${path} differs at byte ${at}`);
    return;
  }
  const isBoth = [actual, expected].every((each) => typeof each === "object" && each !== null);
  if (!isBoth) return assert.deepEqual(actual, expected, path);
  assert.equal(Array.isArray(actual), Array.isArray(expected), path);
  const [mine, theirs] = [actual, expected] as Record<string, unknown>[];
  assert.deepEqual(Object.keys(mine).sort(), Object.keys(theirs).sort(), path);
  for (const key of Object.keys(theirs)) assertSame(mine[key], theirs[key], `${path}.${key}`);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
