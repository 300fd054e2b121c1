/**
 * The samples of a shard with smaller images.
 *
 * @module
 */
import type { WebDatasetOptions } from "../dataset/options.ts";
import { webdataset } from "../dataset/webdataset.ts";
import { SampleError, WdsError } from "../errors.ts";
import { FORMATS } from "../image/codecs/lazy.ts";
import type { Sample } from "../sample/sample.ts";
import { parseJson } from "../sample/json.ts";
import { findImageField } from "../steps/fields.ts";
import type { Source } from "../storage/source.ts";
import type { SampleInput } from "../writing/shard_writer.ts";
import { replaceIntegers } from "./json_numbers.ts";
import type { ResizedFile, ResizeFormat } from "./resize_image.ts";
import type { ResizePool } from "./resize_pool.ts";

/** What {@linkcode resizeSamples} takes. */
export interface ResizeSamplesOptions {
  /** Makes images smaller. */
  readonly pool: ResizePool;
  /** What it encodes them as. */
  readonly format: ResizeFormat;
  /** The image's field in each sample, or several in order. */
  readonly image?: string;
  /** Fields of further images, each of which is made smaller by itself. */
  readonly images?: readonly string[];
  /** Fields of masks, which are made as small as their image was. */
  readonly masks?: readonly string[];
  /** Samples that are read ahead. */
  readonly ahead: number;
  /** How the shard is read: its faults. */
  readonly read: WebDatasetOptions;
  /** Is told of each fault that was skipped. */
  readonly onSkip: (error: WdsError) => void;
  /** Is told of each image, whether it was made smaller or converted, or stays as it is. */
  readonly onImage: (isResized: boolean) => void;
  readonly signal: AbortSignal | undefined;
}

/** What one step of the reading gives. */
type Event =
  | { readonly kind: "sample"; readonly made: Promise<SampleInput> }
  | { readonly kind: "fault"; readonly error: WdsError };

/**
 * The samples of a shard, in their order, with images whose shorter edge has the pool's length at most.
 *
 * @throws {WdsError} What is wrong with the data, where faults are not skipped.
 */
export async function* resizeSamples(
  source: Source,
  { pool, format, image, images = [], masks = [], ahead, read, onSkip, onImage, signal }:
    ResizeSamplesOptions,
): AsyncGenerator<SampleInput, void, undefined> {
  const isSkipping = read.onError === "skip" || read.onError === "retry";
  const shrink = async (sample: Sample): Promise<SampleInput> => {
    const field = findImage(sample, image);
    if (field === undefined) return { key: sample.key, bytes: sample.bytes };
    const { key, shard } = sample;
    const at = async <T>(field: string, made: Promise<T>): Promise<T> => {
      try {
        return await made;
      } catch (error) {
        throw error instanceof WdsError ? error.at({ shard, key, field }) : error;
      }
    };
    let bytes = sample.bytes;
    const shrinkField = async (field: string): Promise<ResizedFile | undefined> => {
      const file = await at(field, pool.resize(sample.bytes[field], field));
      onImage(file !== undefined);
      if (file !== undefined) bytes = replaceImage(sample, bytes, field, file.bytes, format);
      return file;
    };
    const file = await shrinkField(field);
    if (file !== undefined) {
      const { width, height, from } = file;
      bytes = updateJson(bytes, { width, height });
      const isSame = from[0] === width && from[1] === height;
      const sizes = { from: { width: from[0], height: from[1] }, to: { width, height } };
      for (const mask of isSame ? [] : masks) {
        if (sample.bytes[mask] === undefined) continue;
        const made = await at(mask, pool.resizeMask(sample.bytes[mask], mask, sizes));
        bytes = { ...bytes, [mask]: made };
      }
    }
    for (const other of images) {
      if (other !== field && sample.bytes[other] !== undefined) await shrinkField(other);
    }
    return { key, bytes };
  };

  async function* listEvents(): AsyncGenerator<Event> {
    const faults: WdsError[] = [];
    const dataset = webdataset(source, {
      ...read,
      signal,
      onSkip: (error) => void faults.push(error),
    });
    try {
      for await (const sample of dataset) {
        for (const error of faults.splice(0)) yield { kind: "fault", error };
        const made = shrink(sample);
        // It is awaited when its turn comes, and must not end the process before.
        made.catch(() => {});
        yield { kind: "sample", made };
      }
    } catch (error) {
      // A shard without samples is one all the same.
      if (!(error instanceof SampleError && error.code === "sample/empty")) throw error;
    }
    for (const error of faults) yield { kind: "fault", error };
  }

  const events = listEvents();
  try {
    for await (const event of readAhead(events, ahead)) {
      if (event.kind === "fault") {
        onSkip(event.error);
        continue;
      }
      const made = await event.made.catch((error) => {
        if (isSkipping && error instanceof WdsError) return error;
        throw error;
      });
      if (made instanceof WdsError) onSkip(made);
      else yield made;
    }
  } finally {
    await events.return(undefined);
  }
}

/** Runs a generator ahead of its reader. */
async function* readAhead<T>(from: AsyncGenerator<T>, count: number): AsyncGenerator<T> {
  const ahead: Promise<IteratorResult<T>>[] = [];
  while (true) {
    while (ahead.length < count) {
      const next = from.next();
      next.catch(() => {});
      ahead.push(next);
    }
    const { done, value } = await ahead.shift()!;
    if (done) return;
    yield value;
  }
}

/** The image's field; absent where a sample has none. */
function findImage(sample: Sample, image: string | undefined): string | undefined {
  try {
    return findImageField(sample, { image }, FORMATS);
  } catch (error) {
    if (error instanceof SampleError && error.code === "sample/no-image") return undefined;
    throw error;
  }
}

/** Other words for the extension of a format. */
const EXTENSIONS: Readonly<Record<ResizeFormat, readonly string[]>> = {
  jpeg: ["jpg", "jpeg"],
  webp: ["webp"],
  png: ["png"],
};

/**
 * The fields with another file in the place of an image, and with another name where its format is another.
 *
 * @throws {SampleError} `sample/unwritable` if the sample has a field of that name already.
 */
function replaceImage(
  { key, shard }: Sample,
  fields: Sample["bytes"],
  field: string,
  file: Uint8Array,
  format: ResizeFormat,
): Record<string, Uint8Array> {
  const { [field]: _, ...rest } = fields;
  const dot = field.lastIndexOf(".") + 1;
  const isNamed = EXTENSIONS[format].includes(field.slice(dot));
  const name = isNamed ? field : field.slice(0, dot) + EXTENSIONS[format][0];
  if (Object.hasOwn(rest, name)) {
    throw new SampleError("sample/unwritable", {
      action: `write "${key}.${field}" of "${shard}" as ${format}`,
      reason: `the sample has a field "${name}" already`,
      shard,
      key,
      field,
    });
  }
  return { ...rest, [name]: file };
}

/** Fields with other numbers in their JSON; where there is none, or what is none, they stay. */
function updateJson(
  fields: Sample["bytes"],
  values: Readonly<Record<string, number>>,
): Sample["bytes"] {
  const { json } = fields;
  if (json === undefined) return fields;
  try {
    parseJson(json);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
    return { ...fields, json: new TextEncoder().encode(replaceIntegers(text, values)) };
  } catch {
    return fields;
  }
}
