/**
 * What unpacks the columns of Parquet files.
 *
 * @module
 */
import { loadPako } from "../storage/inflate.ts";
import { checkLz4, checkSnappy, checkZstd } from "./parquet_packed.ts";
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

/** Bytes that gzip gives at a time. */
const MAX_GZIP_CHUNK = 2 ** 20;
const MIN_GZIP_CHUNK = 2 ** 10;

/** What is used of `hyparquet`. */
export interface SnappyPackage {
  snappyUncompress(packed: Uint8Array, into: Uint8Array): void;
}

/**
 * Finds what unpacks some codecs. Packages are loaded for the codecs that take them. What is packed is checked first,
 * but for what Brotli has packed: no page unpacks to more than its length, or has its unpacker run in a circle.
 *
 * @param table Name of the table, for errors.
 * @param snappy What unpacks Snappy.
 * @throws {SourceError} `source/unsupported` if a package cannot be loaded.
 */
export async function findCompressors(
  codecs: ReadonlySet<string>,
  table: string,
  snappy?: SnappyPackage,
): Promise<Compressors> {
  const found: Record<string, Decompress> = {};
  if (codecs.has("SNAPPY") && snappy !== undefined) {
    found.SNAPPY = limit((packed, length) => {
      checkSnappy(packed, length);
      const plain = new Uint8Array(length);
      snappy.snappyUncompress(packed, plain);
      return plain;
    });
  }
  if (codecs.has("GZIP")) {
    const why = "its columns are packed with GZIP";
    const pako = await loadPackage("pako", table, loadPako, why);
    found.GZIP = limit((packed, length) => inflate(pako, packed, length));
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
    const { LZ4, LZ4_RAW, ZSTD } = compressors;
    const checked: Compressors = {
      ...compressors,
      LZ4: (packed, length) =>
        checkLz4(packed, length, true) ? LZ4(packed, length) : LZ4_RAW(packed, length),
      LZ4_RAW(packed, length) {
        checkLz4(packed, length, false);
        return LZ4_RAW(packed, length);
      },
      ZSTD(packed, length) {
        checkZstd(packed, length);
        return ZSTD(packed, length);
      },
    };
    for (const codec of foreign) found[codec] = limit(checked[codec]);
  }
  return found;
}

/** Unpacks gzip, and no further than it should. */
function inflate(
  { Inflate }: Awaited<ReturnType<typeof loadPako>>,
  packed: Uint8Array,
  length: number,
): Uint8Array {
  const chunkSize = Math.min(MAX_GZIP_CHUNK, Math.max(MIN_GZIP_CHUNK, length));
  const inflater = new Inflate({ chunkSize });
  const plain = new Uint8Array(length);
  let made = 0;
  inflater.onData = (chunk: Uint8Array) => {
    if (chunk.length > length - made) {
      throw new Error(`a packed page comes to more than the ${length} bytes that it says`);
    }
    plain.set(chunk, made);
    made += chunk.length;
  };
  inflater.push(packed, true);
  if (inflater.err !== 0) throw new Error(inflater.msg);
  return plain.subarray(0, made);
}

/** Takes no memory for a page because its header says so. */
function limit(decompress: Decompress): Decompress {
  return (packed, length) => {
    if (length <= MAX_PAGE_BYTES) return decompress(packed, length);
    throw new Error(`a page of ${length} bytes is beyond the limit of ${MAX_PAGE_BYTES}`);
  };
}
