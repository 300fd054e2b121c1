// Generated from wasm/ by its build; do not edit.

/**
 * Which kernel and encoder these are, for what must be made by the same ones alone.
 *
 * @module
 */

/** SHA-256 of both WebAssembly binaries, the kernel's first. */
export const KERNEL_DIGEST: string =
  "8a380741807d5eda84c3def6ce65ee49ff4fe6b4b5f2a4dc9a94057db5d1c846";
