/**
 * JPEG decoding: the host's side of the kernel's decoder.
 *
 * @module
 */
import { ImageError, type WdsError } from "../errors.ts";
import * as abi from "../kernel/abi.ts";
import { getKernel, type Kernel, releaseKernel } from "../kernel/instance.ts";
import { toError } from "../kernel/status.ts";
import { describeFormat } from "./format.ts";
import type { Image } from "./types.ts";

/** Largest number of pixels that is decoded by default: Pillow's limit for a decompression bomb. */
export const DEFAULT_MAX_PIXELS = 178_956_970;

/** Largest number of scans that is decoded by default; encoders make about ten. */
export const DEFAULT_MAX_SCANS = 100;

/** What the headers of a JPEG file say. */
export interface JpegHeader {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Number of components: 1 grey, 3 colour, 4 CMYK. */
  readonly components: number;
  /** Horizontal and vertical sampling factor of each component. */
  readonly sampling: readonly (readonly [horizontal: number, vertical: number])[];
  /** Bits a sample. */
  readonly precision: number;
  /** Whether the file is progressive. */
  readonly progressive: boolean;
  /** Colour space of the stored samples. */
  readonly colour: "grey" | "rgb" | "ycbcr" | "cmyk" | "ycck";
  /** MCUs between two restart markers, 0 without. */
  readonly restartInterval: number;
}

/** Damage that was decoded around, by kind: how often it occurred. */
export interface JpegWarnings {
  /** Bits that are no Huffman code. */
  readonly badCodes: number;
  /** Segments whose data ended early. */
  readonly earlyMarkers: number;
  /** Bytes between segments that belong to none. */
  readonly extraneousBytes: number;
  /** Restart markers other than expected. */
  readonly resyncs: number;
  /** Progressive scans whose order makes no sense. */
  readonly bogusScans: number;
}

/** A decoded JPEG image. */
export interface JpegImage extends Image {
  /** What was damaged; all zero for a sound file. */
  readonly warnings: JpegWarnings;
}

/** Part of an image, in pixels. */
export interface Region {
  /** First column. */
  readonly x: number;
  /** First row. */
  readonly y: number;
  /** Number of columns. */
  readonly width: number;
  /** Number of rows. */
  readonly height: number;
}

/** Options of {@linkcode decodeJpeg}. */
export interface DecodeOptions {
  /**
   * `"rgb"`: always three channels; `"native"`: one for grey files, and four for CMYK and YCCK ones,
   * which are CMYK as Pillow stores it. @default "rgb"
   */
  readonly as?: "rgb" | "native";
  /** Decodes this part alone, with the pixels that it has in the whole image. */
  readonly region?: Region;
  /** Refuses an image with more pixels. @default 178956970 */
  readonly maxPixels?: number;
  /** Refuses a progressive image with more scans, a bound on the work. @default 100 */
  readonly maxScans?: number;
  /**
   * What to do with a file that ends early: refuse it as Pillow does, or fill it as Pillow does with
   * `LOAD_TRUNCATED_IMAGES`. @default "error"
   */
  readonly truncated?: "error" | "fill";
  /** Makes any warning an error. @default false */
  readonly strict?: boolean;
  /** Name of the image for errors. */
  readonly key?: string;
  /** Name of its shard for errors. */
  readonly shard?: string;
}

const COLOURS = {
  [abi.COLOUR_GREY]: "grey",
  [abi.COLOUR_RGB]: "rgb",
  [abi.COLOUR_YCBCR]: "ycbcr",
  [abi.COLOUR_CMYK]: "cmyk",
  [abi.COLOUR_YCCK]: "ycck",
} as const;

/** Names of the image and its shard, for errors. */
export interface ImageNames {
  /** Name of the image. */
  readonly key?: string;
  /** Name of its shard. */
  readonly shard?: string;
}

