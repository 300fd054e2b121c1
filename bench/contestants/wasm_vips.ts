/**
 * wasm-vips: libvips compiled to WebAssembly.
 *
 * @module
 */
import { type ImageLibrary, type Pixels, resizedSize } from "./image_library.ts";
import { versionOf } from "./versions.ts";

export const name = "wasm-vips";

export async function load(): Promise<ImageLibrary> {
  // deno-lint-ignore no-explicit-any -- Its types are those of a global namespace.
  const { default: Vips }: any = await import("wasm-vips");
  const vips = await Vips({ dynamicLibraries: [] });
  vips.concurrency(1);
  return {
    name: `wasm-vips ${versionOf("wasm-vips")}`,
    rounds: 5,
    decode(file): void {
      const picture = vips.Image.newFromBuffer(file);
      picture.writeToMemory();
      picture.delete();
    },
    resizerNote: "SIMD, not exact; cropped and normalised in JavaScript",
    resize(file, resize): Pixels {
      const source = vips.Image.newFromBuffer(file);
      const picture = source.colourspace("srgb");
      const [across, down] = resizedSize(picture.width, picture.height, resize);
      const resized = picture.resize(across / picture.width, {
        vscale: down / picture.height,
        kernel: "cubic",
      });
      const { width, height, bands: channels } = resized;
      const data = resized.writeToMemory();
      for (const part of [resized, picture, source]) part.delete();
      return { data, width, height, channels };
    },
  };
}
