/**
 * Registers GIF alone: `import "@wdstream/wdstream/formats/gif"`.
 *
 * @module
 */
import { gif } from "../image/codecs/lazy.ts";
import { register } from "./register.ts";

register(gif);

export { decodeImage } from "../image/decode_image.ts";
export { decodeMask } from "../image/decode_mask.ts";
