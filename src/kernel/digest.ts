// Generated from wasm/ by its build; do not edit.

/**
 * Which kernel and encoder these are, for what must be made by the same ones alone.
 *
 * @module
 */

/** SHA-256 of both WebAssembly binaries, the kernel's first. */
export const KERNEL_DIGEST: string =
  "c7594bd802bf124461233f3243f68404175fb15e2549a2776f39db9f440b7f3e";
