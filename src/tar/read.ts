import { TarError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { type ByteStream, ChunkReader } from "./chunk_reader.ts";
import type { TarEntry, TarStreamEntry } from "./entry.ts";
import { BLOCK_BYTES, isZeroBlock, parseHeader } from "./header.ts";
import type { RawHeader } from "./header.ts";
import { BodyStream } from "./body_stream.ts";
import { isExtension, paddingBytes, parseLongName, parsePax, resolveHeader } from "./records.ts";
import type { Extension, PaxRecords, ResolvedHeader } from "./records.ts";

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
   * Largest body in bytes that is gathered in memory. With `body: "stream"` only if given.
   *
   * @default {268435456}
   */
  readonly maxEntryBytes?: number;
  /**
   * Largest pax record or GNU long name in bytes.
   *
   * @default {1048576}
   */
  readonly maxPaxBytes?: number;
  /**
   * Whether the archive must end with a block of zeros, or may end where an entry does.
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
}

/**
 * Reads a tar archive entry by entry: v7, ustar, GNU and pax, from chunks of any size.
 *
 * The same entries as CPython 3.11's `tarfile`, which is lenient where this is not: an archive that
 * stops inside a header or a body, or without a block of zeros, is an error and never a silent end,
 * and so are sparse files and a header in the middle whose checksum does not fit. Entries of unknown type are
 * reported without their body. What follows the first block of zeros is not read. Leaving the loop early
 * cancels the input.
 *
 * Units: sizes and offsets are bytes, times are seconds.
 *
 * @param input The archive, uncompressed.
 * @param options Name for errors, limits and how bodies are given.
 * @returns The entries; iterate once.
 * @throws {TarError} `tar/truncated`, `tar/bad-header`, `tar/bad-number`, `tar/bad-pax`,
 * `tar/too-large` or `tar/unsupported-sparse`.
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
export async function* readTar(
  input: ByteStream,
  options: ReadTarOptions = {},
): AsyncGenerator<TarEntry | TarStreamEntry, void, void> {
  const archive = new ArchiveReader(input, options);
  try {
    while (true) {
      const block = archive.reader.tryView(BLOCK_BYTES) ?? await archive.gatherHeader();
      if (block === undefined || isZeroBlock(block)) {
        archive.checkEnd(block !== undefined);
        return;
      }
      const raw = archive.parseBlock(block);
      if (isExtension(raw.typeflag)) {
        await archive.readExtension(raw);
        continue;
      }
      const resolved = archive.resolve(raw);
      const entry = {
        path: resolved.header.name,
        type: resolved.type,
        header: resolved.header,
        offsetBytes: archive.headerOffset,
        bodyOffsetBytes: archive.reader.offsetBytes,
      };
      const { bodyBytes } = resolved;
      const isFile = resolved.type === "file";
      if (options.body === "stream" && isFile) {
        const body = new BodyStream(archive.reader, bodyBytes, () => archive.bodyFault(entry.path));
        yield { ...entry, readable: body.readable };
        await body.drain();
      } else if (isFile && options.body !== "stream") {
        const bytes = archive.reader.tryTake(bodyBytes) ?? await archive.gatherBody(resolved);
        yield { ...entry, bytes };
      } else {
        const left = archive.reader.trySkip(bodyBytes);
        if (left > 0) await archive.skipBody(left, entry.path);
        yield options.body === "stream" ? entry : { ...entry, bytes: new Uint8Array(0) };
      }
      const padding = archive.reader.trySkip(paddingBytes(bodyBytes));
      if (padding > 0) await archive.skipBody(padding, entry.path);
    }
  } finally {
    await archive.reader.cancel();
  }
}

/** The reading of one archive: its cursor, the records that apply to what follows, its errors. */
class ArchiveReader {
  readonly reader: ChunkReader;
  /** Offset in bytes of the header that is being read. */
  headerOffset: number = 0;
  #name: string;
  #maxEntryBytes: number;
  #maxPaxBytes: number;
  #endOptional: boolean;
  #globals: PaxRecords = new Map();
  #extensions: Extension[] = [];

  constructor(input: ByteStream, options: ReadTarOptions) {
    this.#name = options.name ?? "archive";
    this.#maxEntryBytes = options.maxEntryBytes ??
      (options.body === "stream" ? Infinity : 256 * 1024 * 1024);
    this.#maxPaxBytes = options.maxPaxBytes ?? 1024 * 1024;
    this.#endOptional = options.endOfArchive === "optional";
    this.reader = new ChunkReader(input, options.signal);
  }

  /** The next header from several chunks; `undefined` where the stream ends before it. */
  async gatherHeader(): Promise<Uint8Array | undefined> {
    const start = this.reader.offsetBytes;
    const block = await this.reader.gather(BLOCK_BYTES);
    if (block.length === BLOCK_BYTES) return block;
    if (block.length === 0) return undefined;
    throw this.#fault(
      "tar/truncated",
      `the archive ends inside the header at byte ${start}`,
      start,
    );
  }

  parseBlock(block: Uint8Array): RawHeader {
    this.headerOffset = this.reader.offsetBytes - BLOCK_BYTES;
    return parseHeader(block, this.#headerFault);
  }

  /** Judges the end of the archive, at a block of zeros or where the stream stops. */
  checkEnd(zeroBlock: boolean): void {
    const offset = this.reader.offsetBytes;
    if (this.#extensions.length > 0) {
      throw this.#fault(
        "tar/truncated",
        `the header before byte ${offset} describes no entry`,
        offset,
      );
    }
    if (zeroBlock || this.#endOptional) return;
    throw this.#fault(
      "tar/truncated",
      `the archive stops at byte ${offset} without its end marker, a block of zeros`,
      offset,
    );
  }

  async readExtension(raw: RawHeader): Promise<void> {
    const { typeflag, size } = raw;
    if (size > this.#maxPaxBytes) {
      throw this.#headerFault("tar/too-large", `its record of ${size} bytes is over the limit`);
    }
    const padded = size + paddingBytes(size);
    const body = this.reader.tryTake(padded) ?? await this.reader.gather(padded);
    if (body.length < padded) {
      throw this.#headerFault("tar/truncated", `the archive ends inside its body of ${size} bytes`);
    }
    if (typeflag === "L") {
      this.#extensions.push({ kind: "name", value: parseLongName(body) });
    } else if (typeflag === "K") {
      this.#extensions.push({ kind: "linkname", value: parseLongName(body) });
    } else {
      const records = parsePax(body, this.#headerFault);
      if (typeflag === "g") this.#globals = new Map([...this.#globals, ...records]);
      else this.#extensions.push({ kind: "pax", records: new Map([...this.#globals, ...records]) });
    }
  }

  resolve(raw: RawHeader): ResolvedHeader {
    if (raw.typeflag === "S") {
      throw this.#headerFault("tar/unsupported-sparse", "sparse files are not supported");
    }
    const resolved = resolveHeader(raw, this.#globals, this.#extensions, this.#headerFault);
    if (this.#extensions.length > 0) this.#extensions = [];
    if (resolved.type === "file" && resolved.bodyBytes > this.#maxEntryBytes) {
      throw this.#headerFault(
        "tar/too-large",
        `"${resolved.header.name}" has ${resolved.bodyBytes} bytes, over the limit of ${this.#maxEntryBytes}`,
      );
    }
    return resolved;
  }

  async gatherBody(resolved: ResolvedHeader): Promise<Uint8Array> {
    const bytes = await this.reader.gather(resolved.bodyBytes);
    if (bytes.length < resolved.bodyBytes) throw this.bodyFault(resolved.header.name);
    return bytes;
  }

  async skipBody(length: number, path: string): Promise<void> {
    if (await this.reader.skip(length) > 0) throw this.bodyFault(path);
  }

  bodyFault(path: string): TarError {
    const offset = this.reader.offsetBytes;
    return new TarError(
      "tar/truncated",
      `Cannot read "${path}" from "${this.#name}": the archive ends inside its body, at byte ${offset}`,
      { shard: this.#name, key: path, offsetBytes: offset },
    );
  }

  #headerFault = (code: ErrorCode, why: string): TarError =>
    this.#fault(code, `in the header at byte ${this.headerOffset}, ${why}`, this.headerOffset);

  #fault(code: ErrorCode, why: string, offsetBytes: number): TarError {
    return new TarError(code, `Cannot read "${this.#name}": ${why}`, {
      shard: this.#name,
      offsetBytes,
    });
  }
}
