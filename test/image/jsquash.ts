/** The second JPEG decoder of the tests: MozJPEG by `@jsquash/jpeg`, on every runtime. */

import decodeImage, { init } from "@jsquash/jpeg/decode.js";
import { assert } from "chai";
import { readFile } from "node:fs/promises";
import { decodeJpeg } from "../../src/image/mod.ts";

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
  try {
    // Typed for browsers, where the pixels of an ImageData may be of another type.
    return await decodeImage(bytes.slice().buffer) as RgbaImage;
  } catch (error) {
    // After a failure the instance may loop for ever on a later file.
    ready = undefined;
    throw error;
  }
}

/** Decodes a file by our decoder, and fails at the first pixel where the other's differs. */
export function assertSamePixels(name: string, bytes: Uint8Array, theirs: RgbaImage): void {
  const { width, height, data } = decodeJpeg(bytes);
  assert.deepEqual([width, height], [theirs.width, theirs.height], name);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const ours = data[pixel * 3 + channel];
      const other = theirs.data[pixel * 4 + channel];
      if (ours === other) continue;
      const at = `(${pixel % width}, ${Math.floor(pixel / width)}, ${channel})`;
      assert.fail(`${name} differs first at ${at}: ${ours}, not ${other}`);
    }
  }
}
