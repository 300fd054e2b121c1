/**
 * Reads shards for what is in them.
 *
 * @module
 */
import { checkCallback, checkCount } from "../check.ts";
import { WdsError } from "../errors.ts";
import { findFormat } from "../image/format.ts";
import type { ImageFacts } from "../image/inspect.ts";
import { init } from "../image/mod.ts";
import { parseInteger } from "../sample/integer.ts";
import type { Sample } from "../sample/sample.ts";
import { decodeUtf8 } from "../sample/unicode.ts";
import { isFault, locateFault } from "../steps/faults.ts";
import { findImageField } from "../steps/fields.ts";
import { listCodecs } from "../image/codecs/plugged.ts";
import type { WorkerState } from "../workers/state.ts";
import { Inspector } from "./inspector.ts";
import { readJpegFacts } from "./jpeg_facts.ts";
import { listSources, type ShardInputs } from "./sources.ts";
import { type DatasetStatistics, type FieldStatistics, NO_STATISTICS } from "./statistics.ts";
import { type Walked, walkShard } from "./walk_shard.ts";

/** What {@linkcode collectStatistics} takes. */
export interface StatisticsOptions {
  /**
   * Threads that decode images; 0 for this one alone.
   *
   * @default {0}
   */
  readonly workers?: number;
  /**
   * Extension of the image's field, or several separated by `;`, of which the first that a sample has is looked at.
   *
   * @default {"jpg", "jpeg", then any image}
   */
  readonly image?: string;
  /**
   * Most samples that are read.
   *
   * @default {Infinity}
   */
  readonly limit?: number;
  /**
   * Whether an archive must end with a block of zeros, or may end where a member does.
   *
   * @default {"required"}
   */
  readonly endOfArchive?: "required" | "optional";
  /** Is told of each fault, of archives and of images that do not decode. Nothing is thrown for it. */
  readonly onFault?: (fault: WdsError) => void;
  /** Is told after each sample how many were read, and what workers are doing. May return a promise, which is awaited. */
  readonly onProgress?: (
    progress: {
      readonly samples: number;
      readonly bytes: number;
      readonly workers?: readonly WorkerState[];
    },
  ) => void | Promise<void>;
  /** Ends it; the reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Reads shards and decodes their images, for what is in them: classes, sizes, formats, samplings, qualities, lengths of
 * captions, and how often each value of a pixel comes.
 *
 * Memory does not grow with the number of samples: there is a count for each class, width, height and so on.
 *
 * @throws {RangeError} If a number is none that it can be.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { collectStatistics } from "@wdstream/wdstream/tools";
 *
 * const { samples, samplings, formats } = await collectStatistics(sampleShard());
 * if (samples !== 36 || formats.jpeg !== 36) throw new Error(JSON.stringify(samplings));
 * ```
 */
export async function collectStatistics(
  shards: ShardInputs,
  options: StatisticsOptions = {},
): Promise<DatasetStatistics> {
  const { workers = 0, limit, image, endOfArchive, onFault, onProgress, signal } = options;
  checkCount("workers", workers, 0);
  if (limit !== undefined) checkCount("limit", limit, 1);
  checkCallback("onFault", onFault);
  checkCallback("onProgress", onProgress);
  signal?.throwIfAborted();
  await init();
  const inspector = new Inspector({ workers, counts: true });
  const gathered = new Gathered();
  let bytes = 0;
  try {
    for (const source of listSources(shards)) {
      if (gathered.samples === limit) break;
      gathered.shards++;
      const onBytes = (more: number): void => void (bytes += more);
      const walked = walkShard(source, { signal, endOfArchive, onBytes });
      const work = (each: Walked): Promise<Seen> => look(each, image, inspector);
      for await (const seen of inspector.map(walked, work, sizeOf)) {
        signal?.throwIfAborted();
        gathered.add(seen);
        if (seen.fault !== undefined) onFault?.(seen.fault);
        const waits = onProgress?.({
          samples: gathered.samples,
          bytes,
          workers: inspector.workers,
        });
        if (waits !== undefined) await waits;
        if (gathered.samples === limit) break;
      }
    }
    return gathered.finish();
  } finally {
    await inspector.close();
  }
}

/** What was seen of a sample, or a fault in place of one. */
interface Seen {
  readonly sample?: Sample;
  /** The image's file and what it is. */
  readonly file?: Uint8Array;
  readonly facts?: ImageFacts;
  readonly fault?: WdsError;
}

async function look(
  each: Walked,
  image: string | undefined,
  inspector: Inspector,
): Promise<Seen> {
  if (each.kind === "fault") return { fault: each.fault };
  if (each.kind === "rest") return {};
  const { sample } = each;
  let field: string;
  try {
    field = findImageField(sample, { image }, listCodecs());
  } catch (error) {
    if (!isFault(error)) throw error;
    return { sample };
  }
  const file = sample.bytes[field];
  try {
    return { sample, file, facts: await inspector.inspect(file, field) };
  } catch (error) {
    const fault = locateFault(error, sample, field);
    if (!(fault instanceof WdsError) || !isFault(fault)) throw fault;
    return { sample, file, fault };
  }
}

function sizeOf(each: Walked): number {
  if (each.kind !== "sample") return 0;
  let sum = 0;
  for (const { length } of Object.values(each.sample.bytes)) sum += length;
  return sum;
}

type Table = Map<string | number, number>;

const count = (table: Table, value: string | number): void =>
  void table.set(value, (table.get(value) ?? 0) + 1);

class Gathered {
  shards = 0;
  samples = 0;
  #faults = 0;
  #images = 0;
  #standard = 0;
  #progressive = 0;
  readonly #fields = new Map<string, { -readonly [Name in keyof FieldStatistics]: number }>();
  readonly #tables = {
    classes: new Map() as Table,
    captions: new Map() as Table,
    failed: new Map() as Table,
    formats: new Map() as Table,
    widths: new Map() as Table,
    heights: new Map() as Table,
    ratios: new Map() as Table,
    samplings: new Map() as Table,
    qualities: new Map() as Table,
  };
  readonly #pixels = new Float64Array(3 * 256);

