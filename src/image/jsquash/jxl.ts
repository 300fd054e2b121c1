/**
 * JPEG XL files to pixels, by libjxl.
 *
 * @module
 */
import { checkSize } from "../codecs/faults.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import type { Image } from "../types.ts";
import { JsquashDecoder } from "./decoder.ts";
import { readJxlSize } from "./jxl_size.ts";

/** libjxl. */
export const jxlDecoder: JsquashDecoder = new JsquashDecoder({
  title: "JPEG XL",
  load: () => import("@jsquash/jxl/decode.js"),
  entry: "@jsquash/jxl/decode.js",
  binary: "codec/dec/jxl_dec.wasm",
});

/**
 * Decodes a JPEG XL file, bare or in a container, upright as it is to be shown, in sRGB, of more than 8 bits to 8.
 *
 * Shape: bytes to [H, W, 3] u8. Lossless ones are exact; lossy ones are libjxl's, of another version than others have.
 *
 * @throws {ImageError} `image/corrupt`, `image/truncated`, `image/too-large`; `image/no-decoder` without its package.
 */
export async function decodeJxl(bytes: Uint8Array, { maxPixels }: DecodingLimits): Promise<Image> {
  const { width, height } = readJxlSize(bytes);
  checkSize(width, height, maxPixels);
  return await jxlDecoder.decode(bytes, width, height);
}
