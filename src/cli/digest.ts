import { findImageField } from "../batch/sample_fields.ts";
import { isImageExtension } from "../batch/decoders.ts";
import { isDataFault, locateFault } from "../batch/faults.ts";
import { webdataset } from "../dataset/webdataset.ts";
import { ImageError, type WdsError } from "../errors.ts";
import { decodeJpeg, init, readJpegHeader, transformImage } from "../image/mod.ts";
import { toRgb } from "../image/to_rgb.ts";
import type { EvaluationTransform } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import type { Source } from "../source/source.ts";
import {
  parseArguments,
  type ParsedArguments,
  readChoice,
  readCount,
  readSources,
  readTransform,
  SHARD_HELP,
  SHARD_OPTIONS,
  TRANSFORM_HELP,
  TRANSFORM_OPTIONS,
} from "./arguments.ts";
import { type Command, type CommandOutput, UsageError } from "./command.ts";
import { describeError } from "./describe_error.ts";
import { isShardName } from "./shard_name.ts";

const HELP = `wdstream digest FILES… --as rgb|u8|f32 [options]

Prints one line of JSON for each image: {key, label, width, height, sha256}. FILES are shards (.tar) and
JPEG files, whose key is the file's name. width and height are the encoded image's.

  --as rgb               digest of the decoded pixels, RGB, height x width x 3 bytes (default)
  --as u8                digest of the crop before normalisation, C x C x 3 bytes
  --as f32               digest of the tensor, 3 x C x C float32, little-endian
${TRANSFORM_HELP}
${SHARD_HELP}

An image that cannot be decoded gives {key, error: {code, message}}, and exit code 1 at the end.

Permissions of Deno: --allow-read for the files, --allow-net=HOST for shards on a host,
--allow-env=NAME for --token-env.`;

const FORMATS = ["rgb", "u8", "f32"] as const;

type Digest = (jpeg: Uint8Array) => Promise<string>;

/** `wdstream digest`: SHA-256 of what becomes of each image. */
export const digestCommand: Command = {
  help: HELP,
  async run(args: string[], output: CommandOutput): Promise<number> {
    const parsed = parseArguments(args, {
      ...SHARD_OPTIONS,
      ...TRANSFORM_OPTIONS,
      as: { type: "string" },
    });
    if (parsed.positionals.length === 0) throw new UsageError("digest needs a file");
    const digest = chooseDigest(parsed);
    let left = readCount(parsed, "limit") ?? Infinity;
    let faults = 0;
    await init();
    for (const source of readSources(parsed)) {
      try {
        for await (const [key, sample] of openSamples(source)) {
          if (left-- <= 0) return faults > 0 ? 1 : 0;
          const row = await digestSample(key, sample, digest);
          if ("error" in row) faults++;
          await output.writeLine(JSON.stringify(row));
        }
      } catch (error) {
        // A file that is missing or broken is one fault; the others are still worth their lines.
        if (!isDataFault(error)) throw error;
        faults++;
        await output.writeNote(describeError(error, parsed.values.verbose === true));
      }
    }
    return faults > 0 ? 1 : 0;
  },
};

function chooseDigest(parsed: ParsedArguments): Digest {
  const format = readChoice(parsed, "as", FORMATS) ?? "rgb";
  const transform = readTransform(parsed, format === "u8" ? "uint8" : "float32");
  return format === "rgb"
    ? (jpeg) => hashBytes(toRgb(decodeJpeg(jpeg)).data)
    : (jpeg) => hashTensor(jpeg, transform);
}

function hashTensor(jpeg: Uint8Array, transform: EvaluationTransform): Promise<string> {
  const { buffer, byteOffset, byteLength } = transformImage(jpeg, transform).data;
  return hashBytes(new Uint8Array(buffer, byteOffset, byteLength));
}

async function hashBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

type Row =
  | { key: string; label: number | null; width: number; height: number; sha256: string }
  | { key: string; error: { code: WdsError["code"]; message: string } };

async function digestSample(key: string, sample: Sample, digest: Digest): Promise<Row> {
  let extension: string | undefined;
  try {
    extension = findImageField(sample, {});
    const jpeg = sample.bytes[extension];
    const { width, height } = readJpegHeader(jpeg);
    const sha256 = await digest(jpeg);
    return { key, label: readPlainLabel(sample), width, height, sha256 };
  } catch (error) {
    const fault = extension === undefined ? error : locateFault(error, sample, extension);
    if (!isDataFault(fault)) throw fault;
    return { key, error: { code: fault.code, message: fault.message } };
  }
}

function readPlainLabel(sample: Sample): number | null {
  const text = sample.bytes.cls && new TextDecoder().decode(sample.bytes.cls).trim();
  return text !== undefined && /^[+-]?[0-9]+$/.test(text) ? Number(text) : null;
}

/** The samples of a file, each with the key to print. */
async function* openSamples(source: Source): AsyncGenerator<[string, Sample]> {
  if (isShardName(source.name)) {
    for await (const sample of webdataset(source)) yield [sample.key, sample];
  } else {
    yield await readFile(source);
  }
}

async function readFile(source: Source): Promise<[string, Sample]> {
  const { name } = source;
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  if (!isImageExtension(extension)) {
    throw new ImageError(
      "image/unsupported-format",
      `Cannot digest "${name}": it is called neither a shard (.tar) nor an image (.jpg)`,
    );
  }
  const bytes = new Uint8Array(
    await new Response((await source.open()).body as BodyInit).arrayBuffer(),
  );
  const fields = { [extension]: bytes };
  const fileName = name.split(/[/\\]/).pop()!;
  const key = fileName.slice(0, fileName.lastIndexOf("."));
  return [fileName, { key, shard: name, fields, bytes: fields, offsets: {} }];
}
