/**
 * Registers JPEG XL alone: `import "@wdstream/wdstream/formats/jxl"`.
 *
 * @module
 */
import { jxl } from "../image/codecs/lazy.ts";
import { register } from "./register.ts";

register(jxl);

export { decodeImage } from "../image/decode_image.ts";
export { initJxl } from "./decoders.ts";
