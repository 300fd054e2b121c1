/**
 * The chunks of which WebP files are made, and the size that the first one tells.
 *
 * @module
 */
import { corruptError, truncatedError } from "../codecs/faults.ts";

/** One chunk. */
export interface Chunk {
  readonly type: string;
  /** Body with the eight bytes before it and what pads it. */
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

/** Lists chunks one after the other. */
export function* listChunks(bytes: Uint8Array, from: number): Generator<Chunk> {
  const view = viewOf(bytes);
  for (let at = from; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length & 1);
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    yield { type, whole: bytes.subarray(at, end), body: bytes.subarray(at + 8, at + 8 + length) };
    at = end;
  }
}

/**
 * The size that a file tells.
 *
 * @throws {ImageError} `image/truncated` if it is cut, `image/corrupt` if it tells none.
 */
export function readWebpSize(bytes: Uint8Array): { width: number; height: number } {
  for (const first of listChunks(bytes, 12)) return readChunkSize(first);
  throw truncatedError();
}

/**
 * The size that the first chunk tells.
 *
 * @throws {ImageError} `image/truncated` if it is cut, `image/corrupt` if it is none that tells one.
 */
export function readChunkSize({ type, body }: Chunk): { width: number; height: number } {
  if (body.length < 10 && type !== "VP8L" || body.length < 5) throw truncatedError();
  const view = viewOf(body);
  if (type === "VP8X") {
    return { width: 1 + readUint24(body, 4), height: 1 + readUint24(body, 7) };
  }
  if (type === "VP8L" && body[0] === 0x2f) {
    const bits = view.getUint32(1, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  if (type === "VP8 " && body[3] === 0x9d && body[4] === 0x01 && body[5] === 0x2a) {
    return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
  }
  throw corruptError("its first chunk is no picture");
}

/** Three bytes as a number, the lowest first. */
export function readUint24(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;
}

/** Numbers in bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
