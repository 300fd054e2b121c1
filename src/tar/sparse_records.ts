/**
 * What pax records say of a sparse file: the formats 0.0, 0.1 and 1.0 of GNU tar, which other writers use too.
 *
 * @module
 */
import { type PaxRecords, textOf } from "./pax.ts";
import type { Extension } from "./records.ts";
import { parseSparseList, type SparseDraft } from "./sparse.ts";

/** Why nothing can be said of a file that is sparse in two ways. */
export const TWO_MAPS = "it has two sparse maps";

/** A sparse file by its records. */
export interface PaxSparse {
  /** Size in bytes of the file with its zeros. */
  readonly size: number;
  /** The map; absent where it stands before the data (pax 1.0). */
  readonly draft?: Pick<SparseDraft, "parts" | "isCut">;
  /** Why the records cannot be understood. */
  readonly why?: string;
}

/**
 * Finds what the records before an entry say of a sparse file; `undefined` where they say nothing. What two headers
 * say, tarfile mixes up; here it is a fault.
 *
 * Exact: CPython 3.11, `tarfile.TarInfo._proc_pax`.
 *
 * @param headerSize Size in bytes that the entry has without them.
 */
export function readPaxSparse(
  extensions: readonly Extension[],
  headerSize: number,
): PaxSparse | undefined {
  let found: PaxSparse | undefined;
  for (const extension of extensions) {
    if (extension.kind !== "pax") continue;
    const sparse = readRecords(extension, headerSize);
    if (sparse !== undefined && found !== undefined) return { ...found, why: TWO_MAPS };
    found ??= sparse;
  }
  return found;
}

function readRecords(
  { records, list }: Extension & { kind: "pax" },
  headerSize: number,
): PaxSparse | undefined {
  const map = records.get("GNU.sparse.map");
  const hasSize = records.has("GNU.sparse.size");
  const hasRealSize = records.has("GNU.sparse.realsize");
  const major = textIn(records, "GNU.sparse.major");
  if (map === undefined && !hasSize && !hasRealSize && major === undefined) return undefined;
  const size = readSize(records, headerSize);
  if (size === undefined) return { size: 0, why: "its real size is no number in 0..2^53-1" };
  if (map !== undefined) {
    const parts = parseSparseList(textOf(map));
    return parts === undefined
      ? { size, why: "its sparse map holds no numbers" }
      : { size, draft: { parts, isCut: false } };
  }
  if (hasSize) {
    const { offsets, lengths } = list;
    if (offsets.length !== lengths.length || offsets.concat(lengths).some(Number.isNaN)) {
      return { size, why: "its sparse map is incomplete" };
    }
    const parts = offsets.flatMap((offset, i) => [offset, lengths[i]]);
    return { size, draft: { parts, isCut: false } };
  }
  const minor = textIn(records, "GNU.sparse.minor");
  if (major === "1" && minor === "0") return { size };
  return { size, why: `its sparse map is of version ${major ?? "?"}.${minor ?? "?"}` };
}

/** The one that came last, as tarfile, which has one size for both. */
function readSize(records: PaxRecords, headerSize: number): number | undefined {
  let size = headerSize;
  for (const [keyword, value] of records) {
    if (keyword !== "GNU.sparse.size" && keyword !== "GNU.sparse.realsize") continue;
    const text = textOf(value);
    size = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(size)) return undefined;
  }
  return size;
}

function textIn(records: PaxRecords, keyword: string): string | undefined {
  const value = records.get(keyword);
  return value === undefined ? undefined : textOf(value).slice(0, 20);
}
