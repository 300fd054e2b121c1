/**
 * Writing archives as tarfile does.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { BLOCK_BYTES } from "./header.ts";
import { encodeName } from "./name.ts";
import { paddingBytes } from "./records.ts";

/** A member to be written. */
export interface TarInput {
  /** Path of the member, with `/` between folders. */
  readonly path: string;
  /** Body of a file, or a stream together with its `size`. Links and folders have none. */
  readonly bytes?: Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Bytes of body; needed where `bytes` is a stream. */
  readonly size?: number;
  /**
   * Kind of the member.
   *
   * @default {"file"}
   */
  readonly type?: "file" | "link" | "symlink" | "directory";
  /** Target of a link. */
  readonly linkname?: string;
  /**
   * Permission bits.
   *
   * @default {0o644}
   */
  readonly mode?: number;
  /**
   * Numeric owner.
   *
   * @default {0}
   */
  readonly uid?: number;
  /**
   * Numeric group.
   *
   * @default {0}
   */
  readonly gid?: number;
  /**
   * Modification time in seconds since 1970.
   *
   * @default {0}
   */
  readonly mtime?: number;
  /**
   * Name of the owner.
   *
   * @default {""}
   */
  readonly uname?: string;
  /**
   * Name of the group.
   *
   * @default {""}
   */
  readonly gname?: string;
}

/** What {@linkcode writeTar} can be told. */
export interface WriteTarOptions {
  /** Stops the writing at the next member; the reason is thrown. */
  readonly signal?: AbortSignal;
}

const TYPEFLAGS = { file: "0", link: "1", symlink: "2", directory: "5" } as const;

// Largest numbers that octal digits and a NUL hold in fields of 8 and 12 bytes.
const MAX_OCTAL_8 = 0o7777777;
const MAX_OCTAL_12 = 0o77777777777;

/**
 * Writes members as a ustar archive, with pax records for what ustar's fields cannot hold: long
 * names and names beyond ASCII, sizes of 8 GiB and more, times with a fraction.
 *
 * The bytes depend on the members alone, so that the same members always give the same archive.
 *
 * @param entries The members, in order.
 * @param options Cancellation.
 * @returns The archive in chunks, closed by two blocks of zeros.
 * @throws {TypeError} If a member has no path, or a stream without its size.
 * @throws {RangeError} If a stream yields more or fewer bytes than its size says.
 *
 * @example Usage
 * ```ts
 * import { writeTar } from "@wdstream/wdstream/tar";
 *
 * let sizeBytes = 0;
 * for await (const chunk of writeTar([{ path: "a.cls", bytes: new Uint8Array([48]) }])) {
 *   sizeBytes += chunk.length;
 * }
 * if (sizeBytes !== 512 + 512 + 1024) throw new Error("not padded");
 * ```
 */
export async function* writeTar(
  entries: Iterable<TarInput> | AsyncIterable<TarInput>,
  options: WriteTarOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  for await (const entry of entries) {
    options.signal?.throwIfAborted();
    const size = bodySize(entry);
    yield formatHeader(entry, size);
    if (entry.bytes instanceof Uint8Array) {
      if (size > 0) yield entry.bytes.slice();
    } else if (entry.bytes !== undefined) {
      yield* writeStream(entry.path, entry.bytes, size);
    }
    const padding = paddingBytes(size);
    if (padding > 0) yield new Uint8Array(padding);
  }
  yield new Uint8Array(2 * BLOCK_BYTES);
}

function bodySize(entry: TarInput): number {
  if (entry.path === "") throw new TypeError("Cannot write a tar member without a path");
  if (entry.bytes instanceof Uint8Array) return entry.bytes.length;
  if (entry.bytes === undefined) return 0;
  if (entry.size !== undefined && Number.isSafeInteger(entry.size) && entry.size >= 0) {
    return entry.size;
  }
  throw new TypeError(`Cannot write "${entry.path}": a stream needs its size in bytes`);
}

async function* writeStream(
  path: string,
  stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let written = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    written += chunk.length;
    if (written > size) break;
    yield chunk.slice();
  }
  if (written !== size) {
    throw new RangeError(`Cannot write "${path}": its stream does not hold its ${size} bytes`);
  }
}

/**
 * The header block of a member, after a pax header and its records where the fields are too small.
 *
 * @param size Bytes of its body.
 */
