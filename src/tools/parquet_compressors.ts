/**
 * What unpacks the columns of Parquet files.
 *
 * @module
 */
import { loadPako } from "../storage/inflate.ts";
import { loadPackage } from "./table_packages.ts";

/** Unpacks a page. */
export type Decompress = (packed: Uint8Array, length: number) => Uint8Array;

/** How pages are unpacked, by the codecs' names in the footer. */
export type Compressors = Readonly<Record<string, Decompress>>;

/** What is used of `hyparquet-compressors`. */
interface CompressorsPackage {
  readonly compressors: Compressors;
}

/** What `hyparquet-compressors` unpacks. LZ4 is Hadoop's framing of what `LZ4_RAW` is. */
const FOREIGN: ReadonlySet<string> = new Set(["ZSTD", "LZ4", "LZ4_RAW", "BROTLI"]);

/** Bytes of a page: a megabyte or so as it is usually written, a single large value else. */
const MAX_PAGE_BYTES = 2 ** 30;

/**
 * Finds what unpacks some codecs; `hyparquet` does Snappy itself. Packages are loaded for the codecs that take them.
 *
 * @param table Name of the table, for errors.
 * @throws {SourceError} `source/unsupported` if a package cannot be loaded.
 */
export async function findCompressors(
  codecs: ReadonlySet<string>,
  table: string,
): Promise<Compressors> {
  const found: Record<string, Decompress> = {};
  if (codecs.has("GZIP")) {
    const why = "its columns are packed with GZIP";
    const { ungzip } = await loadPackage("pako", table, loadPako, why);
    found.GZIP = limit((packed) => ungzip(packed));
  }
  const foreign = [...codecs].filter((codec) => FOREIGN.has(codec));
  if (foreign.length > 0) {
    const why = `its columns are packed with ${foreign.join(" and ")}`;
    const { compressors } = await loadPackage(
      "hyparquet-compressors",
      table,
      () => import("hyparquet-compressors") as unknown as Promise<CompressorsPackage>,
      why,
    );
    for (const codec of foreign) found[codec] = limit(compressors[codec]);
  }
  return found;
}

/** Takes no memory for a page because its header says so. */
function limit(decompress: Decompress): Decompress {
  return (packed, length) => {
    if (length <= MAX_PAGE_BYTES) return decompress(packed, length);
    throw new Error(`a page of ${length} bytes is beyond the limit of ${MAX_PAGE_BYTES}`);
  };
}
