/**
 * Arrays that numpy saved, as masks.
 *
 * @module
 */
import { ImageError } from "../errors.ts";
import { parseNpy } from "../sample/npy.ts";
import { checkSize, variantError } from "./codecs/faults.ts";
import type { DecodingLimits } from "./jpeg/decode.ts";
import type { Mask } from "./types.ts";

/**
 * Reads a `.npy` file of integers or booleans as a mask: its rows are those of the image.
 *
 * Shape: bytes of an array [H, W] to [H, W] u8 of `uint8` and `bool`, else i32.
 * Exact: `numpy.load(file)`, in either order of its axes.
 *
 * @throws {ImageError} `image/unsupported-variant` if it has other dimensions, no integers, or one beyond 32 bits;
 *   `image/corrupt` if it is damaged; `image/too-large`.
 */
export function decodeNpyMask(bytes: Uint8Array, { maxPixels }: DecodingLimits): Mask {
  let array: ReturnType<typeof parseNpy>;
  try {
    array = parseNpy(bytes);
  } catch (cause) {
    throw new ImageError("image/corrupt", {
      action: "decode",
      reason: `it is an array of which ${(cause as Error).message}`,
      cause,
    });
  }
  const { shape: [height, width], shape, dtype, fortranOrder, data } = array;
  if (shape.length !== 2) {
    throw variantError(`a mask is an array [height, width], and this one is [${shape.join(", ")}]`);
  }
  if (!/^[biu]/.test(dtype)) throw variantError(`masks hold integers, and these are ${dtype}`);
  checkSize(width, height, maxPixels);
  const numbers = new (dtype === "u1" || dtype === "b1" ? Uint8Array : Int32Array)(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (value > 0x7fff_ffff || value < -0x8000_0000) {
      throw variantError(`a mask holds numbers of 32 bits, and there is ${data[i]}`);
    }
    numbers[fortranOrder ? (i % height) * width + Math.floor(i / height) : i] = value;
  }
  return { width, height, data: numbers };
}
