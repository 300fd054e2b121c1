/**
 * Names between bytes and strings, reversibly: valid UTF-8 as it is, every other byte `b` as the
 * lone surrogate U+DC00 + b, which is what Python's `surrogateescape` makes of it. Valid UTF-8
 * never decodes to a lone surrogate, so two different names never become one string.
 *
 * @module
 */
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

const LONG_BYTES = 100;

/**
 * Decodes the bytes of a name, those that are not UTF-8 included.
 *
 * Exact: Python's `bytes.decode("utf-8", "surrogateescape")`.
 *
 * @example Usage
 * ```ts
 * import { decodeName, encodeName } from "@wdstream/wdstream/tar";
 *
 * const latin1 = new Uint8Array([0x63, 0xe9]);
 * if (decodeName(latin1) !== "c\udce9") throw new Error("not escaped");
 * if (encodeName("c\udce9")[1] !== 0xe9) throw new Error("not restored");
 * ```
 */
export function decodeName(bytes: Uint8Array): string {
  const { length } = bytes;
  // Runtimes take a longer way into their own decoder than the few letters of a name are worth.
  if (length > LONG_BYTES) return decodeLongName(bytes);
  for (let i = 0; i < length; i++) if (bytes[i] >= 0x80) return decodeLongName(bytes);
  if (length > 8) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let ascii = "";
  for (let i = 0; i < length; i++) ascii += String.fromCharCode(bytes[i]);
  return ascii;
}

/**
 * Gives the bytes that {@linkcode decodeName} decodes to `name`.
 *
 * Exact: Python's `str.encode("utf-8", "surrogateescape")` for names that came from bytes.
 *
 * @example Usage
 * ```ts
 * import { encodeName } from "@wdstream/wdstream/tar";
 *
 * if (encodeName("é").length !== 2) throw new Error("not UTF-8");
 * ```
 */
export function encodeName(name: string): Uint8Array<ArrayBuffer> {
  const parts: number[] = [];
  let start = 0;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    const escapes = unit >= 0xdc80 && unit <= 0xdcff &&
      !(i > 0 && (name.charCodeAt(i - 1) & 0xfc00) === 0xd800);
    if (!escapes) continue;
    for (const byte of encoder.encode(name.slice(start, i))) parts.push(byte);
    parts.push(unit & 0xff);
    start = i + 1;
  }
  const rest = encoder.encode(name.slice(start));
  if (parts.length === 0) return rest;
  const bytes = new Uint8Array(parts.length + rest.length);
  bytes.set(parts);
  bytes.set(rest, parts.length);
  return bytes;
}

function decodeLongName(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

/** In one pass: what is UTF-8 is found first and decoded in one piece, whatever stands between is escaped. */
function decodeEscaping(bytes: Uint8Array): string {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    if (length > 0) {
      i += length;
      continue;
    }
    if (start < i) parts.push(strictDecoder.decode(bytes.subarray(start, i)));
    parts.push(String.fromCharCode(0xdc00 + bytes[i]));
    i++;
    start = i;
  }
  if (start < bytes.length) parts.push(strictDecoder.decode(bytes.subarray(start)));
  return parts.join("");
}

/**
 * Bytes of the UTF-8 sequence that begins at `i`, 0 where none does: Unicode's table 3-7, in which the
 * second byte's range depends on the first one.
 */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i];
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const second = bytes[i + 1];
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  // Beyond the end there is `undefined`, which no comparison takes.
  if (!(second >= low && second <= high)) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let k = 2; k < length; k++) if (!((bytes[i + k] & 0xc0) === 0x80)) return 0;
  return length;
}
