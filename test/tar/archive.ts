/** Archives made by hand, block by block, so that the reader is tested against more than our writer. */

import { encodeName } from "../../src/tar/name.ts";

/** Fields of a header block; numbers are written as octal digits, texts as they are. */
export interface BlockFields {
  readonly name?: string | Uint8Array;
  readonly typeflag?: string;
  readonly size?: number | Uint8Array;
  readonly mode?: string;
  readonly uid?: number | Uint8Array;
  readonly mtime?: number | Uint8Array;
  readonly linkname?: string;
  readonly magic?: string;
  readonly prefix?: string;
  readonly checksum?: "unsigned" | "signed" | "wrong";
}

/** A header block. */
export function block(fields: BlockFields): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(512);
  put(bytes, 0, 100, fields.name ?? "");
  put(bytes, 100, 8, fields.mode ?? "0000644\0");
  put(bytes, 108, 8, number(fields.uid ?? 0, 7));
  put(bytes, 116, 8, number(0, 7));
  put(bytes, 124, 12, number(fields.size ?? 0, 11));
  put(bytes, 136, 12, number(fields.mtime ?? 0, 11));
  put(bytes, 156, 1, fields.typeflag ?? "0");
  put(bytes, 157, 100, fields.linkname ?? "");
  put(bytes, 257, 8, fields.magic ?? "ustar\x0000");
  put(bytes, 345, 155, fields.prefix ?? "");
  put(bytes, 148, 8, "        ");
  const signed = fields.checksum === "signed";
  let sum = bytes.reduce((total, byte) => total + (signed && byte > 127 ? byte - 256 : byte), 0);
  if (fields.checksum === "wrong") sum++;
  put(bytes, 148, 8, number(sum, 6) + "\0 ");
  return bytes;
}

/** A header block with its body and the body's padding. */
export function member(
  fields: BlockFields,
  body: string | Uint8Array = "",
): Uint8Array<ArrayBuffer> {
  const bytes = typeof body === "string" ? encodeName(body) : body;
  return join([block({ size: bytes.length, ...fields }), pad(bytes)]);
}

/** A pax header with records as given, e.g. `{ path: "a" }`. */
export function pax(
  typeflag: "x" | "X" | "g",
  records: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const lines = Object.entries(records).map(([keyword, value]) => {
    const rest = encodeName(` ${keyword}=${value}\n`).length;
    const length = [1, 2, 3, 4, 5, 6, 7].map((digits) => rest + digits)
      .find((total, i) => String(total).length === i + 1);
    return `${length} ${keyword}=${value}\n`;
  });
  return member({ name: "././@PaxHeader", typeflag }, lines.join(""));
}

/** A GNU long name (`L`) or long link (`K`). */
export function gnuLong(typeflag: "L" | "K", value: string): Uint8Array<ArrayBuffer> {
  return member({ name: "././@LongLink", typeflag, magic: "ustar  \0" }, `${value}\0`);
}

/** GNU's base 256 in a field of `length` bytes. */
export function base256(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let rest = BigInt.asUintN(8 * (length - 1), value);
  for (let i = length - 1; i > 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0] = value < 0n ? 0xff : 0x80;
  return bytes;
}

/** Parts one after the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Parts as an archive: with two blocks of zeros behind them. */
export function archive(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return join([...parts, new Uint8Array(1024)]);
}

/** A stream that yields the bytes in chunks of one size. */
export function inChunks(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(offset, offset + size));
      offset += size;
    },
  });
}

function pad(bytes: Uint8Array): Uint8Array {
  return join([bytes, new Uint8Array((512 - (bytes.length % 512)) % 512)]);
}

function number(value: number | Uint8Array, digits: number): string | Uint8Array {
  return typeof value === "number" ? value.toString(8).padStart(digits, "0") : value;
}

function put(bytes: Uint8Array, start: number, length: number, value: string | Uint8Array): void {
  const field = typeof value === "string" ? encodeName(value) : value;
  if (field.length > length) throw new RangeError(`${field.length} bytes in a field of ${length}`);
  bytes.set(field, start);
}