export function formatHeader(entry: TarInput, size: number): Uint8Array<ArrayBuffer> {
  const pax: [string, Uint8Array | string][] = [];
  const type = entry.type ?? "file";
  // As tar and tarfile write folders, so that v7 readers know them too.
  const slash = type === "directory" && !entry.path.endsWith("/") ? "/" : "";
  const path = encodeName(entry.path + slash);
  const linkname = encodeName(entry.linkname ?? "");
  const place = placePath(path);
  if (place === undefined || !isAscii(path)) pax.push(["path", path]);
  if (linkname.length > 100 || !isAscii(linkname)) pax.push(["linkpath", linkname]);
  if (size > MAX_OCTAL_12) pax.push(["size", String(size)]);
  const mtime = fitNumber(entry.mtime ?? 0, MAX_OCTAL_12, "mtime", pax);
  const uid = fitNumber(entry.uid ?? 0, MAX_OCTAL_8, "uid", pax);
  const gid = fitNumber(entry.gid ?? 0, MAX_OCTAL_8, "gid", pax);
  const uname = encodeName(entry.uname ?? "");
  const gname = encodeName(entry.gname ?? "");
  if (uname.length > 31 || !isAscii(uname)) pax.push(["uname", uname]);
  if (gname.length > 31 || !isAscii(gname)) pax.push(["gname", gname]);
  const block = makeBlock({
    name: place?.name ?? path.subarray(0, 100),
    prefix: place?.prefix ?? new Uint8Array(0),
    linkname: linkname.subarray(0, 100),
    uname: uname.subarray(0, 31),
    gname: gname.subarray(0, 31),
    typeflag: TYPEFLAGS[type],
    mode: entry.mode ?? (type === "directory" ? 0o755 : 0o644),
    size: size > MAX_OCTAL_12 ? 0 : size,
    mtime,
    uid,
    gid,
  });
  return pax.length === 0 ? block : concatenate([...makePax(pax), block]);
}

/** Keeps a number that its octal field holds exactly, else moves it to a pax record. */
function fitNumber(
  value: number,
  limit: number,
  keyword: string,
  pax: [string, string | Uint8Array][],
): number {
  if (!Number.isFinite(value)) throw new TypeError(`Cannot write a ${keyword} of ${value}`);
  if (Number.isInteger(value) && value >= 0 && value <= limit) return value;
  pax.push([keyword, String(value)]);
  return Math.min(Math.max(Math.floor(value), 0), limit);
}

/** Splits a path over ustar's name (100 bytes) and prefix (155 bytes), at a slash. */
function placePath(path: Uint8Array): { name: Uint8Array; prefix: Uint8Array } | undefined {
  if (path.length <= 100) return { name: path, prefix: new Uint8Array(0) };
  for (let slash = path.indexOf(0x2f); slash >= 0; slash = path.indexOf(0x2f, slash + 1)) {
    const nameBytes = path.length - slash - 1;
    if (slash >= 1 && slash <= 155 && nameBytes >= 1 && nameBytes <= 100) {
      return { name: path.subarray(slash + 1), prefix: path.subarray(0, slash) };
    }
  }
  return undefined;
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

interface BlockFields {
  readonly name: Uint8Array;
  readonly prefix: Uint8Array;
  readonly linkname: Uint8Array;
  readonly uname: Uint8Array;
  readonly gname: Uint8Array;
  readonly typeflag: string;
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
}

function makeBlock(fields: BlockFields): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(fields.name, 0);
  writeAscii(block, 100, octal(fields.mode, 7));
  writeAscii(block, 108, octal(fields.uid, 7));
  writeAscii(block, 116, octal(fields.gid, 7));
  writeAscii(block, 124, octal(fields.size, 11));
  writeAscii(block, 136, octal(fields.mtime, 11));
  writeAscii(block, 148, " ".repeat(8));
  writeAscii(block, 156, fields.typeflag);
  block.set(fields.linkname, 157);
  writeAscii(block, 257, "ustar\x0000");
  block.set(fields.uname, 265);
  block.set(fields.gname, 297);
  block.set(fields.prefix, 345);
  let sum = 0;
  for (let i = 0; i < BLOCK_BYTES; i++) sum += block[i];
  writeAscii(block, 148, octal(sum, 6) + "\0 ");
  return block;
}

function makePax(records: readonly [string, string | Uint8Array][]): Uint8Array[] {
  const body = concatenate(records.map(([keyword, value]) => {
    return makeRecord(keyword, typeof value === "string" ? encodeName(value) : value);
  }));
  const nothing = new Uint8Array(0);
  const block = makeBlock({
    name: encodeName("././@PaxHeader"),
    prefix: nothing,
    linkname: nothing,
    uname: nothing,
    gname: nothing,
    typeflag: "x",
    mode: 0o644,
    size: body.length,
    mtime: 0,
    uid: 0,
    gid: 0,
  });
  return [block, body, new Uint8Array(paddingBytes(body.length))];
}

function makeRecord(keyword: string, value: Uint8Array): Uint8Array {
  // The length counts its own digits, which may make it one digit longer.
  const rest = keyword.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return concatenate([encodeName(`${length} ${keyword}=`), value, encodeName("\n")]);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function writeAscii(block: Uint8Array, start: number, text: string): void {
  for (let i = 0; i < text.length; i++) block[start + i] = text.charCodeAt(i);
}
