/**
 * The JPEG encoder, which is loaded with the first picture that takes it.
 *
 * @module
 */
import type { Image } from "../types.ts";
import { ImageError } from "../../errors.ts";

/** Encodes an RGB image as JPEG, at a quality of 1 to 100. */
export type EncodeJpeg = (image: Image, quality: number) => Promise<Uint8Array | ArrayBuffer>;

/**
 * One pass over the picture: progressive scans, optimised tables and trellis quantisation cost several times
 * as much for some per cent of size.
 */
const SETTINGS = { baseline: true, progressive: false, optimize_coding: false } as const;

interface Encoder {
  default(
    data: { data: Uint8ClampedArray; width: number; height: number },
    options: object,
  ): Promise<ArrayBuffer>;
  init(module?: WebAssembly.Module): Promise<void>;
}

/** The encoder itself and never the promise of it: requests must not wait for one another's. */
let encoder: Encoder | undefined;

/**
 * Encodes by `@jsquash/jpeg`. `module` is its compiled WebAssembly, for runtimes that forbid compiling; elsewhere
 * it is found by itself.
 */
export async function encodeByJsquash(
  image: Image,
  quality: number,
  module?: WebAssembly.Module,
): Promise<ArrayBuffer> {
  if (encoder === undefined) {
    try {
      encoder = await loadEncoder(module);
    } catch (cause) {
      throw new ImageError("image/no-encoder", {
        action: "encode as JPEG",
        reason: "no encoder can be loaded here",
        cause,
      });
    }
  }
  return await encoder.default(toRgba(image), { ...SETTINGS, quality });
}
async function loadEncoder(module: WebAssembly.Module | undefined): Promise<Encoder> {
  const loaded = await import("@jsquash/jpeg/encode.js") as unknown as Encoder;
  const binary = module ?? await compileFromFiles();
  if (binary !== undefined) await loaded.init(binary);
  return loaded;
}

/** Where packages are files, the encoder's own way, `fetch`, does not reach its binary. */
async function compileFromFiles(): Promise<WebAssembly.Module | undefined> {
  if (typeof import.meta.resolve !== "function") return undefined;
  const entry = import.meta.resolve("@jsquash/jpeg/encode.js");
  if (!entry.startsWith("file:")) return undefined;
  const { readFile } = await import("node:fs/promises");
  const bytes = await readFile(new URL("codec/enc/mozjpeg_enc.wasm", entry));
  return await WebAssembly.compile(new Uint8Array(bytes));
}

/** RGB with an alpha that hides nothing. */
export function toRgba(
  { width, height, data }: Image,
): { data: Uint8ClampedArray; width: number; height: number } {
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0, o = 0; i < data.length; i += 3, o += 4) {
    rgba[o] = data[i];
    rgba[o + 1] = data[i + 1];
    rgba[o + 2] = data[i + 2];
  }
  return { data: rgba, width, height };
}
