/**
 * Zip files in memory, as far as numpy writes them and Python's `zipfile` reads them: stored and deflated members,
 * zip64.
 *
 * @module
 */
import { updateCrc32 } from "../numbers/crc32.ts";
import { inflateRaw, spend, type UnpackBudget } from "./unpack.ts";

/** One member of a zip file. */
export interface ZipMember {
  /** Its name, up to a NUL. */
  readonly name: string;
  /** The name as it stands in the directory. */
  readonly rawName: Uint8Array;
  /** General purpose bits: encryption, UTF-8. */
  readonly flags: number;
  /** How it is compressed: 0 is not, 8 is deflate. */
  readonly method: number;
  /** CRC-32 of the member unpacked. */
  readonly crc: number;
  /** Bytes of the member as it is stored. */
  readonly packedBytes: number;
  /** Bytes of the member unpacked. */
  readonly sizeBytes: number;
  /** Offset in bytes of the member's own header. */
  readonly offsetBytes: number;
}

const UTF8_FLAG = 0x800;
const ENCRYPTED_FLAGS = 0x1 | 0x20 | 0x40;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;

/** The upper half of IBM's code page 437, in which names are that are not marked as UTF-8. */
const CP437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
  "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** A zip file: its directory, and its members on request. */
export class ZipFile {
  /** The members in the order of the directory; names may come more than once. */
  readonly members: readonly ZipMember[];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Offset in bytes of the archive in the file, which may have something before it. */
  readonly #start: number;

  /**
   * Reads the directory.
   *
   * Exact: CPython 3.11, `zipfile.ZipFile._RealGetContents`.
   *
   * @throws {Error} With what is wrong, if there is none.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = this.#findEnd();
    const { start, directory, directoryBytes } = this.#readEnd(end);
    this.#start = start;
    this.members = this.#readDirectory(start + directory, directoryBytes);
  }

  /**
   * Unpacks a member.
   *
   * @throws {UnpackLimitError} If it is more than the budget.
   * @throws {Error} With what is wrong, if it is damaged or cannot be read.
   */
  async read(member: ZipMember, budget: UnpackBudget): Promise<Uint8Array> {
    const { flags, method, crc, packedBytes, sizeBytes } = member;
    const packed = this.#findPacked(member);
    if ((flags & ENCRYPTED_FLAGS) !== 0) {
      throw new Error(`its member "${member.name}" is encrypted`);
    }
    if (method !== 0 && method !== 8) {
      throw new Error(`its member "${member.name}" is compressed by method ${method}`);
    }
    spend(budget, sizeBytes);
    if (method === 0 && packedBytes < sizeBytes) {
      throw new Error(`its member "${member.name}" has fewer bytes than it says`);
    }
    const plain = method === 0
      ? packed.subarray(0, sizeBytes)
      : await inflateRaw(packed, sizeBytes);
    if ((updateCrc32(plain, 0) >>> 0) !== crc) {
      throw new Error(`its member "${member.name}" is damaged`);
    }
    return plain;
  }

  /** Offset of the record that ends the file, which a comment may follow. */
  #findEnd(): number {
    const last = this.#bytes.length - END_BYTES;
    const first = Math.max(0, last - 0xffff);
    for (let at = last; at >= first; at--) {
      if (this.#bytes[at] === 0x50 && this.#view.getUint32(at, true) === 0x06054b50) return at;
    }
    throw new Error("it is no zip file, or ends too early");
  }

