/**
 * One sample, with all that is in it.
 *
 * @module
 */
import { isImageExtension } from "../../image/format.ts";
import type { IndexedField, IndexedSample } from "../../index/shard_index.ts";
import type { Source } from "../../storage/source.ts";
import type { Described, DescribedField, Fault, ListedSample, Picture } from "../messages.ts";
import { findImage, makeImagePicture, readField } from "./pictures.ts";
import { fieldBytes, sampleBytes } from "./tally.ts";

/** Bytes of a text that are shown. */
const MOST_TEXT_BYTES = 16 << 10;

/** Edge of the picture beside them, in pixels. */
const PICTURE_SIZE = 512;

/** Last parts of extensions whose fields are texts. */
const TEXTS =
  /(^|\.)(txt|text|caption|transcript|json|jsn|jsonl|cls|cls2|id|index|inx|csv|xml|ya?ml)$/;

/** A sample as lists have it. */
export function listSample(sample: IndexedSample, place: number): ListedSample {
  const { key, index = place, cls, fields } = sample;
  return {
    place,
    index,
    key,
    ...(cls === undefined ? {} : { label: cls }),
    extensions: fields.map(({ extension }) => extension),
    bytes: sampleBytes(sample),
    hasImage: findImage(sample) !== undefined,
  };
}

/** Reads what is shown of a sample. */
export async function describeSample(
  source: Source,
  sample: IndexedSample,
  place: number,
): Promise<Described> {
  const fields: DescribedField[] = [];
  for (const field of sample.fields) fields.push(await describeField(source, field));
  const image = findImage(sample);
  const picture = image && await pictureOf(source, image, { size: PICTURE_SIZE, fit: "contain" });
  return { sample: listSample(sample, place), fields, ...(picture && { picture }) };
}

async function describeField(source: Source, field: IndexedField): Promise<DescribedField> {
  const { extension, offsetBytes, sizeBytes } = field;
  const facts = { extension, sizeBytes: fieldBytes(field), offsetBytes };
  if (isImageExtension(extension) || !TEXTS.test(extension)) return facts;
  const head = { ...field, sizeBytes: Math.min(sizeBytes, MOST_TEXT_BYTES) };
  try {
    const text = new TextDecoder().decode(await readField(source, head));
    return { ...facts, text: sizeBytes > MOST_TEXT_BYTES ? `${text}…` : text };
  } catch (error) {
    return { ...facts, text: reasonOf(error) };
  }
}

/** The picture of an image, or why there is none. */
export async function pictureOf(
  source: Source,
  field: IndexedField,
  options: { readonly size: number; readonly fit: "cover" | "contain" },
): Promise<Picture | Fault> {
  try {
    const bytes = await readField(source, field);
    return await makeImagePicture(bytes, field.extension, options);
  } catch (error) {
    return { fault: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
