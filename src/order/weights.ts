/**
 * Weights as integers, so that shares are exact.
 *
 * @module
 */

/**
 * Most that the weights of a mix add up to: the square is below 2^53, so that the closed forms of counts are
 * exact in doubles.
 */
export const MAX_WEIGHT = 2 ** 26;

/**
 * Integers in the proportions of some positive numbers.
 *
 * A number is taken as the decimal fraction that it prints as: 0.5, 0.3 and 0.2 become 5, 3 and 2. Where the
 * least such integers add up to more than 2^26, they are rounded to a total of at most that.
 *
 * @throws {RangeError} If a weight is not a positive finite number, or too light beside the others to get a
 *   share of 2^-26.
 */
export function scaleWeights(weights: readonly number[]): number[] {
  const fractions = weights.map((weight) => {
    if (typeof weight === "number" && weight > 0 && Number.isFinite(weight)) {
      return readDecimal(weight);
    }
    throw new RangeError(`A weight must be a positive number, not ${String(weight)}`);
  });
  const least = Math.min(...fractions.map(({ exponent }) => exponent));
  const whole = reduce(
    fractions.map(({ digits, exponent }) => digits * 10n ** BigInt(exponent - least)),
  );
  const total = sum(whole);
  if (total <= BigInt(MAX_WEIGHT)) return whole.map(Number);
  // Rounding adds at most half a unit each.
  const wanted = BigInt(MAX_WEIGHT - weights.length);
  const rounded = whole.map((weight, i) => {
    const share = (2n * weight * wanted + total) / (2n * total);
    if (share > 0n) return share;
    throw new RangeError(`The weight ${weights[i]} is less than 2^-26 of all weights`);
  });
  return reduce(rounded).map(Number);
}

/** The number `digits · 10^exponent` that a number prints as. */
function readDecimal(value: number): { digits: bigint; exponent: number } {
  const [mantissa, power = "0"] = String(value).split("e");
  const [whole, fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

function reduce(values: readonly bigint[]): bigint[] {
  const divisor = values.reduce(greatestCommonDivisor, 0n);
  return values.map((value) => value / divisor);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
