/**
 * The WebP encoder, which is loaded with the first picture that takes it.
 *
 * @module
 */
import { ImageError } from "../../errors.ts";
import { provideImageData } from "../../runtime.ts";
import type { Image } from "../types.ts";
import { toRgba } from "./jpeg.ts";

interface Encoder {
  default(
    data: { data: Uint8ClampedArray; width: number; height: number },
    options: object,
  ): Promise<ArrayBuffer>;
  init(module?: WebAssembly.Module): Promise<unknown>;
}

let encoder: Encoder | undefined;

/**
 * Encodes an RGB image as WebP, lossy, at a quality of 1 to 100, by libwebp (`@jsquash/webp`).
 *
 * @throws {ImageError} `image/no-encoder` if the encoder cannot be had.
 */
export async function encodeWebp(image: Image, quality: number): Promise<ArrayBuffer> {
  if (encoder === undefined) {
    try {
      provideImageData();
      const loaded = await import("@jsquash/webp/encode.js") as unknown as Encoder;
      const binary = await compileFromFiles();
      if (binary !== undefined) await loaded.init(binary);
      encoder = loaded;
    } catch (cause) {
      throw new ImageError("image/no-encoder", {
        action: "encode as WebP",
        reason: "no encoder can be loaded here",
        cause,
      });
    }
  }
  return await encoder.default(toRgba(image), { quality });
}

/** Where packages are files, the encoder's own way, `fetch`, does not reach its binary. */
async function compileFromFiles(): Promise<WebAssembly.Module | undefined> {
  if (typeof import.meta.resolve !== "function") return undefined;
  const entry = import.meta.resolve("@jsquash/webp/encode.js");
  if (!entry.startsWith("file:")) return undefined;
  const { readFile } = await import("node:fs/promises");
  // All runtimes that this runs on have SIMD, which the kernel takes too.
  const bytes = await readFile(new URL("codec/enc/webp_enc_simd.wasm", entry));
  return await WebAssembly.compile(new Uint8Array(bytes));
}
