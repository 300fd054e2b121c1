/**
 * Deflate data to bytes, by pako.
 *
 * The platform's `DecompressionStream` does not tell where the data ended, and runtimes disagree on what may
 * follow it, where gzip is many members, one behind the other.
 *
 * @module
 */
import { isDeno } from "../runtime.ts";
import type { zlibInflate, zlibInflateInit2, ZStream } from "pako";

type Bytes = Uint8Array<ArrayBuffer>;

/** What stopped the work: no more input, an output to be taken, or the end of the data. */
export type InflateStop = "input" | "output" | "end";

/** Bytes of an output. */
const OUTPUT_BYTES = 256 * 1024;

/** Raw deflate data with the largest window. */
const RAW_WINDOW = -15;

const NO_FLUSH = 0;
const OK = 0;
const STREAM_END = 1;
const BUFFER_ERROR = -5;

interface Zlib {
  readonly ZStream: new () => ZStream;
  readonly zlibInflate: typeof zlibInflate;
  readonly zlibInflateInit2: typeof zlibInflateInit2;
}

/**
 * Loads pako, which nobody needs whose shards are not compressed.
 *
 * @throws {Error} If it is not installed.
 */
export async function loadInflater(): Promise<() => Inflater> {
  const zlib = await loadPako();
  return () => new Inflater(zlib);
}

/** Loads pako. */
export async function loadPako(): Promise<typeof import("pako")> {
  try {
    return await import("pako");
  } catch (error) {
    if (!isDeno) throw error;
    // A checkout whose modules are imported without its deno.json, which says what the name stands for.
    const specifier = "npm:pako@^3.0.3";
    return await import(specifier);
  }
}

/** Unpacks one piece of deflate data, as far as it is told to. */
export class Inflater {
  readonly #inflate: typeof zlibInflate;
  readonly #stream: ZStream;
  /** Where in the output that begins which was not taken yet. */
  #taken = 0;

  constructor({ ZStream, zlibInflate, zlibInflateInit2 }: Zlib) {
    this.#inflate = zlibInflate;
    this.#stream = new ZStream();
    this.#stream.avail_out = 0;
    zlibInflateInit2(this.#stream, RAW_WINDOW);
  }

  /** Adds input; what was added before must be used up. */
  push(bytes: Uint8Array): void {
    const stream = this.#stream;
    stream.input = bytes;
    stream.next_in = 0;
    stream.avail_in = bytes.length;
  }

  /**
   * Works until something stops it.
   *
   * @throws {Error} If no deflate writer makes such data.
   */
  run(): InflateStop {
    const stream = this.#stream;
    if (stream.avail_out === 0) {
      stream.output = new Uint8Array(OUTPUT_BYTES);
      stream.next_out = 0;
      stream.avail_out = OUTPUT_BYTES;
      this.#taken = 0;
    }
    const status = this.#inflate(stream, NO_FLUSH);
    if (status === STREAM_END) return "end";
    if (status !== OK && status !== BUFFER_ERROR) {
      throw new Error(stream.msg || `its deflate data is damaged (${status})`);
    }
    return stream.avail_out === 0 ? "output" : "input";
  }

  /** What was unpacked since the last time: part of an array that is filled further, and never again. */
  takeOutput(): Bytes {
    const { output, next_out } = this.#stream;
    const plain = output.subarray(this.#taken, next_out);
    this.#taken = next_out;
    return plain;
  }

  /** The input behind the end of the data. */
  takeRest(): Bytes {
    const { input, next_in, avail_in } = this.#stream;
    return input.slice(next_in, next_in + avail_in) as Bytes;
  }
}
