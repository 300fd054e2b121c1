/**
 * AVIF files to pixels, by libavif with libaom.
 *
 * @module
 */
import { checkSize } from "../codecs/faults.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import type { Image } from "../types.ts";
import { readAvifSize } from "./avif_size.ts";
import { JsquashDecoder } from "./decoder.ts";

/** libavif. */
export const avifDecoder: JsquashDecoder = new JsquashDecoder({
  title: "AVIF",
  load: () => import("@jsquash/avif/decode.js"),
  entry: "@jsquash/avif/decode.js",
  binary: "codec/dec/avif_dec.wasm",
});

/**
 * Decodes an AVIF file, of more than 8 bits to 8; of a sequence its first picture. It is neither turned nor mirrored,
 * as Pillow does not.
 *
 * Shape: bytes to [H, W, 3] u8. Colours are libavif's, of another build than Pillow's: up to 2 levels of 255 apart.
 *
 * @throws {ImageError} `image/corrupt`, `image/truncated`, `image/too-large`; `image/no-decoder` without its package.
 */
export async function decodeAvif(bytes: Uint8Array, { maxPixels }: DecodingLimits): Promise<Image> {
  const size = readAvifSize(bytes);
  checkSize(size.width, size.height, maxPixels);
  return await avifDecoder.decode(bytes, size.width, size.height);
}
