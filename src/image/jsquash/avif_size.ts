/**
 * The size of an AVIF picture, by the boxes that describe it.
 *
 * @module
 */
import { corruptError, truncatedError } from "../codecs/faults.ts";
import { listBoxes } from "./boxes.ts";

/**
 * The size that a file tells, neither turned nor mirrored.
 *
 * @throws {ImageError} `image/truncated` if a box is cut, `image/corrupt` if none tells a size.
 */
export function readAvifSize(bytes: Uint8Array): { width: number; height: number } {
  let size: { width: number; height: number } | undefined;
  for (const { type, body, isWhole } of listBoxes(bytes)) {
    if (!isWhole) throw truncatedError(`it ends in its box "${type}"`);
    if (type === "meta") size = findLargest(body.subarray(4));
  }
  if (size === undefined) throw corruptError("it says no size");
  return size;
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
