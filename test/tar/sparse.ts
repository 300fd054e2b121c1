/** Sparse members made by hand, in the four ways that there are. */

import { block, join, member, pax } from "./archive.ts";

/** Where a sparse file has data: offset and length of each part in bytes. */
export type Parts = readonly (readonly [offset: number, length: number])[];

/** Bytes of the parts, one after the other: no two are filled alike, and none with zeros. */
export function storedData(parts: Parts): Uint8Array<ArrayBuffer> {
  return join(parts.map(([, length], i) => new Uint8Array(length).fill(1 + i % 255)));
}

/** The file that the parts are of. */
export function wholeFile(parts: Parts, size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  parts.forEach(([offset, length], i) => whole.fill(1 + i % 255, offset, offset + length));
  return whole;
}

/** GNU's old format: four parts in the header, 21 in each extension of it. */
export function oldSparse(
  name: string,
  parts: Parts,
  size: number,
  data: Uint8Array = storedData(parts),
): Uint8Array<ArrayBuffer> {
  const rows = parts.map((part) => part.map(octal).join(""));
  const header = block({ name, typeflag: "S", size: data.length, magic: "ustar  \0" });
  const extensions: Uint8Array[] = [];
  for (let i = 4; i < rows.length; i += 21) {
    const extension = new Uint8Array(512);
    put(extension, 0, rows.slice(i, i + 21).join(""));
    extension[504] = i + 21 < rows.length ? 1 : 0;
    extensions.push(extension);
  }
  put(header, 386, rows.slice(0, 4).join(""));
  header[482] = extensions.length > 0 ? 1 : 0;
  put(header, 483, octal(size));
  repairChecksum(header, 0);
  return join([header, ...extensions, padded(data)]);
}

/** The formats of pax, by their records and, in 1.0, with the map before the data. */
export function paxSparse(
  version: "0.0" | "0.1" | "1.0",
  name: string,
  parts: Parts,
  size: number,
  more: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const data = storedData(parts);
  if (version === "1.0") {
    const records = {
      "GNU.sparse.major": "1",
      "GNU.sparse.minor": "0",
      "GNU.sparse.name": name,
      "GNU.sparse.realsize": `${size}`,
    };
    const lines = [parts.length, ...parts.flat()].map((number) => `${number}\n`).join("");
    const body = join([padded(ascii(lines)), data]);
    return join([pax("x", { ...records, ...more }), member({ name: "GNUSparseFile.0/x" }, body)]);
  }
  const numbers = { "GNU.sparse.size": `${size}`, "GNU.sparse.numblocks": `${parts.length}` };
  if (version === "0.1") {
    const map = { "GNU.sparse.name": name, "GNU.sparse.map": parts.flat().join(",") };
    const records = { ...numbers, ...map, ...more };
    return join([pax("x", records), member({ name: "GNUSparseFile.0/x" }, data)]);
  }
  // The records of 0.0 repeat their keywords.
  const first = pax("x", { ...numbers, ...more });
  const head = first.subarray(512, 512 + first.subarray(512).indexOf(0));
  const repeated = parts.flatMap(([offset, length]) => [
    record("GNU.sparse.offset", `${offset}`),
    record("GNU.sparse.numbytes", `${length}`),
  ]);
  const records = join([head, ...repeated.map(ascii)]);
  return join([member({ name: "p", typeflag: "x" }, records), member({ name }, data)]);
}

/** Makes a block's checksum fit again. */
export function repairChecksum(bytes: Uint8Array, start: number): void {
  bytes.fill(0x20, start + 148, start + 156);
  const sum = bytes.subarray(start, start + 512).reduce((total, byte) => total + byte, 0);
  put(bytes, start + 148, `${sum.toString(8).padStart(6, "0")}\0 `);
}

function record(keyword: string, value: string): string {
  const rest = keyword.length + value.length + 3;
  return `${rest + `${rest + 2}`.length} ${keyword}=${value}\n`;
}

function octal(number: number): string {
  return `${number.toString(8).padStart(11, "0")}\0`;
}

function ascii(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function put(bytes: Uint8Array, start: number, text: string): void {
  bytes.set(ascii(text), start);
}

function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return join([bytes, new Uint8Array((512 - (bytes.length % 512)) % 512)]);
}
