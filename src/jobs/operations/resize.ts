/**
 * `resize` as a job: each shard with smaller images.
 *
 * @module
 */
import { checkCount, oneOf } from "../../check.ts";
import { resizeSamples } from "../../tools/resize.ts";
import type { ResizeSettings } from "../../tools/resize_image.ts";
import { ResizePool } from "../../tools/resize_pool.ts";
import { checkFieldOptions } from "../../steps/fields.ts";
import type { Operation } from "../operation.ts";
import { nameShards } from "./name_shards.ts";
import { checkNames, READ_NAMES, readReading } from "./read_options.ts";
import { mergeShards, readShardOptions, SHARD_OPTIONS, writeShard } from "./write_shard.ts";

/** Samples that are read ahead for each worker. */
const AHEAD_PER_WORKER = 4;

const NAMES = [
  "short",
  "quality",
  "format",
  "interpolation",
  "image",
  "images",
  "masks",
  "upright",
];

/** Makes images smaller. */
export const operation: Operation = {
  usesKernel: true,
  isFresh: true,
  readOptions(options) {
    checkNames(options, [...NAMES, ...READ_NAMES, ...SHARD_OPTIONS]);
    const { short = 256, quality = 90, format, interpolation = "bicubic", image } = options;
    const { images, masks, upright = false } = options;
    checkCount("short", short as number, 1);
    checkCount("quality", quality as number, 1);
    if (quality as number > 100) throw new RangeError(`quality must be 1 to 100, not ${quality}`);
    if (format !== undefined) oneOf("format", ["jpeg", "webp", "png"], format as "png");
    oneOf(
      "interpolation",
      ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"],
      interpolation as "box",
    );
    checkFieldOptions({ image: image as string | undefined });
    for (const [name, fields] of Object.entries({ images, masks })) {
      const isList = fields === undefined ||
        (Array.isArray(fields) && fields.every((field) => typeof field === "string"));
      if (!isList) throw new TypeError(`${name} must be a list of fields`);
    }
    if (typeof upright !== "boolean") throw new TypeError("upright must be true or false");
    return {
      short,
      quality,
      format,
      interpolation,
      image,
      ...(images === undefined ? {} : { images }),
      ...(masks === undefined ? {} : { masks }),
      ...(upright ? { upright } : {}),
      ...readReading(options),
      ...readShardOptions(options),
    };
  },
  nameOutputs(inputs) {
    const names = nameShards(inputs);
    if (new Set(names.map((name) => name.endsWith(".gz"))).size > 1) {
      throw new TypeError("all shards are packed or none is");
    }
    return names;
  },
  isExact: () => true,
  async run(task) {
    const { plan, workers, source, signal, keep, watch, skip } = task;
    const { short, quality, format, interpolation, image, images, masks } = plan.options;
    const settings = {
      short,
      quality,
      format: format ?? "jpeg",
      keepsFormat: format === undefined,
      interpolation,
      isUpright: plan.options.upright === true,
    } as ResizeSettings;
    const counts = { resized: 0, copied: 0, skipped: 0 };
    const pool = keep("resize", () => new ResizePool(workers, settings));
    if (workers > 0) watch(pool.states);
    const samples = resizeSamples(source, {
      pool,
      format: settings.format,
      image: image as string | undefined,
      images: images as readonly string[] | undefined,
      masks: masks as readonly string[] | undefined,
      ahead: AHEAD_PER_WORKER * Math.max(workers, 1),
      read: readReading(plan.options),
      onSkip(error) {
        skip(error);
        counts.skipped++;
      },
      onImage(isResized) {
        if (isResized) counts.resized++;
        else counts.copied++;
      },
      signal,
    });
    return await writeShard(task, samples, () => counts);
  },
  merge: mergeShards,
};
