/**
 * The kernel's instance: compiled once, started lazily, dropped when an outlier made it too large.
 *
 * @module
 */
import { KernelError } from "../errors.ts";
import { isLinux } from "../runtime.ts";

/** What {@linkcode init} takes: a compiled module, its bytes, a response or URL to read it from. */
export type KernelSource = WebAssembly.Module | BufferSource | Response | URL | string;

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  info(): number;
  params(): number;
  begin(bytes: number): number;
  reserve(bytes: number): number;
  header(): number;
  start(): number;
  next(): number;
  resample(): number;
  unfilter(): number;
}

/** Memory that an instance may keep between images, in bytes. */
export const KEPT_MEMORY_BYTES = 32 << 20;

let compiled: WebAssembly.Module | undefined;
let instance: Kernel | undefined;
let pending: Promise<void> | undefined;

/** One instance of the kernel, with views of its memory that follow its growth. */
export class Kernel {
  /** The functions of `wasm/index.ts`. */
  readonly exports: KernelExports;
  readonly #info: number;
  readonly #params: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #words: Int32Array<ArrayBuffer>;

  /** Instantiates the module, which imports nothing. */
  constructor(module: WebAssembly.Module) {
    this.exports = new WebAssembly.Instance(module).exports as unknown as KernelExports;
    const buffer = this.exports.memory.buffer as ArrayBuffer;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
    this.#info = this.exports.info() >> 2;
    this.#params = this.exports.params() >> 2;
  }

  /** The memory's size in bytes. */
  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** The memory as bytes; valid until the next call that may grow it. */
  get bytes(): Uint8Array<ArrayBuffer> {
    this.#follow();
    return this.#bytes;
  }

  /** The memory as 32-bit integers; valid until the next call that may grow it. */
  get words(): Int32Array<ArrayBuffer> {
    this.#follow();
    return this.#words;
  }

