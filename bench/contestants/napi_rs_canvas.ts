/**
 * @napi-rs/canvas: Skia, native.
 *
 * @module
 */
import type { ImageLibrary } from "./image_library.ts";
import { versionOf } from "./versions.ts";

export const name = "@napi-rs/canvas";

export async function load(): Promise<ImageLibrary> {
  const { createCanvas, loadImage } = await import("@napi-rs/canvas");
  return {
    name: `@napi-rs/canvas ${versionOf("@napi-rs/canvas")}`,
    note: "native code; by drawImage and getImageData, to RGBA",
    async decode(file): Promise<unknown> {
      const image = await loadImage(file);
      const context = createCanvas(image.width, image.height).getContext("2d");
      context.drawImage(image, 0, 0);
      return context.getImageData(0, 0, image.width, image.height).data;
    },
  };
}
