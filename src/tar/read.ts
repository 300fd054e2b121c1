/**
 * Archives as a sequence of entries, out of a stream.
 *
 * @module
 */
import { checkChoice, checkLimit, checkOffset } from "../check.ts";
import { BodyStream } from "./body_stream.ts";
import { type ByteStream, ChunkReader } from "./chunk_reader.ts";
import type { TarEntry, TarEntryBase, TarStreamEntry } from "./entry.ts";
import { expandSparse } from "./expand_sparse.ts";
import { allocateBody } from "./parse_member.ts";
import { TarParser } from "./parser.ts";

/** What {@linkcode readTar} can be told. */
export interface ReadTarOptions {
  /**
   * Name of the archive for errors, without credentials.
   *
   * @default {"archive"}
   */
  readonly name?: string;
  /** Cancels the reading at once; the reason is thrown. */
  readonly signal?: AbortSignal;
  /**
   * Largest body in bytes that is gathered in memory, that of a sparse file with its zeros. With
   * `body: "stream"` only if given.
   *
   * @default {268435456}
   */
  readonly maxEntryBytes?: number;
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
  /**
   * Whether the archive must end with a block of zeros, or may end where an entry does. One without any bytes is
   * no archive.
   *
   * @default {"required"}
   */
  readonly endOfArchive?: "required" | "optional";
  /**
   * Whether an entry carries its bytes or a stream of them.
   *
   * @default {"bytes"}
   */
  readonly body?: "bytes" | "stream";
  /**
   * What becomes of a fault of one member, behind which the archive goes on: of one that is too large, or a sparse
   * one whose map is malformed. `"throw"` ends the reading; `"mark"` yields the entry without its body and with
   * the `fault`. So is one whose body the archive ends in, which is thrown then.
   *
   * @default {"throw"}
   */
  readonly memberFaults?: "throw" | "mark";
  /**
   * Offset in bytes of the input's first byte in the archive: that of an entry, where it was opened there. Offsets
   * of entries and errors are those of the archive.
   *
   * @default {0}
   */
  readonly offsetBytes?: number;
}

const MAX_ENTRY_BYTES = 256 * 1024 * 1024;

/**
 * Reads a tar archive entry by entry: v7, ustar, GNU and pax, sparse files included, from chunks of any size.
 *
 * The same entries as CPython 3.11's `tarfile`, which is lenient where this is not: an archive that
 * stops inside a header or a body, or without a block of zeros, is an error and never a silent end,
 * and so are a header in the middle whose checksum does not fit and a sparse file whose map is malformed. Entries of
 * unknown type are reported without their body. What follows the first block of zeros is not read. Leaving the loop
 * early cancels the input.
 *
 * Units: sizes and offsets are bytes, times are seconds.
 *
 * @param input The archive, uncompressed.
 * @param options Name for errors, limits and how bodies are given.
 * @returns The entries; iterate once.
 * @throws {TarError} `tar/not-tar`, `tar/truncated`, `tar/no-end`, `tar/bad-header`, `tar/bad-number`,
 * `tar/bad-pax`, `tar/bad-sparse` or `tar/too-large`.
 * @throws {TypeError} If an option is none of its choices.
 * @throws {RangeError} If a limit or the offset is no such number.
 *
 * @example Usage
 * ```ts
 * import { readTar, writeTar } from "@wdstream/wdstream/tar";
 *
 * const archive = writeTar([{ path: "a.txt", bytes: new TextEncoder().encode("hello") }]);
 * for await (const entry of readTar(archive)) {
 *   if (entry.path !== "a.txt" || entry.bytes.length !== 5) throw new Error("misread");
 * }
 * ```
 */
