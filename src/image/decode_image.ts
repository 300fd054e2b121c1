/**
 * An image file of any format to pixels.
 *
 * @module
 */
import { requireCodec } from "./codec.ts";
import { listCodecs } from "./codecs/plugged.ts";
import type { DecodingLimits } from "./jpeg/decode.ts";
import { toRgb } from "./to_rgb.ts";
import type { Image } from "./types.ts";

/**
 * Decodes an image of any format that was registered, or a JPEG file, to RGB. The content decides what it is.
 *
 * Shape: bytes to [H, W, 3] u8.
 * Exact: Pillow's `Image.open(file).convert("RGB")`; of AVIF and JPEG XL, whose decoders are other builds, up to some
 * levels apart.
 *
 * @throws {ImageError} `image/unsupported-format` if it is of another format; else what its format's decoder throws.
 *
 * @example Usage
 * ```ts
 * import { decodeImage } from "@wdstream/wdstream/formats";
 *
 * const bitmap = new Uint8Array(58); // one blue pixel
 * bitmap.set([0x42, 0x4d, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40]);
 * bitmap.set([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24], 18);
 * bitmap[54] = 255;
 * const { width, height, data } = await decodeImage(bitmap);
 * if (`${width} ${height} ${data}` !== "1 1 0,0,255") throw new Error(`${data}`);
 * ```
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodingLimits = {},
): Promise<Image> {
  const codec = requireCodec(bytes, "", listCodecs());
  await codec.load?.();
  return toRgb(await codec.decode(bytes, options));
}
