// Generated from wasm/ by its build; do not edit.

/**
 * Which kernel this is, for what must not be made by two of them.
 *
 * @module
 */

/** SHA-256 of the kernel's WebAssembly binary. */
export const KERNEL_DIGEST: string =
  "203511190b6c115cb5e536538584550f67d21ca38202a59d7ac3bcdc2d209493";
