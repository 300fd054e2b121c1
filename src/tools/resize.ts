/**
 * Shards to shards with smaller images.
 *
 * @module
 */
import { checkCount, checkLimit, oneOf } from "../check.ts";
import type { WebDatasetOptions } from "../dataset/options.ts";
import { webdataset } from "../dataset/webdataset.ts";
import { SampleError, WdsError } from "../errors.ts";
import { FORMATS } from "../image/codecs/lazy.ts";
import type { Interpolation } from "../image/types.ts";
import { WordHash } from "../order/word_hash.ts";
import type { Sample } from "../sample/sample.ts";
import { parseJson } from "../sample/json.ts";
import { findImageField } from "../steps/fields.ts";
import type { ShardInput } from "../storage/to_source.ts";
import type { Source } from "../storage/source.ts";
import type { StoreInput } from "../storage/to_store.ts";
import type { SampleInput } from "../writing/shard_writer.ts";
import { replaceIntegers } from "./json_numbers.ts";
import type { ResizedFile, ResizeFormat, ResizeSettings } from "./resize_image.ts";
import { ResizePool } from "./resize_pool.ts";
import {
  checkWritten,
  END_OF_SHARD,
  type SampleFeed,
  writeFeed,
  type WrittenOptions,
  type WrittenReport,
} from "./written.ts";

/** What {@linkcode resizeShards} takes. */
export interface ResizeShardsOptions
  extends Omit<WrittenOptions, "maxCount" | "maxBytes" | "gzip" | "keys" | "order" | "seed"> {
  /** Length in pixels of the shorter edge. */
  readonly short: number;
  /**
   * Quality of JPEG and WebP, 1 to 100.
   *
   * @default {90}
   */
  readonly quality?: number;
  /**
   * What images are encoded as; those of another format are converted then, small ones too.
   *
   * @default {JPEG for those that are resized; those that are small enough keep theirs}
   */
  readonly format?: ResizeFormat;
  /**
   * How they are resized.
   *
   * @default {"bicubic"}
   */
  readonly interpolation?: Interpolation;
  /**
   * Threads; with 0 the calling one does all. The output is the same.
   *
   * @default {the number of processors}
   */
  readonly workers?: number;
  /**
   * The image's field in each sample, or several in order.
   *
   * @default {jpg, jpeg, then any image}
   */
  readonly image?: string;
  /** How shards are read: their faults, their hosts. */
  readonly read?: WebDatasetOptions;
}

/** What {@linkcode resizeShards} has written. */
export interface ResizeReport extends WrittenReport {
  /** Images that this run has made smaller, or converted. */
  readonly resized: number;
  /** Images that this run has copied byte for byte. */
  readonly copied: number;
}

/** Samples that are read ahead for each worker. */
const AHEAD_PER_WORKER = 4;

/** What one step of the reading gives. */
type Event =
  | { readonly kind: "sample"; readonly made: Promise<SampleInput> }
  | { readonly kind: "fault"; readonly error: WdsError }
  | { readonly kind: "end" };

/**
 * Writes shards again with images whose shorter edge is `short` pixels at most: each shard gives one of its name.
 *
 * Images that are small enough are copied byte for byte. Others are resized as Pillow does, antialiased, and encoded as
 * JPEG, with the very bytes that Pillow writes (an encoder of ours: mozjpeg, by `@jsquash/jpeg`, takes a
 * hundred times as long), as WebP by libwebp (`@jsquash/webp`), or as PNG. Their field is called `jpg`, `webp` or `png`
 * then, unless it is called so in other words. As of what Pillow saves, Exif data is left out, and no orientation is applied.
 * `width` and `height` of `json` are updated; all else of it, and other fields, stay byte for byte.
 *
 * The output does not depend on the number of workers, on the runtime, or on how often it was stopped: shards that are
 * whole are not made again, which `FIRST.tar.resize.json` tells.
 *
 * @param shards What {@linkcode webdataset} takes, of different names.
 * @param to Where shards go: the path of a folder, or any store with `put` or `create`.
 * @throws {WdsError} `image/…` if an image cannot be decoded; `source/exists`, `order/changed` as of {@linkcode reshard}.
 * @throws {TypeError} If two shards have one name.
 *
 * @example Usage
 * ```ts
 * import { sampleShard, type Store, toSource } from "@wdstream/wdstream";
 * import { resizeShards } from "@wdstream/wdstream/tools";
 *
 * const files = new Map<string, Uint8Array>();
 * const store: Store = {
 *   open: (name) => toSource(files.get(name) ?? `./missing/${name}`, { name }),
 *   async put(name, body) {
 *     files.set(name, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
 *     return true;
 *   },
 * };
 * const { samples, resized, copied } = await resizeShards(sampleShard(), store, { short: 350, workers: 0 });
 * if (samples !== 36 || resized + copied !== 36) throw new Error("lost");
 * ```
 */
