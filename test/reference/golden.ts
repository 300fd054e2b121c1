/** The shapes of the golden files that several tests read. */
import type { Interpolation } from "../../src/image/types.ts";

type Box = [x0: number, y0: number, x1: number, y1: number];

/** `fixtures/resample/golden.json`. */
export interface ResampleGolden {
  /** Images of `drawNoise`, resized by Pillow. */
  images: [
    width: number,
    height: number,
    channels: 1 | 3 | 4,
    outWidth: number,
    outHeight: number,
    filter: Interpolation,
    box: Box | null,
    sha256: string,
  ][];
  coefficients: [
    inputs: number,
    begin: number,
    end: number,
    outputs: number,
    filter: string,
    sha256: string,
  ][];
  nearest: [inputs: number, begin: number, end: number, outputs: number, sha256: string][];
}

/** `fixtures/torch/golden.json`. */
export interface TorchResizeGolden {
  /** Images of `drawNoise`, resized by torch. */
  images: [
    width: number,
    height: number,
    channels: 1 | 3 | 4,
    outWidth: number,
    outHeight: number,
    filter: "bilinear" | "bicubic",
    sha256: string,
  ][];
}

/** `fixtures/jpeg/golden.json`. */
export interface JpegGolden {
  /** By folder and name: `baseline/444_1x1.jpg`. */
  files: Record<string, JpegGoldenRow>;
  /** Bytes of 0x55 that must at least follow a file's scan, in place of the end marker. */
  tails: Record<string, number>;
}

/** What Pillow and torchvision make of one file. Digests are SHA-256. */
export interface JpegGoldenRow {
  /** Pillow's error, in place of everything but `filled`. */
  error?: string;
  mode?: string;
  width?: number;
  height?: number;
  /** Of the bytes in the image's mode. */
  native?: string;
  /** Of the bytes after `convert("RGB")`. */
  rgb?: string;
  /** RGB by eighths of the size, as Pillow's draft mode gives it; null where that fails. */
  scaled?: Record<number, string | null>;
  /** The same in the image's mode, where that is not RGB. */
  scaled_native?: Record<number, string | null>;
  /** By interpolation, shorter edge and crop: `bicubic-48-40`. */
  evaluations?: Record<string, { u8: string; f32: string; f16?: string; prefetcher_f32?: string }>;
  resizes?: [
    filter: Interpolation,
    width: number,
    height: number,
    box: Box | null,
    sha256: string,
  ][];
  /** Of the RGB after `ImageOps.exif_transpose`, where that changes it. */
  turned?: string;
  /** RGB with Pillow's LOAD_TRUNCATED_IMAGES; null where that fails too. Only for broken files. */
  filled?: string | null;
}
