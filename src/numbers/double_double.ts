/**
 * Numbers as unevaluated sums of two doubles, about 106 bits.
 *
 * Only `+ - * /` are used, which IEEE 754 rounds alike everywhere, so every runtime gets the same
 * bits. Every operation's error is below 2^-100 of its result, except that of a sum whose terms
 * cancel. The error-free steps are those of T. J. Dekker, "A floating-point technique for
 * extending the available precision" (1971), and of Knuth's two-sum.
 *
 * @module
 */

/** `high + low`, where `high` is the sum rounded to a double. */
export type DoubleDouble = readonly [high: number, low: number];

/** 2^27 + 1 splits a double into two halves of at most 26 bits. */
const SPLITTER = 134217729;

/** What rounding took from `sum = a + b`. */
export function sumError(a: number, b: number, sum: number): number {
  const part = sum - a;
  return (a - (sum - part)) + (b - part);
}

/** What rounding took from `product = a * b`. Exact while neither exceeds 2^996. */
export function productError(a: number, b: number, product: number): number {
  const scaledA = SPLITTER * a;
  const highA = scaledA - (scaledA - a);
  const lowA = a - highA;
  const scaledB = SPLITTER * b;
  const highB = scaledB - (scaledB - b);
  const lowB = b - highB;
  return ((highA * highB - product) + highA * lowB + lowA * highB) + lowA * lowB;
}

/** Makes a pair of `high + low` where `high` is the larger. */
export function renormalize(high: number, low: number): DoubleDouble {
  const sum = high + low;
  return [sum, low - (sum - high)];
}

/** `a + b`. */
export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = a[0] + b[0];
  const highError = sumError(a[0], b[0], high);
  const low = a[1] + b[1];
  const lowError = sumError(a[1], b[1], low);
  const partial = renormalize(high, highError + low);
  return renormalize(partial[0], partial[1] + lowError);
}

/** `a * b`. */
export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = a[0] * b[0];
  return renormalize(high, productError(a[0], b[0], high) + (a[0] * b[1] + a[1] * b[0]));
}

/** `a / b`. */
export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const first = a[0] / b[0];
  const rest = add(a, negate(multiply(b, [first, 0])));
  const second = rest[0] / b[0];
  const remainder = add(rest, negate(multiply(b, [second, 0])));
  return add(renormalize(first, second), [remainder[0] / b[0], 0]);
}

/** `-a`. */
export function negate(a: DoubleDouble): DoubleDouble {
  return [-a[0], -a[1]];
}
