/**
 * Images of all formats: `import "@wdstream/wdstream/formats"` has every transform, worker, command and handler read
 * PNG, WebP, AVIF, GIF, BMP, TIFF and JPEG XL beside JPEG. Nothing of a format is loaded before its first image.
 *
 * One by one they are registered by `/formats/png`, `/formats/webp` and so on, for bundles that shall hold no more.
 *
 * @module
 */
import { REGISTERED } from "../image/codecs/lazy.ts";
import { register } from "./register.ts";

register(...REGISTERED);

export { decodeImage } from "../image/decode_image.ts";
export { decodeMask } from "../image/decode_mask.ts";
export { initAvif, initJxl, initWebp } from "./decoders.ts";
export type { DecodingLimits } from "../image/jpeg/decode.ts";
export type { Image, Mask, MaskData } from "../image/types.ts";