/** "Cannot decode "a.jpg" of "b.tar"", as far as the names are known. */
export function describeAction(verb: string, names: ImageNames): string {
  const key = names.key === undefined ? "the image" : JSON.stringify(names.key);
  const shard = names.shard === undefined ? "" : ` of ${JSON.stringify(names.shard)}`;
  return `Cannot ${verb} ${key}${shard}`;
}

/** The typed error for a failure of the kernel on the current image. */
export function failDecoding(kernel: Kernel, status: number, names: ImageNames): WdsError {
  return toError(status, {
    action: describeAction("decode", names),
    key: names.key,
    shard: names.shard,
    fileOffsetBytes: kernel.info(abi.INFO_OFFSET),
  });
}

/** Copies the file into the kernel and parses its headers. */
export function openJpeg(
  kernel: Kernel,
  bytes: Uint8Array,
  names: ImageNames,
  maxPixels: number,
): void {
  kernel.begin(bytes);
  const status = kernel.exports.header();
  if (status === abi.STATUS_NOT_JPEG) {
    throw new ImageError(
      "jpeg/not-jpeg",
      `${describeAction("decode", names)} as JPEG: it is ${describeFormat(bytes)}`,
      names,
    );
  }
  const width = kernel.info(abi.INFO_WIDTH);
  const height = kernel.info(abi.INFO_HEIGHT);
  if (status >= 0 && width * height > maxPixels) {
    throw new ImageError(
      "jpeg/too-large",
      `${
        describeAction("decode", names)
      }: its ${width}x${height} pixels exceed maxPixels ${maxPixels}`,
      names,
    );
  }
  if (status < 0) throw failDecoding(kernel, status, names);
}

/** Reads the counts of damage of the current image; with `strict`, throws if there is any. */
export function readWarnings(kernel: Kernel, strict: boolean, names: ImageNames): JpegWarnings {
  const warnings = {
    badCodes: kernel.info(abi.INFO_WARNINGS_BAD_CODE),
    earlyMarkers: kernel.info(abi.INFO_WARNINGS_EARLY_MARKER),
    extraneousBytes: kernel.info(abi.INFO_WARNINGS_EXTRANEOUS),
    resyncs: kernel.info(abi.INFO_WARNINGS_RESYNC),
    bogusScans: kernel.info(abi.INFO_WARNINGS_PROGRESSION),
  };
  if (strict) {
    for (const [kind, count] of Object.entries(warnings)) {
      if (count === 0) continue;
      throw new ImageError(
        "jpeg/corrupt",
        `${
          describeAction("decode", names)
        }: it is damaged (${kind}: ${count}), and \`strict\` allows none`,
        names,
      );
    }
  }
  return warnings;
}

/**
 * Reads what the headers of a JPEG file say, without decoding it.
 *
 * @throws {ImageError} If the bytes are not a JPEG file, or its headers are invalid.
 *
 * @example Usage
 * ```ts
 * import { init, readJpegHeader, sampleShard, webdataset } from "@wdstream/wdstream";
 *
 * await init();
 * for await (const sample of webdataset(sampleShard()).take(1)) {
 *   const { width, height } = readJpegHeader(sample.fields.jpg);
 *   console.log(width, height);
 * }
 * ```
 */
export function readJpegHeader(bytes: Uint8Array, names: ImageNames = {}): JpegHeader {
  const kernel = getKernel();
  kernel.begin(bytes);
  const status = kernel.exports.header();
  const components = kernel.info(abi.INFO_COMPONENTS);
  const colour = COLOURS[kernel.info(abi.INFO_COLOUR) as keyof typeof COLOURS];
  // Headers that were read whole count, also of a process that cannot be decoded.
  if (colour === undefined) {
    if (status === abi.STATUS_NOT_JPEG) openJpeg(kernel, bytes, names, Infinity);
    throw failDecoding(kernel, status, names);
  }
  const header: JpegHeader = {
    width: kernel.info(abi.INFO_WIDTH),
    height: kernel.info(abi.INFO_HEIGHT),
    components,
    sampling: Array.from({ length: components }, (_, i) =>
      [
        kernel.info(abi.INFO_SAMPLING + 8 * i),
        kernel.info(abi.INFO_SAMPLING + 8 * i + 4),
      ] as const),
    precision: kernel.info(abi.INFO_PRECISION),
    progressive: [0xc2, 0xca].includes(kernel.info(abi.INFO_SOF)),
    colour,
    restartInterval: kernel.info(abi.INFO_RESTART_INTERVAL),
  };
  releaseKernel();
  return header;
}

