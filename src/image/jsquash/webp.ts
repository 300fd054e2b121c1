/**
 * WebP files to pixels, by libwebp.
 *
 * @module
 */
import { concatenate } from "../../concatenate.ts";
import { checkSize, corruptError, truncatedError } from "../codecs/faults.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import type { Image } from "../types.ts";
import { JsquashDecoder } from "./decoder.ts";
import { listChunks, readChunkSize, readUint24, viewOf } from "./webp_chunks.ts";

/** libwebp. */
export const webpDecoder: JsquashDecoder = new JsquashDecoder({
  title: "WebP",
  load: () => import("@jsquash/webp/decode.js"),
  entry: "@jsquash/webp/decode.js",
  binary: "codec/dec/webp_dec.wasm",
});

const ANIMATION_FLAG = 2;
const ALPHA_FLAG = 16;
const FRAME_HEADER_BYTES = 16;

/**
 * Decodes a WebP file; of an animation its first picture, on black where it does not fill the canvas.
 *
 * Shape: bytes to [H, W, 3] u8.
 * Exact: Pillow's `WebPImageFile` with `convert("RGB")`, by libwebp of any version.
 *
 * @throws {ImageError} `image/corrupt`, `image/truncated`, `image/too-large`; `image/no-decoder` without its package.
 */
export async function decodeWebp(bytes: Uint8Array, { maxPixels }: DecodingLimits): Promise<Image> {
  const view = viewOf(bytes);
  if (bytes.length < 20) throw truncatedError();
  if (8 + view.getUint32(4, true) > bytes.length) throw truncatedError();
  const chunks = [...listChunks(bytes, 12)];
  const [first] = chunks;
  if (first === undefined) throw truncatedError();
  const { width, height } = readChunkSize(first);
  checkSize(width, height, maxPixels);
  const isAnimated = first.type === "VP8X" && (first.body[0] & ANIMATION_FLAG) !== 0;
  if (!isAnimated) return await webpDecoder.decode(bytes, width, height);
  const frame = chunks.find(({ type }) => type === "ANMF");
  if (frame === undefined) throw corruptError("it is an animation without pictures");
  return await decodeFrame(frame.body, width, height);
}

/** The first picture of an animation, as a file of its own, on its canvas. */
async function decodeFrame(body: Uint8Array, width: number, height: number): Promise<Image> {
  if (body.length < FRAME_HEADER_BYTES) throw corruptError("its first picture has no header");
  const [left, top] = [2 * readUint24(body, 0), 2 * readUint24(body, 3)];
  const [across, down] = [1 + readUint24(body, 6), 1 + readUint24(body, 9)];
  if (left + across > width || top + down > height) {
    throw corruptError("its first picture goes beyond the canvas");
  }
  const parts = [...listChunks(body, FRAME_HEADER_BYTES)]
    .filter(({ type }) => type === "ALPH" || type === "VP8 " || type === "VP8L");
  const header = new Uint8Array(30);
  header.set(ascii("RIFF\0\0\0\0WEBPVP8X\n\0\0\0"));
  header[20] = parts.some(({ type }) => type === "ALPH") ? ALPHA_FLAG : 0;
  writeUint24(header, 24, across - 1);
  writeUint24(header, 27, down - 1);
  const file = concatenate([header, ...parts.map(({ whole }) => whole)]);
  viewOf(file).setUint32(4, file.length - 8, true);
  const image = await webpDecoder.decode(file, across, down);
  if (across === width && down === height) return image;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < down; y++) {
    const row = image.data.subarray(3 * y * across, 3 * (y + 1) * across);
    data.set(row, 3 * ((top + y) * width + left));
  }
  return { width, height, channels: 3, data };
}

function writeUint24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
  bytes[at + 2] = value >> 16;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
