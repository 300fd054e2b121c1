/**
 * One mask's file to a smaller one, beside its image.
 *
 * @module
 */
import { requireCodec } from "../image/codec.ts";
import { FORMATS } from "../image/codecs/lazy.ts";
import { variantError } from "../image/codecs/faults.ts";
import { CODECS } from "../image/codecs/mod.ts";
import { decodeMaskBy } from "../image/decode_mask.ts";
import { encodeMaskPng, type MaskColours } from "../image/encode/mask_png.ts";
import { nearestIndices } from "../image/resize/coefficients.ts";
import type { Image, Mask } from "../image/types.ts";
import { loadPako } from "../storage/inflate.ts";

type Size = Pick<Image, "width" | "height">;

/** Sizes of the image that a mask is of. */
export interface MaskSizes {
  /** As it was. */
  readonly from: Size;
  /** As it is. */
  readonly to: Size;
}

const PNG_SIGNATURE_BYTES = 8;

/**
 * Makes the PNG file of a mask as small as its image was made: each pixel is the nearest one, its palette stays.
 *
 * Exact: `numpy.array(Image.open(file).resize(size, Image.NEAREST))` of Pillow, modes "1", "L", "P", "I" and "I;16".
 *
 * @throws {ImageError} `image/unsupported-variant` if it is no PNG file of one channel, or of another size than its image
 *   was; else what decoding it throws.
 */
export async function resizeMaskFile(
  bytes: Uint8Array,
  name: string,
  { from, to }: MaskSizes,
): Promise<Uint8Array<ArrayBuffer>> {
  const codec = requireCodec(bytes, name, [...CODECS, ...FORMATS]);
  if (codec.name !== "png") {
    throw variantError(
      `masks are made smaller as PNG files, and this is of the format ${codec.name}`,
    );
  }
  const mask = await decodeMaskBy(codec, bytes, {});
  if (mask.width !== from.width || mask.height !== from.height) {
    throw variantError(
      `the mask has ${mask.width}x${mask.height} pixels, and its image ${from.width}x${from.height}`,
    );
  }
  const { deflate } = await loadPako();
  return await encodeMaskPng(
    pickNearest(mask, to),
    readColours(bytes),
    // Platforms do not compress alike.
    (rows) => deflate(rows) as Uint8Array<ArrayBuffer>,
  );
}

function pickNearest({ width, height, data }: Mask, to: Size): Mask {
  const columns = nearestIndices(width, 0, width, to.width);
  const rows = nearestIndices(height, 0, height, to.height);
  const picked = new (data.constructor as Uint8ArrayConstructor)(to.width * to.height);
  let at = 0;
  for (const y of rows) {
    const row = y * width;
    for (const x of columns) picked[at++] = data[row + x];
  }
  return { ...to, data: picked };
}

/** What a file that was decoded says of its numbers: how many bits they have, and which colours these stand for. */
function readColours(bytes: Uint8Array): MaskColours {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Record<string, Uint8Array> = {};
  for (let at = PNG_SIGNATURE_BYTES; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === "IDAT" || type === "IEND") break;
    chunks[type] ??= bytes.subarray(at + 8, at + 8 + length);
    at += 12 + length;
  }
  const { IHDR, PLTE, tRNS } = chunks;
  const [depth, colour] = IHDR.subarray(8);
  return colour === 3
    ? { depth: 8, palette: PLTE, transparency: tRNS }
    : { depth: depth === 1 ? 1 : depth === 16 ? 16 : 8 };
}
