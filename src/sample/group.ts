import { SampleError } from "../errors.ts";
import type { Sample } from "./sample.ts";
import { isMetaName, splitName } from "./split_name.ts";

/**
 * What {@linkcode samples} groups: an entry with its bytes, or, as `@std/tar`'s `UntarStream` gives
 * them, with a stream of them.
 */
export interface SampleEntry {
  /** Path of the member. */
  readonly path: string;
  /** The header, of which the type flag is looked at. */
  readonly header: { readonly typeflag: string };
  /** Kind of the member, where it is known. */
  readonly type?: string;
  /** The body. */
  readonly bytes?: Uint8Array;
  /** The body as a stream, if there are no `bytes`. */
  readonly readable?: ReadableStream<Uint8Array>;
  /** Offset in bytes of the member's header in the archive, where it is known. */
  readonly offsetBytes?: number;
}

/** What {@linkcode samples} can be told. */
export interface SamplesOptions {
  /**
   * Name of the shard, without credentials.
   *
   * @default {""}
   */
  readonly shard?: string;
  /**
   * What a fault in the shard does: `"throw"` passes it on, `"skip"` drops the sample that was
   * being read, tells `onSkip` and ends the shard.
   *
   * @default {"throw"}
   */
  readonly onError?: "throw" | "skip";
  /** Told of each fault that was skipped. */
  readonly onSkip?: (error: unknown) => void;
  /** Cancels the reading; the reason is thrown whatever `onError` says. */
  readonly signal?: AbortSignal;
}

interface Draft extends Sample {
  readonly fields: Record<string, Uint8Array>;
}

/**
 * Groups consecutive entries of one shard into samples, as webdataset does: entries that share the
 * path up to the first dot after the last slash are one sample, whose fields are named by the rest,
 * lower-cased. Names without a key, metadata (`__name__`) and whatever is no file are skipped. The end of
 * the entries ends the last sample, so call it once for each shard.
 *
 * Fields hold bytes; `decodeFields()` decodes them.
 *
 * Exact: webdataset, `tariterators.tar_file_iterator` and `group_by_keys`.
 *
 * @param entries The entries of one shard: `readTar`'s, or those of `@std/tar`'s `UntarStream`.
 * @param options Name of the shard, and what becomes of faults.
 * @returns The samples; iterate once.
 * @throws {SampleError} `sample/duplicate-field` if two members of a sample have one extension.
 *
 * @example Usage
 * ```ts
 * import { readTar, samples, writeTar } from "@wdstream/wdstream";
 *
 * const archive = writeTar([
 *   { path: "cat.cls", bytes: new Uint8Array([49]) },
 *   { path: "cat.txt", bytes: new Uint8Array([104, 105]) },
 * ]);
 * for await (const { key, fields } of samples(readTar(archive), { shard: "cats.tar" })) {
 *   if (key !== "cat" || Object.keys(fields).join() !== "cls,txt") throw new Error("misgrouped");
 * }
 * ```
 */
export async function* samples(
  entries: AsyncIterable<SampleEntry>,
  options: SamplesOptions = {},
): AsyncGenerator<Sample, void, void> {
  const { shard = "", onError = "throw", onSkip, signal } = options;
  let draft: Draft | undefined;
  try {
    for await (const entry of entries) {
      signal?.throwIfAborted();
      const name = nameField(entry);
      if (name === undefined) {
        await skipBody(entry);
        continue;
      }
      const [key, extension] = name;
      const bytes = entry.bytes ?? await collectBody(entry);
      if (draft !== undefined && draft.key !== key) {
        yield draft;
        draft = undefined;
      }
      draft ??= makeDraft(key, shard);
      addField(draft, extension.toLowerCase(), bytes, entry);
    }
  } catch (error) {
    if (signal?.aborted || onError === "throw") throw error;
    // The sample under way may lack members that the fault has hidden: it is dropped whole.
    draft = undefined;
    onSkip?.(error);
  }
  if (draft !== undefined) yield draft;
}

function makeDraft(key: string, shard: string): Draft {
  // Without a prototype, `x.__proto__` is a field like any other.
  return { key, shard, fields: dictionary(), bytes: dictionary(), offsets: dictionary() };
}

/** An object without a prototype: `__proto__` is a field like any other. */
export function dictionary<V>(): Record<string, V> {
  return Object.create(null) as Record<string, V>;
}

function addField(draft: Draft, extension: string, bytes: Uint8Array, entry: SampleEntry): void {
  if (extension in draft.bytes) {
    throw describeDuplicate(draft.shard, entry.path, draft.key, extension, entry.offsetBytes);
  }
  draft.fields[extension] = bytes;
  draft.bytes[extension] = bytes;
  if (entry.offsetBytes !== undefined) draft.offsets[extension] = entry.offsetBytes;
}

/** Key and extension of an entry, `undefined` where it belongs to no sample. */
export function nameField(
  entry: Omit<SampleEntry, "bytes" | "readable">,
): [key: string, extension: string] | undefined {
  return isFile(entry) && !isMetaName(entry.path) ? splitName(entry.path) : undefined;
}

/** The error of a second member with one extension in a sample. */
export function describeDuplicate(
  shard: string,
  path: string,
  key: string,
  extension: string,
  offsetBytes: number | undefined,
): SampleError {
  return new SampleError(
    "sample/duplicate-field",
    `Cannot group "${path}" from "${shard}": its sample has a field "${extension}" already`,
    { shard, key, offsetBytes },
  );
}

function isFile(entry: Omit<SampleEntry, "bytes" | "readable">): boolean {
  if (entry.type !== undefined) return entry.type === "file";
  const { typeflag } = entry.header;
  // Other readers give the NUL of old archives as it is or as an empty string.
  return typeflag === "0" || typeflag === "\0" || typeflag === "" || typeflag === "7";
}

async function collectBody(entry: SampleEntry): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = entry.readable?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

async function skipBody(entry: SampleEntry): Promise<void> {
  // `@std/tar` waits until every body was read or cancelled.
  if (entry.bytes === undefined) await entry.readable?.cancel();
}
