/**
 * The JavaScript libraries that decode images. A new one is a file beside this and a line below.
 *
 * @module
 */
import type { ImageLibrary, ImageLibraryModule } from "./image_library.ts";
import * as jpegJs from "./jpeg_js.ts";
import * as jsquash from "./jsquash.ts";
import * as napiRsCanvas from "./napi_rs_canvas.ts";
import * as napiRsImage from "./napi_rs_image.ts";
import * as sharp from "./sharp.ts";
import * as wasmVips from "./wasm_vips.ts";

const LIBRARIES: readonly ImageLibraryModule[] = [
  jsquash,
  jpegJs,
  sharp,
  wasmVips,
  napiRsImage,
  napiRsCanvas,
];

/** Those that this system has, and a line for each that it has not. */
export async function loadImageLibraries(): Promise<
  { libraries: ImageLibrary[]; absent: string[] }
> {
  const libraries: ImageLibrary[] = [];
  const absent: string[] = [];
  for (const { name, load } of LIBRARIES) {
    try {
      libraries.push(await load());
    } catch (error) {
      absent.push(`${name} (${String(error).split("\n")[0]})`);
    }
  }
  return { libraries, absent };
}
