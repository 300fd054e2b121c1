// Generated from wasm/ by its build; do not edit.

/**
 * Which kernel this is, for what must not be made by two of them.
 *
 * @module
 */

/** SHA-256 of the kernel's WebAssembly binary. */
export const KERNEL_DIGEST: string =
  "9e3289edcc652caec66eaae8a7656a1229d9db8b7a72eae5555a044aa53c5d22";
