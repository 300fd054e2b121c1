// Generated from wasm/ by its build; do not edit.

/**
 * Which kernel and encoder these are, for what must be made by the same ones alone.
 *
 * @module
 */

/** SHA-256 of both WebAssembly binaries, the kernel's first. */
export const KERNEL_DIGEST: string =
  "126e0d799be13b192c750416650072dec8ff9d3842b40d3afea71a8096c7fbc0";
