/**
 * Boxes, of which AVIF files and JPEG XL containers are made.
 *
 * @module
 */

/** One box: a type and what is in it. */
export interface Box {
  readonly type: string;
  readonly body: Uint8Array;
  /** Whether the file has all of it. */
  readonly isWhole: boolean;
}

/** Lists boxes one after the other; ends where there is none. Exact: ISO/IEC 14496-12, 4.2. */
export function* listBoxes(bytes: Uint8Array, from = 0): Generator<Box> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = from; at + 8 <= bytes.length;) {
    const short = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const isLong = short === 1 && at + 16 <= bytes.length;
    const header = isLong ? 16 : 8;
    const length = isLong
      ? view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12)
      // The last one may go on to the end.
      : short === 0
      ? bytes.length - at
      : short;
    if (length < header) return;
    const end = at + length;
    yield { type, body: bytes.subarray(at + header, end), isWhole: end <= bytes.length };
    at = end;
  }
}
