/**
 * JPEG decoding, byte for byte as libjpeg-turbo does it.
 *
 * ```ts
 * import { decodeJpeg, init } from "@wdstream/wdstream/jpeg";
 *
 * await init();
 * const read = (bytes: Uint8Array) => decodeJpeg(bytes).data;
 * console.log(typeof read);
 * ```
 *
 * @module
 */
export { init, type KernelSource } from "../../kernel/instance.ts";
export {
  decodeJpeg,
  type DecodeOptions,
  type DecodingLimits,
  DEFAULT_MAX_PIXELS,
  DEFAULT_MAX_SCANS,
  type JpegHeader,
  type JpegImage,
  type JpegWarnings,
  readJpegHeader,
  type Region,
} from "./decode.ts";
export { applyOrientation, type Orientation } from "./exif.ts";
export { toRgb } from "../to_rgb.ts";
export type { Image, Reference } from "../types.ts";
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorPlace,
  type Failure,
  ImageError,
  WdsError,
} from "../../errors.ts";
