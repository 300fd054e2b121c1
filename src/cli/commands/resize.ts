/**
 * `wdstream resize`: shards with smaller images.
 *
 * @module
 */
import { type Command, defineCommand, UsageError } from "../command.ts";
import { nameInputs } from "../job_options.ts";
import { choice, count, flag, list, number, text } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { FIELD_OPTION, listSources, openFolder, READ_OPTIONS } from "../shard_options.ts";
import { sumSizes } from "../sum_sizes.ts";
import { wrap } from "../../storage/wrap.ts";
import { type ResizeReport, resizeShards } from "../../jobs/resize_shards.ts";
import { countText } from "../words.ts";
import { OUT_PERMISSION, REPORT_OPTIONS, runWriting, splitOperands } from "../write_options.ts";

const OPTIONS = {
  short: count("length of the shorter edge in pixels", { default: 256 }),
  quality: count("of JPEG and WebP, 1 to 100", { default: 90 }),
  format: choice("convert all images (default: JPEG for those that are resized)", [
    "jpeg",
    "webp",
    "png",
  ]),
  interpolation: choice("how to resize", ["bilinear", "bicubic", "lanczos", "hamming", "box"], {
    default: "bicubic",
  }),
  workers: number("threads, 0 for none (default: the number of processors)"),
  field: FIELD_OPTION,
  images: list("fields of further images, each made smaller by itself: left.jpg,right.jpg"),
  masks: list("fields of masks, PNG files that are made as small as their image: seg.png"),
  upright: flag("turn JPEG files as their Exif data says, which what is saved has not"),
  index: choice("indexes beside the shards (default: wdstream)", ["wdstream", "dali", "none"]),
  info: flag("write _info.json and a list for wids, which name the shards and their lengths"),
  split: text("NAME", "name of the split in them (default: train)"),
  "on-error": choice("", {
    throw: "stop at the first fault",
    skip: "leave out what it damages",
  }, { default: "throw" }),
  ...REPORT_OPTIONS,
  ...READ_OPTIONS,
} as const;

/** Makes images smaller, shard by shard. */
export const command: Command = defineCommand({
  name: "resize",
  summary: "shards again with images whose shorter edge is N pixels at most",
  details: [
    "Writes each of SHARDS into OUT, a folder or s3://BUCKET/PATH, by its own name, with images whose shorter edge is --short pixels at " +
    "most: resized as Pillow does, and saved as JPEG with the bytes of Pillow's, or as WebP or PNG. Images that are " +
    "small enough are copied byte for byte; width and height of json are updated; all else stays. As with Pillow's save, " +
    "Exif data is left out: photographs that a camera has stored lying on their side stay so, unless --upright turns them.",
    "The output depends neither on the number of workers nor on interruptions: shards appear when they are whole and " +
    'are not made again, so that after Ctrl-C or a crash the same command goes on. It is the job that "wdstream submit ' +
    'resize" plans, of which "wdstream work" may do shares on other machines at the same time.',
  ],
  operands: { name: "SHARDS", last: "OUT", required: "a shard, and where to write" },
  options: OPTIONS,
  permissions: [...sourcePermissions(), OUT_PERMISSION],
  examples: [
    'resize "train-{0000..1023}.tar" small --short 256',
    'resize "raw/*.tar" webp --short 384 --format webp --quality 80 --workers 8',
  ],
  async run({ values, operands }, output) {
    const [inputs, out] = splitOperands(operands, "a shard");
    const { short, quality, format, interpolation, workers, field, split, index, info } = values;
    if (quality > 100) throw new UsageError(`--quality takes 1 to 100, not "${quality}"`);
    const listed = await nameInputs(await listSources(inputs, values, output), inputs, false);
    // By the names that others would plan them by: they may go on with it, and this with theirs.
    const sources = [...listed].map(([name, source]) => wrap(source, { name }));
    const store = await openFolder(out, values, output);
    let report: ResizeReport | undefined;
    const code = await runWriting(
      values,
      output,
      async () => ({ bytes: await sumSizes(sources) }),
      async (callbacks) =>
        report = await resizeShards(sources, store, {
          short,
          quality,
          format,
          interpolation,
          workers,
          image: field,
          images: values.images,
          masks: values.masks,
          upright: values.upright,
          split,
          index,
          info,
          read: { onError: values["on-error"], endOfArchive: values["end-of-archive"] },
          ...callbacks,
        }),
    );
    if (report !== undefined && !values.quiet && report.resized + report.copied > 0) {
      const { resized, copied } = report;
      await output.writeNote(`${countText(resized, "image")} resized, ${copied} copied`);
    }
    return code;
  },
});
