/**
 * Registers AVIF alone: `import "@wdstream/wdstream/formats/avif"`.
 *
 * @module
 */
import { avif } from "../image/codecs/lazy.ts";
import { register } from "./register.ts";

register(avif);

export { decodeImage } from "../image/decode_image.ts";
export { initAvif } from "./decoders.ts";
