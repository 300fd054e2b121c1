/**
 * Registers BMP alone: `import "@wdstream/wdstream/formats/bmp"`.
 *
 * @module
 */
import { bmp } from "../image/codecs/lazy.ts";
import { register } from "./register.ts";

register(bmp);

export { decodeImage } from "../image/decode_image.ts";
export { decodeMask } from "../image/decode_mask.ts";
