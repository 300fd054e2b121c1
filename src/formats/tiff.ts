/**
 * Registers TIFF alone: `import "@wdstream/wdstream/formats/tiff"`.
 *
 * @module
 */
import { tiff } from "../image/codecs/lazy.ts";
import { register } from "./register.ts";

register(tiff);

export { decodeImage } from "../image/decode_image.ts";
export { decodeMask } from "../image/decode_mask.ts";
