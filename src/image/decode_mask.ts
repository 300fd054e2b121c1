/**
 * An image file to the numbers of a mask.
 *
 * @module
 */
import { type Codec, requireCodec } from "./codec.ts";
import { variantError } from "./codecs/faults.ts";
import { listCodecs } from "./codecs/plugged.ts";
import { describeFormat } from "./format.ts";
import type { DecodingLimits } from "./jpeg/decode.ts";
import type { Mask } from "./types.ts";

/**
 * Decodes an image of one channel to its numbers, as masks are stored: of PNG, GIF, BMP and TIFF files with a palette the
 * indices, not the colours, of others the grey values. Greys of 1 bit give 0 and 1, 2 and 4 bits are scaled to 255, 16
 * bits are kept. JPEG files may be masks where they are grey, `.npy` files where they are integers `[height, width]`.
 *
 * Shape: bytes to [H, W] u8, or i32 of 16-bit PNG and TIFF and of `.npy` but `uint8` and `bool`.
 * Exact: `numpy.array(Image.open(file))` of Pillow 12.2 and 9.4: modes "1", "L", "P", "I" and "I;16"; `numpy.load`.
 *
 * @throws {ImageError} `image/unsupported-variant` if it has several channels, or is of a format that has no masks;
 *   `image/unsupported-format` if it is of a format that was not registered; else what its format's decoder throws.
 *
 * @example Usage
 * ```ts
 * import { decodeMask } from "@wdstream/wdstream/formats";
 *
 * const base64 = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABAQMAAADD8p2OAAAABlBMVEUAAAD/gAAgfBVpAAAACklEQVR4" +
 *   "2mO4AAAA0gDRdlF0OgAAAABJRU5ErkJggg==";
 * const png = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)); // black and orange
 * const { width, data } = await decodeMask(png);
 * if (width !== 4 || data.join() !== "1,1,0,1") throw new Error(`${data}`);
 * ```
 */
export function decodeMask(bytes: Uint8Array, options: DecodingLimits = {}): Promise<Mask> {
  return decodeMaskBy(requireCodec(bytes, "", listCodecs()), bytes, options);
}

/**
 * Decodes a mask by the codec that was found for it.
 *
 * @throws {ImageError} As {@linkcode decodeMask}.
 */
export async function decodeMaskBy(
  codec: Codec,
  bytes: Uint8Array,
  options: DecodingLimits,
): Promise<Mask> {
  await codec.load?.();
  if (codec.decodeMask !== undefined) return await codec.decodeMask(bytes, options);
  throw variantError(
    `masks are PNG, GIF, BMP, TIFF, npy or grey JPEG files, and this is ${describeFormat(bytes)}`,
  );
}
