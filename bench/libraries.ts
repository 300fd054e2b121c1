/** The competitors that decode and resize, each loaded as its documentation says for a server. */
import decodeJsquash, { init as initDecoder } from "@jsquash/jpeg/decode.js";
import resizeJsquash, { initResize } from "@jsquash/resize";

/** Pixels of four bytes. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** jSquash's decoder and resizer. */
export interface Jsquash {
  decode(bytes: Uint8Array<ArrayBuffer>): Promise<Rgba>;
  resize(image: Rgba, width: number, height: number): Promise<Rgba>;
}

/** Compiles jSquash's modules from their files. */
export async function loadJsquash(): Promise<Jsquash> {
  await initDecoder(await compile("@jsquash/jpeg/decode.js", "codec/dec/mozjpeg_dec.wasm"));
  await initResize(
    await compile("@jsquash/resize", "lib/resize/pkg/squoosh_resize_bg.wasm"),
  );
  return {
    decode: (bytes) =>
      decodeJsquash(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
      ) as Promise<Rgba>,
    resize: (image, width, height) =>
      // Without its detours through linear light and premultiplied alpha, which Pillow does not take.
      resizeJsquash(image as ImageData, {
        width,
        height,
        method: "catrom",
        linearRGB: false,
        premultiply: false,
      }) as Promise<Rgba>,
  };
}

export async function compile(specifier: string, path: string): Promise<WebAssembly.Module> {
  const url = new URL(path, import.meta.resolve(specifier));
  return await WebAssembly.compile(await Deno.readFile(url));
}

/** Loads what not every system has; `undefined`, with a line on standard error, where it fails. */
export async function loadOptional<T>(
  name: string,
  load: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    console.error(`${name} is left out: ${String(error).split("\n")[0]}`);
    return undefined;
  }
}

// deno-lint-ignore no-explicit-any -- The types of sharp's pipeline do not load without its binary.
export async function loadSharp(): Promise<any> {
  const { default: sharp } = await import("sharp");
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

/** wasm-vips with one thread. */
// deno-lint-ignore no-explicit-any -- Its types are those of a global namespace.
export async function loadVips(): Promise<any> {
  const { default: Vips } = await import("wasm-vips");
  const vips = await Vips({ dynamicLibraries: [] });
  vips.concurrency(1);
  return vips;
}