export async function resizeShards(
  shards: ShardInput | readonly ShardInput[],
  to: StoreInput,
  options: ResizeShardsOptions,
): Promise<ResizeReport> {
  const { short, quality = 90, format, interpolation = "bicubic", image, read = {} } = options;
  checkWritten(options);
  checkCount("short", short, 1);
  checkCount("quality", quality, 1);
  if (quality > 100) throw new RangeError(`quality must be 1 to 100, not ${quality}`);
  if (format !== undefined) oneOf("format", ["jpeg", "webp", "png"], format);
  checkLimit("workers", options.workers);
  const { workers = globalThis.navigator?.hardwareConcurrency ?? 1, signal, onSkip } = options;
  const settings: ResizeSettings = {
    short,
    quality,
    format: format ?? "jpeg",
    keepsFormat: format === undefined,
    interpolation,
  };
  const { sources } = await webdataset(shards, read).plan();
  const names = nameOutputs(sources);
  let done = 0;
  let skipped = 0;
  let resized = 0;
  let copied = 0;
  const bytes = sources.map(() => 0);

  const pool = new ResizePool(workers, settings);
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
    if (file === undefined) copied++;
    else resized++;
    return file === undefined
      ? { key: sample.key, bytes: sample.bytes }
      : replaceImage(sample, field, file, settings.format);
  };
  const isSkipping = read.onError === "skip" || read.onError === "retry";

  async function* listEvents(from: number): AsyncGenerator<Event> {
    for (let shard = from; shard < sources.length; shard++) {
      const faults: WdsError[] = [];
      const dataset = webdataset(sources[shard], {
        ...read,
        signal,
        onSkip: (error) => void faults.push(error),
      });
      try {
        for await (const sample of dataset) {
          for (const error of faults.splice(0)) yield { kind: "fault", error };
          bytes[shard] = dataset.stats.bytes;
          const made = shrink(sample);
          // It is awaited when its turn comes, and must not end the process before.
          made.catch(() => {});
          yield { kind: "sample", made };
        }
      } catch (error) {
        // A shard without samples is one all the same.
        if (!(error instanceof SampleError && error.code === "sample/empty")) throw error;
      }
      bytes[shard] = dataset.stats.bytes;
      for (const error of faults) yield { kind: "fault", error };
      yield { kind: "end" };
    }
  }

  const skip = (error: WdsError): void => {
    skipped++;
    onSkip?.(error);
  };
  const feed: SampleFeed<number> = {
    async *open(from = 0) {
      done = from;
      const events = listEvents(from);
      try {
        for await (const event of readAhead(events, AHEAD_PER_WORKER * Math.max(workers, 1))) {
          if (event.kind === "fault") skip(event.error);
          else if (event.kind === "end") {
            done++;
            yield END_OF_SHARD;
          } else {
            const made = await event.made.catch((error) => {
              if (isSkipping && error instanceof WdsError) return error;
              throw error;
            });
            if (made instanceof WdsError) skip(made);
            else yield made;
          }
        }
      } finally {
        await events.return(undefined);
      }
    },
    state: () => done,
    skipped: () => skipped,
    bytes: () => bytes.reduce((sum, each) => sum + each, 0),
  };
  const input = names.reduce((hash, name) => hash.addText(name), new WordHash().add(names.length));
  const print = {
    input: input.toString(),
    short,
    quality,
    format,
    interpolation,
    image,
    onError: read.onError,
  };
  try {
    const gzip = names[0].endsWith(".gz");
    const report = await writeFeed(to, feed, { ...options, tool: "resize", print, names, gzip });
    return { ...report, resized, copied };
  } finally {
    await pool.close();
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

/** Names of what is written: the shards' own. */
function nameOutputs(sources: readonly Source[]): string[] {
  const names = sources.map(({ name }) => {
    const base = name.replace(/^.*[/\\]/s, "");
    return /\.tar(\.gz)?$/.test(base) ? base : `${base}.tar`;
  });
  const twin = names.find((name, i) => names.indexOf(name) !== i);
  if (twin !== undefined) throw new TypeError(`two shards are called "${twin}"`);
  if (new Set(names.map((name) => name.endsWith(".gz"))).size > 1) {
    throw new TypeError("all shards are packed or none is");
  }
  return names;
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
