/** Decodes one file, of whatever kind, in every way there is, and compares what must agree. */
import { assert } from "chai";
import { WdsError } from "../../src/errors.ts";
import {
  decodeJpeg,
  type DecodeOptions,
  evaluation,
  type JpegImage,
  readJpegHeader,
  transformImage,
} from "../../src/image/mod.ts";
import type { Interpolation, TensorType } from "../../src/image/types.ts";
import type { RandomSource } from "../../src/numbers/random_source.ts";
import { crop, drawRegion } from "../image/region_check.ts";
import { describeDifference } from "../reference/compare.ts";
import { evaluateSlowly } from "../reference/transform.ts";
import { watch } from "./canary.ts";
import { pick } from "./edit.ts";

/** Larger images, which damaged headers ask for, are refused: the work for a file stays bounded. */
const MAX_PIXELS = 300_000;

/** Of larger images the transform is not computed step by step. */
const MAX_SLOW_BYTES = 30_000;

/** No call may take longer, in milliseconds. The slowest take some hundred. */
const MAX_CALL_MS = 20_000;

/** What became of a file. */
export interface Outcome {
  /** The default mode's error code, or `undefined` if the file was read. */
  readonly code: string | undefined;
  /** Whether anything was damaged but read. */
  readonly isRepaired: boolean;
  /** Calls to the decoder. */
  readonly calls: number;
  /** The longest call, in milliseconds. */
  readonly slowestMs: number;
}

/** A result, or the code of the typed error in its place. */
type Result<T> = { readonly value: T; readonly code?: undefined } | {
  readonly value?: undefined;
  readonly code: string;
};

/**
 * Decodes a file as RGB, in its mode, filled, strictly, scaled, in part and through the fused
 * transform. Fails by throwing if anything but a typed error is thrown, two ways disagree, or memory
 * that is not the image's was written.
 */
export function decodeInEveryMode(bytes: Uint8Array, random: RandomSource): Outcome {
  let calls = 0;
  let slowestMs = 0;
  const fills = [0xA5, 0x00, 0xFF, 0x3C];
  const attempt = <T>(what: string, call: () => T, isOneStep = true): Result<T> => {
    const start = performance.now();
    let result: Result<T>;
    try {
      const fill = fills[calls++ % fills.length];
      // The arena begins anew between two steps, so that what the first one wrote lies above it.
      result = { value: isOneStep ? watch(fill, what, call) : call() };
    } catch (error) {
      if (!isTyped(error)) throw new Error(`${what}: ${error}`, { cause: error });
      result = { code: error instanceof WdsError ? error.code : "range" };
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
    assert.isBelow(slowestMs, MAX_CALL_MS, what);
    return result;
  };
  const decode = (what: string, options: DecodeOptions = {}): Result<JpegImage> =>
    attempt(what, () => decodeJpeg(bytes, { ...options, maxPixels: MAX_PIXELS }));

  const header = attempt("header", () => readJpegHeader(bytes)).value;
  const rgb = decode("rgb");
  const native = decode("native", { as: "native" });
  assert.equal(native.code, rgb.code, "native differs from rgb");
  if (rgb.value && native.value?.channels === 3) assertSame("native", native.value, rgb.value);

  const filled = decode("filled", { truncated: "fill" });
  if (rgb.value) assertSame("filled", filled.value, rgb.value);
  const strict = decode("strict", { strict: true });
  const isRepaired = rgb.value !== undefined &&
    Object.values(rgb.value.warnings).some((n) => n > 0);
  if (isRepaired || rgb.code !== undefined) assert.isDefined(strict.code, "strict read damage");
  else assertSame("strict", strict.value, rgb.value);

  checkPart("region", rgb, {});
  if (rgb.value) {
    // Strictness reads all of the file, whatever is asked of it.
    const region = drawRegion(random, rgb.value);
    assert.equal(decode("strict region", { strict: true, region }).code, strict.code);
  }
  const scale = header?.lossless ? 8 : pick(random, [1, 2, 4] as const);
  checkPart(`scale ${scale}`, decode(`scale ${scale}`, { scale }), { scale });
  checkPart("filled region", filled, { truncated: "fill" });

  const settings = {
    resize: 1 + random.below(30),
    size: 1 + random.below(20),
    interpolation: pick(random, ["bilinear", "bicubic", "nearest", "lanczos"] as Interpolation[]),
    type: pick(random, ["uint8", "float32", "float16"] as TensorType[]),
  };
  const isTorch = settings.interpolation.startsWith("bi") && random.below(2) === 0;
  const transform = evaluation({ ...settings, resampler: isTorch ? "torch" : "pillow" });
  for (const truncated of ["error", "fill"] as const) {
    const options = { truncated, maxPixels: MAX_PIXELS };
    // Lossless files, and arithmetic-coded ones that may break off, are decoded first and then transformed.
    const isOneStep = header !== undefined && !header.lossless &&
      !(header.arithmetic && truncated === "fill");
    const [first, second] = [0, 1].map(() =>
      attempt(
        `${truncated} transform`,
        () => transformImage(bytes, transform, options),
        isOneStep,
      )
    );
    assert.equal(second.code, first.code, "the transform's errors differ");
    assert.deepEqual(second.value?.data, first.value?.data, "the transform's tensors differ");
    const whole = truncated === "fill" ? filled : rgb;
    // The transform refuses what would be narrower than a pixel by a RangeError.
    if (first.code !== "range") assert.equal(first.code, whole.code, `${truncated} transform`);
    if (first.value && whole.value && whole.value.data.length <= MAX_SLOW_BYTES) {
      const slowly = evaluateSlowly(whole.value, transform);
      assert.deepEqual(first.value.data, slowly, `${truncated} transform, step by step`);
    }
  }
  return { code: rgb.code, isRepaired, calls, slowestMs };

  /** A random part of an image that was read has its pixels. */
  function checkPart(what: string, whole: Result<JpegImage>, options: DecodeOptions): void {
    if (!whole.value) return;
    const region = drawRegion(random, whole.value);
    const part = decode(`part of ${what}`, { ...options, region });
    assertSame(`part of ${what}`, part.value, crop(whole.value, region));
  }
}

function assertSame(what: string, actual: JpegImage | undefined, expected: unknown): void {
  assert.isDefined(actual, `${what} was refused`);
  assert.isUndefined(describeDifference(actual!, expected as JpegImage), what);
}

/** Typed errors, and the transform's RangeError; not the one that a trap throws in some engines. */
function isTyped(error: unknown): boolean {
  if (error instanceof WdsError) return true;
  return error instanceof RangeError && error.message.startsWith("Cannot resize");
}
