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
import { isFormer } from "../reference.ts";
import { type JpegSegments, readSegments } from "./segments.ts";
import type { Image, Reference } from "../types.ts";

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
  /** Whether the file is lossless, which is decoded at its full size alone. */
  readonly lossless: boolean;
  /** Whether the file is arithmetic-coded. */
  readonly arithmetic: boolean;
  /** Colour space of the stored samples. */
  readonly colour: "grey" | "rgb" | "ycbcr" | "cmyk" | "ycck";
  /** MCUs between two restart markers, 0 without. */
  readonly restartInterval: number;
  /** The orientation that Exif data or, without one there, XMP asks for, 1 to 8; decoding does not apply it unless asked to. */
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
   * which are CMYK as Pillow stores it.
   *
   * @default {"rgb"}
   */
  readonly as?: "rgb" | "native";
  /** Decodes this part alone, with the pixels that it has in the whole (scaled) image. */
  readonly region?: Region;
  /**
   * Eighths of the size: 4 is half, 2 a quarter and 1 an eighth, rounded up. Cheaper than decoding and
   * resizing, with other pixels: those of Pillow's `draft`.
   *
   * @default {8}
   */
  readonly scale?: 1 | 2 | 4 | 8;
  /**
   * Where the pixels go, in place of a new array: the image's `data` is the part of it that they take.
   * For loops over many images, of which each allocation costs a tenth of the decoding.
   */
  readonly into?: Uint8Array<ArrayBuffer>;
  /**
   * Turns the image as its Exif data or, where that has no orientation, its XMP says, as Pillow's
   * `ImageOps.exif_transpose`; the region is one of the image as stored.
   * @default {false}
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
  /**
   * Refuses an image with more pixels.
   *
   * @default {178956970}
   */
  readonly maxPixels?: number;
  /**
   * Refuses a progressive image with more scans, a bound on the work.
   *
   * @default {100}
   */
  readonly maxScans?: number;
  /**
   * What to do with a file that ends early or breaks off: refuse it as Pillow does, or fill it as
   * Pillow does with `LOAD_TRUNCATED_IMAGES`: what is missing is grey, and everything is black where
   * no row could be decoded. Of an arithmetic-coded file that ends early, Pillow keeps the rows before
   * the break alone; here what is missing reads as zero bits.
   *
   * @default {"error"}
   */
  readonly truncated?: "error" | "fill";
  /**
   * Makes any damage that would be decoded around an error.
   * @default {false}
   */
  readonly strict?: boolean;
  /**
   * Whose bytes are given where Pillow's versions differ.
   * @default {"pillow-12.2"}
   */
  readonly reference?: Reference;
}

// Pillow completes a file that ends early with an end-of-image marker.
const END_OF_IMAGE = [0xff, abi.M_EOI];

/** An opened file: its segments, and the failure that `truncated: "fill"` decodes around, or 0. */
export interface OpenedJpeg extends JpegSegments {
  readonly status: number;
  /** Whether it can only be decoded to pixels: a lossless file, or an arithmetic-coded one that may break off. */
  readonly isWholeOnly: boolean;
}

/** Copies the file into the kernel and parses its headers. */
export function openJpeg(kernel: Kernel, bytes: Uint8Array, options: DecodingLimits): OpenedJpeg {
  const { maxPixels = DEFAULT_MAX_PIXELS } = options;
  const isFilled = options.truncated === "fill";
  const former = isFormer(options.reference);
  kernel.begin(bytes, isFilled ? END_OF_IMAGE : []);
  kernel.setParam(abi.PARAM_TAIL, isFilled ? END_OF_IMAGE.length : 0);
  kernel.setParam(abi.PARAM_REFERENCE, former ? abi.REFERENCE_FORMER : abi.REFERENCE_TODAY);
  const status = kernel.exports.header();
  if (status === abi.STATUS_NOT_JPEG || (bytes.length > 2 && bytes[2] !== 0xff)) {
    throw imageError("jpeg/not-jpeg", `it is ${describeFormat(bytes)}, not a JPEG file`);
  }
  if (status < 0 && !canFill(status, options)) throw decodingError(kernel, status);
  const segments = readSegments(bytes, former);
  if ("reason" in segments) {
    if (status < 0) throw decodingError(kernel, status);
    const { reason, offsetBytes } = segments;
    throw imageError("jpeg/corrupt", `${reason} (at byte ${offsetBytes} of the file)`);
  }
  const { frame } = segments;
  if (frame.width * frame.height > maxPixels) {
    throw imageError(
      "jpeg/too-large",
      `its ${frame.width}x${frame.height} pixels exceed ` +
        `maxPixels ${maxPixels}`,
    );
  }
  const sof = kernel.info(abi.INFO_SOF);
  const isArithmetic = sof === abi.M_SOF9 || sof === abi.M_SOF10;
  return { ...segments, status, isWholeOnly: sof === abi.M_SOF3 || (isArithmetic && isFilled) };
}

