// Generated from wasm/ by its build; do not edit.

/**
 * Which kernel and encoder these are, for what must be made by the same ones alone.
 *
 * @module
 */

/** SHA-256 of both WebAssembly binaries, the kernel's first. */
export const KERNEL_DIGEST: string =
  "c831e75280a518eaa81829d7f42526e7774bf998655a949b0e50b4fd7b9bcea3";
