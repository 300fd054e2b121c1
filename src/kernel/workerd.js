/* @ts-self-types="./workerd.d.ts" */
/**
 * Loads the kernel and the encoder on Cloudflare workerd, and wherever else a `.wasm` file imports as a compiled module.
 *
 * @module
 */
import encoder from "./encoder.wasm";
import kernel from "./wdstream.wasm";
import { initEncoder } from "./encoder.ts";
import { init } from "./instance.ts";

// Modules are compiled already: this takes no time, and is allowed while a Worker starts.
await init(kernel);
await initEncoder(encoder);

export { encoder, kernel };