/** Starts decoding an opened file as the parameter block says, within the limits. */
export function startJpeg(kernel: Kernel, options: DecodingLimits): number {
  kernel.setParam(abi.PARAM_MAX_SCANS, options.maxScans ?? DEFAULT_MAX_SCANS);
  kernel.setParam(abi.PARAM_READS_ALL, options.strict ? 1 : 0);
  return kernel.exports.start();
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
export function readJpegHeader(
  bytes: Uint8Array,
  options: Pick<DecodingLimits, "reference"> = {},
): JpegHeader {
  const kernel = getKernel();
  const former = isFormer(options.reference);
  kernel.begin(bytes);
  kernel.setParam(abi.PARAM_REFERENCE, former ? abi.REFERENCE_FORMER : abi.REFERENCE_TODAY);
  const status = kernel.exports.header();
  const components = kernel.info(abi.INFO_COMPONENTS);
  const colour = COLOURS[kernel.info(abi.INFO_COLOUR) as keyof typeof COLOURS];
  // Headers that were read whole count, also of a process that cannot be decoded.
  if (colour === undefined) {
    if (status === abi.STATUS_NOT_JPEG) openJpeg(kernel, bytes, options);
    throw decodingError(kernel, status);
  }
  const segments = readSegments(bytes, former);
  const found = "reason" in segments ? undefined : segments;
  const sof = kernel.info(abi.INFO_SOF);
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
    progressive: sof === abi.M_SOF2 || sof === abi.M_SOF10,
    lossless: sof === abi.M_SOF3,
    arithmetic: sof === abi.M_SOF9 || sof === abi.M_SOF10,
    colour,
    restartInterval: kernel.info(abi.INFO_RESTART_INTERVAL),
    orientation: found && readOrientation(found, former),
    iccProfile: found && joinProfile(found.icc),
  };
  releaseKernel();
  return header;
}

/**
 * Decodes a JPEG image, byte for byte as libjpeg-turbo does.
 *
 * Shape: [H, W, 3] u8, or with `as: "native"` [H, W, 1] for a grey file and [H, W, 4] for a CMYK one.
 * Exact: Pillow 12.2 and later with libjpeg-turbo 3.0.4 and later on x86-64 (islow DCT, fancy upsampling), or
 * Pillow 9.4 with libjpeg-turbo 2.1.5.
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
    const opened = openJpeg(kernel, bytes, options);
    const { frame } = opened;
    const { scale = 8 } = options;
    if (![1, 2, 4, 8].includes(scale)) throw new RangeError(`scale is 1, 2, 4 or 8, not ${scale}`);
    if (scale < 8 && opened.status >= 0 && kernel.info(abi.INFO_SOF) === abi.M_SOF3) {
      throw decodingError(kernel, abi.STATUS_UNSUPPORTED_LOSSLESS);
    }
    const fullWidth = Math.ceil(frame.width * scale / 8);
    const fullHeight = Math.ceil(frame.height * scale / 8);
    const region = options.region ?? { x: 0, y: 0, width: fullWidth, height: fullHeight };
    checkRegion(region, fullWidth, fullHeight);
    const { x, y, width, height } = region;
    const isNative = options.as === "native";
    const channels = isNative ? frame.components : 3;
    const mode = isNative ? abi.MODE_NATIVE : abi.MODE_RGB;
    kernel.setParam(abi.PARAM_MODE, mode);
    kernel.setParam(abi.PARAM_SCALE, scale);
    kernel.setParam(abi.PARAM_LEFT, x);
    kernel.setParam(abi.PARAM_TOP, y);
    kernel.setParam(abi.PARAM_RIGHT, x + width);
    kernel.setParam(abi.PARAM_BOTTOM, y + height);
    let status = opened.status < 0 ? opened.status : startJpeg(kernel, options);
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
    const turned = options.applyOrientation &&
      readOrientation(opened, isFormer(options.reference));
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
