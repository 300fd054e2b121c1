/**
 * Decoders of the jSquash family: libwebp, libavif and libjxl as WebAssembly, which run wherever there is that.
 *
 * @module
 */
import { ImageError } from "../../errors.ts";
import { provideImageData } from "../../runtime.ts";
import { corruptError } from "../codecs/faults.ts";
import type { Image } from "../types.ts";

/** What is used of `@jsquash/x/decode.js`. */
export interface JsquashPackage {
  default(bytes: ArrayBuffer): Promise<DecodedRgba | null>;
  init(module?: WebAssembly.Module): Promise<unknown>;
}

interface DecodedRgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** How a decoder is found. */
export interface JsquashOptions {
  /** What the format is called. */
  readonly title: string;
  /** Loads the package; a literal `import()`, for bundlers. */
  load(): Promise<unknown>;
  /** The name of what `load` imports. */
  readonly entry: string;
  /** Path of the binary beside the entry. */
  readonly binary: string;
}

/** More pixels than this leave so much memory behind that a new instance is made. */
const MAX_KEPT_PIXELS = 1 << 24;

/** One decoder of the family, loaded with its first image. */
export class JsquashDecoder {
  readonly #options: JsquashOptions;
  #package: JsquashPackage | undefined;
  #module: WebAssembly.Module | undefined;
  /** Whether the package has an instance that may be used again. */
  #isFresh = false;

  constructor(options: JsquashOptions) {
    this.#options = options;
  }

  /** Takes its compiled WebAssembly, where the runtime forbids compiling. */
  give(module: WebAssembly.Module): void {
    this.#module = module;
    this.#isFresh = false;
  }

  /**
   * Decodes a file whose size was checked. Alpha is dropped, as Pillow's conversion of RGBA to RGB does.
   *
   * @throws {ImageError} `image/corrupt` if it cannot; `image/no-decoder` if the decoder cannot be had.
   */
  async decode(bytes: Uint8Array, width: number, height: number): Promise<Image> {
    const { title } = this.#options;
    const decoder = await this.#load();
    let decoded: DecodedRgba | null;
    try {
      // Its memory holds copies, so that an array with more around it has to be cut.
      decoded = await decoder.default(bytes.slice().buffer);
    } catch (cause) {
      // What a decoder that gave up in the middle has in its memory, nobody knows.
      this.#isFresh = false;
      throw corruptError(`the ${title} decoder refuses it`, cause);
    }
    if (width * height > MAX_KEPT_PIXELS) this.#isFresh = false;
    if (decoded === null || decoded.data.length !== 4 * decoded.width * decoded.height) {
      throw corruptError(`the ${title} decoder gave no pixels`);
    }
    return dropAlpha(decoded);
  }

  async #load(): Promise<JsquashPackage> {
    if (this.#package !== undefined && this.#isFresh) return this.#package;
    const { title, entry } = this.#options;
    try {
      provideImageData();
      const loaded = this.#package ?? await this.#options.load() as JsquashPackage;
      this.#module ??= await this.#compileFromFiles();
      await (this.#module === undefined ? loaded.init() : loaded.init(this.#module));
      this.#package = loaded;
      this.#isFresh = true;
      return loaded;
    } catch (cause) {
      const name = entry.split("/").slice(0, 2).join("/");
      throw new ImageError("image/no-decoder", {
        action: "decode",
        reason: `the ${title} decoder, the package "${name}", cannot be loaded here`,
        cause,
      });
    }
  }

  /** Where packages are files, their own way, `fetch`, does not reach the binary. */
  async #compileFromFiles(): Promise<WebAssembly.Module | undefined> {
    if (typeof import.meta.resolve !== "function") return undefined;
    let url: string;
    try {
      url = import.meta.resolve(this.#options.entry);
    } catch {
      return undefined;
    }
    if (!url.startsWith("file:")) return undefined;
    const { readFile } = await import("node:fs/promises");
    const bytes = await readFile(new URL(this.#options.binary, url));
    return await WebAssembly.compile(new Uint8Array(bytes));
  }
}

function dropAlpha({ width, height, data }: DecodedRgba): Image {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + 1];
    rgb[to + 2] = data[from + 2];
  }
  return { width, height, channels: 3, data: rgb };
}
