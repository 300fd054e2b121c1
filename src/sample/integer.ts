/**
 * Integers in text, as Python reads them from bytes: class indices and their like.
 *
 * @module
 */

/** Digits at most: Python refuses more (`sys.int_info.default_max_str_digits`), for they take quadratic time. */
export const MAX_DIGITS = 4300;

/**
 * Reads an integer: digits, with single underscores between them, a sign before them and white space around them.
 *
 * Exact: CPython 3.11, `int(bytes)`, which unlike `int(str)` takes neither digits nor white space beyond ASCII.
 *
 * @param bytes The text.
 * @returns A number, or a bigint beyond 2^53 - 1 on either side of zero; `undefined` where it is no integer.
 */
export function parseInteger(bytes: Uint8Array): number | bigint | undefined {
  let start = 0;
  let end = bytes.length;
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  const sign = bytes[start];
  const isNegative = sign === 0x2d;
  if (isNegative || sign === 0x2b) start++;
  let digits = "";
  let count = 0;
  let value = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte === 0x5f) {
      // An underscore stands between two digits.
      if (i === start || i === end - 1 || bytes[i - 1] === 0x5f) return undefined;
      continue;
    }
    if (byte < 0x30 || byte > 0x39 || ++count > MAX_DIGITS) return undefined;
    value = value * 10 + (byte - 0x30);
    digits += String.fromCharCode(byte);
  }
  if (count === 0) return undefined;
  return toInteger(isNegative, value, digits);
}

/** The number where it is exact, else the bigint of its digits. There is one zero, without a sign. */
export function toInteger(isNegative: boolean, value: number, digits: string): number | bigint {
  if (value > Number.MAX_SAFE_INTEGER) return isNegative ? -BigInt(digits) : BigInt(digits);
  return isNegative && value !== 0 ? -value : value;
}

/** Python's `isspace` of bytes: blank, tab, line feed, vertical tab, form feed and carriage return. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
