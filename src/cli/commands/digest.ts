/**
 * `wdstream digest`: SHA-256 of what becomes of each image.
 *
 * @module
 */
import { type Command, defineCommand, type OptionValues } from "../command.ts";
import { choice } from "../options.ts";
import { isRefusal, sourcePermissions } from "../permissions.ts";
import { FIELD_OPTION, listSources, SAMPLE_OPTIONS } from "../shard_options.ts";
import { describeTransform, REFERENCE_OPTION, TRANSFORM_OPTIONS } from "../transform_options.ts";
import { type FieldOptions, findImageField } from "../../steps/fields.ts";
import "../../formats/mod.ts";
import { type Codec, requireCodec } from "../../image/codec.ts";
import { listCodecs } from "../../image/codecs/plugged.ts";
import { isImageExtension } from "../../image/format.ts";
import { isFault, locateFault } from "../../steps/faults.ts";
import type { ReadOptions } from "../../sample/read_options.ts";
import { webdataset } from "../../dataset/webdataset.ts";
import type { WdsError } from "../../errors.ts";
import { init } from "../../image/mod.ts";
import { readRecipe } from "../../image/transform/recipes/mod.ts";
import { transformPixels } from "../../image/transform/transform.ts";
import { transformFile } from "../../image/transform/transform_file.ts";
import { toRgb } from "../../image/to_rgb.ts";
import { parseInteger } from "../../sample/integer.ts";
import type { Sample } from "../../sample/sample.ts";
import { readAll } from "../../storage/read_all.ts";
import type { Source } from "../../storage/source.ts";
import { describeError } from "../describe_error.ts";
import { identifyFile, MAX_IMAGE_BYTES } from "../identify.ts";

