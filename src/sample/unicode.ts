/**
 * Text in Unicode's encodings, as Python's `json` finds out which, and decodes them with `surrogatepass`: lone
 * surrogates are text too.
 *
 * @module
 */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes the bytes of JSON, by their byte order mark or by the zeros among the first four.
 *
 * Exact: CPython 3.11, `json.detect_encoding` and `bytes.decode(…, "surrogatepass")`.
 *
 * @throws {SyntaxError} If they are no text in the encoding.
 */
export function decodeUnicode(bytes: Uint8Array): string {
  const { 0: a, 1: b, 2: c, 3: d, length } = bytes;
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return decodeUtf32(bytes.subarray(4), false);
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return decodeUtf32(bytes.subarray(4), true);
  if (a === 0xfe && b === 0xff) return decodeUtf16(bytes.subarray(2), false);
  if (a === 0xff && b === 0xfe) return decodeUtf16(bytes.subarray(2), true);
  if (a === 0xef && b === 0xbb && c === 0xbf) return decodeUtf8(bytes.subarray(3));
  if (length >= 4) {
    if (a === 0) return b === 0 ? decodeUtf32(bytes, false) : decodeUtf16(bytes, false);
    if (b === 0) return c === 0 && d === 0 ? decodeUtf32(bytes, true) : decodeUtf16(bytes, true);
  } else if (length === 2) {
    if (a === 0) return decodeUtf16(bytes, false);
    if (b === 0) return decodeUtf16(bytes, true);
  }
  return decodeUtf8(bytes);
}

/**
 * Decodes UTF-8 in which surrogates may be encoded as well, each on its own. Exact: Python's `surrogatepass`.
 *
 * @throws {SyntaxError} If it is no such text.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return decodeWithSurrogates(bytes);
  }
}

function decodeWithSurrogates(bytes: Uint8Array): string {
  const parts: string[] = [];
  let start = 0;
  const flush = (end: number): void => {
    try {
      parts.push(utf8.decode(bytes.subarray(start, end)));
    } catch {
      throw new SyntaxError("its text is not UTF-8");
    }
  };
  for (let i = bytes.indexOf(0xed); i >= 0; i = bytes.indexOf(0xed, i + 1)) {
    // 0xed is a first byte only, so that every surrogate is found.
    if (!(bytes[i + 1] >= 0xa0 && bytes[i + 1] <= 0xbf && (bytes[i + 2] & 0xc0) === 0x80)) continue;
    flush(i);
    parts.push(
      String.fromCharCode(0xd000 | ((bytes[i + 1] & 0x3f) << 6) | (bytes[i + 2] & 0x3f)),
    );
    start = i + 3;
  }
  flush(bytes.length);
  return parts.join("");
}

function decodeUtf16(bytes: Uint8Array, isLittle: boolean): string {
  if (bytes.length % 2 === 1) throw new SyntaxError("its UTF-16 text has half a letter at its end");
  const units = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < units.length; i++) {
    units[i] = isLittle
      ? bytes[2 * i] | (bytes[2 * i + 1] << 8)
      : (bytes[2 * i] << 8) | bytes[2 * i + 1];
  }
  return joinUnits(units);
}

function decodeUtf32(bytes: Uint8Array, isLittle: boolean): string {
  if (bytes.length % 4 !== 0) {
    throw new SyntaxError("its UTF-32 text has a part of a letter at its end");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units = new Uint16Array(bytes.length / 2);
  let count = 0;
  for (let i = 0; i < bytes.length; i += 4) {
    const point = view.getUint32(i, isLittle);
    if (point > 0x10ffff) throw new SyntaxError("its UTF-32 text holds what is no letter");
    if (point > 0xffff) {
      units[count++] = 0xd800 + ((point - 0x10000) >> 10);
      units[count++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
    } else units[count++] = point;
  }
  return joinUnits(units.subarray(0, count));
}

function joinUnits(units: Uint16Array): string {
  const parts: string[] = [];
  // The arguments of a call have a limit.
  for (let i = 0; i < units.length; i += 8192) {
    parts.push(String.fromCharCode(...units.subarray(i, i + 8192)));
  }
  return parts.join("");
}
