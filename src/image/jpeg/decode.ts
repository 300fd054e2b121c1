/**
 * JPEG decoding: the host's side of the kernel's decoder.
 *
 * @module
 */
import { type ErrorCode, ImageError, type WdsError } from "../../errors.ts";
import * as abi from "../../kernel/abi.ts";
import { getKernel, type Kernel, releaseKernel } from "../../kernel/instance.ts";
import { toError } from "../../kernel/status.ts";
import { applyOrientation, joinProfile, type Orientation, readOrientation } from "./exif.ts";
import { describeFormat } from "../format.ts";
import { type JpegFrame, readSegments } from "./segments.ts";
import type { Image } from "../types.ts";

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
  /** Exif's orientation, 1 to 8; decoding does not apply it unless asked to. */
  readonly orientation?: Orientation;
  /** The embedded ICC profile. */
  readonly iccProfile?: Uint8Array<ArrayBuffer>;
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
export interface DecodeOptions extends DecodingLimits {
  /**
   * `"rgb"`: always three channels; `"native"`: one for grey files, and four for CMYK and YCCK ones,
   * which are CMYK as Pillow stores it. @default "rgb"
   */
  readonly as?: "rgb" | "native";
  /** Decodes this part alone, with the pixels that it has in the whole (scaled) image. */
  readonly region?: Region;
  /**
   * Eighths of the size: 4 is half, 2 a quarter and 1 an eighth, rounded up. Cheaper than decoding and
   * resizing, with other pixels: those of Pillow's `draft`. @default 8
   */
  readonly scale?: 1 | 2 | 4 | 8;
  /**
   * Where the pixels go, in place of a new array: the image's `data` is the part of it that they take.
   * For loops over many images, of which each allocation costs a tenth of the decoding.
   */
  readonly into?: Uint8Array<ArrayBuffer>;
  /**
   * Turns the image as its Exif orientation says, as Pillow's `ImageOps.exif_transpose`; the region is one
   * of the image as stored. @default false
   */
  readonly applyOrientation?: boolean;
}

const COLOURS = {
  [abi.COLOUR_GREY]: "grey",
  [abi.COLOUR_RGB]: "rgb",
  [abi.COLOUR_YCBCR]: "ycbcr",
  [abi.COLOUR_CMYK]: "cmyk",
  [abi.COLOUR_YCCK]: "ycck",
} as const;

/** The typed error for a failure of the kernel on the current image. */
export function decodingError(kernel: Kernel, status: number): WdsError {
  return toError(status, {
    action: "decode",
    subject: "the image",
    fileOffsetBytes: kernel.info(abi.INFO_OFFSET),
  });
}

function imageError(code: ErrorCode, reason: string): ImageError {
  return new ImageError(code, { action: "decode", subject: "the image", reason });
}

/** What every way of decoding takes. */
export interface DecodingLimits {
  /** Refuses an image with more pixels. @default 178956970 */
  readonly maxPixels?: number;
  /** Refuses a progressive image with more scans, a bound on the work. @default 100 */
  readonly maxScans?: number;
  /**
   * What to do with a file that ends early or breaks off: refuse it as Pillow does, or fill it as
   * Pillow does with `LOAD_TRUNCATED_IMAGES`: what is missing is grey, and everything is black where
   * no row could be decoded. Of an arithmetic-coded file that ends early, Pillow keeps the rows before
   * the break alone; here what is missing reads as zero bits. @default "error"
   */
  readonly truncated?: "error" | "fill";
  /** Makes any damage that would be decoded around an error. @default false */
  readonly strict?: boolean;
}

// Pillow completes a file that ends early with an end-of-image marker.
const END_OF_IMAGE = [0xff, 0xd9];

/** An opened file: the frame, and the failure that `truncated: "fill"` decodes around, or 0. */
export interface OpenedJpeg {
  readonly frame: JpegFrame;
  readonly exif?: Uint8Array;
  readonly status: number;
}

/** Copies the file into the kernel and parses its headers. */
export function openJpeg(kernel: Kernel, bytes: Uint8Array, options: DecodingLimits): OpenedJpeg {
  const { maxPixels = DEFAULT_MAX_PIXELS } = options;
  const isFilled = options.truncated === "fill";
  kernel.begin(bytes, isFilled ? END_OF_IMAGE : []);
  const status = kernel.exports.header();
  if (status === abi.STATUS_NOT_JPEG || (bytes.length > 2 && bytes[2] !== 0xff)) {
    throw imageError("jpeg/not-jpeg", `it is ${describeFormat(bytes)}, not a JPEG file`);
  }
  if (status < 0 && !canFill(status, options)) throw decodingError(kernel, status);
  const segments = readSegments(bytes);
  if ("reason" in segments) {
    if (status < 0) throw decodingError(kernel, status);
    const { reason, offsetBytes } = segments;
    throw imageError("jpeg/corrupt", `${reason} (at byte ${offsetBytes} of the file)`);
  }
  const { frame, exif } = segments;
  if (frame.width * frame.height > maxPixels) {
    throw imageError(
      "jpeg/too-large",
      `its ${frame.width}x${frame.height} pixels exceed ` +
        `maxPixels ${maxPixels}`,
    );
  }
  return { frame, exif, status };
}

