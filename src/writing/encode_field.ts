/**
 * Values of fields as the bytes of members.
 *
 * @module
 */
import type { NpyArray } from "../sample/npy.ts";
import { formatJson, formatNumber } from "../sample/write_json.ts";
import { formatNpy } from "../sample/write_npy.ts";

/** Fields of text, as webdataset's encoder knows them by the last part of their names. */
const TEXT = new Set(["txt", "text", "transcript", "html", "htm"]);
const NUMBER = new Set(["cls", "cls2", "class", "count", "index", "inx", "id"]);
const JSON_TEXT = new Set(["json", "jsn"]);

/**
 * The bytes of a field's value: bytes as they are, text as UTF-8 whatever the field, numbers of `cls`, `cls2`, `class`,
 * `count`, `index`, `inx` and `id` as decimal text, anything of `json` and `jsn` as JSON, arrays of `npy` as numpy saves
 * them.
 *
 * Exact: webdataset 1.0, `writer.make_handlers`, for these.
 *
 * @throws {TypeError} If the field cannot hold the value.
 */
export function encodeField(extension: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return encodeText(value);
  const type = extension.slice(extension.lastIndexOf(".") + 1).toLowerCase();
  if (JSON_TEXT.has(type)) return encodeText(formatJson(value));
  if (NUMBER.has(type) && (typeof value === "number" || typeof value === "bigint")) {
    return encodeText(formatNumber(value));
  }
  if (type === "npy" && isArray(value)) return formatNpy(value);
  const takes = TEXT.has(type)
    ? "a string"
    : NUMBER.has(type)
    ? "a number"
    : type === "npy"
    ? "an array { data, shape, dtype, fortranOrder }"
    : "bytes or a string";
  throw new TypeError(`a field "${extension}" takes ${takes}`);
}

const encodeText = (text: string): Uint8Array => new TextEncoder().encode(text);

function isArray(value: unknown): value is NpyArray {
  const { data, shape, dtype } = (value ?? {}) as Partial<NpyArray>;
  return ArrayBuffer.isView(data) && Array.isArray(shape) && typeof dtype === "string";
}
