/**
 * The one parser of tar archives. It has no input of its own: it says which bytes it needs next, is given them, and
 * says what they are. A stream drives it (`readTar`), and so do ranges (`HeaderWalk`).
 *
 * @module
 */
import type { ErrorCode, TarError } from "../errors.ts";
import type { TarEntryBase } from "./entry.ts";
import { ArchiveFaults } from "./faults.ts";
import { describeKind } from "./file_kind.ts";
import { BLOCK_BYTES, type HeaderFault, isZeroBlock, parseHeader } from "./header.ts";
import { isExtension, paddingBytes, RecordStack, type ResolvedHeader } from "./records.ts";
import { SparseReader } from "./sparse_reader.ts";

/** What {@linkcode TarParser} takes. */
export interface TarParserOptions {
  /** Name of the archive for errors, without credentials. */
  readonly name?: string;
  /** Offset in bytes of the first byte in the archive. */
  readonly offsetBytes?: number;
  /** Largest file in bytes, with the zeros of a sparse one; more is a fault of the entry. */
  readonly maxEntryBytes?: number;
  /** Most bytes of records before one entry together, of the global ones together, or of a sparse map. */
  readonly maxPaxBytes?: number;
  /** Most pax headers and GNU long names before one entry. */
  readonly maxPaxHeaders?: number;
  /** Whether the archive must end with a block of zeros, or may end where an entry does. */
  readonly endOfArchive?: "required" | "optional";
}

/** A record whose body is needed. */
interface PendingRecord {
  readonly typeflag: string;
  readonly size: number;
}

/**
 * Parses an archive piece by piece: whoever drives it gives it `neededBytes` bytes from `offsetBytes` on, again and
 * again, until `isComplete`. What lies between, the bodies, is never asked for.
 *
 * A piece that cannot be parsed is an error that changes nothing: the same piece gives the same error again.
 *
 * Exact: CPython 3.11, `tarfile.TarInfo.fromtarfile`, but for what `readTar` says of it.
 */
export class TarParser {
  /** Offset in bytes of the piece that is needed next. */
  offsetBytes: number;
  /** Bytes of the piece; there may be fewer where the archive ends. */
  neededBytes: number = BLOCK_BYTES;
  /** Whether the end of the archive was seen. */
  isComplete: boolean = false;
  /** Makes the errors of the archive. */
  readonly faults: ArchiveFaults;
  readonly #maxEntryBytes: number;
  readonly #maxPaxBytes: number;
  readonly #endOptional: boolean;
  readonly #records: RecordStack;
  /** Offset of the header that is being read, and of the first record before it. */
  #headerOffset = 0;
  #startOffset: number | undefined;
  /** What the piece is of, where it is no header. */
  #record: PendingRecord | undefined;
  #sparse: SparseReader | undefined;

  constructor(options: TarParserOptions = {}) {
    this.offsetBytes = options.offsetBytes ?? 0;
    this.faults = new ArchiveFaults(options.name ?? "archive");
    this.#maxEntryBytes = options.maxEntryBytes ?? Infinity;
    this.#maxPaxBytes = Math.min(options.maxPaxBytes ?? MAX_PAX_BYTES, MOST_PAX_BYTES);
    this.#endOptional = options.endOfArchive === "optional";
    this.#records = new RecordStack(this.#maxPaxBytes, options.maxPaxHeaders ?? MAX_PAX_HEADERS);
  }

