// Generated from wasm/ by its build; do not edit.

/**
 * Which kernel and encoder these are, for what must be made by the same ones alone.
 *
 * @module
 */

/** SHA-256 of both WebAssembly binaries, the kernel's first. */
export const KERNEL_DIGEST: string =
  "29083e5c2bd4f4135ca5c858956cf28acd6e0a6ebd4052c3191405e3a2eac3a6";
