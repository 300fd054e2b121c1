import { IndexError } from "../errors.ts";
import { type ShardInput, type SourceOptions, toSource } from "../source/to_source.ts";
import { readTar } from "../tar/mod.ts";
import { IndexBuilder, type ShardIndex } from "./shard_index.ts";

/** What {@linkcode indexShard} takes. */
export interface IndexShardOptions extends SourceOptions {
  /**
   * Whether the archive must end with a block of zeros, or may end where an entry does.
   *
   * @default {"required"}
   */
  readonly endOfArchive?: "required" | "optional";
}

/**
 * Makes the index of a shard in one pass over it, of which nothing is kept but where the samples lie and
 * their class indices.
 *
 * Exact: the samples are those of {@linkcode samples}, that is webdataset's.
 * Units: offsets and sizes are bytes.
 *
 * @param input The shard, uncompressed.
 * @param options How it is opened.
 * @throws {IndexError} `index/unsupported` if the shard is compressed: then nothing in it has an offset.
 * @throws {TarError} If the archive is damaged.
 * @throws {SampleError} `sample/duplicate-field` if two members of a sample have one extension.
 *
 * @example Usage
 * ```ts
 * import { indexShard, sampleShard } from "@wdstream/wdstream";
 *
 * const { samples } = await indexShard(sampleShard());
 * if (samples.length !== 36 || samples[0].fields[0].extension !== "cls") throw new Error("misread");
 * ```
 */
export async function indexShard(
  input: ShardInput,
  options: IndexShardOptions = {},
): Promise<ShardIndex> {
  const { signal, endOfArchive } = options;
  const source = toSource(input, options);
  const { name } = source;
  const { body: stored, sizeBytes, etag } = await source.open({ signal });
  const builder = new IndexBuilder(name);
  const entries = readTar(refuseCompressed(stored, name), {
    name,
    signal,
    endOfArchive,
    body: "stream",
  });
  for await (const entry of entries) {
    const { readable } = entry;
    const isClass = readable !== undefined && IndexBuilder.isClass(entry);
    const body = isClass ? await new Response(readable).arrayBuffer() : undefined;
    builder.add(entry, body && new Uint8Array(body));
  }
  builder.finish();
  const object = { ...(sizeBytes === undefined ? {} : { sizeBytes }), ...(etag ? { etag } : {}) };
  return { shard: baseName(name), ...object, samples: builder.samples };
}

/** The part of a name after its last slash. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** The error of a shard without offsets. */
export function describeCompressed(name: string): IndexError {
  return new IndexError(
    "index/unsupported",
    `Cannot index "${name}": it is compressed with gzip, so that its samples cannot be reached one by one; ` +
      "store it uncompressed",
    { shard: name },
  );
}

/** Whether these are the first bytes of a gzip file, which no tar header begins with. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function* refuseCompressed(
  stream: ReadableStream<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let isFirst = true;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      if (isFirst && isGzip(value)) throw describeCompressed(name);
      isFirst = false;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
