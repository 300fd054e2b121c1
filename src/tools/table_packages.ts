/**
 * Packages that read tables, loaded when the first table takes them.
 *
 * @module
 */
import { SourceError } from "../errors.ts";

/**
 * Loads a package that may not be installed.
 *
 * @param name Name of the package, which bundlers find in `load` alone.
 * @param table Name of the table, for the message.
 * @param why What it is needed for: `"its columns are packed with ZSTD"`.
 * @throws {SourceError} `source/unsupported` if it cannot be loaded.
 */
export async function loadPackage<Package>(
  name: string,
  table: string,
  load: () => Promise<Package>,
  why?: string,
): Promise<Package> {
  try {
    return await load();
  } catch (cause) {
    throw new SourceError("source/unsupported", {
      action: `read "${table}" as a table`,
      reason: `${why === undefined ? "" : `${why}, and `}the package "${name}" cannot be loaded; ` +
        "is it installed?",
      shard: table,
      cause,
    });
  }
}
