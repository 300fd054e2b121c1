/**
 * sharp: libvips and its own build of MozJPEG, native.
 *
 * @module
 */
import type { ImageLibrary, Pixels } from "./image_library.ts";
import { versionOf } from "./versions.ts";

export const name = "sharp";

export async function load(): Promise<ImageLibrary> {
  // deno-lint-ignore no-explicit-any -- The types of its pipeline do not load without its binary.
  const { default: sharp }: any = await import("sharp");
  sharp.concurrency(1);
  sharp.cache(false);
  return {
    name: `sharp ${versionOf("sharp")}`,
    note: "native code, its threads limited to one",
    decode: (file) => sharp(file).toColourspace("srgb").raw().toBuffer(),
    resizerNote:
      "native code, one thread, no shrinking on load; cropped and normalised in JavaScript",
    async resize(file, resize): Promise<Pixels> {
      const { data, info: { width, height, channels } } = await sharp(file).toColourspace("srgb")
        .resize(resize, resize, { fit: "outside", kernel: "cubic", fastShrinkOnLoad: false })
        .raw().toBuffer({ resolveWithObject: true });
      return { data, width, height, channels };
    },
  };
}
