/**
 * `wdstream info`: facts about JPEG files and shards.
 *
 * @module
 */
import { type Command, defineCommand } from "../command.ts";
import { sourcePermissions } from "../permissions.ts";
import { listSources, SAMPLE_OPTIONS } from "../shard_options.ts";
import { withPlace } from "../../errors.ts";
import { isImageExtension } from "../../image/format.ts";
import type { ReadOptions } from "../../sample/read_options.ts";
import { webdataset } from "../../dataset/webdataset.ts";
import { init, readJpegHeader } from "../../image/mod.ts";
import type { Source } from "../../storage/source.ts";
import { readAll } from "../../storage/read_all.ts";
import { identifyFile, MAX_IMAGE_BYTES } from "../identify.ts";

/** Tells facts. */
export const command: Command = defineCommand({
  name: "info",
  summary: "facts about JPEG files and shards",
  details: [
    "Prints facts as JSON: of a JPEG file what its header says, of a shard its samples, fields and sizes. What a " +
    "file is, its content decides. FILES are paths, URLs and patterns, and - for standard input.",
  ],
  operands: { name: "FILES", required: "a file" },
  options: SAMPLE_OPTIONS,
  permissions: sourcePermissions("files"),
  examples: ["info train-0000.tar", "info picture.jpg"],
  async run({ values, operands }, output) {
    const { limit, "end-of-archive": endOfArchive } = values;
    for (const given of await listSources(operands, values, output)) {
      const { kind, source } = await identifyFile(given, "describe");
      const facts = kind === "shard"
        ? await describeShard(source, { endOfArchive }, limit)
        : await describeImage(source);
      await output.writeLine(JSON.stringify(facts, undefined, 2));
    }
    return 0;
  },
});

interface FieldFacts {
  count: number;
  sizeBytes: number;
}

async function describeShard(
  source: Source,
  options: Pick<ReadOptions, "endOfArchive">,
  limit: number | undefined,
): Promise<object> {
  const dataset = webdataset(source, options);
  const fields = new Map<string, FieldFacts>();
  let firstKey: string | undefined;
  for await (const { key, bytes } of limit === undefined ? dataset : dataset.take(limit)) {
    firstKey ??= key;
    for (const [extension, { length }] of Object.entries(bytes)) {
      const facts = fields.get(extension) ?? { count: 0, sizeBytes: 0 };
      facts.count++;
      facts.sizeBytes += length;
      fields.set(extension, facts);
    }
  }
  const { samples, bytes } = dataset.stats;
  const images = [...fields.keys()].filter(isImageExtension);
  return {
    name: source.name,
    samples,
    readBytes: bytes,
    firstKey,
    images,
    fields: Object.fromEntries(fields),
  };
}

async function describeImage(source: Source): Promise<object> {
  const { name } = source;
  const bytes = await readAll(source, MAX_IMAGE_BYTES);
  await init();
  return {
    name,
    sizeBytes: bytes.length,
    ...withPlace({ key: name }, () => readJpegHeader(bytes)),
  };
}
