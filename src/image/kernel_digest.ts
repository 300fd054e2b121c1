/**
 * Which kernel makes pixels here.
 *
 * @module
 */
export { KERNEL_DIGEST } from "../kernel/digest.ts";
