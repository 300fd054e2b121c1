/** What may precede an entry's own header: pax records (`x`, `X`, `g`) and GNU's long names. */

import { BLOCK_BYTES, entryType } from "./header.ts";
import type { HeaderFault, RawHeader } from "./header.ts";
import type { TarEntryType, TarHeader } from "./entry.ts";
import { decodeName } from "./name.ts";

/** pax records by keyword; values are bytes, for names need not be UTF-8. */
export type PaxRecords = Map<string, Uint8Array>;

/** One header that describes the next one, with its parsed body. */
export type Extension =
  | { readonly kind: "pax"; readonly records: PaxRecords }
  | { readonly kind: "name" | "linkname"; readonly value: Uint8Array };

/** An entry's header with every record applied. */
export interface ResolvedHeader {
  readonly header: TarHeader;
  readonly type: TarEntryType;
  /** Bytes of body in the archive, 0 for the kinds that have none whatever their size says. */
  readonly bodyBytes: number;
}

const SLASH = 0x2f;

/** Tells whether a type flag announces an extension rather than an entry. */
export function isExtension(typeflag: string): boolean {
  return typeflag === "x" || typeflag === "X" || typeflag === "g" ||
    typeflag === "L" || typeflag === "K";
}

/** Cuts the body of a GNU `L` or `K` header at its NUL. */
export function parseLongName(body: Uint8Array): Uint8Array {
  const end = body.indexOf(0);
  return body.slice(0, end < 0 ? body.length : end);
}

/**
 * Reads pax records: `LENGTH KEYWORD=VALUE\n`, the length in bytes and counting itself. They end
 * with the body, which is given with its padding, or at a NUL.
 *
 * Exact: CPython 3.11, `tarfile.TarInfo._proc_pax`.
 *
 * @throws {TarError} `tar/bad-pax` if a record is malformed, `tar/unsupported-sparse` if the
 * records describe a sparse file.
 */
export function parsePax(body: Uint8Array, fault: HeaderFault): PaxRecords {
  const records: PaxRecords = new Map();
  for (let start = 0; start < body.length && body[start] !== 0;) {
    let digits = 0;
    let length = 0;
    while (digits < 20 && body[start + digits] >= 0x30 && body[start + digits] <= 0x39) {
      length = length * 10 + (body[start + digits] - 0x30);
      digits++;
    }
    const end = start + length;
    if (digits === 0 || body[start + digits] !== 0x20 || length < 5 || end > body.length) {
      throw fault("tar/bad-pax", `the pax record at byte ${start} has no valid length`);
    }
    const record = body.subarray(start + digits + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1 || body[end - 1] !== 0x0a) {
      throw fault("tar/bad-pax", `the pax record at byte ${start} is not "keyword=value\\n"`);
    }
    const keyword = decodeName(record.subarray(0, equals));
    if (keyword.startsWith("GNU.sparse.")) {
      throw fault("tar/unsupported-sparse", "sparse files are not supported");
    }
    records.set(keyword, record.slice(equals + 1));
    start = end;
  }
  return records;
}

/**
 * Applies the global records, then the stacked extensions from the innermost to the outermost,
 * each of whose pax records bring along the global ones that held when they were read.
 *
 * Exact: CPython 3.11, `tarfile.TarInfo` (`_proc_builtin`, `_proc_gnulong`, `_apply_pax_info`), but
 * a size that is no number is an error, and a global size also tells how long the body is.
 */
export function resolveHeader(
  raw: RawHeader,
  globals: PaxRecords,
  extensions: readonly Extension[],
  fault: HeaderFault,
): ResolvedHeader {
  const type = entryType(raw);
  const isDirectory = type === "directory";
  let rawName = raw.rawName;
  if (isDirectory) rawName = trimSlashes(rawName);
  // The magic is not asked: v7 writers leave zeros there, and others have used the field as well.
  if (raw.rawPrefix.length > 0) rawName = joinPath(raw.rawPrefix, rawName);
  const target: Target = { ...raw, rawName };
  applyPax(target, globals, fault);
  if (isDirectory) target.rawName = trimSlashes(target.rawName);
  for (let i = extensions.length - 1; i >= 0; i--) {
    const extension = extensions[i];
    if (extension.kind === "pax") applyPax(target, extension.records, fault);
    else if (extension.kind === "name") target.rawName = extension.value;
    else target.rawLinkname = extension.value;
    if (isDirectory) target.rawName = trimSlashes(target.rawName);
  }
  const header: TarHeader = {
    name: decodeName(target.rawName),
    // Copied, for a view would keep the whole chunk alive with the entry.
    rawName: target.rawName.slice(),
    size: target.size,
    mode: target.mode,
    uid: target.uid,
    gid: target.gid,
    mtime: target.mtime,
    typeflag: raw.typeflag,
    linkname: decodeName(target.rawLinkname),
    uname: decodeName(target.rawUname),
    gname: decodeName(target.rawGname),
  };
  const hasBody = type === "file" || type === "unknown";
  return { header, type, bodyBytes: hasBody ? target.size : 0 };
}

/** Bytes that fill a body up to a whole number of blocks. */
export function paddingBytes(size: number): number {
  // `%` and not a mask: sizes go beyond 32 bits.
  const over = size % BLOCK_BYTES;
  return over === 0 ? 0 : BLOCK_BYTES - over;
}

type Target = Omit<RawHeader, "typeflag" | "rawPrefix">;

function applyPax(target: Target, records: PaxRecords, fault: HeaderFault): void {
  for (const [keyword, value] of records) {
    if (keyword === "path") target.rawName = trimSlashes(value);
    else if (keyword === "linkpath") target.rawLinkname = value;
    else if (keyword === "uname") target.rawUname = value;
    else if (keyword === "gname") target.rawGname = value;
    else if (keyword === "size") target.size = parsePaxSize(value, fault);
    else if (keyword === "mtime") target.mtime = parsePaxNumber(value);
    else if (keyword === "uid") target.uid = Math.trunc(parsePaxNumber(value));
    else if (keyword === "gid") target.gid = Math.trunc(parsePaxNumber(value));
  }
}

function parsePaxSize(value: Uint8Array, fault: HeaderFault): number {
  const text = decodeName(value).trim();
  const size = /^\+?[0-9]+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(size)) return size;
  throw fault("tar/bad-number", `its pax size "${text}" is no number in 0..2^53-1`);
}

function parsePaxNumber(value: Uint8Array): number {
  const number = Number(decodeName(value));
  return Number.isFinite(number) ? number : 0;
}

function trimSlashes(name: Uint8Array): Uint8Array {
  let end = name.length;
  while (end > 0 && name[end - 1] === SLASH) end--;
  return end === name.length ? name : name.subarray(0, end);
}

function joinPath(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  const path = new Uint8Array(prefix.length + 1 + name.length);
  path.set(prefix);
  path[prefix.length] = SLASH;
  path.set(name, prefix.length + 1);
  return path;
}
