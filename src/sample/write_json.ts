/**
 * Values as JSON text, as Python's `json` writes it.
 *
 * @module
 */
import { MAX_JSON_DEPTH } from "./json.ts";

/**
 * Writes a value as JSON.
 *
 * Exact: CPython 3.11, `json.dumps(value)`: a space behind each comma and colon, and every character beyond ASCII as an
 * escape. Numbers without a fraction are written as integers, `undefined` in an object is left out.
 *
 * @throws {TypeError} If JSON has nothing for a value, or it is nested too deeply, or within itself.
 */
export function formatJson(value: unknown): string {
  return formatValue(value, 0);
}

function formatValue(value: unknown, depth: number): string {
  if (depth > MAX_JSON_DEPTH) throw new TypeError("JSON takes no value that is nested so deeply");
  if (value === null) return "null";
  if (typeof value === "string") return formatText(value);
  if (typeof value === "number" || typeof value === "bigint") return formatNumber(value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) {
    return `[${value.map((each) => formatValue(each, depth + 1)).join(", ")}]`;
  }
  if (typeof value !== "object" || ArrayBuffer.isView(value)) {
    throw new TypeError(
      `JSON has nothing for ${typeof value === "object" ? "bytes" : typeof value}`,
    );
  }
  const members = Object.entries(value).filter(([, each]) => each !== undefined)
    .map(([name, each]) => `${formatText(name)}: ${formatValue(each, depth + 1)}`);
  return `{${members.join(", ")}}`;
}

function formatText(text: string): string {
  return JSON.stringify(text).replace(
    // JSON's own escapes are Python's, which escapes DEL too.
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Writes a number.
 *
 * Exact: CPython 3.11, `repr(int)` of a number that is an integer of at most 2^53 - 1 on either side of zero, and
 * `repr(float)` of any other; `NaN` and `Infinity` as its `json` writes them.
 */
export function formatNumber(value: number | bigint): string {
  if (typeof value === "bigint" || !Number.isFinite(value)) return String(value);
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0.0" : String(value);
  const [mantissa, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
