/**
 * Bytes as a cache keeps them: with their key, their length and their checksum, so that nothing is believed that was
 * cut, damaged or put in another's place.
 *
 * | Bytes | What                                            |
 * | ----- | ----------------------------------------------- |
 * | 4     | `WDSC` in ASCII                                 |
 * | 2     | version of the format: 1                        |
 * | 2     | bytes of the key, K                             |
 * | 4     | bytes that are kept, N                          |
 * | 4     | CRC-32 of the key and the bytes                 |
 * | K     | the key in ASCII                                |
 * | N     | the bytes                                       |
 *
 * All numbers are little-endian.
 *
 * @module
 */
import { updateCrc32 } from "../../numbers/crc32.ts";

const HEAD_BYTES = 16;
/** How many bytes framing adds to those of an entry. */
export function frameBytes(key: string): number {
  return HEAD_BYTES + key.length;
}

/** `WDSC`. */
const MAGIC = 0x43534457;
const VERSION = 1;

/** Bytes as they are kept. */
export function frame(key: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(key);
  const framed = new Uint8Array(HEAD_BYTES + name.length + bytes.length);
  const view = new DataView(framed.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, name.length, true);
  view.setUint32(8, bytes.length, true);
  framed.set(name, HEAD_BYTES);
  framed.set(bytes, HEAD_BYTES + name.length);
  view.setInt32(12, updateCrc32(framed.subarray(HEAD_BYTES), 0), true);
  return framed;
}

/** The bytes that were kept by a key: a view; absent where these are not they. */
export function unframe(key: string, framed: Uint8Array): Uint8Array | undefined {
  if (framed.length < HEAD_BYTES) return undefined;
  const view = new DataView(framed.buffer, framed.byteOffset, framed.byteLength);
  const nameLength = view.getUint16(6, true);
  const isSound = view.getUint32(0, true) === MAGIC && view.getUint16(4, true) === VERSION &&
    nameLength === key.length &&
    framed.length === HEAD_BYTES + nameLength + view.getUint32(8, true) &&
    view.getInt32(12, true) === updateCrc32(framed.subarray(HEAD_BYTES), 0);
  if (!isSound) return undefined;
  const name = new TextDecoder().decode(framed.subarray(HEAD_BYTES, HEAD_BYTES + nameLength));
  return name === key ? framed.subarray(HEAD_BYTES + nameLength) : undefined;
}
