/**
 * jpeg-js: plain JavaScript.
 *
 * @module
 */
import type { ImageLibrary } from "./image_library.ts";
import { versionOf } from "./versions.ts";

export const name = "jpeg-js";

export async function load(): Promise<ImageLibrary> {
  const { default: jpegJs } = await import("jpeg-js");
  const options = { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 4096 } as const;
  return {
    name: `jpeg-js ${versionOf("jpeg-js")}`,
    note: "other pixels: an IDCT and an upsampling of its own",
    rounds: 3,
    decode: (file) => jpegJs.decode(file, options),
  };
}
