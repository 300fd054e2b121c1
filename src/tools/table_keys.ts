/**
 * Which keys the samples of tables have, found before anything is written.
 *
 * @module
 */
import type { TableColumns } from "./table_columns.ts";
import { readColumn, type TableGroup } from "./table_parcels.ts";
import { findKey, type KeyOrigin, rowError } from "./table_samples.ts";

/**
 * Looks whether all rows have keys of their own. Columns of keys and paths alone are read, of all files; the bytes of
 * images are not fetched.
 *
 * @param isStrict Whether a row group that cannot be read is an error; else its rows are passed over.
 * @throws {SampleError} `sample/unwritable` if two rows have one key in the column that is named; `sample/bad-field` if
 *   one has none.
 */
export async function chooseKeys(
  groups: readonly TableGroup[],
  columns: TableColumns,
  isStrict: boolean,
): Promise<KeyOrigin> {
  const { image, key: column, hasPaths } = columns;
  const origin = column === undefined ? "path" : "column";
  if (origin === "path" && !hasPaths) return "row";
  const keys = new Set<string>();
  for await (const { group, rows } of readColumn(groups, column ?? image, isStrict)) {
    const { source, firstRow } = group;
    for (const [i, row] of rows.entries()) {
      const key = findKey(row, columns, origin);
      const isFirst = key !== undefined && !keys.has(key);
      if (isFirst) keys.add(key);
      if (origin === "path") {
        if (!isFirst || !isPlain(key)) return "row";
      } else if (!isFirst) {
        const place = { source, number: firstRow + i + 1 };
        if (key === undefined) throw rowError(place, "sample/bad-field", `"${column}" is empty`);
        const reason = `another row has the key "${key}" already; number the keys`;
        throw rowError(place, "sample/unwritable", reason);
      }
    }
  }
  return origin;
}

/** Whether a key would be read back as a path within an archive that nobody takes for hidden or another's. */
function isPlain(key: string): boolean {
  return !/[\\:\n]/.test(key) &&
    key.split("/").every((part) => part !== "" && !/^\.|^__.*__$/.test(part));
}
