/**
 * A sample in the form that is asked for.
 *
 * @module
 */
import { findImageField } from "../steps/fields.ts";
import { describeFormat, isJpeg } from "../image/format.ts";
import type { Codec } from "../image/codec.ts";
import { evaluation, readJpegHeader } from "../image/mod.ts";
import { decodeField } from "../sample/mod.ts";
import type { Sample } from "../sample/sample.ts";
import type { EncodeJpeg } from "../image/encode/jpeg.ts";
import { makeNpyHeader, toLittleEndian } from "../sample/write_npy.ts";
import { withImage } from "./image.ts";
import type { View } from "./parameters.ts";
import { makePicture } from "../image/transform/picture.ts";
import { readFileHead } from "../image/read_size.ts";
import { readRecipe } from "../image/transform/recipes/mod.ts";
import { transformFile } from "../image/transform/transform_file.ts";
import { encodePng } from "../image/encode/png.ts";
import { Problem } from "./problem.ts";

/** A body and what it is. */
export interface Rendered {
  readonly body: Uint8Array<ArrayBuffer> | string;
  readonly type: string;
  /** Lengths of the dimensions, of raw pixels and tensors. */
  readonly shape?: readonly number[];
}

/** What a label means. */
export interface LabelInfo {
  /** Name for people. */
  readonly name: string;
  /** WordNet's synset. */
  readonly synset?: string;
}

/** What rendering takes besides the sample. */
export interface RenderContext {
  readonly maxPixels: number;
  readonly codecs: readonly Codec[];
  readonly encodeJpeg: EncodeJpeg;
  readonly labels: (label: number) => Promise<LabelInfo | undefined>;
}

const RAW = "application/octet-stream";

/** Whether a view is of what is stored, which takes no decoder. */
export function isStored({ as, size }: View): boolean {
  return as === "json" || (as === "jpeg" && size === undefined);
}

/** Renders a sample; all but JSON and the stored bytes take the decoder. */
export async function render(
  sample: Sample,
  view: View,
  context: RenderContext,
): Promise<Rendered> {
  if (view.as === "json") return await describe(sample, context);
  const { codecs, maxPixels } = context;
  const limits = { maxPixels };
  if (view.as === "jpeg" && view.size === undefined) {
    const bytes = sample.bytes[findImageField(sample, {}, codecs)];
    if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
      throw new Problem(422, "image-unsupported", `The image is ${describeFormat(bytes)}.`);
    }
    return { body: bytes as Uint8Array<ArrayBuffer>, type: "image/jpeg" };
  }
  if (view.as === "f32" || view.as === "npy") {
    const recipe = readRecipe(evaluation({ size: view.size }));
    const { data, shape } = await withImage(
      sample,
      codecs,
      (bytes, codec) => transformFile(bytes, codec, recipe, limits),
    );
    const raw = toLittleEndian(data as Float32Array<ArrayBuffer>);
    if (view.as === "f32") return { body: raw, type: RAW, shape };
    const header = makeNpyHeader(shape);
    const file = new Uint8Array(header.length + raw.length);
    file.set(header);
    file.set(raw, header.length);
    return { body: file, type: RAW, shape };
  }
  const { size, fit } = view;
  const image = await withImage(
    sample,
    codecs,
    (bytes, codec) => makePicture(bytes, { size, fit, ...limits }, codec),
  );
  if (view.as === "rgb") {
    return { body: image.data, type: RAW, shape: [image.height, image.width, 3] };
  }
  if (view.as === "png" && typeof CompressionStream === "undefined") {
    throw new Problem(
      501,
      "no-compression",
      "PNG takes a CompressionStream, which is missing here.",
    );
  }
  if (view.as === "png") return { body: await encodePng(image), type: "image/png" };
  const encoded = await context.encodeJpeg(image, view.quality ?? 82);
  return { body: new Uint8Array(encoded) as Uint8Array<ArrayBuffer>, type: "image/jpeg" };
}

/** Fields, sizes and places, the label and what the image's header says. */
async function describe(sample: Sample, context: RenderContext): Promise<Rendered> {
  const fields = Object.entries(sample.bytes).map(([extension, bytes]) => ({
    extension,
    sizeBytes: bytes.length,
    offsetBytes: sample.offsets[extension],
    value: readValue(extension, bytes),
  }));
  const label = fields.find(({ extension }) => extension === "cls")?.value;
  const info = typeof label === "number" ? await context.labels(label) : undefined;
  const image = await describeImage(sample, context);
  const { key, shard } = sample;
  const facts = { key, shard, label, synset: info?.synset, name: info?.name, image, fields };
  return { body: JSON.stringify(facts), type: "application/json; charset=utf-8" };
}

/** What the image's file tells before its pixels; of JPEG files all that is in their header. */
async function describeImage(
  sample: Sample,
  { codecs }: RenderContext,
): Promise<object | undefined> {
  try {
    const bytes = sample.bytes[findImageField(sample, {}, codecs)];
    const head = await readFileHead(bytes);
    if (!isJpeg(bytes)) return head;
    const { iccProfile, ...facts } = readJpegHeader(bytes);
    return { ...head, ...facts, iccProfileBytes: iccProfile?.length };
  } catch {
    // Without an image, or with a damaged one, the rest is still worth telling.
    return undefined;
  }
}

/** Deeper values are left out: writing them takes a stack as deep. */
const MAX_DEPTH = 64;

/** What JSON can say of a value; integers that no number holds as text. */
function toJson(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new RangeError("too deep");
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => toJson(each, depth + 1));
  const entries = Object.entries(value).map(([name, each]) => [name, toJson(each, depth + 1)]);
  return Object.fromEntries(entries);
}

/** Values that are small and safe to show. */
function readValue(extension: string, bytes: Uint8Array): unknown {
  const kind = extension === "caption" ? "txt" : extension;
  if (bytes.length > 65_536 || !/^(cls|cls2|index|txt|text|json)$/.test(kind)) return undefined;
  try {
    return toJson(decodeField(kind, bytes));
  } catch {
    return undefined;
  }
}
