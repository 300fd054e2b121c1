/**
 * `wdstream get`: one sample, or one field of it.
 *
 * @module
 */
import { mkdir, stat } from "node:fs/promises";
import { webdataset } from "../../dataset/webdataset.ts";
import { SampleError, WdsError } from "../../errors.ts";
import { openSource } from "../../index/open_shard.ts";
import type { Sample } from "../../sample/sample.ts";
import { nameText } from "../../storage/redact.ts";
import type { Source } from "../../storage/source.ts";
import { describeSample } from "../../tools/describe_sample.ts";
import {
  type Command,
  type CommandOutput,
  defineCommand,
  type Permission,
  UsageError,
} from "../command.ts";
import { choice, flag, text } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { listSources, READ_OPTIONS } from "../shard_options.ts";
import { writeFileWhole } from "../write_file.ts";

const WRITE_PERMISSION: Permission = {
  flag: "--allow-write",
  purpose: "for --output",
  exact: ({ values }) => typeof values.output === "string" ? "--allow-write" : undefined,
};

const OPTIONS = {
  field: text("EXT", "write the bytes of this field, as they are"),
  output: text(
    "PATH",
    "write to this file; without --field each field to KEY.EXT in this folder",
    { isPath: true, isOutput: true },
  ),
  key: flag("the second argument is a key, also where it consists of digits alone"),
  bytes: choice("", {
    size: "of fields that are bytes, show the size",
    base64: "show all of them",
  }, { default: "size" }),
  ...READ_OPTIONS,
} as const;

/** Gets a sample. */
export const command: Command = defineCommand({
  name: "get",
  summary: "one sample by its key or its number, or one field of it",
  details: [
    "Gets the sample with a key, or with a number from 0 on. Without --field it is a line of JSON, as of cat; with it, " +
    "the field's bytes go to standard output, or to the file of --output. With an index beside the shard it takes one " +
    "range of it; without one the headers before the sample are read, and of a compressed shard all that is before it.",
  ],
  operands: { name: "SHARD KEY|N", required: "a shard, and a key or a number", files: 1 },
  options: OPTIONS,
  permissions: [...sourcePermissions(), WRITE_PERMISSION],
  examples: [
    "get train-0000.tar 17",
    "get train-0000.tar n01440764_10026 --field jpg --output fish.jpg",
    "get https://example.com/train-0000.tar 17 --output sample",
  ],
  async run({ values, operands: [shard, which, more] }, output) {
    if (which === undefined) throw new UsageError("get needs a key or a number");
    if (more !== undefined) throw new UsageError(`get does not take "${nameText(more)}"`);
    const { field, output: path, bytes } = values;
    const sources = await listSources([shard], values, output);
    if (sources.length !== 1) {
      throw new UsageError(`get takes one shard, and "${nameText(shard)}" names ${sources.length}`);
    }
    const place = !values.key && /^[0-9]+$/.test(which) ? Number(which) : which;
    const sample = await getSample(sources[0], place, values["end-of-archive"]);
    if (field !== undefined) {
      await write(requireField(sample, field), path, output);
      return 0;
    }
    if (path !== undefined) {
      await writeAll(sample, path, output);
      return 0;
    }
    const { line, faults } = await describeSample(sample, { bytes });
    await output.writeLine(line);
    return faults.length > 0 ? 1 : 0;
  },
});

/** A sample by its place, whether there is an index or not. */
async function getSample(
  source: Source,
  which: number | string,
  endOfArchive: "required" | "optional",
): Promise<Sample> {
  const isUnknown = typeof which === "number" && !Number.isSafeInteger(which);
  if (isUnknown) throw new UsageError("a number of a sample has at most 15 digits");
  if (!source.isOnce) {
    try {
      return await (await openSource(source, { endOfArchive })).get(which);
    } catch (error) {
      if (error instanceof RangeError) throw new Error(error.message, { cause: error });
      // What is compressed has no offsets: it is read from its beginning.
      if (!(error instanceof WdsError) || error.code !== "index/unsupported") throw error;
    }
  }
  let count = 0;
  for await (const sample of webdataset(source, { endOfArchive })) {
    if (sample.index === which || sample.key === which) return sample;
    count++;
  }
  throw new Error(
    `"${source.name}" has ${count} samples, none ${
      typeof which === "number" ? `of number ${which}` : `with the key "${which}"`
    }`,
  );
}

function requireField({ key, shard, bytes }: Sample, field: string): Uint8Array {
  if (field in bytes) return bytes[field];
  throw new SampleError("sample/no-field", {
    action: `get "${key}" of "${shard}"`,
    reason: `it has no field "${field}", only ${Object.keys(bytes).join(", ")}`,
    shard,
    key,
    field,
  });
}

async function write(
  bytes: Uint8Array,
  path: string | undefined,
  output: CommandOutput,
): Promise<void> {
  if (path !== undefined && path !== "-") return await writeFileWhole(path, bytes);
  if (output.writeBytes === undefined) throw new Error("Cannot write bytes to such an output");
  await output.writeBytes(bytes);
}

/** Writes all fields of a sample to a folder. */
async function writeAll(sample: Sample, folder: string, output: CommandOutput): Promise<void> {
  if (folder === "-") throw new UsageError("--output - takes a --field");
  const isThere = await stat(folder).then((found) => found.isDirectory(), () => undefined);
  if (isThere === false) {
    throw new UsageError(
      `--output takes a folder without --field, and "${nameText(folder)}" is a file`,
    );
  }
  await mkdir(folder, { recursive: true });
  // A key is a path in its shard, and may lead out of any folder.
  const name = sample.key.slice(sample.key.lastIndexOf("/") + 1);
  for (const [field, bytes] of Object.entries(sample.bytes)) {
    // deno-lint-ignore no-control-regex -- No file's name has them, on one system or another.
    const file = `${name}.${field}`.replace(/[\0-\x1f\\:]/g, "_");
    const path = `${folder.replace(/[/\\]$/, "")}/${file}`;
    await writeFileWhole(path, bytes);
    await output.writeNote(`${nameText(path)}: ${bytes.length} bytes`);
  }
}
