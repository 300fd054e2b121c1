/* @ts-self-types="./workerd.d.ts" */
/**
 * Loads the kernel on Cloudflare workerd, and wherever else a `.wasm` file imports as a compiled module.
 *
 * @module
 */
import kernel from "./wdstream.wasm";
import { init } from "./instance.ts";

// A module is compiled already: this takes no time, and is allowed while a Worker starts.
await init(kernel);

export { kernel };
