/**
 * What an entry of an archive is.
 *
 * @module
 */
import type { TarError } from "../errors.ts";
import type { SparseMap } from "./sparse.ts";

/** What kind of member a tar entry is. */
export type TarEntryType =
  | "file"
  | "link"
  | "symlink"
  | "character-device"
  | "block-device"
  | "directory"
  | "fifo"
  | "unknown";

/** The header of a tar entry, with pax and GNU records applied. */
export interface TarHeader {
  /** Path of the entry; a name that is not UTF-8 is decoded uniquely and reversibly. */
  readonly name: string;
  /** The name's bytes as they stand in the archive. */
  readonly rawName: Uint8Array;
  /**
   * Size in bytes as the archive states it, of a sparse file with its zeros; only files have a body, whatever it
   * says for others.
   */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Numeric owner. */
  readonly uid: number;
  /** Numeric group. */
  readonly gid: number;
  /** Modification time in seconds, with fraction where a pax record has one. */
  readonly mtime: number;
  /** Type flag as stored, one character. */
  readonly typeflag: string;
  /** Target of a link, else empty. */
  readonly linkname: string;
  /** Name of the owner. */
  readonly uname: string;
  /** Name of the group. */
  readonly gname: string;
}

/** What an entry has in common whether its body is bytes or a stream. */
export interface TarEntryBase {
  /** Path of the entry, as in its header. */
  readonly path: string;
  /** Kind of the entry. */
  readonly type: TarEntryType;
  /** The header. */
  readonly header: TarHeader;
  /** Offset in bytes of the entry's own 512-byte header (after any pax and GNU records) in the archive. */
  readonly offsetBytes: number;
  /** Offset in bytes of the first pax or GNU record before that header; of the header where there is none. */
  readonly startOffsetBytes: number;
  /** Offset in bytes of the body in the archive. */
  readonly bodyOffsetBytes: number;
  /** Bytes of the body as the archive stores it: the size, but for sparse files. */
  readonly storedBytes: number;
  /** Where a sparse file has data; absent for all others. */
  readonly sparse?: SparseMap;
  /**
   * Why the entry comes without its body: the fault of a member behind which the archive goes on, or may. Only with
   * `memberFaults: "mark"`.
   */
  readonly fault?: TarError;
}

/** One member of an archive, with its bytes. */
export interface TarEntry extends TarEntryBase {
  /**
   * The body; empty for everything but files. May be a view of the chunk it came in: copy what is
   * kept for long.
   */
  readonly bytes: Uint8Array;
}

/** One member of an archive whose body is read on request, in the shape of `@std/tar`'s entries. */
export interface TarStreamEntry extends TarEntryBase {
  /** The body of a file, else absent. What is not read when the next entry is asked for is skipped. */
  readonly readable?: ReadableStream<Uint8Array<ArrayBuffer>>;
}
