// Generated from wasm/ by its build; do not edit.

/**
 * Which kernel and encoder these are, for what must be made by the same ones alone.
 *
 * @module
 */

/** SHA-256 of both WebAssembly binaries, the kernel's first. */
export const KERNEL_DIGEST: string =
  "1c3f83fc682b321911c4ce088c7f5d3816614aa5ed79605f3554e3ec515b6f5f";
