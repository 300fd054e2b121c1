/**
 * One member out of a range of an archive's bytes, for access to single samples.
 *
 * @module
 */
import type { TarEntry, TarEntryBase } from "./entry.ts";
import { TarParser, type TarParserOptions } from "./parser.ts";

/**
 * Parses one member: its records, its header, its map if it is a sparse file, and its body, with the same results
 * and errors as `readTar`.
 *
 * @param bytes The archive from the member's first record or header on (`startOffsetBytes` of its entry), up to the
 * end of its body or further.
 * @param options Name for errors, the offset of the first byte, and limits.
 * @returns The entry with its bytes: a view, but for sparse files.
 * @throws {TarError} If it cannot be parsed, is too large, or the bytes end before its body does (`tar/truncated`).
 */
export function parseMember(bytes: Uint8Array, options: TarParserOptions): TarEntry {
  const start = options.offsetBytes ?? 0;
  const parser = new TarParser(options);
  const entry = parseHeaders(bytes, start, parser);
  if (entry.fault !== undefined) throw entry.fault;
  const from = entry.bodyOffsetBytes - start;
  const stored = bytes.subarray(from, from + entry.storedBytes);
  if (entry.type !== "file") return { ...entry, bytes: new Uint8Array(0) };
  if (stored.length < entry.storedBytes) throw parser.faults.body(entry);
  if (entry.sparse === undefined) return { ...entry, bytes: stored };
  const whole = allocateBody(entry, parser);
  const { parts } = entry.sparse;
  let position = 0;
  for (let i = 0; i < parts.length; i += 2) {
    whole.set(stored.subarray(position, position += parts[i + 1]), parts[i]);
  }
  return { ...entry, bytes: whole };
}

function parseHeaders(bytes: Uint8Array, start: number, parser: TarParser): TarEntryBase {
  while (true) {
    const from = parser.offsetBytes - start;
    const entry = parser.push(bytes.subarray(from, from + parser.neededBytes));
    if (entry !== undefined) return entry;
    if (parser.isComplete) {
      throw parser.faults.archive("tar/truncated", `there is no entry at byte ${start}`, start);
    }
  }
}

/**
 * Memory for a body with its zeros.
 *
 * @throws {TarError} `tar/too-large` if the runtime has none in one piece.
 */
export function allocateBody(entry: TarEntryBase, parser: TarParser): Uint8Array<ArrayBuffer> {
  const { size } = entry.header;
  try {
    return new Uint8Array(size);
  } catch (cause) {
    const why = `this runtime has no memory for its ${size} bytes in one piece`;
    throw parser.faults.member(entry, "tar/too-large", why, cause);
  }
}
