/**
 * Archives of which part is damaged: what is whole in them, and where the damage lies.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { TarError } from "../errors.ts";
import { type ByteStream, ChunkReader } from "./chunk_reader.ts";
import type { TarEntry } from "./entry.ts";
import { BLOCK_BYTES, parseHeader } from "./header.ts";
import { TarParser } from "./parser.ts";
import { gatherBody, type ReadTarOptions } from "./read.ts";

/** What is found in an archive, in its order. */
export type Salvaged =
  /** A member; with a `fault` of its own, one without its bytes. */
  | { readonly kind: "entry"; readonly entry: TarEntry }
  /** Damage, and the offset in bytes of the header that comes behind it, if there is one. */
  | { readonly kind: "gap"; readonly fault: TarError; readonly nextOffsetBytes?: number }
  /** Bytes other than zeros behind the archive's end, which no reader sees. */
  | { readonly kind: "rest"; readonly offsetBytes: number; readonly sizeBytes: number };

/** What {@linkcode salvageTar} takes. */
export type SalvageOptions = Pick<
  ReadTarOptions,
  "name" | "signal" | "maxEntryBytes" | "maxPaxBytes" | "maxPaxHeaders" | "endOfArchive"
>;

/**
 * Reads an archive beyond its damage: behind a header that is none, it goes on with the next one whose checksum fits, at
 * whatever offset. That finds ustar, GNU and pax headers, which say `ustar`, and none of older archives; inside a
 * damaged member that is an archive itself, it finds that one's members.
 *
 * @throws {SourceError} What the input throws.
 */
export async function* salvageTar(
  input: ByteStream,
  options: SalvageOptions,
): AsyncGenerator<Salvaged, void, undefined> {
  const reader = new ChunkReader(input, options.signal);
  let parser = new TarParser(options);
  // A member whose records are damaged has another name than its header says.
  let isNameless = false;
  try {
    while (!parser.isComplete) {
      const piece = reader.tryView(parser.neededBytes) ?? await reader.gather(parser.neededBytes);
      let entry;
      try {
        entry = parser.push(piece);
      } catch (fault) {
        if (!(fault instanceof TarError)) throw fault;
        const nextOffsetBytes = fault.code === "tar/truncated" || fault.code === "tar/not-tar"
          ? undefined
          : await findHeader(reader, piece);
        yield { kind: "gap", fault, nextOffsetBytes };
        if (nextOffsetBytes === undefined) return;
        parser = new TarParser({ ...options, offsetBytes: nextOffsetBytes });
        isNameless = fault.code === "tar/bad-pax" || fault.code === "tar/too-large";
        continue;
      }
      if (entry === undefined) continue;
      let bytes: Uint8Array | undefined = new Uint8Array(0);
      if (entry.fault === undefined && entry.type === "file") {
        bytes = (entry.sparse === undefined ? reader.tryTake(entry.storedBytes) : undefined) ??
          await gatherBody(reader, parser, entry);
      }
      if (bytes !== undefined && !isNameless) yield { kind: "entry", entry: { ...entry, bytes } };
      isNameless = false;
      const rest = bytes && reader.trySkip(parser.offsetBytes - reader.offsetBytes);
      if (rest === undefined || (rest > 0 && await reader.skip(rest) > 0)) {
        const fault = parser.faults.body(entry);
        // What comes before it is whole: only by its name is it known where that ends.
        if (bytes === undefined) {
          yield { kind: "entry", entry: { ...entry, bytes: new Uint8Array(0), fault } };
        }
        return yield { kind: "gap", fault };
      }
    }
    const offsetBytes = await skipZeros(reader);
    if (offsetBytes === undefined) return;
    let sizeBytes = reader.offsetBytes - offsetBytes;
    for (let some; (some = await reader.takeSome(Infinity)) !== undefined;) {
      sizeBytes += some.length;
    }
    yield { kind: "rest", offsetBytes, sizeBytes };
  } finally {
    await reader.cancel();
  }
}

/** Offset of the first byte that is not 0, which is taken then with those beside it. */
async function skipZeros(reader: ChunkReader): Promise<number | undefined> {
  while (true) {
    const at = reader.offsetBytes;
    const some = await reader.takeSome(Infinity);
    if (some === undefined) return undefined;
    const first = some.findIndex((byte) => byte !== 0);
    if (first >= 0) return at + first;
  }
}

const MAGIC = [..."ustar"].map((letter) => letter.charCodeAt(0));
const MAGIC_OFFSET = 257;
const SOME_BYTES = 64 * 1024;

/**
 * Looks for the next header behind the first byte of a piece that was taken, and has the reader stand there.
 *
 * @returns Its offset in bytes.
 */
async function findHeader(reader: ChunkReader, piece: Uint8Array): Promise<number | undefined> {
  // What begins where the piece does is what is damaged.
  let window = piece.slice(1);
  let from = MAGIC_OFFSET;
  while (true) {
    for (let at; (at = window.indexOf(MAGIC[0], from)) >= 0; from = at + 1) {
      const start = at - MAGIC_OFFSET;
      if (start + BLOCK_BYTES > window.length) {
        from = at;
        break;
      }
      if (!MAGIC.every((byte, i) => window[at + i] === byte)) continue;
      if (!isHeader(window.subarray(start, start + BLOCK_BYTES))) continue;
      reader.giveBack(window.subarray(start));
      return reader.offsetBytes;
    }
    if (from < window.length && window[from] !== MAGIC[0]) from = window.length;
    const some = await reader.takeSome(SOME_BYTES);
    if (some === undefined) return undefined;
    // A header may have begun in what was seen.
    const kept = window.subarray(Math.max(0, Math.min(from, window.length) - MAGIC_OFFSET));
    from -= window.length - kept.length;
    window = concatenate([kept, some]);
  }
}

function isHeader(block: Uint8Array): boolean {
  try {
    parseHeader(block, (code, why) => new TarError(code, { action: "read", reason: why }));
    return true;
  } catch {
    return false;
  }
}
