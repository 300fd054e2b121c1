/**
 * One sparse member while its map is read, in whichever of the four formats it is.
 *
 * @module
 */
import type { ErrorCode } from "../errors.ts";
import { BLOCK_BYTES, type HeaderFault } from "./header.ts";
import { paddingBytes, type RecordStack, type ResolvedHeader } from "./records.ts";
import {
  isExtended,
  judgeSparse,
  readOldExtension,
  readOldSparse,
  type SparseDraft,
  SparseText,
} from "./sparse.ts";
import { readPaxSparse, TWO_MAPS } from "./sparse_records.ts";

/** Reads the map of a sparse member, as far as it does not stand in its header and records, block by block. */
export class SparseReader {
  /** The entry's header: its size is the file's with its zeros, once the map is complete. */
  resolved: ResolvedHeader;
  /** Whether the map is complete, or known to be malformed. */
  isComplete: boolean = false;
  /** Offset and length of each part with data. */
  parts: readonly number[] = [];
  /** What is wrong with the map, if anything is. */
  why: string | undefined;
  /** Code of what is wrong. */
  code: ErrorCode = "tar/bad-sparse";
  /** Bytes between the header and the data. */
  mapBytes = 0;
  /** Bytes from the data to the next header. */
  paddedBytes: number;
  readonly #size: number;
  readonly #old: SparseDraft | undefined;
  readonly #text: SparseText | undefined;
  readonly #maxMapBytes: number;

  private constructor(
    resolved: ResolvedHeader,
    size: number,
    maxMapBytes: number,
    map: { readonly old?: SparseDraft; readonly text?: SparseText },
  ) {
    this.resolved = resolved;
    this.paddedBytes = resolved.storedBytes + paddingBytes(resolved.storedBytes);
    this.#size = size;
    this.#maxMapBytes = maxMapBytes;
    this.#old = map.old;
    this.#text = map.text;
  }

  /** Begins the map of the entry of this header; `undefined` where it is no sparse file. */
  static begin(
    block: Uint8Array,
    resolved: ResolvedHeader,
    records: RecordStack,
    maxMapBytes: number,
  ): SparseReader | undefined {
    const { header, type } = resolved;
    const isOld = header.typeflag === "S";
    const sparse = records.isEmpty || type !== "file"
      ? undefined
      : readPaxSparse(records.extensions, header.size);
    if (isOld) {
      const old = readOldSparse(block);
      const reader = new SparseReader(resolved, old.size ?? NaN, maxMapBytes, { old });
      if (sparse !== undefined) reader.why = TWO_MAPS;
      if (!isExtended(block, "header")) reader.#finish(old);
      return reader;
    }
    if (sparse === undefined) return undefined;
    const { size, draft, why } = sparse;
    const text = draft === undefined && why === undefined ? new SparseText() : undefined;
    const reader = new SparseReader(resolved, size, maxMapBytes, { text });
    reader.why = why;
    if (text === undefined) reader.#finish(draft);
    else reader.#checkText();
    return reader;
  }

  /**
   * Takes the next block of the map.
   *
   * @throws {TarError} `tar/too-large` if the end of the map, and with it the next entry, is beyond the limit.
   */
  push(block: Uint8Array, fault: HeaderFault): void {
    if (this.#text !== undefined) return this.#pushText(block, this.#text);
    const old = this.#old!;
    if (this.mapBytes + BLOCK_BYTES > this.#maxMapBytes) {
      throw fault("tar/too-large", this.#describeLimit());
    }
    readOldExtension(old, block);
    this.mapBytes += BLOCK_BYTES;
    if (!isExtended(block, "extension")) this.#finish(old);
  }

  #pushText(block: Uint8Array, text: SparseText): void {
    // The map is a part of the body.
    this.mapBytes += BLOCK_BYTES;
    this.paddedBytes = Math.max(0, this.paddedBytes - BLOCK_BYTES);
    const storedBytes = Math.max(0, this.resolved.storedBytes - BLOCK_BYTES);
    this.resolved = { ...this.resolved, storedBytes };
    if (!text.push(block)) return this.#checkText();
    if (text.isBad) this.why = "its sparse map holds no numbers";
    this.#finish({ parts: text.parts, isCut: false });
  }

  #checkText(): void {
    if (this.resolved.storedBytes === 0) {
      this.why = "its sparse map does not end before its body does";
    } else if (this.mapBytes + BLOCK_BYTES > this.#maxMapBytes) {
      this.why = this.#describeLimit();
      this.code = "tar/too-large";
    }
    if (this.why !== undefined) this.#finish();
  }

  #describeLimit(): string {
    return `its sparse map is over the limit of ${this.#maxMapBytes} bytes (maxPaxBytes)`;
  }

  #finish(draft?: Pick<SparseDraft, "parts" | "isCut">): void {
    this.isComplete = true;
    const size = this.#size;
    if (!Number.isSafeInteger(size) || size < 0) {
      this.why ??= "its real size is no number in 0..2^53-1";
    }
    if (this.why !== undefined || draft === undefined) return;
    const { header, storedBytes } = this.resolved;
    this.resolved = { ...this.resolved, header: { ...header, size } };
    this.why = judgeSparse(draft, size, storedBytes);
    this.parts = draft.parts.every((number) => number > 0) ? draft.parts : dropEmpty(draft.parts);
  }
}

/** Parts that have data. */
function dropEmpty(parts: readonly number[]): number[] {
  const kept: number[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    if (parts[i + 1] > 0) kept.push(parts[i], parts[i + 1]);
  }
  return kept;
}