  /**
   * Takes the piece; gives the entry where it completes one.
   *
   * @param piece The bytes, which are not kept; fewer than needed where the archive ends.
   * @throws {TarError} If the archive is damaged, or ends where it must not.
   */
  push(piece: Uint8Array): TarEntryBase | undefined {
    if (piece.length < this.neededBytes) return this.#end(piece);
    if (this.#record !== undefined) return this.#readRecord(piece, this.#record);
    if (this.#sparse !== undefined) return this.#readMap(piece, this.#sparse);
    return this.#readHeader(piece);
  }

  #readHeader(block: Uint8Array): TarEntryBase | undefined {
    if (isZeroBlock(block)) {
      this.#checkRecords();
      this.isComplete = true;
      return undefined;
    }
    const at = this.#headerOffset = this.offsetBytes;
    const raw = parseHeader(block, at === 0 ? this.#judgeFirst(block) : this.#fault);
    const { typeflag, size } = raw;
    if (isExtension(typeflag)) {
      this.#records.announce(typeflag, size, this.#fault);
      // Global records are not of the entry behind them alone.
      if (typeflag !== "g") this.#startOffset ??= at;
      this.#record = { typeflag, size };
      return this.#await(size + paddingBytes(size));
    }
    const resolved = this.#records.resolve(raw, this.#fault);
    const sparse = SparseReader.begin(block, resolved, this.#records, this.#maxPaxBytes);
    if (sparse === undefined) return this.#complete(resolved);
    this.#sparse = sparse;
    return this.#goOn(sparse);
  }

  #readRecord(body: Uint8Array, { typeflag, size }: PendingRecord): undefined {
    this.#records.push(typeflag, body, size, this.#fault);
    this.#record = undefined;
    return this.#await(BLOCK_BYTES);
  }

  #readMap(block: Uint8Array, sparse: SparseReader): TarEntryBase | undefined {
    sparse.push(block, this.#fault);
    return this.#goOn(sparse);
  }

  /** Asks for the next block of a sparse map, or completes its entry. */
  #goOn(sparse: SparseReader): TarEntryBase | undefined {
    if (!sparse.isComplete) return this.#await(BLOCK_BYTES);
    return this.#complete(sparse.resolved, sparse);
  }

  /** Makes the entry, and stands at the next one. */
  #complete(
    { header, type, storedBytes }: ResolvedHeader,
    sparse: SparseReader | undefined = undefined,
  ): TarEntryBase {
    const offsetBytes = this.#headerOffset;
    const path = header.name;
    const bodyOffsetBytes = offsetBytes + BLOCK_BYTES + (sparse?.mapBytes ?? 0);
    const entry: TarEntryBase = {
      path,
      type,
      header,
      startOffsetBytes: this.#startOffset ?? offsetBytes,
      offsetBytes,
      bodyOffsetBytes,
      storedBytes,
    };
    this.offsetBytes = bodyOffsetBytes +
      (sparse?.paddedBytes ?? storedBytes + paddingBytes(storedBytes));
    this.neededBytes = BLOCK_BYTES;
    this.#records.clear();
    this.#startOffset = undefined;
    this.#sparse = undefined;
    if (sparse?.why !== undefined) {
      return { ...entry, fault: this.faults.member(entry, sparse.code, sparse.why) };
    }
    if (type === "file" && header.size > this.#maxEntryBytes) {
      const why =
        `it has ${header.size} bytes, over the limit of ${this.#maxEntryBytes} (maxEntryBytes)`;
      return { ...entry, fault: this.faults.member(entry, "tar/too-large", why) };
    }
    return sparse === undefined ? entry : { ...entry, sparse: { parts: sparse.parts } };
  }

  #await(bytes: number): undefined {
    this.offsetBytes += this.neededBytes;
    this.neededBytes = bytes;
  }

  /** Judges an archive that ends with, or before, what is left of the piece. */
  #end(rest: Uint8Array): undefined {
    const at = this.offsetBytes;
    if (this.#record !== undefined) {
      const { size } = this.#record;
      throw this.#fault("tar/truncated", `the archive ends inside its body of ${size} bytes`);
    }
    if (this.#sparse !== undefined) {
      throw this.#fault("tar/truncated", "the archive ends inside its sparse map");
    }
    if (rest.length > 0) {
      const kind = at === 0 ? describeKind(rest) : undefined;
      if (kind !== undefined) throw this.faults.archive("tar/not-tar", kind, at);
      const why = `the archive ends inside the header at byte ${at}`;
      throw this.faults.archive("tar/truncated", why, at);
    }
    this.#checkRecords();
    if (at === 0) throw this.faults.archive("tar/truncated", "it is empty: there are no bytes", at);
    if (!this.#endOptional) throw this.faults.missingEnd(at);
    this.isComplete = true;
  }

  /** Throws where records describe an entry that is not there. */
  #checkRecords(): void {
    if (this.#records.isEmpty) return;
    const at = this.offsetBytes;
    const why = `the header before byte ${at} describes no entry`;
    throw this.faults.archive("tar/truncated", why, at);
  }

  #judgeFirst(block: Uint8Array): HeaderFault {
    return (code, why) => {
      const kind = code === "tar/bad-header" ? describeKind(block) : undefined;
      return kind === undefined
        ? this.#fault(code, why)
        : this.faults.archive("tar/not-tar", kind, 0);
    };
  }

  #fault = (code: ErrorCode, why: string): TarError =>
    this.faults.header(code, why, this.#headerOffset);
}

/** Bytes of pax records and the like before one entry, where nobody says otherwise. */
const MAX_PAX_BYTES = 1024 * 1024;

/** Records are read in one piece, which no limit makes larger. */
const MOST_PAX_BYTES = 2 ** 30;

/** Headers before one entry, where nobody says otherwise. */
const MAX_PAX_HEADERS = 64;
