/**
 * The 512-byte header block: its fields, its numbers and its checksum.
 *
 * @module
 */
import type { ErrorCode, TarError } from "../errors.ts";
import type { TarEntryType } from "./entry.ts";

/** Length in bytes of a header and of the unit that bodies are padded to. */
export const BLOCK_BYTES = 512;

// The checksum's own eight bytes count as blanks.
const CHECKSUM_BLANKS = 8 * 0x20;

/** A header block as it stands, before pax and GNU records are applied. */
export interface RawHeader {
  rawName: Uint8Array;
  rawPrefix: Uint8Array;
  rawLinkname: Uint8Array;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  typeflag: string;
  rawUname: Uint8Array;
  rawGname: Uint8Array;
}

/** Makes the error of a header, with the archive's name and the offset filled in. */
export type HeaderFault = (code: ErrorCode, why: string) => TarError;

/** Tells whether a block holds nothing but zeros. */
export function isZeroBlock(block: Uint8Array): boolean {
  // The name's first byte decides it for almost every header.
  if (block[0] !== 0) return false;
  for (let i = 1; i < BLOCK_BYTES; i++) if (block[i] !== 0) return false;
  return true;
}

/**
 * Reads a header block.
 *
 * Exact: CPython 3.11, `tarfile.TarInfo.frombuf`, except that the names stay bytes and that the
 * prefix is not joined yet.
 *
 * @throws {TarError} `tar/bad-header` if the checksum does not fit, `tar/bad-number` if a number
 * is none or a size has no exact JavaScript number.
 */
export function parseHeader(block: Uint8Array, fault: HeaderFault): RawHeader {
  verifyChecksum(block, fault);
  return {
    rawName: fieldBytes(block, 0, 100),
    mode: parseNumber(block, 100, 8, "mode", fault),
    uid: parseNumber(block, 108, 8, "uid", fault),
    gid: parseNumber(block, 116, 8, "gid", fault),
    size: parseSize(block, fault),
    mtime: parseNumber(block, 136, 12, "mtime", fault),
    typeflag: String.fromCharCode(block[156]),
    rawLinkname: fieldBytes(block, 157, 100),
    rawUname: fieldBytes(block, 265, 32),
    rawGname: fieldBytes(block, 297, 32),
    rawPrefix: fieldBytes(block, 345, 155),
  };
}

/** The bytes of a text field up to its first NUL. */
function fieldBytes(block: Uint8Array, start: number, length: number): Uint8Array {
  let end = start;
  while (end < start + length && block[end] !== 0) end++;
  return block.subarray(start, end);
}

function parseSize(block: Uint8Array, fault: HeaderFault): number {
  const size = parseNumber(block, 124, 12, "size", fault);
  if (size < 0 || size > Number.MAX_SAFE_INTEGER) {
    throw fault("tar/bad-number", "its size field is outside 0..2^53-1");
  }
  return size;
}

function parseNumber(
  block: Uint8Array,
  start: number,
  length: number,
  field: string,
  fault: HeaderFault,
): number {
  const value = readNumber(block, start, length);
  if (value === undefined) throw fault("tar/bad-number", `its ${field} field holds no number`);
  return value;
}

/**
 * Reads a number: octal digits with blanks around them, or GNU's base 256, which a first byte of
 * 0x80 (positive) or 0xff (negative) marks; `undefined` where there is neither.
 *
 * Exact: CPython 3.11, `tarfile.nti`.
 */
export function readNumber(block: Uint8Array, start: number, length: number): number | undefined {
  const first = block[start];
  if (first === 0x80 || first === 0xff) return parseBase256(block, start, length);
  return parseOctal(block, start, length);
}

function parseBase256(block: Uint8Array, start: number, length: number): number {
  // Two's complement, so that -1 is exact: complementing the bytes keeps the magnitude small.
  const negative = block[start] === 0xff;
  let magnitude = 0;
  for (let i = start + 1; i < start + length; i++) {
    magnitude = magnitude * 256 + (negative ? 255 - block[i] : block[i]);
  }
  return negative ? -magnitude - 1 : magnitude;
}

function parseOctal(block: Uint8Array, start: number, length: number): number | undefined {
  let value = 0;
  let seenDigit = false;
  let seenEnd = false;
  for (let i = start; i < start + length; i++) {
    const byte = block[i];
    if (byte === 0) break;
    if (isBlank(byte)) {
      seenEnd = seenDigit;
      continue;
    }
    if (byte < 0x30 || byte > 0x37 || seenEnd) return undefined;
    value = value * 8 + (byte - 0x30);
    seenDigit = true;
  }
  return value;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/**
 * Compares the checksum with the sum of the block's bytes, taken as unsigned or, as some old
 * writers took them, as signed.
 */
function verifyChecksum(block: Uint8Array, fault: HeaderFault): void {
  const stored = parseOctal(block, 148, 8);
  if (stored === undefined) {
    throw fault(
      "tar/bad-header",
      "its checksum field holds no number: it is no tar header",
    );
  }
  let unsigned = CHECKSUM_BLANKS;
  for (let i = 0; i < 148; i++) unsigned += block[i];
  for (let i = 156; i < BLOCK_BYTES; i++) unsigned += block[i];
  if (stored !== unsigned && stored !== unsigned - 256 * countHighBytes(block)) {
    throw fault("tar/bad-header", `its checksum is ${stored}, its bytes add up to ${unsigned}`);
  }
}

function countHighBytes(block: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < 148; i++) count += block[i] >> 7;
  for (let i = 156; i < BLOCK_BYTES; i++) count += block[i] >> 7;
  return count;
}

/**
 * Tells a header's kind, as tarfile does: a v7 "file" with a trailing slash is a directory, GNU's sparse files are
 * files.
 */
export function entryType(raw: RawHeader): TarEntryType {
  switch (raw.typeflag) {
    case "0":
    case "7":
    case "S":
      return "file";
    case "\0":
      return raw.rawName[raw.rawName.length - 1] === 0x2f ? "directory" : "file";
    case "1":
      return "link";
    case "2":
      return "symlink";
    case "3":
      return "character-device";
    case "4":
      return "block-device";
    case "5":
      return "directory";
    case "6":
      return "fifo";
    default:
      return "unknown";
  }
}
