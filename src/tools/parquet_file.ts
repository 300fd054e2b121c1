/**
 * Bytes of Parquet files: the footer, and the column chunks of a row group, unpacked.
 *
 * @module
 */
import { readAll } from "../storage/read_all.ts";
import type { Source } from "../storage/source.ts";
import { unpackChunk } from "./parquet_pages.ts";
import type { ChunkFacts } from "./parquet_pages.ts";
import { ThriftReader } from "./parquet_thrift.ts";

/** A file by its parts. */
export interface AsyncBuffer {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

/** A column chunk that is to be read. */
export interface ChunkPlace {
  /** Name of its column, for errors. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly facts: ChunkFacts;
}

const MAX_FILE_BYTES = 2 ** 30;

/** Bytes of the end that are read at first: the footer is among them but of very large files. */
const TAIL_BYTES = 2 ** 19;

/** A footer's length and the name of the format. */
const END_BYTES = 8;

/** Chunks that lie side by side are read at once, up to so many bytes, with gaps of so many. */
const MAX_RUN_BYTES = 2 ** 21;
const MAX_GAP_BYTES = 2 ** 13;

/** More than are read at once: the package is not to put chunks together that are in memory already. */
const DISTANCE = 2 ** 22;

/** Opens a file; of a source whose size is not known all is read. */
export async function openBuffer(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<AsyncBuffer> {
  const { sizeBytes } = await source.stat?.({ signal }) ?? {};
  if (sizeBytes === undefined) {
    const whole = await readAll(source, MAX_FILE_BYTES, signal);
    return {
      byteLength: whole.length,
      slice: (start, end) => Promise.resolve(whole.slice(start, end).buffer),
    };
  }
  return {
    byteLength: sizeBytes,
    async slice(start, end = sizeBytes) {
      if (!(start >= 0 && start <= end && end <= sizeBytes)) {
        throw new Error(`bytes ${start} to ${end} are none of its ${sizeBytes}`);
      }
      const { body } = await source.open({ offset: start, length: end - start, signal });
      const bytes = await new Response(body as BodyInit).arrayBuffer();
      if (bytes.byteLength === end - start) return bytes;
      throw new Error(`it ends within bytes ${start} to ${end}`);
    },
  };
}

/**
 * Reads the footer, with its length and the name of the format behind it.
 *
 * @throws {Error} If it is none.
 */
export async function readFooter(file: AsyncBuffer): Promise<Uint8Array> {
  const { byteLength } = file;
  if (byteLength < END_BYTES) throw new Error("it is too short for a parquet file");
  const from = Math.max(0, byteLength - TAIL_BYTES);
  let bytes = new Uint8Array(await file.slice(from, byteLength));
  const end = bytes.length;
  if (new TextDecoder("latin1").decode(bytes.subarray(end - 4)) !== "PAR1") {
    throw new Error('it is no parquet file: it does not end in "PAR1"');
  }
  const view = new DataView(bytes.buffer);
  const length = view.getUint32(end - END_BYTES, true) + END_BYTES;
  if (length > byteLength) throw new Error(`its footer has ${length} bytes of ${byteLength}`);
  if (length > end) {
    const head = new Uint8Array(await file.slice(byteLength - length, from));
    const whole = new Uint8Array(length);
    whole.set(head);
    whole.set(bytes, head.length);
    bytes = whole;
  }
  const footer = bytes.subarray(bytes.length - length);
  new ThriftReader(footer.subarray(0, -END_BYTES)).readStruct();
  return footer;
}

/** Chunks in memory, as a file in which each has a place. */
export interface ChunkFile extends AsyncBuffer {
  /** Where each chunk lies, in their order. */
  readonly places: readonly { readonly start: number; readonly length: number }[];
}

/**
 * Reads column chunks, checks them, and unpacks them.
 *
 * @throws {Error} If one is damaged: which, and how.
 */
export async function readChunks(
  file: AsyncBuffer,
  chunks: readonly ChunkPlace[],
): Promise<ChunkFile> {
  const plain = new Map<ChunkPlace, Uint8Array<ArrayBuffer>>();
  await Promise.all(
    listRuns(chunks).map(async (run) => {
      const { start } = run[0];
      const end = Math.max(...run.map((chunk) => chunk.end));
      const bytes = new Uint8Array(await file.slice(start, end));
      for (const chunk of run) {
        const own = bytes.subarray(chunk.start - start, chunk.end - start);
        try {
          plain.set(chunk, unpackChunk(own, chunk.facts));
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          const where = `at byte ${chunk.start} of the file`;
          throw new Error(`column "${chunk.name}": ${reason} (${where})`, { cause });
        }
      }
    }),
  );
  const parts = new Map<number, Uint8Array<ArrayBuffer>>();
  const places: { readonly start: number; readonly length: number }[] = [];
  let start = DISTANCE;
  for (const chunk of chunks) {
    const bytes = plain.get(chunk)!;
    places.push({ start, length: bytes.length });
    parts.set(start, bytes);
    start += bytes.length + DISTANCE;
  }
  return {
    places,
    byteLength: start,
    slice(start, end) {
      const bytes = parts.get(start);
      if (bytes !== undefined && end === start + bytes.length) return Promise.resolve(bytes.buffer);
      return Promise.reject(new Error(`no chunk lies at ${start} to ${end}`));
    },
  };
}

/** Chunks that are read by one request each. */
function listRuns(chunks: readonly ChunkPlace[]): ChunkPlace[][] {
  const runs: ChunkPlace[][] = [];
  let end = -Infinity;
  for (const chunk of chunks.toSorted((a, b) => a.start - b.start)) {
    const run = runs.at(-1);
    const isNear = chunk.start - end <= MAX_GAP_BYTES;
    if (run !== undefined && isNear && chunk.end - run[0].start <= MAX_RUN_BYTES) run.push(chunk);
    else runs.push([chunk]);
    end = Math.max(end, chunk.end);
  }
  return runs;
}