  /** Reads a field of the info block (`INFO_*`). */
  info(offset: number): number {
    return this.words[this.#info + (offset >> 2)];
  }

  /** Writes a field of the parameter block (`PARAM_*`). */
  setParam(offset: number, value: number): void {
    this.words[this.#params + (offset >> 2)] = value;
  }

  /** Starts on a new image: makes room and copies its bytes, and those of `tail` after them. */
  begin(input: Uint8Array, tail: readonly number[] = []): void {
    const byteLength = input.length + tail.length;
    const address = this.exports.begin(byteLength) >>> 0;
    if (address === 0) throw memoryError(byteLength);
    this.bytes.set(input, address);
    if (tail.length > 0) this.bytes.set(tail, address + input.length);
  }

  /** Takes `byteLength` bytes of the kernel's memory until the next `begin`. */
  reserve(byteLength: number): number {
    // What the kernel is asked for has 32 bits.
    const address = byteLength < 2 ** 32 ? this.exports.reserve(byteLength) >>> 0 : 0;
    if (address === 0) throw memoryError(byteLength);
    return address;
  }

  #follow(): void {
    // A view of memory that has grown is empty: asking for the memory itself takes a call out of JavaScript.
    if (this.#bytes.length > 0) return;
    const buffer = this.exports.memory.buffer as ArrayBuffer;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
  }
}

function memoryError(byteLength: number): KernelError {
  return new KernelError("kernel/out-of-memory", {
    action: `get ${byteLength} bytes for the image`,
    reason: "the kernel's memory is exhausted",
  });
}

/** The running instance. */
export function getKernel(): Kernel {
  if (instance !== undefined) return instance;
  if (compiled !== undefined) return instance = new Kernel(compiled);
  throw new KernelError("kernel/not-initialised", {
    action: "decode or resize yet",
    reason: "call `await init()` once before using the image functions",
  });
}

/** The compiled kernel, once `init` is through. */
export function getModule(): WebAssembly.Module | undefined {
  return compiled;
}

/** Gives back the instance's memory if it grew beyond what is kept. */
export function releaseKernel(): void {
  if (instance !== undefined && instance.memoryBytes > KEPT_MEMORY_BYTES) instance = undefined;
}

/**
 * Loads the kernel, once; further calls, also concurrent ones, wait for the same. After a failure
 * the next call tries again.
 *
 * @param source The module, its bytes, a `Response` or URL to read it from, or a promise of one.
 *   By default the bytes that come with this package, for which no permission is needed.
 * @throws {KernelError} `kernel/compile-forbidden` where the runtime forbids compiling from bytes:
 *   the message has the lines that fix it; `kernel/init` if the kernel cannot be read.
 *
 * @example Usage
 * ```ts
 * import { init } from "@wdstream/wdstream";
 *
 * await init();
 * ```
 */
export function init(source?: KernelSource | PromiseLike<KernelSource>): Promise<void> {
  if (compiled !== undefined) return Promise.resolve();
  pending ??= load(source).finally(() => pending = undefined);
  return pending;
}

async function load(source: KernelSource | PromiseLike<KernelSource> | undefined): Promise<void> {
  compiled = await loadModule(source, KERNEL);
  keepFreedPages();
}

/** A WebAssembly module that comes with this package. */
export interface BuiltInModule {
  /** What it is called: "kernel". */
  readonly name: string;
  /** The lines that load it where compiling is forbidden. */
  readonly remedy: string;
  /** Its bytes, in base64. */
  read(): Promise<string>;
}

const KERNEL: BuiltInModule = {
  name: "kernel",
  remedy: 'Import it as a module: `import "@wdstream/wdstream/workerd";`, or ' +
    '`import kernel from "@wdstream/wdstream/wdstream.wasm"; await init(kernel);`',
  read: async () => (await import("./bytes.ts")).KERNEL_BASE64,
};

/**
 * Compiles what it is given, or what comes with this package.
 *
 * @throws {KernelError} As {@linkcode init}.
 */
export async function loadModule(
  source: KernelSource | PromiseLike<KernelSource> | undefined,
  { name, remedy, read }: BuiltInModule,
): Promise<WebAssembly.Module> {
  try {
    return await compile(await source ?? decodeBase64(await read()));
  } catch (cause) {
    if (isForbidden(cause)) {
      throw new KernelError("kernel/compile-forbidden", {
        action: `load the ${name}`,
        reason: `this runtime forbids compiling WebAssembly from bytes. ${remedy}`,
        cause,
      });
    }
    throw new KernelError("kernel/init", {
      action: `load the ${name}`,
      reason: `${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}

/**
 * Has glibc keep the memory of tensors that were freed, for those that follow. Otherwise it hands the
 * pages back to the system and takes new ones, each by a fault, which is up to a sixth of the work where
 * every image has an array of its own. It stops doing so for blocks up to the size of the largest that
 * it saw come and go, to a limit of 32 MB; this one is never written, so that it takes no memory.
 */
function keepFreedPages(): void {
  if (!isLinux()) return;
  try {
    const block: { transfer?(byteLength: number): ArrayBuffer } = new ArrayBuffer(31 << 20);
    block.transfer?.(0);
  } catch {
    // Where memory is that short, the kernel still runs.
  }
}

function decodeBase64(base64: string): Uint8Array<ArrayBuffer> {
  // Where the runtime has it: the loop below takes some milliseconds of a process's start.
  const { fromBase64 } = Uint8Array as { fromBase64?(text: string): Uint8Array<ArrayBuffer> };
  if (fromBase64 !== undefined) return fromBase64.call(Uint8Array, base64);
  const text = atob(base64.replaceAll("\n", ""));
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function compile(source: KernelSource): Promise<WebAssembly.Module> {
  // Bytes first: some runtimes make `Response` when it is first asked for, which takes milliseconds.
  if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) {
    return await compileBytes(source as BufferSource);
  }
  // A sandbox hands over modules of another realm, of which `instanceof` knows nothing.
  if (Object.prototype.toString.call(source) === "[object WebAssembly.Module]") {
    return source as WebAssembly.Module;
  }
  if (typeof source === "string" || source instanceof URL) {
    return await compile(await fetch(source));
  }
  if (source instanceof Response) {
    if (!source.ok) throw new TypeError(`its URL answered HTTP ${source.status}`);
    return await compileBytes(await source.arrayBuffer());
  }
  return await compileBytes(source as BufferSource);
}

async function compileBytes(bytes: BufferSource): Promise<WebAssembly.Module> {
  try {
    // At once: it takes half a millisecond, and waiting for the engine's own threads up to eight.
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    // Some browsers have compiled no more than 4 KB in this way.
    if (!(cause instanceof RangeError)) throw cause;
    return await WebAssembly.compile(bytes);
  }
}

// Runtimes that forbid code generation say so in a CompileError or an EvalError.
function isForbidden(cause: unknown): boolean {
  return cause instanceof Error &&
    (cause.name === "CompileError" || cause.name === "EvalError") &&
    /disallowed|not allowed|forbid|blocked|code generation/i.test(cause.message);
}
