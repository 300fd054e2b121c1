/**
 * The one check of integers that callers give.
 *
 * @module
 */

/**
 * Gives `value` back where it is an integer in `least..most`.
 *
 * @param what What the number is, for the message.
 * @throws {RangeError} If it is not.
 */
export function checkInteger(
  what: string,
  value: number,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `in ${least}..${most}`;
  throw new RangeError(`${what} must be an integer ${range}, not ${String(value)}`);
}
