/**
 * The errors of one archive: the same words for whoever drives the parser.
 *
 * @module
 */
import { type ErrorCode, TarError } from "../errors.ts";
import type { TarEntryBase } from "./entry.ts";

/**
 * The error of an archive that ends where an entry does: all of its entries are whole, which is not known of any other
 * archive that ends too early.
 */
export class MissingEndError extends TarError {}

/** What an error of a member needs to know of it. */
export type MemberPlace = Pick<TarEntryBase, "path" | "offsetBytes">;

/** Makes the errors of an archive. */
export class ArchiveFaults {
  readonly #name: string;

  /** @param name Name of the archive, without credentials. */
  constructor(name: string) {
    this.#name = name;
  }

  /** The error of the archive as a whole, at an offset in bytes. */
  archive(code: ErrorCode, why: string, offsetBytes: number): TarError {
    return new TarError(code, {
      action: `read "${this.#name}"`,
      reason: why,
      shard: this.#name,
      offsetBytes,
    });
  }

  /** The error of a header, or of the records that it announces. */
  header(code: ErrorCode, why: string, offsetBytes: number): TarError {
    return this.archive(code, `in the header at byte ${offsetBytes}, ${why}`, offsetBytes);
  }

  /** The error of one member. */
  member(
    { path, offsetBytes }: MemberPlace,
    code: ErrorCode,
    why: string,
    cause?: unknown,
  ): TarError {
    return new TarError(code, {
      action: `read "${path}" from "${this.#name}"`,
      reason: why,
      shard: this.#name,
      key: path,
      offsetBytes,
      cause,
    });
  }

  /** The error of an archive that ends inside the body of an entry, or inside its padding. */
  body(entry: TarEntryBase): TarError {
    const { storedBytes, bodyOffsetBytes } = entry;
    return this.member(
      entry,
      "tar/truncated",
      `the archive ends inside its body of ${storedBytes} bytes, which begins at byte ${bodyOffsetBytes}`,
    );
  }

  /** The error of an archive without its end marker. */
  missingEnd(offsetBytes: number): TarError {
    return new MissingEndError("tar/truncated", {
      action: `read "${this.#name}"`,
      reason: `the archive stops at byte ${offsetBytes} without its end marker, a block ` +
        'of zeros (with endOfArchive: "optional" it may)',
      shard: this.#name,
      offsetBytes,
    });
  }
}
