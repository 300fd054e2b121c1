/**
 * The encoder of JPEG files: a second WebAssembly module, which is loaded with the first picture that is encoded.
 *
 * @module
 */
import { KernelError } from "../errors.ts";
import {
  type BuiltInModule,
  KEPT_MEMORY_BYTES,
  type KernelSource,
  loadModule,
} from "./instance.ts";

/** The functions of `wasm/encode/index.ts`. */
interface EncoderExports {
  readonly memory: WebAssembly.Memory;
  tables(): number;
  prepare(): void;
  begin(width: number, height: number): number;
  output(): number;
  encode(headBytes: number): number;
}

/** What it takes to write a scan: see `wasm/encode/fdct.ts`. */
export interface EncoderTables {
  /** Natural place of each coefficient, in the order of the scan. */
  readonly zigzag: Uint8Array;
  /** Divisors of luma, then of chroma, 64 each in natural order. */
  readonly quanta: readonly (readonly number[])[];
  /** Codes of DC of luma and of chroma, then of AC, 256 each by what they stand for: `code << 5 | length`. */
  readonly codes: readonly Int32Array[];
}

const ENCODER: BuiltInModule = {
  name: "encoder",
  remedy: 'Import it as a module: `import "@wdstream/wdstream/workerd";`, or ' +
    '`import encoder from "@wdstream/wdstream/encoder.wasm"; await initEncoder(encoder);`',
  read: async () => (await import("./encoder_bytes.ts")).ENCODER_BASE64,
};

let compiled: WebAssembly.Module | undefined;
let instance: Encoder | undefined;
let pending: Promise<void> | undefined;

/** One instance of the encoder. */
export class Encoder {
  readonly #exports: EncoderExports;
  /** What was written last. */
  #tables: EncoderTables | undefined;

  /** Instantiates the module, which imports nothing. */
  constructor(module: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(module).exports as unknown as EncoderExports;
  }

  /** The memory's size in bytes. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /**
   * Makes room for a picture of 1 to 65,500 pixels an edge.
   *
   * Shape: [height, width, 3] u8, to be filled before `encode`.
   *
   * @throws {KernelError} `kernel/out-of-memory`.
   */
  begin(width: number, height: number): Uint8Array<ArrayBuffer> {
    const address = this.#exports.begin(width, height) >>> 0;
    if (address === 0) throw memoryError(width, height);
    return this.#view(address, 3 * width * height);
  }

  /**
   * Writes the file of the picture that was begun.
   *
   * @param head All that stands before the data of its one scan, which has 4:2:0.
   * @throws {KernelError} `kernel/out-of-memory`.
   */
  encode(head: Uint8Array, tables: EncoderTables): Uint8Array<ArrayBuffer> {
    if (tables !== this.#tables) this.#write(tables);
    this.#view(this.#exports.output() >>> 0, head.length).set(head);
    const length = this.#exports.encode(head.length) >>> 0;
    if (length === 0) throw memoryError();
    return this.#view(this.#exports.output() >>> 0, length).slice();
  }

  #write(tables: EncoderTables): void {
    const address = this.#exports.tables() >>> 0;
    const bytes = this.#view(address, 192);
    bytes.set(tables.zigzag);
    tables.quanta.forEach((each, i) => bytes.set(each, 64 + 64 * i));
    const words = new Int32Array(this.#exports.memory.buffer as ArrayBuffer, address + 192, 1024);
    tables.codes.forEach((each, i) => words.set(each, 256 * i));
    this.#exports.prepare();
    this.#tables = tables;
  }

  /** A part of the memory; valid until the next call that may grow it. */
  #view(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#exports.memory.buffer as ArrayBuffer, address, length);
  }
}

function memoryError(...size: number[]): KernelError {
  return new KernelError("kernel/out-of-memory", {
    action: size.length > 0 ? `encode ${size.join("x")} pixels` : "encode the image",
    reason: "the encoder's memory is exhausted",
  });
}

/**
 * The running instance.
 *
 * @throws {KernelError} `kernel/not-initialised` before `initEncoder`.
 */
export function getEncoder(): Encoder {
  if (instance !== undefined) return instance;
  if (compiled !== undefined) return instance = new Encoder(compiled);
  throw new KernelError("kernel/not-initialised", {
    action: "encode yet",
    reason: "call `await initEncoder()` once before",
  });
}

/** Gives back the instance's memory if it grew beyond what is kept. */
export function releaseEncoder(): void {
  if (instance !== undefined && instance.memoryBytes > KEPT_MEMORY_BYTES) instance = undefined;
}

/**
 * Loads the encoder, once, as `init` loads the kernel. Only runtimes that forbid compiling need to be told where it is:
 * elsewhere it comes with the first picture that is encoded.
 *
 * @param source The module, its bytes, a `Response` or URL to read it from, or a promise of one.
 *   By default the bytes that come with this package, for which no permission is needed.
 * @throws {KernelError} `kernel/compile-forbidden` where the runtime forbids compiling from bytes: the message has the
 *   lines that fix it; `kernel/init` if the encoder cannot be read.
 *
 * @example Usage
 * ```ts
 * import { initEncoder } from "@wdstream/wdstream/tools";
 *
 * await initEncoder();
 * ```
 */
export function initEncoder(source?: KernelSource | PromiseLike<KernelSource>): Promise<void> {
  if (compiled !== undefined) return Promise.resolve();
  pending ??= load(source).finally(() => pending = undefined);
  return pending;
}

async function load(source: KernelSource | PromiseLike<KernelSource> | undefined): Promise<void> {
  compiled = await loadModule(source, ENCODER);
}
