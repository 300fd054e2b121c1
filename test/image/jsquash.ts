/** The second JPEG decoder of the tests: MozJPEG by `@jsquash/jpeg`, on every runtime. */

import decodeImage, { init } from "@jsquash/jpeg/decode.js";
import { readFile } from "node:fs/promises";

let ready: Promise<void> | undefined;

async function loadDecoder(): Promise<void> {
  const url = new URL("codec/dec/mozjpeg_dec.wasm", import.meta.resolve("@jsquash/jpeg/decode.js"));
  // Node and Bun have no ImageData, which the decoder returns.
  (globalThis as { ImageData?: unknown }).ImageData ??= class {
    readonly data: Uint8ClampedArray;
    readonly width: number;
    readonly height: number;
    constructor(data: Uint8ClampedArray, width: number, height: number) {
      [this.data, this.width, this.height] = [data, width, height];
    }
  };
  await init(await WebAssembly.compile(new Uint8Array(await readFile(url))));
}

/** Pixels of a decoded file, RGBA. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Decodes a JPEG file to RGBA. Throws where MozJPEG does. */
export async function decodeByJsquash(bytes: Uint8Array): Promise<RgbaImage> {
  ready ??= loadDecoder();
  await ready;
  // Typed for browsers, where the pixels of an ImageData may be of another type.
  return await decodeImage(bytes.slice().buffer) as RgbaImage;
}
