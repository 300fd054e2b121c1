/**
 * A contact sheet: the images of many samples in one picture, with what they are called.
 *
 * @module
 */
import { checkCount } from "../check.ts";
import type { WebDatasetOptions } from "../dataset/options.ts";
import { webdataset } from "../dataset/webdataset.ts";
import type { WdsError } from "../errors.ts";
import { decodeImage } from "../image/decode_image.ts";
import { init } from "../image/mod.ts";
import { resize } from "../image/resize/resize.ts";
import { toRgb } from "../image/to_rgb.ts";
import { FORMATS } from "../image/codecs/lazy.ts";
import { readRecipe, type Transform } from "../image/transform/recipes/mod.ts";
import type { Image } from "../image/types.ts";
import { parseInteger } from "../sample/integer.ts";
import type { Sample } from "../sample/sample.ts";
import { isFault, locateFault } from "../steps/faults.ts";
import { findImageField } from "../steps/fields.ts";
import type { ShardInput } from "../storage/to_source.ts";
import { drawText, LINE_HEIGHT } from "./small_text.ts";

/** What {@linkcode makeContactSheet} takes. */
export interface ContactSheetOptions {
  /**
   * Most samples that are shown.
   *
   * @default {64}
   */
  readonly count?: number;
  /**
   * Pictures side by side.
   *
   * @default {8}
   */
  readonly columns?: number;
  /**
   * Edge in pixels of the square that a picture is fitted into; none is made larger.
   *
   * @default {128}
   */
  readonly size?: number;
  /** What a model is given: the parts of pictures that it does not see are darker. */
  readonly crop?: Transform;
  /** Names of classes, by their number (`cls`). */
  readonly labels?: readonly { readonly name: string }[];
  /** Field of the image, or several separated by `;`: the first that a sample has. */
  readonly image?: string;
  /** Is told of each image that could not be decoded; its place stays empty. */
  readonly onFault?: (fault: WdsError) => void;
  /** How shards are read: their faults, their hosts. */
  readonly read?: WebDatasetOptions;
  /** Stops; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** One picture of a sheet. */
export interface ContactSheetCell {
  /** Key of the sample. */
  readonly key: string;
  /** Name of its shard. */
  readonly shard: string;
  /** Number of the sample in its shard. */
  readonly index: number;
  /** Number of its class, where it has one. */
  readonly cls?: number;
  /** Name of its class, or its number, or else its key. */
  readonly caption: string;
  /** Width and height of the image; absent where it could not be decoded. */
  readonly imageSize?: readonly [width: number, height: number];
  /** The picture as the sheet shows it; absent likewise. */
  readonly thumbnail?: Image;
}

/** A sheet. */
export interface ContactSheet {
  /** All pictures in rows, with their captions: [H, W, 3]. */
  readonly image: Image;
  /** What is in it, in the order of the samples. */
  readonly cells: readonly ContactSheetCell[];
}

const GAP = 6;
const PAPER = 24;
const EMPTY = 48;
/** What is left of the light where a model does not look, of 256. */
const DARK = 90;

/**
 * Draws the images of a dataset's first samples in one picture, in rows, each with its class or key below. Resized as
 * Pillow does, bicubic. Captions are drawn in capitals, of ASCII alone; `cells` has them as they are.
 *
 * @param shards What {@linkcode webdataset} takes.
 * @throws {WdsError} If shards cannot be read, or there is no sample.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { evaluation } from "@wdstream/wdstream/transforms";
 * import { makeContactSheet } from "@wdstream/wdstream/tools";
 *
 * const { image, cells } = await makeContactSheet(sampleShard(), { count: 6, columns: 3, crop: evaluation({}) });
 * if (image.width !== 3 * 134 + 6 || cells.length !== 6) throw new Error(`${image.width}`);
 * ```
 */
export async function makeContactSheet(
  shards: ShardInput | readonly ShardInput[],
  options: ContactSheetOptions = {},
): Promise<ContactSheet> {
  const { count = 64, columns = 8, size = 128, crop, read = {}, signal } = options;
  checkCount("count", count, 1);
  checkCount("columns", columns, 1);
  checkCount("size", size, 16);
  const recipe = crop && readRecipe(crop);
  if (recipe?.random !== undefined) {
    throw new TypeError("crop is a transform that draws nothing: there is no one part");
  }
  await init();
  const cells: ContactSheetCell[] = [];
  for await (const sample of webdataset(shards, { ...read, signal }).take(count)) {
    cells.push(
      await makeCell(sample, options, size, (image) => {
        if (recipe === undefined) return undefined;
        return recipe.place(image.width, image.height, undefined);
      }),
    );
  }
  return { image: drawSheet(cells, columns, size), cells };
}

type FindPart = (image: Image) => ReturnType<ReturnType<typeof readRecipe>["place"]> | undefined;

async function makeCell(
  sample: Sample,
  { image: wanted, labels, onFault }: ContactSheetOptions,
  size: number,
  findPart: FindPart,
): Promise<ContactSheetCell> {
  const { key, shard, index } = sample;
  const cls = readClass(sample);
  const caption = (cls === undefined ? undefined : labels?.[cls]?.name ?? `class ${cls}`) ?? key;
  const about = { key, shard, index, ...(cls !== undefined && { cls }), caption };
  let field: string | undefined;
  try {
    field = findImageField(sample, { image: wanted }, FORMATS);
    const whole = toRgb(await decodeImage(sample.bytes[field]));
    const thumbnail = shrink(whole, size);
    const part = findPart(whole);
    if (part !== undefined) darken(thumbnail, whole, part);
    return { ...about, imageSize: [whole.width, whole.height], thumbnail };
  } catch (error) {
    if (!isFault(error)) throw error;
    onFault?.(field === undefined ? error : locateFault(error, sample, field) as WdsError);
    return about;
  }
}

function readClass({ bytes }: Sample): number | undefined {
  if (bytes.cls === undefined) return undefined;
  try {
    const cls = parseInteger(bytes.cls);
    return typeof cls === "number" ? cls : undefined;
  } catch {
    return undefined;
  }
}

/** The image fitted into a square; a copy, for it is drawn upon. */
function shrink(image: Image, size: number): Image {
  const scale = Math.min(1, size / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  return resize(image, { width, height, interpolation: "bicubic" });
}

/** Takes the light from what lies outside the part that a model sees. */
function darken(
  { width, height, data }: Image,
  image: Image,
  part: NonNullable<ReturnType<FindPart>>,
): void {
  const { source } = part;
  // From pixels of what is resized to those of the picture.
  const across = source.width / part.resizedWidth * width / image.width;
  const down = source.height / part.resizedHeight * height / image.height;
  const left = Math.round(source.left * width / image.width + part.left * across);
  const top = Math.round(source.top * height / image.height + part.top * down);
  const right = left + Math.round(part.width * across);
  const bottom = top + Math.round(part.height * down);
  for (let y = 0, at = 0; y < height; y++) {
    const isBeside = y < top || y >= bottom;
    for (let x = 0; x < width; x++, at += 3) {
      if (!isBeside && x >= left && x < right) continue;
      for (let c = 0; c < 3; c++) data[at + c] = data[at + c] * DARK >> 8;
    }
  }
}

function drawSheet(cells: readonly ContactSheetCell[], columns: number, size: number): Image {
  const across = Math.min(columns, cells.length);
  const rows = Math.ceil(cells.length / columns);
  const step = size + GAP;
  const rowHeight = size + LINE_HEIGHT + GAP;
  const [width, height] = [across * step + GAP, rows * rowHeight + GAP];
  const data = new Uint8Array(3 * width * height).fill(PAPER);
  const sheet: Image = { width, height, channels: 3, data };
  for (const [i, { thumbnail, caption }] of cells.entries()) {
    const left = GAP + (i % columns) * step;
    const top = GAP + Math.floor(i / columns) * rowHeight;
    if (thumbnail === undefined) fill(sheet, left, top, size);
    else {
      const x = left + ((size - thumbnail.width) >> 1);
      const y = top + ((size - thumbnail.height) >> 1);
      for (let row = 0; row < thumbnail.height; row++) {
        const line = thumbnail.data.subarray(
          3 * row * thumbnail.width,
          3 * (row + 1) * thumbnail.width,
        );
        data.set(line, 3 * ((y + row) * width + x));
      }
    }
    drawText(sheet, caption, left, top + size, size);
  }
  return sheet;
}

function fill({ width, data }: Image, left: number, top: number, size: number): void {
  for (let y = top; y < top + size; y++) {
    data.fill(EMPTY, 3 * (y * width + left), 3 * (y * width + left + size));
  }
}
