/**
 * What may precede an entry's own header: pax records (`x`, `X`, `g`) and GNU's long names.
 *
 * @module
 */
import type { TarEntryType, TarHeader } from "./entry.ts";
import { BLOCK_BYTES, entryType, type HeaderFault, type RawHeader } from "./header.ts";
import {
  parsePax,
  type PaxRecords,
  type PaxValue,
  type SparseList,
  textOf,
  trimSlashes,
} from "./pax.ts";

const SLASH = 0x2f;

/** One header that describes the next one, with its parsed body. */
export type Extension =
  | { readonly kind: "pax"; readonly records: PaxRecords; readonly list: SparseList }
  | { readonly kind: "name" | "linkname"; readonly value: PaxValue };

/** An entry's header with every record applied. */
export interface ResolvedHeader {
  readonly header: TarHeader;
  readonly type: TarEntryType;
  /** Bytes of body in the archive, 0 for the kinds that have none whatever their size says. */
  readonly storedBytes: number;
}

/** Tells whether a type flag announces an extension rather than an entry. */
export function isExtension(typeflag: string): boolean {
  return typeflag === "x" || typeflag === "X" || typeflag === "g" ||
    typeflag === "L" || typeflag === "K";
}

/** Cuts the body of a GNU `L` or `K` header at its NUL. */
function parseLongName(body: Uint8Array): PaxValue {
  const end = body.indexOf(0);
  return { bytes: body.slice(0, end < 0 ? body.length : end) };
}

/** The records that apply to the next entry: the global ones, and those that stand before it. */
export class RecordStack {
  /** What stands before the entry, the first to be read first. */
  extensions: Extension[] = [];
  readonly #maxBytes: number;
  readonly #maxHeaders: number;
  #globals: PaxRecords = new Map();
  #bytes = 0;

  /**
   * @param maxBytes Most bytes of records before one entry, and of the global ones.
   * @param maxHeaders Most headers before one entry.
   */
  constructor(maxBytes: number, maxHeaders: number) {
    this.#maxBytes = maxBytes;
    this.#maxHeaders = maxHeaders;
  }

  /** Whether no record stands before the entry. */
  get isEmpty(): boolean {
    return this.extensions.length === 0;
  }

