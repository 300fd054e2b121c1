/**
 * Names between bytes and strings, reversibly: valid UTF-8 as it is, every other byte `b` as the
 * lone surrogate U+DC00 + b, which is what Python's `surrogateescape` makes of it. Valid UTF-8
 * never decodes to a lone surrogate, so two different names never become one string.
 */

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

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
  let ascii = "";
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] >= 0x80) return decodeEncodedName(bytes);
    ascii += String.fromCharCode(bytes[i]);
  }
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

function decodeEncodedName(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  let name = "";
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes[i]);
    const end = i + length;
    if (length > 0 && end <= bytes.length) {
      try {
        name += strictDecoder.decode(bytes.subarray(i, end));
        i = end;
        continue;
      } catch {
        // Not a sequence after all: its first byte is escaped, the others are looked at anew.
      }
    }
    name += String.fromCharCode(0xdc00 + bytes[i]);
    i++;
  }
  return name;
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}
