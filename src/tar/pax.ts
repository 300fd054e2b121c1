/**
 * Pax records: what a header before an entry says of it, keyword by keyword.
 *
 * @module
 */
import type { HeaderFault } from "./header.ts";
import { decodeName } from "./name.ts";

/**
 * A record's value: bytes, for names need not be UTF-8, and what was made of them. A global record is of every
 * later entry, and is made into text or a number once.
 */
export interface PaxValue {
  readonly bytes: Uint8Array;
  text?: string;
  number?: number;
}

/**
 * Pax records by keyword, in the order in which the keywords came first. Only what says something of an entry is
 * kept: others, however many, cost no memory.
 */
export type PaxRecords = Map<string, PaxValue>;

/** What pax 0.0 says of a sparse file in records that repeat their keyword. */
export interface SparseList {
  readonly offsets: number[];
  readonly lengths: number[];
}

const SLASH = 0x2f;

/** Keywords that say something of an entry; the longest has 19 letters. */
const KEYWORDS: ReadonlySet<string> = new Set([
  "path",
  "linkpath",
  "uname",
  "gname",
  "size",
  "mtime",
  "uid",
  "gid",
  "GNU.sparse.name",
  "GNU.sparse.size",
  "GNU.sparse.realsize",
  "GNU.sparse.map",
  "GNU.sparse.major",
  "GNU.sparse.minor",
]);
const MOST_KEYWORD_BYTES = 19;

/**
 * Reads pax records: `LENGTH KEYWORD=VALUE\n`, the length in bytes and counting itself. They end
 * with the body, which is given with its padding, or at a NUL.
 *
 * Exact: CPython 3.11, `tarfile.TarInfo._proc_pax`.
 *
 * @param globals The records that hold already, which the new ones are added to in a copy.
 * @throws {TarError} `tar/bad-pax` if a record is malformed.
 */
export function parsePax(
  body: Uint8Array,
  globals: PaxRecords,
  fault: HeaderFault,
): { records: PaxRecords; list: SparseList } {
  const records: PaxRecords = new Map(globals);
  const list: SparseList = { offsets: [], lengths: [] };
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
    const keywordStart = start + digits + 1;
    const equals = body.indexOf(0x3d, keywordStart);
    if (equals <= keywordStart || equals > end - 2 || body[end - 1] !== 0x0a) {
      throw fault("tar/bad-pax", `the pax record at byte ${start} is not "keyword=value\\n"`);
    }
    start = end;
    if (equals - keywordStart > MOST_KEYWORD_BYTES) continue;
    const keyword = decodeName(body.subarray(keywordStart, equals));
    if (KEYWORDS.has(keyword)) {
      const value = { bytes: body.slice(equals + 1, end - 1) };
      records.set(keyword, keyword === "path" ? trimSlashes(value) : value);
    } else if (keyword === "GNU.sparse.offset") {
      list.offsets.push(toSize(body, equals + 1, end - 1));
    } else if (keyword === "GNU.sparse.numbytes") {
      list.lengths.push(toSize(body, equals + 1, end - 1));
    }
  }
  return { records, list };
}

/** A number of decimal digits; `NaN` where it is none. */
function toSize(body: Uint8Array, start: number, end: number): number {
  let value = end > start && end - start <= 16 ? 0 : NaN;
  for (let i = start; i < end; i++) {
    const digit = body[i] - 0x30;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : NaN;
  }
  return value;
}

/** The text of a record's value, decoded once however many entries it is of. */
export function textOf(value: PaxValue): string {
  return value.text ??= decodeName(value.bytes);
}

/** A path without the slashes behind it. */
export function trimSlashes(name: PaxValue): PaxValue {
  const { bytes } = name;
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === SLASH) end--;
  return end === bytes.length ? name : { bytes: bytes.subarray(0, end) };
}
