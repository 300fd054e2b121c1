/**
 * Grey and CMYK pixels to RGB.
 *
 * @module
 */
import type { Image } from "./types.ts";

/**
 * Converts an image to RGB as Pillow's `convert("RGB")` does.
 *
 * Shape: [H, W, 1], [H, W, 3] or [H, W, 4] (CMYK) u8 to [H, W, 3] u8, packed. RGB is returned as it is.
 * Exact: Pillow 9.4, `Convert.c`, `l2rgb` and `cmyk2rgb`.
 *
 * @example Usage
 * ```ts
 * import { toRgb } from "@wdstream/wdstream/jpeg";
 *
 * const rgb = toRgb({ width: 1, height: 1, channels: 1, data: new Uint8Array([7]) });
 * if (rgb.data.join() !== "7,7,7") throw new Error(`${rgb.data}`);
 * ```
 */
export function toRgb(image: Image): Image {
  if (image.channels === 3) return image;
  const { width, height, data } = image;
  const rgb = new Uint8Array(width * height * 3);
  if (image.channels === 1) {
    for (let from = 0, to = 0; from < data.length; from++, to += 3) {
      rgb[to] = rgb[to + 1] = rgb[to + 2] = data[from];
    }
  } else {
    for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
      const white = 255 - data[from + 3];
      for (let channel = 0; channel < 3; channel++) {
        const ink = white * data[from + channel] + 128;
        // The bytes of the array wrap where the difference is negative, so it is clipped before.
        rgb[to + channel] = Math.max(0, white - ((ink + (ink >> 8)) >> 8));
      }
    }
  }
  return { width, height, channels: 3, data: rgb };
}
