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
  { pool, format, image, ahead, read, onSkip, onImage, signal }: ResizeSamplesOptions,
): AsyncGenerator<SampleInput, void, undefined> {
  const isSkipping = read.onError === "skip" || read.onError === "retry";
  const shrink = async (sample: Sample): Promise<SampleInput> => {
    const field = findImage(sample, image);
    if (field === undefined) return { key: sample.key, bytes: sample.bytes };
    let file: ResizedFile | undefined;
    try {
      file = await pool.resize(sample.bytes[field], field);
    } catch (error) {
      const { key, shard } = sample;
      throw error instanceof WdsError ? error.at({ shard, key, field }) : error;
    }
    onImage(file !== undefined);
    return file === undefined
      ? { key: sample.key, bytes: sample.bytes }
      : replaceImage(sample, field, file, format);
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

function replaceImage(
  { key, bytes }: Sample,
  field: string,
  { bytes: file, width, height }: ResizedFile,
  format: ResizeFormat,
): SampleInput {
  const { [field]: _, ...rest } = bytes;
  const dot = field.lastIndexOf(".") + 1;
  const isNamed = EXTENSIONS[format].includes(field.slice(dot));
  const name = isNamed ? field : field.slice(0, dot) + EXTENSIONS[format][0];
  const made: Record<string, Uint8Array> = { ...rest, [name]: file };
  if (made.json !== undefined) made.json = updateJson(made.json, { width, height });
  return { key, bytes: made };
}

/** JSON with other numbers; what is none stays. */
function updateJson(bytes: Uint8Array, values: Readonly<Record<string, number>>): Uint8Array {
  try {
    parseJson(bytes);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return new TextEncoder().encode(replaceIntegers(text, values));
  } catch {
    return bytes;
  }
}