export function readTar(
  input: ByteStream,
  options: ReadTarOptions & { readonly body: "stream" },
): AsyncGenerator<TarStreamEntry, void, void>;
/** Reads a tar archive entry by entry, each with its bytes. */
export function readTar(
  input: ByteStream,
  options?: ReadTarOptions & { readonly body?: "bytes" },
): AsyncGenerator<TarEntry, void, void>;
/** Reads a tar archive entry by entry, with bodies as `options.body` says. */
export function readTar(
  input: ByteStream,
  options?: ReadTarOptions,
): AsyncGenerator<TarEntry | TarStreamEntry, void, void>;
export function readTar(
  input: ByteStream,
  options: ReadTarOptions = {},
): AsyncGenerator<TarEntry | TarStreamEntry, void, void> {
  checkTarOptions(options);
  return readEntries(input, options);
}

/**
 * Checks what can be said wrong.
 *
 * @throws {TypeError} If an option is none of its choices.
 * @throws {RangeError} If a limit or the offset is no such number.
 */
export function checkTarOptions(options: ReadTarOptions): void {
  checkChoice("endOfArchive", options.endOfArchive, ["required", "optional"]);
  checkChoice("body", options.body, ["bytes", "stream"]);
  checkChoice("memberFaults", options.memberFaults, ["throw", "mark"]);
  checkLimit("maxEntryBytes", options.maxEntryBytes);
  checkLimit("maxPaxBytes", options.maxPaxBytes);
  checkLimit("maxPaxHeaders", options.maxPaxHeaders);
  checkOffset("offsetBytes", options.offsetBytes);
}

async function* readEntries(
  input: ByteStream,
  options: ReadTarOptions,
): AsyncGenerator<TarEntry | TarStreamEntry, void, void> {
  const { signal, offsetBytes, memberFaults } = options;
  const streams = options.body === "stream";
  const maxEntryBytes = options.maxEntryBytes ?? (streams ? Infinity : MAX_ENTRY_BYTES);
  const parser = new TarParser({ ...options, maxEntryBytes });
  const reader = new ChunkReader(input, signal, offsetBytes);
  try {
    while (true) {
      const { neededBytes } = parser;
      const piece = reader.tryView(neededBytes) ?? await reader.gather(neededBytes);
      const entry = parser.push(piece);
      if (entry === undefined) {
        if (parser.isComplete) return;
        continue;
      }
      if (entry.fault !== undefined) {
        if (memberFaults !== "mark") throw entry.fault;
        yield streams ? entry : { ...entry, bytes: new Uint8Array(0) };
      } else if (entry.type !== "file") {
        yield streams ? entry : { ...entry, bytes: new Uint8Array(0) };
      } else if (streams) {
        const body = new BodyStream(reader, entry.storedBytes, () => parser.faults.body(entry));
        const readable = entry.sparse === undefined
          ? body.readable
          : expandSparse(body.readable, entry.sparse, entry.header.size);
        yield { ...entry, readable };
        await body.drain();
      } else {
        const isPlain = entry.sparse === undefined;
        const bytes = (isPlain ? reader.tryTake(entry.storedBytes) : undefined) ??
          await gatherBody(reader, parser, entry);
        if (bytes === undefined) {
          const fault = parser.faults.body(entry);
          if (memberFaults === "mark") yield { ...entry, bytes: new Uint8Array(0), fault };
          throw fault;
        }
        yield { ...entry, bytes };
      }
      const rest = reader.trySkip(parser.offsetBytes - reader.offsetBytes);
      if (rest > 0 && await reader.skip(rest) > 0) throw parser.faults.body(entry);
    }
  } finally {
    await reader.cancel();
  }
}

/** A body from several chunks, or one with holes; `undefined` where the archive ends inside it. */
export async function gatherBody(
  reader: ChunkReader,
  parser: TarParser,
  entry: TarEntryBase,
): Promise<Uint8Array | undefined> {
  const bytes = allocateBody(entry, parser);
  const parts = entry.sparse?.parts ?? [0, entry.storedBytes];
  for (let i = 0; i < parts.length; i += 2) {
    const part = bytes.subarray(parts[i], parts[i] + parts[i + 1]);
    if (await reader.fill(part) < part.length) return undefined;
  }
  return bytes;
}