/**
 * Whether a failure is one to decode around; any other is thrown. Missing memory and the limits are
 * the decoder's business, not the file's.
 */
export function canFill(status: number, options: DecodingLimits): boolean {
  return status < 0 && options.truncated === "fill" && status !== abi.STATUS_OUT_OF_MEMORY &&
    status !== abi.STATUS_TOO_MANY_SCANS;
}

/** Reads the counts of damage of the current image; with `strict`, throws if there is any. */
export function readWarnings(kernel: Kernel, options: DecodingLimits): JpegWarnings {
  const warnings = {
    badCodes: kernel.info(abi.INFO_WARNINGS_BAD_CODE),
    earlyMarkers: kernel.info(abi.INFO_WARNINGS_EARLY_MARKER),
    extraneousBytes: kernel.info(abi.INFO_WARNINGS_EXTRANEOUS),
    resyncs: kernel.info(abi.INFO_WARNINGS_RESYNC),
    bogusScans: kernel.info(abi.INFO_WARNINGS_PROGRESSION),
  };
  if (options.strict) {
    for (const [kind, count] of Object.entries(warnings)) {
      if (count === 0) continue;
      throw imageError(
        "jpeg/corrupt",
        `it is damaged (${kind}: ${count}), and \`strict\` allows none`,
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
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  const kernel = getKernel();
  kernel.begin(bytes);
  const status = kernel.exports.header();
  const components = kernel.info(abi.INFO_COMPONENTS);
  const colour = COLOURS[kernel.info(abi.INFO_COLOUR) as keyof typeof COLOURS];
  // Headers that were read whole count, also of a process that cannot be decoded.
  if (colour === undefined) {
    if (status === abi.STATUS_NOT_JPEG) openJpeg(kernel, bytes, {});
    throw decodingError(kernel, status);
  }
  const segments = readSegments(bytes);
  const found = "reason" in segments ? undefined : segments;
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
    orientation: found?.exif && readOrientation(found.exif),
    iccProfile: found && joinProfile(found.icc),
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
    const { frame, exif, status: opened } = openJpeg(kernel, bytes, options);
    const { scale = 8 } = options;
    if (![1, 2, 4, 8].includes(scale)) throw new RangeError(`scale is 1, 2, 4 or 8, not ${scale}`);
    const fullWidth = Math.ceil(frame.width * scale / 8);
    const fullHeight = Math.ceil(frame.height * scale / 8);
    const region = options.region ?? { x: 0, y: 0, width: fullWidth, height: fullHeight };
    checkRegion(region, fullWidth, fullHeight);
    const { x, y, width, height } = region;
    const isNative = options.as === "native";
    const channels = isNative ? frame.components : 3;
    const mode = isNative ? abi.MODE_NATIVE : abi.MODE_RGB;
    const { maxScans = DEFAULT_MAX_SCANS } = options;
    const isStrict = options.strict ? 1 : 0;
    let status = opened < 0
      ? opened
      : kernel.exports.start(mode, scale, x, y, x + width, y + height, maxScans, isStrict);
    if (status < 0 && !canFill(status, options)) throw decodingError(kernel, status);
    const data = takeArray(options.into, width * height * channels);
    let offset = 0;
    while (status >= 0) {
      status = kernel.exports.next();
      if (status <= 0) break;
      const from = kernel.info(abi.INFO_OUTPUT) >>> 0;
      const length = status * width * channels;
      data.set(kernel.bytes.subarray(from, from + length), offset);
      offset += length;
    }
    if (status < 0 && !canFill(status, options)) throw decodingError(kernel, status);
    // What Pillow has no pixels for is 0 in the file's own colours: white, for CMYK as RGB.
    data.fill(frame.components === 4 && !isNative ? 255 : 0, offset);
    const warnings = readWarnings(kernel, options);
    const image = { width, height, channels, data };
    const turned = options.applyOrientation && exif && readOrientation(exif);
    return { ...(turned ? applyOrientation(image, turned) : image), warnings };
  } finally {
    releaseKernel();
  }
}

function takeArray(
  into: Uint8Array<ArrayBuffer> | undefined,
  length: number,
): Uint8Array<ArrayBuffer> {
  if (into === undefined) return new Uint8Array(length);
  if (into.length < length) {
    throw new RangeError(`The image takes ${length} bytes, and \`into\` has ${into.length}`);
  }
  return into.subarray(0, length);
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
