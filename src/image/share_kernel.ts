/**
 * What a worker of one's own is sent, so that it need not compile the kernel again.
 *
 * @module
 */
export { getModule } from "../kernel/instance.ts";
