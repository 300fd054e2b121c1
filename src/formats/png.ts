/**
 * Registers PNG alone: `import "@wdstream/wdstream/formats/png"`.
 *
 * @module
 */
import { png } from "../image/codecs/lazy.ts";
import { register } from "./register.ts";

register(png);

export { decodeImage } from "../image/decode_image.ts";
export { decodeMask } from "../image/decode_mask.ts";
