/**
 * What a pool of workers needs of the kernel, and nothing else: a worker loads each module anew.
 *
 * @module
 */
export { getModule, init } from "../kernel/instance.ts";
