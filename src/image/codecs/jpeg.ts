/**
 * JPEG, by the kernel.
 *
 * @module
 */
import { getModule, init, type KernelSource } from "../../kernel/instance.ts";
import { type Codec, toMask } from "../codec.ts";
import { isJpeg, JPEG } from "../format.ts";
import { decodeJpeg, readJpegHeader } from "../jpeg/decode.ts";
import { transformJpeg } from "../transform/transform.ts";

/** The codec of JPEG. */
export const jpeg: Codec = {
  name: "jpeg",
  extensions: JPEG.extensions,
  isMine: isJpeg,
  // A module that is no longer one on the other side of a runtime's messages is compiled again.
  load: (shared) =>
    shared === undefined ? init() : init(shared as KernelSource).catch(() => init()),
  share: getModule,
  readHeader: readJpegHeader,
  decode: decodeJpeg,
  decodeMask: async (bytes, options) =>
    toMask(await decodeJpeg(bytes, { ...options, as: "native" })),
  transform: transformJpeg,
};
