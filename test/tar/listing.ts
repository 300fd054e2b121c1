/** What a reader made of an archive, in the form of the golden files. */

import { readTar, type ReadTarOptions, type TarEntry, WdsError } from "../../src/tar/mod.ts";

/** One entry of a golden file: as Python's tarfile lists it. */
export interface GoldenEntry {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly linkname: string;
  readonly sha256: string | null;
}

/** Entries, and the code of the error that ended them. */
export interface Listing {
  readonly entries: GoldenEntry[];
  readonly error?: string;
}

/** Reads an archive to its end or to its typed error; any other error is thrown. */
export async function list(
  input: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  options: Omit<ReadTarOptions, "body"> = {},
): Promise<Listing> {
  const entries: GoldenEntry[] = [];
  try {
    for await (const entry of readTar(input, { ...options, body: "bytes" })) {
      entries.push(await describe(entry));
    }
  } catch (error) {
    if (!(error instanceof WdsError)) throw error;
    return { entries, error: error.code };
  }
  return { entries };
}

async function describe(entry: TarEntry): Promise<GoldenEntry> {
  const { header, type, bytes } = entry;
  return {
    // The golden files show each byte that is not UTF-8 as U+FFFD.
    name: new TextDecoder("utf-8", { ignoreBOM: true }).decode(header.rawName),
    // tarfile rewrites the flag of v7's folders.
    type: type === "directory" ? "5" : header.typeflag,
    size: header.size,
    linkname: header.linkname,
    sha256: type === "file" ? await hash(bytes) : null,
  };
}

/** SHA-256 in hexadecimal digits. */
export async function hash(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Where to cut an archive: at every byte of its headers, and at some of each block between them. */
export async function cutPositions(bytes: Uint8Array): Promise<number[]> {
  const positions: number[] = [];
  let bodyStart = 0;
  const addBody = (end: number): void => {
    for (let i = bodyStart; i < end; i++) {
      if (i % 512 <= 1 || i % 512 === 511 || i % 97 === 0) positions.push(i);
    }
  };
  try {
    for await (const entry of readTar(inOnePiece(bytes), { endOfArchive: "optional" })) {
      // Records in front of the header count with it.
      let start = entry.offsetBytes;
      while (start > bodyStart && start > entry.offsetBytes - 2048) start -= 512;
      addBody(start);
      for (let i = start; i < entry.bodyOffsetBytes; i++) positions.push(i);
      bodyStart = entry.bodyOffsetBytes;
    }
  } catch (error) {
    if (!(error instanceof WdsError)) throw error;
  }
  addBody(bytes.length);
  return positions;
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