  add({ sample, file, facts, fault }: Seen): void {
    const { failed } = this.#tables;
    if (sample === undefined) {
      if (fault !== undefined) this.#faults++;
      return;
    }
    this.samples++;
    this.#addFields(sample);
    if (file !== undefined) this.#addFile(file);
    if (fault !== undefined) count(failed, fault.code);
    if (facts !== undefined) this.#addImage(facts);
  }

  #addFields({ bytes }: Sample): void {
    const { classes, captions } = this.#tables;
    for (const [extension, { length }] of Object.entries(bytes)) {
      const field = this.#fields.get(extension);
      if (field === undefined) {
        this.#fields.set(extension, {
          count: 1,
          bytes: length,
          minBytes: length,
          maxBytes: length,
        });
        continue;
      }
      field.count++;
      field.bytes += length;
      field.minBytes = Math.min(field.minBytes, length);
      field.maxBytes = Math.max(field.maxBytes, length);
    }
    const label = bytes.cls && parseInteger(bytes.cls);
    if (label !== undefined) count(classes, String(label));
    if (bytes.txt === undefined) return;
    let text: string | undefined;
    try {
      text = decodeUtf8(bytes.txt);
    } catch {
      // What is no text has no length.
    }
    if (text !== undefined) count(captions, [...text.trimEnd()].length);
  }

  #addFile(file: Uint8Array): void {
    const { formats, samplings, qualities } = this.#tables;
    const [format] = findFormat(file)?.extensions ?? [];
    count(formats, format === undefined ? "unknown" : format === "jpg" ? "jpeg" : format);
    const jpeg = format === "jpg" ? readJpegFacts(file) : undefined;
    if (jpeg === undefined) return;
    count(samplings, jpeg.sampling);
    if (jpeg.quality !== undefined) count(qualities, jpeg.quality);
    if (jpeg.isStandard) this.#standard++;
    if (jpeg.isProgressive) this.#progressive++;
  }

  #addImage({ width, height, histogram }: ImageFacts): void {
    const { widths, heights, ratios } = this.#tables;
    this.#images++;
    count(widths, width);
    count(heights, height);
    count(ratios, Math.round(100 * width / height));
    histogram!.forEach((times, i) => this.#pixels[i] += times);
  }

  finish(): DatasetStatistics {
    const tables = Object.fromEntries(
      Object.entries(this.#tables).map(([name, table]) => [name, Object.fromEntries(table)]),
    );
    const channels = [0, 256, 512].map((from) => [...this.#pixels.subarray(from, from + 256)]);
    return {
      ...NO_STATISTICS,
      ...tables,
      shards: this.shards,
      samples: this.samples,
      faults: this.#faults,
      images: this.#images,
      standardQualities: this.#standard,
      progressive: this.#progressive,
      fields: Object.fromEntries(this.#fields),
      pixels: this.#images === 0 ? [] : channels,
    };
  }
}
