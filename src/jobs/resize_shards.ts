/**
 * Shards to shards with smaller images, by one process: the job of one rank.
 *
 * @module
 */
import { checkCallback, checkLimit } from "../check.ts";
import type { WebDatasetOptions } from "../dataset/options.ts";
import { webdataset } from "../dataset/webdataset.ts";
import type { Interpolation } from "../image/types.ts";
import type { Source } from "../storage/source.ts";
import type { ShardInput } from "../storage/to_source.ts";
import type { StoreInput } from "../storage/to_store.ts";
import type { ResizeFormat } from "../tools/resize_image.ts";
import type { WrittenOptions, WrittenReport } from "../tools/written.ts";
import type { JsonObject } from "./canonical.ts";
import { planJob } from "./job.ts";
import { sumCounts } from "./merge.ts";
import { readReading } from "./operations/read_options.ts";
import { listedShard } from "./operations/write_shard.ts";
import { runJob } from "./run_job.ts";

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
  /** Fields of further images, each of which is made smaller by itself: `["left.jpg"]`. */
  readonly images?: readonly string[];
  /**
   * Fields of masks, PNG files of one channel: each is made as small as its image, by the nearest pixel, with its
   * palette. Without it a mask keeps its size, which fits its image no more.
   */
  readonly masks?: readonly string[];
  /**
   * Whether JPEG files of cameras are turned as their Exif data says, small ones, too: what is saved has no Exif data, and
   * is shown as it is stored. Their masks are to be as upright.
   *
   * @default {false}
   */
  readonly upright?: boolean;
  /** How shards are read: their faults, their hosts. A shard that cannot be had is thrown. */
  readonly read?: Omit<WebDatasetOptions, "onUnavailable">;
}

/** What {@linkcode resizeShards} has written. */
export interface ResizeReport extends WrittenReport {
  /** Images that this run has made smaller, or converted. */
  readonly resized: number;
  /** Images that this run has copied byte for byte. */
  readonly copied: number;
}

/** One that is written, and one that is read meanwhile. */
const TASKS_AT_ONCE = 2;

/**
 * Writes shards again with images whose shorter edge is `short` pixels at most: each shard gives one of its name.
 *
 * Images that are small enough are copied byte for byte. Others are resized as Pillow does, antialiased, and encoded as
 * JPEG, with the very bytes that Pillow writes (an encoder of ours: mozjpeg, by `@jsquash/jpeg`, takes a
 * hundred times as long), as WebP by libwebp (`@jsquash/webp`), or as PNG. Their field is called `jpg`, `webp` or `png`
 * then, unless it is called so in other words. As of what Pillow saves, Exif data is left out, and no orientation is applied unless `upright` says so.
 * `width` and `height` of `json` are updated; all else of it, and other fields, stay byte for byte.
 *
 * It is a job (`planJob()`) that this process does alone: its plan lies in `.wdstream` beside the shards, and others may
 * do part of it at the same time. The output does not depend on the number of workers or processes, on the runtime, or
 * on how often it was stopped: shards that are whole are not made again.
 *
 * @param shards What {@linkcode webdataset} takes, of different names.
 * @param to Where shards go: the path of a folder, or any store with `put` or `create`.
 * @throws {WdsError} `image/…` if an image cannot be decoded; `source/exists` if shards of these names are there that no
 *   job has begun; `job/plan` if another job was begun there, with other options or another input.
 * @throws {TypeError} If two shards have one name.
 *
 * @example Usage
 * ```ts
 * import { sampleShard, type Store, toSource } from "@wdstream/wdstream";
 * import { resizeShards } from "@wdstream/wdstream/jobs";
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
  const { short, quality, format, interpolation, image, images, masks, upright } = options;
  const { index, info, split, read = {} } = options;
  checkLimit("workers", options.workers);
  checkCallback("onProgress", options.onProgress);
  checkCallback("onShard", options.onShard);
  checkCallback("onSkip", options.onSkip);
  const { workers = globalThis.navigator?.hardwareConcurrency ?? 1, signal, onSkip } = options;
  const { sources } = await webdataset(shards, read).plan();
  const named = nameSources(sources);
  const settings = {
    short,
    quality,
    format,
    interpolation,
    image,
    images,
    masks,
    upright,
    index,
    info,
    split,
  };
  const job = await planJob([...named.keys()], to, {
    operation: "resize",
    options: { ...settings, ...readReading(read) } as JsonObject,
    open: (url) => named.get(url)!,
    unstarted: "replace",
    workers,
    signal,
  });
  const made: Record<string, number>[] = [];
  let kept = 0;
  let keptBytes = 0;
  // Samples and bytes of the shards that are done, and of those that are being made.
  let done = { samples: 0, bytes: 0 };
  const running = new Map<number, { samples: number; bytes: number }>();
  try {
    const { receipts } = await runJob(job, {
      onFailure: "throw",
      concurrency: workers > 0 ? TASKS_AT_ONCE : 1,
      signal,
      onSkip,
      onProgress({ task, samples, bytes, workers: states }) {
        running.set(task, { samples, bytes });
        let sum = done;
        for (const each of running.values()) sum = add(sum, each);
        options.onProgress?.({
          ...sum,
          taken: sum.samples,
          keptBytes,
          ...(states === undefined ? {} : { workers: states }),
        });
      },
      async onTask(task, { outcome, receipt, bytes }) {
        running.delete(task);
        done = add(done, { samples: receipt.counts.samples, bytes });
        if (outcome === "there") {
          kept++;
          keptBytes += receipt.input?.sizeBytes ?? 0;
        } else {
          made.push({ ...receipt.counts });
          await options.onShard?.(listedShard(receipt));
        }
      },
    });
    const { samples, skipped } = sumCounts(receipts);
    const { resized = 0, copied = 0 } = sumCounts(made.map((counts) => ({ counts })));
    return {
      shards: receipts.map(listedShard),
      samples,
      dropped: 0,
      skipped,
      kept,
      resized,
      copied,
    };
  } finally {
    await job.close();
  }
}

type Sums = { readonly samples: number; readonly bytes: number };

function add(a: Sums, b: Sums): Sums {
  return { samples: a.samples + b.samples, bytes: a.bytes + b.bytes };
}

/** Sources by what a plan calls them. */
function nameSources(sources: readonly Source[]): Map<string, Source> {
  const named = new Map<string, Source>();
  for (const source of sources) {
    const { name, address } = source;
    const url = /^https?:/i.test(name) ? address ?? name : name;
    if (named.has(url)) throw new TypeError(`two shards are called "${name}"`);
    named.set(url, source);
  }
  return named;
}
