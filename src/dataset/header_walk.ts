/**
 * The headers of an archive, one after the other, by ranges: bodies are passed over.
 *
 * @module
 */
import { type ErrorCode, IndexError, TarError } from "../errors.ts";
import type { TarEntryBase } from "../tar/mod.ts";
import { BLOCK_BYTES, isZeroBlock, parseHeader } from "../tar/header.ts";
import {
  type Extension,
  isExtension,
  paddingBytes,
  parseLongName,
  parsePax,
  type PaxRecords,
  resolveHeader,
} from "../tar/records.ts";
import { describeCompressed, isGzip } from "./index_shard.ts";
import { describeEnd, type RangeReader } from "./range_reader.ts";
import { IndexBuilder, type IndexedSample } from "./shard_index.ts";

/**
 * Bytes of a range: from the end of one image, it reaches over the small members that follow it to the header of
 * the next image.
 */
const WINDOW_BYTES = 8192;

const MAX_RECORD_BYTES = 1024 * 1024;

/** Learns where the samples of a shard lie, as far as it is asked to. */
export class HeaderWalk {
  /** Whether the end of the archive was reached: then all samples are known. */
  isComplete = false;
  readonly #name: string;
  readonly #reader: RangeReader;
  readonly #builder: IndexBuilder;
  #position = 0;
  #windowStart = 0;
  #window: Uint8Array = new Uint8Array(0);
  #globals: PaxRecords = new Map();
  #extensions: Extension[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, reader: RangeReader) {
    this.#name = name;
    this.#reader = reader;
    this.#builder = new IndexBuilder(name);
  }

  /** The samples that are known so far, in the order of the archive. */
  get samples(): readonly IndexedSample[] {
    return this.#builder.samples;
  }

  /**
   * Goes on until `isFound` or the end. What was learned is kept, also when it throws; one call after the other.
   *
   * @throws {IndexError} `index/needed` after `maxRequests` ranges.
   * @throws {TarError} If the archive is damaged.
   */
  advance(
    isFound: () => boolean,
    maxRequests: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const run = async (): Promise<void> => {
      const budget = { left: maxRequests };
      while (!this.isComplete && !isFound()) await this.#step(budget, signal);
    };
    const next = this.#last.then(run);
    this.#last = next.catch(() => {});
    return next;
  }

  async #step(budget: { left: number }, signal: AbortSignal | undefined): Promise<void> {
    const at = this.#position;
    const block = await this.#bytes(at, BLOCK_BYTES, budget, signal);
    if (at === 0 && isGzip(block)) throw describeCompressed(this.#name);
    if (block.length < BLOCK_BYTES) throw describeEnd(this.#name, at + block.length);
    if (isZeroBlock(block)) {
      if (this.#extensions.length > 0) throw describeEnd(this.#name, at);
      this.#builder.finish();
      this.isComplete = true;
      return;
    }
    const fault = (code: ErrorCode, why: string): TarError =>
      new TarError(code, `Cannot read "${this.#name}": in the header at byte ${at}, ${why}`, {
        shard: this.#name,
        offsetBytes: at,
      });
    const raw = parseHeader(block, fault);
    const bodyAt = at + BLOCK_BYTES;
    if (isExtension(raw.typeflag)) {
      if (raw.size > MAX_RECORD_BYTES) {
        throw fault("tar/too-large", `its record of ${raw.size} bytes is over the limit`);
      }
      const body = await this.#bytes(bodyAt, raw.size, budget, signal);
      if (body.length < raw.size) throw describeEnd(this.#name, bodyAt + body.length);
      if (raw.typeflag === "L") {
        this.#extensions.push({ kind: "name", value: parseLongName(body) });
      } else if (raw.typeflag === "K") {
        this.#extensions.push({ kind: "linkname", value: parseLongName(body) });
      } else {
        const records = parsePax(body, fault);
        const joined = new Map([...this.#globals, ...records]);
        if (raw.typeflag === "g") this.#globals = joined;
        else this.#extensions.push({ kind: "pax", records: joined });
      }
      this.#position = bodyAt + raw.size + paddingBytes(raw.size);
      return;
    }
    if (raw.typeflag === "S") {
      throw fault("tar/unsupported-sparse", "sparse files are not supported");
    }
    const { header, type, bodyBytes } = resolveHeader(
      raw,
      this.#globals,
      this.#extensions,
      fault,
    );
    const entry: TarEntryBase = {
      path: header.name,
      type,
      header,
      offsetBytes: at,
      bodyOffsetBytes: bodyAt,
    };
    const isClass = IndexBuilder.isClass(entry) && bodyBytes > 0;
    const cls = isClass ? await this.#bytes(bodyAt, bodyBytes, budget, signal) : undefined;
    this.#builder.add(entry, cls);
    this.#extensions = [];
    this.#position = bodyAt + bodyBytes + paddingBytes(bodyBytes);
  }

  /** Bytes from the window, or from a new one at `start`; fewer only where the shard ends. */
  async #bytes(
    start: number,
    length: number,
    budget: { left: number },
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const from = start - this.#windowStart;
    if (from >= 0 && from + length <= this.#window.length) {
      return this.#window.subarray(from, from + length);
    }
    if (budget.left-- <= 0) {
      throw new IndexError(
        "index/needed",
        `Cannot find the sample in "${this.#name}" within the allowed number of requests: the shard has ` +
          `no index, and the headers up to byte ${start} did not suffice; make one with "wdstream index"`,
        { shard: this.#name, offsetBytes: start },
      );
    }
    const end = start + Math.max(length, WINDOW_BYTES);
    this.#window = await this.#reader.read(start, end, end, signal);
    this.#windowStart = start;
    return this.#window.subarray(0, length);
  }
}
