/**
 * AVIF files to pixels, by libavif with libaom.
 *
 * @module
 */
import { checkSize, corruptError, truncatedError } from "../codecs/faults.ts";
import type { DecodingLimits } from "../jpeg/decode.ts";
import type { Image } from "../types.ts";
import { listBoxes } from "./boxes.ts";
import { JsquashDecoder } from "./decoder.ts";

/** libavif. */
export const avifDecoder: JsquashDecoder = new JsquashDecoder({
  title: "AVIF",
  load: () => import("@jsquash/avif/decode.js"),
  entry: "@jsquash/avif/decode.js",
  binary: "codec/dec/avif_dec.wasm",
});

/**
 * Decodes an AVIF file, of more than 8 bits to 8; of a sequence its first picture. It is neither turned nor mirrored,
 * as Pillow does not.
 *
 * Shape: bytes to [H, W, 3] u8. Colours are libavif's, of another build than Pillow's: up to 2 levels of 255 apart.
 *
 * @throws {ImageError} `image/corrupt`, `image/truncated`, `image/too-large`; `image/no-decoder` without its package.
 */
export async function decodeAvif(bytes: Uint8Array, { maxPixels }: DecodingLimits): Promise<Image> {
  let size: { width: number; height: number } | undefined;
  for (const { type, body, isWhole } of listBoxes(bytes)) {
    if (!isWhole) throw truncatedError(`it ends in its box "${type}"`);
    if (type === "meta") size = findLargest(body.subarray(4));
  }
  if (size === undefined) throw corruptError("it says no size");
  checkSize(size.width, size.height, maxPixels);
  return await avifDecoder.decode(bytes, size.width, size.height);
}

/** The largest of the sizes of all that is in a file: its picture's, for its tiles, alpha and thumbnails are no larger. */
function findLargest(meta: Uint8Array): { width: number; height: number } | undefined {
  let largest: { width: number; height: number } | undefined;
  for (const properties of listBoxes(meta)) {
    if (properties.type !== "iprp") continue;
    for (const container of listBoxes(properties.body)) {
      if (container.type !== "ipco") continue;
      for (const { type, body } of listBoxes(container.body)) {
        if (type !== "ispe" || body.length < 12) continue;
        const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
        const [width, height] = [view.getUint32(4), view.getUint32(8)];
        if (largest === undefined || width * height > largest.width * largest.height) {
          largest = { width, height };
        }
      }
    }
  }
  return largest;
}
