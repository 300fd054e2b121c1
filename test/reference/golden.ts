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