  /**
   * Judges a record by its header, before its body is read.
   *
   * @throws {TarError} `tar/too-large` if there are too many, or too many bytes of them.
   */
  announce(typeflag: string, size: number, fault: HeaderFault): void {
    const isGlobal = typeflag === "g";
    if ((isGlobal ? 0 : this.#bytes) + size > this.#maxBytes) {
      throw fault(
        "tar/too-large",
        `its record of ${size} bytes, with those before it, is over the limit of ${this.#maxBytes} (maxPaxBytes)`,
      );
    }
    if (!isGlobal && this.extensions.length >= this.#maxHeaders) {
      throw fault(
        "tar/too-large",
        `it is a record more than the limit of ${this.#maxHeaders} before one entry (maxPaxHeaders)`,
      );
    }
  }

  /**
   * Takes the body of a record with its padding.
   *
   * @throws {TarError} If it is malformed, or the global records together are over the limit.
   */
  push(typeflag: string, body: Uint8Array, size: number, fault: HeaderFault): void {
    if (typeflag === "g") {
      this.#globals = this.#parseGlobals(body, fault);
      return;
    }
    const extension: Extension = typeflag === "L" || typeflag === "K"
      ? { kind: typeflag === "L" ? "name" : "linkname", value: parseLongName(body) }
      : { kind: "pax", ...parsePax(body, this.#globals, fault) };
    this.extensions.push(extension);
    this.#bytes += size;
  }

  #parseGlobals(body: Uint8Array, fault: HeaderFault): PaxRecords {
    const { records, list } = parsePax(body, this.#globals, fault);
    const isSparse = list.offsets.length > 0 || list.lengths.length > 0 ||
      [...records.keys()].some((keyword) => keyword.startsWith("GNU.sparse."));
    if (isSparse) throw fault("tar/bad-sparse", "global records describe a sparse file");
    let bytes = 0;
    for (const value of records.values()) bytes += value.bytes.length;
    if (bytes <= this.#maxBytes) return records;
    throw fault(
      "tar/too-large",
      `the global records together are over the limit of ${this.#maxBytes} bytes (maxPaxBytes)`,
    );
  }

  /** Applies the records to a header. */
  resolve(raw: RawHeader, fault: HeaderFault): ResolvedHeader {
    return resolveHeader(raw, this.#globals, this.extensions, fault);
  }

  /** Forgets what was of one entry. */
  clear(): void {
    if (this.extensions.length === 0) return;
    this.extensions = [];
    this.#bytes = 0;
  }
}

/**
 * Applies the global records, then the stacked extensions from the innermost to the outermost,
 * each of whose pax records bring along the global ones that held when they were read.
 *
 * Exact: CPython 3.11, `tarfile.TarInfo` (`_proc_builtin`, `_proc_gnulong`, `_apply_pax_info`), but
 * a size that is no number is an error, and a global size also tells how long the body is.
 */
function resolveHeader(
  raw: RawHeader,
  globals: PaxRecords,
  extensions: readonly Extension[],
  fault: HeaderFault,
): ResolvedHeader {
  const type = entryType(raw);
  const target = new Target(raw, type === "directory");
  // GNU's sparse headers are patched by the records before them alone.
  if (globals.size > 0 && raw.typeflag !== "S") target.apply(globals, fault);
  for (let i = extensions.length - 1; i >= 0; i--) {
    const extension = extensions[i];
    if (extension.kind === "pax") target.apply(extension.records, fault);
    else if (extension.kind === "name") target.name = target.trim(extension.value);
    else target.linkname = extension.value;
  }
  const { name, size } = target;
  const header: TarHeader = {
    name: textOf(name),
    // Copied where it is a view, which would keep the whole chunk alive with the entry.
    rawName: name.bytes.buffer === raw.rawName.buffer ? name.bytes.slice() : name.bytes,
    size,
    mode: raw.mode,
    uid: target.uid,
    gid: target.gid,
    mtime: target.mtime,
    typeflag: raw.typeflag,
    linkname: textOf(target.linkname),
    uname: textOf(target.uname),
    gname: textOf(target.gname),
  };
  return { header, type, storedBytes: type === "file" || type === "unknown" ? size : 0 };
}

/** Bytes that fill a body up to a whole number of blocks. */
export function paddingBytes(size: number): number {
  // `%` and not a mask: sizes go beyond 32 bits.
  const over = size % BLOCK_BYTES;
  return over === 0 ? 0 : BLOCK_BYTES - over;
}

/** A header that records are applied to. */
class Target {
  name: PaxValue;
  linkname: PaxValue;
  uname: PaxValue;
  gname: PaxValue;
  size: number;
  mtime: number;
  uid: number;
  gid: number;
  readonly #isDirectory: boolean;

  constructor(raw: RawHeader, isDirectory: boolean) {
    this.#isDirectory = isDirectory;
    const own = this.trim({ bytes: raw.rawName });
    // The magic is not asked: v7 writers leave zeros there, and others have used the field as well. GNU's sparse
    // headers have their map there.
    const hasPrefix = raw.rawPrefix.length > 0 && raw.typeflag !== "S";
    this.name = hasPrefix ? { bytes: joinPath(raw.rawPrefix, own.bytes) } : own;
    this.linkname = { bytes: raw.rawLinkname };
    this.uname = { bytes: raw.rawUname };
    this.gname = { bytes: raw.rawGname };
    this.size = raw.size;
    this.mtime = raw.mtime;
    this.uid = raw.uid;
    this.gid = raw.gid;
  }

  /** The name of a folder without the slashes behind it; any other as it is. */
  trim(name: PaxValue): PaxValue {
    return this.#isDirectory ? trimSlashes(name) : name;
  }

  apply(records: PaxRecords, fault: HeaderFault): void {
    for (const [keyword, value] of records) {
      if (keyword === "path" || keyword === "GNU.sparse.name") this.name = value;
      else if (keyword === "linkpath") this.linkname = value;
      else if (keyword === "uname") this.uname = value;
      else if (keyword === "gname") this.gname = value;
      else if (keyword === "size") this.size = parsePaxSize(value, fault);
      else if (keyword === "mtime") this.mtime = parsePaxNumber(value);
      else if (keyword === "uid") this.uid = Math.trunc(parsePaxNumber(value));
      else if (keyword === "gid") this.gid = Math.trunc(parsePaxNumber(value));
    }
    this.name = this.trim(this.name);
  }
}

function parsePaxSize(value: PaxValue, fault: HeaderFault): number {
  if (value.number !== undefined) return value.number;
  const text = textOf(value).trim();
  const size = /^\+?[0-9]+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(size)) return value.number = size;
  throw fault("tar/bad-number", `its pax size "${text.slice(0, 40)}" is no number in 0..2^53-1`);
}

function parsePaxNumber(value: PaxValue): number {
  if (value.number !== undefined) return value.number;
  const number = Number(textOf(value));
  return value.number = Number.isFinite(number) ? number : 0;
}

function joinPath(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  const path = new Uint8Array(prefix.length + 1 + name.length);
  path.set(prefix);
  path[prefix.length] = SLASH;
  path.set(name, prefix.length + 1);
  return path;
}
