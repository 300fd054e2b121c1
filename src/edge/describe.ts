/**
 * What can be told of a sample without decoding its image.
 *
 * @module
 */
import { getFormat, isJpeg } from "../image/format.ts";
import { readJpegHeader } from "../image/mod.ts";
import { readFileHead } from "../image/read_size.ts";
import { decodeField } from "../sample/mod.ts";
import type { Sample } from "../sample/sample.ts";
import { findImageField } from "../steps/fields.ts";
import type { RenderContext } from "./rendered.ts";

/** What is told of a sample. */
export interface SampleFacts {
  readonly key: string;
  readonly shard: string;
  readonly label?: unknown;
  readonly synset?: string;
  readonly name?: string;
  /** What the image's file tells before its pixels. */
  readonly image?: object;
  readonly fields: readonly FieldFacts[];
}

/** What is told of a field. */
export interface FieldFacts {
  readonly extension: string;
  readonly sizeBytes: number;
  readonly offsetBytes: number;
  /** Of fields that are small and safe to show. */
  readonly value?: unknown;
}

/** Largest field whose value is told, or looked into. */
export const MAX_VALUE_BYTES = 65_536;

/**
 * Fields, sizes and places, the label and what the image's header says.
 *
 * @param maxValueBytes Of all fields together: the first ones that fit have their values told.
 */
export async function describeSample(
  sample: Sample,
  context: RenderContext,
  maxValueBytes: number = Infinity,
): Promise<SampleFacts> {
  let left = maxValueBytes;
  const fields = Object.entries(sample.bytes).map(([extension, bytes]) => {
    const value = bytes.length <= left ? readValue(extension, bytes) : undefined;
    if (value !== undefined) left -= bytes.length;
    const offsetBytes = sample.offsets[extension];
    return { extension, sizeBytes: bytes.length, offsetBytes, value };
  });
  const label = fields.find(({ extension }) => extension === "cls")?.value;
  const info = typeof label === "number" ? await context.labels(label) : undefined;
  const image = await describeImage(sample, context);
  const { key, shard } = sample;
  return { key, shard, label, synset: info?.synset, name: info?.name, image, fields };
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

/** What a field says, of those that are small and safe to show. */
export function readValue(extension: string, bytes: Uint8Array): unknown {
  const kind = getFormat(extension).replace(/^caption$/, "txt");
  if (bytes.length > MAX_VALUE_BYTES || !/^(cls|cls2|index|txt|text|json)$/.test(kind)) {
    return undefined;
  }
  try {
    return toJson(decodeField(kind, bytes));
  } catch {
    return undefined;
  }
}
