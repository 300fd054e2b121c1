/**
 * jSquash: MozJPEG's decoder and a Rust resizer, compiled to WebAssembly. Loaded as its documentation says for a server.
 *
 * @module
 */
import decodeJsquash, { init as initDecoder } from "@jsquash/jpeg/decode.js";
import resizeJsquash, { initResize } from "@jsquash/resize";
import { type ImageLibrary, type Pixels, resizedSize } from "./image_library.ts";
import { versionOf } from "./versions.ts";

export const name = "@jsquash/jpeg";

/** Compiles its modules from their files. */
export async function load(): Promise<ImageLibrary> {
  await initDecoder(await compile("@jsquash/jpeg/decode.js", "codec/dec/mozjpeg_dec.wasm"));
  await initResize(await compile("@jsquash/resize", "lib/resize/pkg/squoosh_resize_bg.wasm"));
  const decode = (file: Uint8Array<ArrayBuffer>): Promise<ImageData> =>
    decodeJsquash(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
  const own = `@jsquash/jpeg ${versionOf("@jsquash/jpeg")}`;
  return {
    name: own,
    note: "to RGBA",
    decode,
    resizerName: `${own} and resize ${versionOf("@jsquash/resize")}`,
    resizerNote: "Catmull-Rom; cropped and normalised in JavaScript",
    async resize(file, resize): Promise<Pixels> {
      const image = await decode(file);
      const [width, height] = resizedSize(image.width, image.height, resize);
      const { data } = await resizeJsquash(image, {
        width,
        height,
        method: "catrom",
        // Without its detours through linear light and premultiplied alpha, which Pillow does not take.
        linearRGB: false,
        premultiply: false,
      });
      return { data: data as Uint8ClampedArray, width, height, channels: 4 };
    },
  };
}

/** Compiles a package's module. */
export async function compile(specifier: string, path: string): Promise<WebAssembly.Module> {
  const url = new URL(path, import.meta.resolve(specifier));
  return await WebAssembly.compile(await Deno.readFile(url));
}
