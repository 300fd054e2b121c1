/**
 * The codecs of all formats but JPEG. Each loads its decoder with the first image that takes it, and is found by nobody
 * before it is registered.
 *
 * @module
 */
import type { Codec } from "../codec.ts";
import { findFormat, isAvif } from "../format.ts";
import { variantError } from "./faults.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import type { Image, Mask } from "../types.ts";

/** How a format's files become pixels. */
type DecodeFile = (
  bytes: Uint8Array,
  options: Parameters<Codec["decode"]>[1],
) => Image | Promise<Image>;

/** AVIF, by libavif. */
export const avif: Codec = /* @__PURE__ */ makeLazyCodec(
  ["avif"],
  () => import("../jsquash/avif.ts").then(({ decodeAvif }) => decodeAvif),
  isAvif,
);

/** BMP, by a decoder of ours. */
export const bmp: Codec = /* @__PURE__ */ makeLazyCodec(
  ["bmp"],
  () => import("../bmp/decode.ts").then(({ decodeBmp }) => decodeBmp),
  undefined,
  (bytes, options) =>
    import("../bmp/decode.ts").then(({ decodeBmpMask }) => decodeBmpMask(bytes, options)),
);

/** GIF, by a decoder of ours. */
export const gif: Codec = /* @__PURE__ */ makeLazyCodec(
  ["gif"],
  () => import("../gif/decode.ts").then(({ decodeGif }) => decodeGif),
  undefined,
  (bytes, options) =>
    import("../gif/decode.ts").then(({ decodeGifMask }) => decodeGifMask(bytes, options)),
);

/** JPEG XL, by libjxl. */
export const jxl: Codec = /* @__PURE__ */ makeLazyCodec(
  ["jxl"],
  () => import("../jsquash/jxl.ts").then(({ decodeJxl }) => decodeJxl),
);

/** PNG, by a decoder of ours over the platform's inflate. */
export const png: Codec = /* @__PURE__ */ makeLazyCodec(
  ["png", "apng"],
  () => import("../png/decode.ts").then(({ decodePng }) => decodePng),
  undefined,
  (bytes, options) =>
    import("../png/decode.ts").then(({ decodePngMask }) => decodePngMask(bytes, options)),
);

/** TIFF, by a decoder of ours over the platform's inflate. */
export const tiff: Codec = /* @__PURE__ */ makeLazyCodec(
  ["tiff", "tif"],
  () => import("../tiff/decode.ts").then(({ decodeTiff }) => decodeTiff),
  undefined,
  (bytes, options) =>
    import("../tiff/decode.ts").then(({ decodeTiffMask }) => decodeTiffMask(bytes, options)),
);

/** WebP, by libwebp. */
export const webp: Codec = /* @__PURE__ */ makeLazyCodec(
  ["webp"],
  () => import("../jsquash/webp.ts").then(({ decodeWebp }) => decodeWebp),
);

/** Arrays of numpy, which are masks and no images: no extension leads to them. */
export const npyMask: Codec = {
  name: "npy",
  extensions: [],
  isMine: (head) => NPY_MAGIC.every((byte, i) => head[i] === byte),
  decode() {
    throw variantError("an array of numpy is no image: it may be the mask of one");
  },
  decodeMask: (bytes, options) =>
    import("../npy_mask.ts").then(({ decodeNpyMask }) => decodeNpyMask(bytes, options)),
};

const NPY_MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** All formats of images. */
export const FORMATS: readonly Codec[] = [png, webp, avif, gif, bmp, tiff, jxl];

/** What `/formats` registers: them, and arrays. */
export const REGISTERED: readonly Codec[] = [...FORMATS, npyMask];

/**
 * Makes a codec of what loads its decoder.
 *
 * @param extensions The last parts of extensions that its files go by, the first of which is the format's name too.
 * @param load Gives the decoder. It is asked until it has given one.
 * @param isMine What tells its files, where their first bytes do not say enough.
 * @param decodeMask Decodes its files to the numbers of masks, where these are not what `load`'s decoder gives.
 */
function makeLazyCodec(
  extensions: readonly [string, ...string[]],
  load: () => Promise<DecodeFile>,
  isMine?: (head: Uint8Array) => boolean,
  decodeMask?: (bytes: Uint8Array, options: DecodingLimits) => Promise<Mask>,
): Codec {
  const [name] = extensions;
  let decode: DecodeFile | undefined;
  return {
    name,
    extensions,
    isMine: isMine ?? ((head) => findFormat(head)?.extensions.includes(name) ?? false),
    async decode(bytes, options) {
      decode ??= await load();
      return await decode(bytes, options);
    },
    ...(decodeMask && { decodeMask }),
  };
}
