/**
 * How the decoders that are WebAssembly get it where a runtime forbids compiling: on Cloudflare's workerd
 * `import module from "@jsquash/webp/codec/dec/webp_dec.wasm"`. Elsewhere it is found by itself.
 *
 * @module
 */

/**
 * Gives the decoder of WebP its compiled WebAssembly, `@jsquash/webp/codec/dec/webp_dec.wasm`.
 *
 * @example Usage
 * ```ts
 * import { initWebp } from "@wdstream/wdstream/formats/webp";
 *
 * const start = (module: WebAssembly.Module) => initWebp(module);
 * if (typeof start !== "function") throw new Error();
 * ```
 */
export async function initWebp(module: WebAssembly.Module): Promise<void> {
  const { webpDecoder } = await import("../image/jsquash/webp.ts");
  webpDecoder.give(module);
}

/**
 * Gives the decoder of AVIF its compiled WebAssembly, `@jsquash/avif/codec/dec/avif_dec.wasm`.
 *
 * @example Usage
 * ```ts
 * import { initAvif } from "@wdstream/wdstream/formats/avif";
 *
 * const start = (module: WebAssembly.Module) => initAvif(module);
 * if (typeof start !== "function") throw new Error();
 * ```
 */
export async function initAvif(module: WebAssembly.Module): Promise<void> {
  const { avifDecoder } = await import("../image/jsquash/avif.ts");
  avifDecoder.give(module);
}

/**
 * Gives the decoder of JPEG XL its compiled WebAssembly, `@jsquash/jxl/codec/dec/jxl_dec.wasm`.
 *
 * @example Usage
 * ```ts
 * import { initJxl } from "@wdstream/wdstream/formats/jxl";
 *
 * const start = (module: WebAssembly.Module) => initJxl(module);
 * if (typeof start !== "function") throw new Error();
 * ```
 */
export async function initJxl(module: WebAssembly.Module): Promise<void> {
  const { jxlDecoder } = await import("../image/jsquash/jxl.ts");
  jxlDecoder.give(module);
}
