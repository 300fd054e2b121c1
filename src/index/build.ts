/**
 * An index, made by reading a shard once.
 *
 * @module
 */
import { checkCallback, checkChoice, checkLimit } from "../check.ts";
import { IndexError, TarError, type WdsError } from "../errors.ts";
import { gunzipIfNeeded } from "../storage/gunzip.ts";
import type { SourceOptions } from "../storage/source_options.ts";
import { type ShardInput, toSource } from "../storage/to_source.ts";
import { MissingEndError } from "../tar/faults.ts";
import type { ByteStream } from "../tar/chunk_reader.ts";
import { readTar } from "../tar/read.ts";
import { checkTarOptions } from "../tar/read.ts";
import { IndexBuilder, type ShardIndex } from "./shard_index.ts";

/** What {@linkcode indexShard} takes. */
export interface IndexShardOptions extends SourceOptions {
  /**
   * Whether the archive must end with a block of zeros, or may end where an entry does.
   *
   * @default {"required"}
   */
  readonly endOfArchive?: "required" | "optional";
  /**
   * What to do about a fault in the data: throw it, or leave out what it damages: its sample, or where the archive
   * is damaged, what follows. Then the samples are those of a dataset that skips faults.
   *
   * @default {"throw"}
   */
  readonly onError?: "throw" | "skip";
  /** Is told of every fault that was skipped. */
  readonly onSkip?: (error: WdsError) => void;
  /**
   * Most members of one sample.
   *
   * @default {65536}
   */
  readonly maxSampleFields?: number;
  /**
   * Most bytes of pax records and GNU long names before one entry together, of the global records together, or
   * of the map of a sparse file.
   *
   * @default {1048576}
   */
  readonly maxPaxBytes?: number;
  /**
   * Most pax headers and GNU long names before one entry.
   *
   * @default {64}
   */
  readonly maxPaxHeaders?: number;
}

/**
 * Makes the index of a shard in one pass over it, of which nothing is kept but where the samples lie and
 * their class indices. Samples of any size are listed: how large they may be is for whoever reads them to say.
 *
 * Exact: the samples are those of {@linkcode samples}, that is webdataset's.
 * Units: offsets and sizes are bytes.
 *
 * @param input The shard, uncompressed.
 * @param options How it is opened, and what becomes of faults.
 * @throws {IndexError} `index/unsupported` if the shard is compressed: then nothing in it has an offset.
 * @throws {TarError} If the archive is damaged.
 * @throws {SampleError} `sample/duplicate-field` if two members of a sample have one extension.
 * @throws {TypeError} If an option is none of its choices.
 * @throws {RangeError} If a limit is no such number.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { indexShard } from "@wdstream/wdstream/index";
 *
 * const { samples } = await indexShard(sampleShard());
 * if (samples.length !== 36 || samples[0].fields[0].extension !== "cls") throw new Error("misread");
 * ```
 */
export function indexShard(
  input: ShardInput,
  options: IndexShardOptions = {},
): Promise<ShardIndex> {
  return listShard(input, options, refuseCompressed);
}

/**
 * {@linkcode indexShard} of what may be compressed: then the offsets are those of the unpacked archive, and only the
 * samples and their classes are of use.
 */
export async function countShard(
  input: ShardInput,
  options: IndexShardOptions = {},
): Promise<ShardIndex & { readonly isPacked: boolean }> {
  let isPacked = false;
  const onPacked = (): void => void (isPacked = true);
  const index = await listShard(
    input,
    options,
    (stored, name) => gunzipIfNeeded(stored, { name, onPacked }),
  );
  return { ...index, isPacked };
}

async function listShard(
  input: ShardInput,
  options: IndexShardOptions,
  unpack: (
    stored: ReadableStream<Uint8Array>,
    name: string,
  ) => Promise<ByteStream> | ByteStream,
): Promise<ShardIndex> {
  checkChoice("onError", options.onError, ["throw", "skip"]);
  checkCallback("onSkip", options.onSkip);
  checkLimit("maxSampleFields", options.maxSampleFields);
  checkTarOptions(options);
  const { signal, onSkip, maxSampleFields } = options;
  const skip = options.onError !== "skip" ? undefined : onSkip ?? ((): void => {});
  const source = toSource(input, options);
  const { name } = source;
  const { body: stored, sizeBytes, etag } = await source.open({ signal });
  const builder = new IndexBuilder(name, { maxSampleFields, onSkip: skip });
  try {
    await readEntries(await unpack(stored, name), builder, name, options);
    builder.finish();
  } catch (error) {
    if (skip === undefined || !(error instanceof TarError)) throw error;
    skip(error);
    if (error instanceof MissingEndError) builder.finishCut();
  }
  const object = { ...(sizeBytes === undefined ? {} : { sizeBytes }), ...(etag ? { etag } : {}) };
  return { shard: baseName(name), ...object, samples: builder.samples };
}

async function readEntries(
  archive: ByteStream,
  builder: IndexBuilder,
  name: string,
  { signal, endOfArchive, maxPaxBytes, maxPaxHeaders }: IndexShardOptions,
): Promise<void> {
  const entries = readTar(archive, {
    name,
    signal,
    endOfArchive,
    maxPaxBytes,
    maxPaxHeaders,
    body: "stream",
    memberFaults: "mark",
  });
  for await (const entry of entries) {
    if (!builder.add(entry)) continue;
    builder.setClass(new Uint8Array(await new Response(entry.readable).arrayBuffer()));
  }
}

/** The part of a name after its last slash. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** The error of a shard without offsets. */
export function compressedError(name: string): IndexError {
  return new IndexError("index/unsupported", {
    action: `index "${name}"`,
    reason: "it is compressed with gzip, so that its samples cannot be reached one by one; " +
      "store it uncompressed",
    shard: name,
  });
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
  let seen = 0;
  const head = new Uint8Array(2);
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      if (seen < 2) {
        for (let i = 0; i < value.length && seen < 2; i++) head[seen++] = value[i];
        if (isGzip(head)) throw compressedError(name);
      }
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