/** What is told of an image: the size that the file says, and the digest. */
interface Facts {
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

type Digest = (file: Uint8Array, codec: Codec) => Promise<Facts>;

const OPTIONS = {
  as: choice("", {
    rgb: "digest of the decoded pixels, RGB, height x width x 3 bytes",
    u8: "of the crop before normalisation, C x C x 3 bytes",
    f32: "of the tensor, 3 x C x C float32, little-endian",
  }, { default: "rgb" }),
  ...TRANSFORM_OPTIONS,
  reference: REFERENCE_OPTION,
  field: FIELD_OPTION,
  ...SAMPLE_OPTIONS,
} as const;

/** Prints digests. */
export const command: Command = defineCommand({
  name: "digest",
  summary:
    "one line of JSON for each image with the SHA-256 of its pixels, its crop or its tensor: compare them across " +
    "machines and with Python",
  details: [
    "Prints one line of JSON for each image: {key, label, width, height, sha256}. FILES are shards and image files, " +
    "whose key is the file's name; what a file is, its content decides. They are paths, URLs and patterns, and - " +
    "for standard input. width and height are the encoded image's.",
    "An image that cannot be decoded gives {key, error: {code, message}}, and exit code 1 at the end.",
  ],
  operands: { name: "FILES", required: "a file" },
  options: OPTIONS,
  permissions: sourcePermissions("files"),
  examples: [
    "digest train-0000.tar --as rgb",
    "digest train-0000.tar --as f32 --resize 256 --size 224 --interpolation bicubic",
  ],
  async run({ values, operands }, output) {
    const { field: image, "end-of-archive": endOfArchive } = values;
    const digest = chooseDigest(values);
    let left = values.limit ?? Infinity;
    let faults = 0;
    const sources = await listSources(operands, values, output);
    await init();
    for (const source of sources) {
      try {
        for await (const [key, sample, field] of openSamples(source, { image, endOfArchive })) {
          const row = await digestSample(key, sample, { image: field }, digest);
          if ("error" in row) faults++;
          await output.writeLine(JSON.stringify(row));
          if (--left === 0) break;
        }
      } catch (error) {
        // A file that is missing or broken is one fault; the others are still worth their lines.
        if (!isFault(error) || isRefusal(error)) throw error;
        faults++;
        await output.writeNote(describeError(error, values.verbose));
      }
      if (left === 0) break;
    }
    return faults > 0 ? 1 : 0;
  },
});

function chooseDigest(values: OptionValues<typeof OPTIONS>): Digest {
  const { as: format, reference } = values;
  const limits = { reference };
  const isPixels = format === "rgb";
  const recipe = readRecipe(describeTransform(values, format === "u8" ? "uint8" : "float32"));
  return async (file, codec) => {
    // A codec that reads headers may decode less than all for a tensor.
    const header = codec.readHeader?.(file, limits);
    const pixels = header === undefined || isPixels ? await codec.decode(file, limits) : undefined;
    const { width, height } = header ?? pixels!;
    const made = isPixels
      ? toRgb(pixels!).data
      : (pixels === undefined
        ? await transformFile(file, codec, recipe, limits)
        : transformPixels(pixels, recipe, limits)).data;
    const { buffer, byteOffset, byteLength } = made;
    return {
      width,
      height,
      sha256: await hashBytes(new Uint8Array(buffer, byteOffset, byteLength)),
    };
  };
}

async function hashBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

type Row =
  | { key: string; label: number | null; width: number; height: number; sha256: string }
  | { key: string; error: { code: WdsError["code"]; message: string } };

/** Where the image is. */
type ImageOptions = Pick<FieldOptions, "image">;

async function digestSample(
  key: string,
  sample: Sample,
  { image }: ImageOptions,
  digest: Digest,
): Promise<Row> {
  let extension: string | undefined;
  try {
    extension = findImageField(sample, { image }, listCodecs());
    const file = sample.bytes[extension];
    // Says what the image is where it is none that can be decoded here.
    const codec = requireCodec(file, extension, listCodecs());
    const { width, height, sha256 } = await digest(file, codec);
    return { key, label: readPlainLabel(sample), width, height, sha256 };
  } catch (error) {
    const fault = extension === undefined ? error : locateFault(error, sample, extension);
    if (!isFault(fault)) throw fault;
    return { key, error: { code: fault.code, message: fault.message } };
  }
}

/** The class index as an integer that JSON can hold; `null` where it is none. */
function readPlainLabel({ bytes: { cls } }: Sample): number | null {
  const label = cls && parseInteger(cls);
  return typeof label === "number" && Number.isSafeInteger(label) ? label : null;
}

/** How shards are read. */
interface SampleOptions extends Pick<ReadOptions, "endOfArchive"> {
  /** Extension of the image's field. */
  readonly image: string | undefined;
}

/** The samples of a file, each with the key to print and the extension of its image's field, where that is known. */
async function* openSamples(
  given: Source,
  { image, endOfArchive }: SampleOptions,
): AsyncGenerator<[key: string, sample: Sample, image: string | undefined]> {
  const { kind, source } = await identifyFile(given, "digest");
  if (kind === "shard") {
    for await (const sample of webdataset(source, { endOfArchive })) {
      yield [sample.key, sample, image];
    }
  } else {
    const bytes = await readAll(source, MAX_IMAGE_BYTES);
    yield [...makeSample(source.name, bytes), undefined];
  }
}

/** An image file as a sample, with its name. */
function makeSample(name: string, bytes: Uint8Array): [fileName: string, sample: Sample] {
  const fileName = name.split(/[/\\]/).pop()!;
  const [, key, called] = /^(.*)\.([^.]*)$/.exec(fileName) ?? [];
  const extension = called?.toLowerCase() ?? "";
  // What it is called does not matter, but findImageField() goes by it.
  const fields = { [isImageExtension(extension) ? extension : "jpg"]: bytes };
  return [fileName, {
    key: key ?? fileName,
    shard: name,
    index: 0,
    fields,
    bytes: fields,
    offsets: {},
  }];
}
