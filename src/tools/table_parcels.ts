/**
 * Row groups of tables, put together to what is mixed at a time.
 *
 * @module
 */
import { permute, randomFor } from "../numbers/seeded_random.ts";
import type { Source } from "../storage/source.ts";
import type { ParquetFile, Row } from "./parquet.ts";
import type { TableColumns } from "./table_columns.ts";
import type { RowPlace } from "./table_samples.ts";

/** A row group of one of several files. */
export interface TableGroup {
  readonly source: Source;
  readonly file: ParquetFile;
  /** Its number in the file. */
  readonly number: number;
  readonly rows: number;
  /** Bytes of it when it is unpacked. */
  readonly bytes: number;
  /** Rows of the file before it. */
  readonly firstRow: number;
  /** Rows of all files before it. */
  readonly index: number;
}

/** Row groups that are held together. */
export interface Parcel {
  readonly groups: readonly TableGroup[];
  readonly rows: number;
  /** The order of its rows; where there is none, they come as they are. */
  readonly makeOrder?: () => Uint32Array;
}

/** A row; `undefined` where its row group could not be read. */
export interface PlacedRow {
  readonly row: Row | undefined;
  readonly place: RowPlace;
}

/** Row groups of a parcel that are read at a time, and columns of others. */
const READ_AT_ONCE = 4;

/**
 * Reads a column of all row groups, in their order, without the bytes of images.
 *
 * @param isStrict Whether a row group that cannot be read is an error; else it is passed over.
 */
export async function* readColumn(
  groups: readonly TableGroup[],
  column: string,
  isStrict: boolean,
): AsyncGenerator<{ readonly group: TableGroup; readonly rows: readonly Row[] }> {
  for (let i = 0; i < groups.length; i += READ_AT_ONCE) {
    const read = groups.slice(i, i + READ_AT_ONCE).map(async (group) => {
      const { file, number } = group;
      try {
        return { group, rows: await file.read(number, { columns: [column], withoutImages: true }) };
      } catch (error) {
        // It will be met again, and skipped.
        if (isStrict) throw error;
        return { group, rows: [] };
      }
    });
    yield* await Promise.all(read);
  }
}

/** The row groups of files that have rows, in their order. */
export function listGroups(
  sources: readonly Source[],
  files: readonly ParquetFile[],
): TableGroup[] {
  const groups: TableGroup[] = [];
  let index = 0;
  files.forEach((file, i) => {
    let firstRow = 0;
    file.groups.forEach(({ rows, bytes }, number) => {
      if (rows === 0) return;
      groups.push({ source: sources[i], file, number, rows, bytes, firstRow, index });
      firstRow += rows;
      index += rows;
    });
  });
  return groups;
}

/**
 * Plans what is held together: a function of the footers and the seed alone.
 *
 * @param mixing Absent where the order stays: each row group is alone then.
 */
export function planParcels(
  groups: readonly TableGroup[],
  mixing?: { readonly seed: number; readonly maxBufferedBytes: number },
): Parcel[] {
  if (mixing === undefined) return groups.map((group) => ({ groups: [group], rows: group.rows }));
  const { seed, maxBufferedBytes } = mixing;
  const lists: TableGroup[][] = [];
  let bytes = Infinity;
  for (const turn of permute(groups.length, randomFor(seed, { purpose: "shards" }))) {
    const group = groups[turn];
    bytes += group.bytes;
    if (bytes <= maxBufferedBytes) lists[lists.length - 1].push(group);
    else {
      lists.push([group]);
      bytes = group.bytes;
    }
  }
  return lists.map((groups, number) => {
    const rows = groups.reduce((sum, group) => sum + group.rows, 0);
    const makeOrder = (): Uint32Array =>
      permute(rows, randomFor(seed, { purpose: "samples", a: number }));
    return { groups, rows, makeOrder };
  });
}

/**
 * Reads the rows of a parcel.
 *
 * @param start How many of them are passed over.
 * @param skip Is told of a row group that cannot be read, and throws if that is to end all.
 */
export async function* readParcel(
  { groups, rows: count, makeOrder }: Parcel,
  { image, furtherImages, label, caption, key, rest }: TableColumns,
  start: number,
  skip: (error: unknown) => void,
): AsyncGenerator<PlacedRow> {
  const wanted = [image, label, caption, key, ...furtherImages, ...rest];
  const columns = [...new Set(wanted.filter((name) => name !== undefined))];
  const held: PlacedRow[] = [];
  for (let i = 0; i < groups.length; i += READ_AT_ONCE) {
    const some = groups.slice(i, i + READ_AT_ONCE);
    const read = await Promise.all(some.map(async ({ file, number }) => {
      // Files after the first may lack a column that only becomes a part of `json`.
      const there = columns.filter((column) => file.columns.some(({ name }) => name === column));
      return await file.read(number, { columns: there }).catch((fault) => ({ fault }));
    }));
    some.forEach(({ source, rows, firstRow, index }, k) => {
      const found = read[k];
      if ("fault" in found) skip(found.fault);
      for (let row = 0; row < rows; row++) {
        held.push({
          row: "fault" in found ? undefined : found[row],
          place: { source, number: firstRow + row + 1, index: index + row },
        });
      }
    });
  }
  const order = makeOrder?.();
  for (let i = Math.max(0, start); i < count; i++) yield held[order?.[i] ?? i];
}
