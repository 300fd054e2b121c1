/**
 * Loads the kernel and the encoder on Cloudflare workerd, and wherever else a `.wasm` file imports as a compiled module:
 * `import "@wdstream/wdstream/workerd"` is all that a Worker needs, for such runtimes forbid compiling.
 *
 * @module
 */

/** The kernel, compiled. */
export declare const kernel: WebAssembly.Module;

/** The encoder of JPEG files, compiled. */
export declare const encoder: WebAssembly.Module;