/**
 * Decodes a JPEG image, byte for byte as libjpeg-turbo does.
 *
 * Shape: [H, W, 3] u8, or with `as: "native"` [H, W, 1] for a grey file and [H, W, 4] for a CMYK one.
 * Exact: Pillow 9.4 with libjpeg-turbo 2.1.5 on x86-64 (islow DCT, fancy upsampling).
 *
 * @throws {ImageError} `jpeg/not-jpeg` for other bytes, `jpeg/corrupt` where libjpeg refuses the
 *   file, `jpeg/truncated` if it ends early, `jpeg/unsupported…` for what is not supported,
 *   `jpeg/too-large` beyond `maxPixels`.
 * @throws {RangeError} If `region` does not lie in the image.
 *
 * @example Usage
 * ```ts
 * import { decodeJpeg, init, sampleShard, webdataset } from "@wdstream/wdstream";
 *
 * await init();
 * for await (const sample of webdataset(sampleShard()).take(1)) {
 *   const { width, height, data } = decodeJpeg(sample.fields.jpg);
 *   if (data.length !== width * height * 3) throw new Error("not packed RGB");
 * }
 * ```
 */
export function decodeJpeg(bytes: Uint8Array, options: DecodeOptions = {}): JpegImage {
  const kernel = getKernel();
  try {
    openJpeg(kernel, bytes, options, options.maxPixels ?? DEFAULT_MAX_PIXELS);
    const isNative = options.as === "native";
    const channels = isNative ? kernel.info(abi.INFO_COMPONENTS) as 1 | 3 | 4 : 3;
    const imageWidth = kernel.info(abi.INFO_WIDTH);
    const imageHeight = kernel.info(abi.INFO_HEIGHT);
    const region = options.region ?? { x: 0, y: 0, width: imageWidth, height: imageHeight };
    checkRegion(region, imageWidth, imageHeight);
    const { x, y, width, height } = region;
    const started = kernel.exports.start(
      isNative ? abi.MODE_NATIVE : abi.MODE_RGB,
      x,
      y,
      x + width,
      y + height,
      options.truncated === "fill" ? 1 : 0,
      options.maxScans ?? DEFAULT_MAX_SCANS,
    );
    if (started < 0) throw failDecoding(kernel, started, options);
    const data = new Uint8Array(width * height * channels);
    let offset = 0;
    for (;;) {
      const rows = kernel.exports.next();
      if (rows < 0) throw failDecoding(kernel, rows, options);
      if (rows === 0) break;
      const from = kernel.info(abi.INFO_OUTPUT) >>> 0;
      const length = rows * width * channels;
      data.set(kernel.bytes.subarray(from, from + length), offset);
      offset += length;
    }
    const warnings = readWarnings(kernel, options.strict ?? false, options);
    return { width, height, channels, data, warnings };
  } finally {
    releaseKernel();
  }
}

function checkRegion(region: Region, width: number, height: number): void {
  const inside = [region.x, region.y, region.width, region.height].every(Number.isInteger) &&
    region.x >= 0 && region.y >= 0 && region.width >= 1 && region.height >= 1 &&
    region.x + region.width <= width && region.y + region.height <= height;
  if (!inside) {
    const { x, y } = region;
    throw new RangeError(
      `Region ${region.width}x${region.height} at (${x}, ${y}) does not lie in the ${width}x${height} image`,
    );
  }
}
