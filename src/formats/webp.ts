/**
 * Registers WebP alone: `import "@wdstream/wdstream/formats/webp"`.
 *
 * @module
 */
import { webp } from "../image/codecs/lazy.ts";
import { register } from "./register.ts";

register(webp);

export { decodeImage } from "../image/decode_image.ts";
export { initWebp } from "./decoders.ts";