  #readEnd(end: number): { start: number; directory: number; directoryBytes: number } {
    const view = this.#view;
    let directoryBytes = view.getUint32(end + 12, true);
    let directory = view.getUint32(end + 16, true);
    let directoryEnd = end;
    const locator = end - LOCATOR_BYTES;
    const end64 = locator - END64_BYTES;
    if (end64 >= 0 && view.getUint32(locator, true) === 0x07064b50) {
      if (view.getUint32(end64, true) !== 0x06064b50) throw new Error("its end is damaged");
      directoryBytes = readSize(view, end64 + 40);
      directory = readSize(view, end64 + 48);
      directoryEnd = end64;
    }
    const start = directoryEnd - directoryBytes - directory;
    if (start < 0) throw new Error("its directory does not lie before its end");
    return { start, directory, directoryBytes };
  }

  #readDirectory(from: number, length: number): ZipMember[] {
    const members: ZipMember[] = [];
    const end = from + length;
    for (let at = from; at < end;) {
      if (at + ENTRY_BYTES > end || this.#view.getUint32(at, true) !== 0x02014b50) {
        throw new Error(`its directory is damaged at byte ${at}`);
      }
      const nameBytes = this.#view.getUint16(at + 28, true);
      const extraBytes = this.#view.getUint16(at + 30, true);
      const next = at + ENTRY_BYTES + nameBytes + extraBytes + this.#view.getUint16(at + 32, true);
      if (next > end) throw new Error(`its directory is damaged at byte ${at}`);
      members.push(this.#readEntry(at, nameBytes, extraBytes));
      at = next;
    }
    return members;
  }

  #readEntry(at: number, nameBytes: number, extraBytes: number): ZipMember {
    const view = this.#view;
    const nameStart = at + ENTRY_BYTES;
    const rawName = this.#bytes.subarray(nameStart, nameStart + nameBytes);
    const flags = view.getUint16(at + 8, true);
    const large = this.#findLargeSizes(nameStart + nameBytes, extraBytes);
    // What does not fit stands in the extra field, in this order.
    const widen = (size: number): number => size === 0xffffffff ? large() : size;
    const sizeBytes = widen(view.getUint32(at + 24, true));
    const packedBytes = widen(view.getUint32(at + 20, true));
    const offsetBytes = widen(view.getUint32(at + 42, true));
    const name = decodeZipName(rawName, flags);
    return {
      // Python ends a name at a NUL.
      name: name.includes("\0") ? name.slice(0, name.indexOf("\0")) : name,
      rawName,
      flags,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedBytes,
      sizeBytes,
      offsetBytes,
    };
  }

  /** Gives the next number of the zip64 field with each call. */
  #findLargeSizes(from: number, length: number): () => number {
    for (let at = from; at + 4 <= from + length;) {
      const fieldBytes = this.#view.getUint16(at + 2, true);
      if (at + 4 + fieldBytes > from + length) throw new Error("an extra field of it is damaged");
      if (this.#view.getUint16(at, true) === 1) {
        let next = at + 4;
        const end = next + fieldBytes;
        return () => {
          if (next + 8 > end) throw new Error("a size is missing in a zip64 field of it");
          next += 8;
          return readSize(this.#view, next - 8);
        };
      }
      at += 4 + fieldBytes;
    }
    return () => 0xffffffff;
  }

  #findPacked(member: ZipMember): Uint8Array {
    const at = this.#start + member.offsetBytes;
    if (at + LOCAL_BYTES > this.#bytes.length || this.#view.getUint32(at, true) !== 0x04034b50) {
      throw new Error(`its member "${member.name}" has no header at byte ${at}`);
    }
    const nameStart = at + LOCAL_BYTES;
    const nameEnd = nameStart + this.#view.getUint16(at + 26, true);
    const name = decodeZipName(
      this.#bytes.subarray(nameStart, nameEnd),
      this.#view.getUint16(at + 6, true),
    );
    if (name !== decodeZipName(member.rawName, member.flags)) {
      throw new Error(`its member "${member.name}" has another name in its header`);
    }
    const from = nameEnd + this.#view.getUint16(at + 28, true);
    if (from + member.packedBytes > this.#bytes.length) {
      throw new Error(`it ends inside its member "${member.name}"`);
    }
    return this.#bytes.subarray(from, from + member.packedBytes);
  }
}

function decodeZipName(bytes: Uint8Array, flags: number): string {
  if ((flags & UTF8_FLAG) !== 0) return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  return Array.from(bytes, (byte) => byte < 0x80 ? String.fromCharCode(byte) : CP437[byte - 0x80])
    .join("");
}

function readSize(view: DataView, at: number): number {
  return view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
}
