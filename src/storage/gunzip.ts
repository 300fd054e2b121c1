/**
 * gzip data to bytes, as Python reads it, on every runtime alike.
 *
 * Exact: CPython 3.11's `gzip`: members one behind the other, zeros behind any of them, nothing else; checksum and
 * size of each must fit.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { updateCrc32 } from "../numbers/crc32.ts";
import { type Inflater, loadInflater } from "./inflate.ts";

/** What {@linkcode gunzipIfNeeded} can be told. */
export interface GunzipOptions {
  /** Name of the shard, for errors. */
  readonly name: string;
  /** Is told that the bytes are compressed. */
  readonly onPacked?: () => void;
}

type Bytes = Uint8Array<ArrayBuffer>;

const NO_BYTES: Bytes = new Uint8Array(0);

/** A member's fixed part: magic, method, flags, time, level and system. */
const HEADER_BYTES = 10;

/** Checksum and size. */
const TRAILER_BYTES = 8;

const DEFLATE = 8;

// Flags of a header that say what else it has.
const HAS_CHECKSUM = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;

/** Whether bytes begin as gzip data does, which no tar header does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses a stream that begins as gzip does; any other passes as it is. gzip may consist of
 * several members, one behind the other, as `cat a.gz b.gz` makes them.
 *
 * Exact: CPython's `gzip.GzipFile`: zeros may follow a member, anything else that is no member is an error.
 *
 * @param stream The bytes.
 * @param options Name for errors.
 * @returns The decompressed bytes, which fail with `source/gzip` where the data is damaged or cut.
 *
 * @example Usage
 * ```ts
 * import { gunzipIfNeeded } from "@wdstream/wdstream/storage";
 *
 * const packed = new Blob(["shard"]).stream().pipeThrough(new CompressionStream("gzip"));
 * const plain = await gunzipIfNeeded(packed, { name: "a.tar.gz" });
 * if (await new Response(plain as ReadableStream).text() !== "shard") throw new Error("misread");
 * ```
 */
export async function gunzipIfNeeded(
  stream: ReadableStream<Uint8Array>,
  options: GunzipOptions,
): Promise<ReadableStream<Uint8Array>> {
  const reader = stream.getReader();
  let head: Uint8Array = NO_BYTES;
  while (head.length < 2) {
    const { done, value } = await reader.read();
    if (done) break;
    // The first piece of a shard is large: it is copied only where it is too short to tell.
    head = head.length === 0 ? value : joinBytes(head, value);
  }
  if (isGzip(head)) options.onPacked?.();
  const source = isGzip(head) ? gunzip(reader, head, options.name) : passOn(reader, head);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      // First the input: the generator may be waiting for it.
      reader.cancel(reason).catch(() => {});
      await source.return();
    },
  }, { highWaterMark: 0 });
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function* passOn(reader: Reader, head: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  if (head.length > 0) yield head;
  while (true) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function* gunzip(
  reader: Reader,
  head: Uint8Array,
  name: string,
): AsyncGenerator<Uint8Array, void, void> {
  let ended = false;
  try {
    const members = new MemberReader(name, await load(name));
    members.push(head);
    while (true) {
      const part = members.next();
      if (part !== undefined) {
        yield part;
        continue;
      }
      if (ended) return;
      const { done, value } = await reader.read();
      ended = done;
      if (value === undefined) members.finish();
      else members.push(value);
    }
  } finally {
    // Of damaged data nothing more is wanted.
    if (!ended) reader.cancel().catch(() => {});
  }
}

async function load(name: string): Promise<() => Inflater> {
  try {
    return await loadInflater();
  } catch (cause) {
    throw new SourceError("source/unsupported", {
      action: `read "${name}"`,
      reason: `it is compressed, and the package "pako" cannot be loaded`,
      shard: name,
      cause,
    });
  }
}

/** What is read next: parts of a header in their order, the data, the trailer, zeros. */
type Part =
  | "header"
  | "extra"
  | "skip"
  | "name"
  | "comment"
  | "checksum"
  | "data"
  | "trailer"
  | "zeros";

/** Reads gzip data member by member, given in pieces. */
class MemberReader {
  readonly #name: string;
  readonly #makeInflater: () => Inflater;
  #input: Bytes = NO_BYTES;
  #isLast = false;
  #part: Part = "header";
  #flags = 0;
  #skipBytes = 0;
  #inflater: Inflater | undefined;
  #crc = 0;
  #plainBytes = 0;

  constructor(name: string, makeInflater: () => Inflater) {
    this.#name = name;
    this.#makeInflater = makeInflater;
  }

  /** Adds input. */
  push(bytes: Uint8Array): void {
    if (this.#inflater !== undefined) this.#inflater.push(bytes);
    else this.#input = joinBytes(this.#input, bytes);
  }

  /** Says that no more input comes. */
  finish(): void {
    this.#isLast = true;
  }

  /**
   * The next piece of what the data unpacks to; `undefined` where more input is needed, or all was read.
   *
   * @throws {SourceError} `source/gzip`
   */
  next(): Bytes | undefined {
    while (true) {
      if (this.#part === "data") {
        const plain = this.#readData();
        if (plain === undefined && this.#isLast) throw this.#fault("it ends inside a member");
        if (plain === undefined || plain.length > 0) return plain;
      } else if (!this.#readPart()) {
        const isWhole = this.#part === "zeros" ||
          (this.#part === "header" && this.#input.length === 0);
        if (this.#isLast && !isWhole) throw this.#fault("it ends inside a member");
        return undefined;
      }
    }
  }

  /** Reads what stands next to the data; says whether there was enough of it. */
  #readPart(): boolean {
    switch (this.#part) {
      case "header":
        return this.#readHeader();
      case "extra": {
        const bytes = this.#take(2);
        if (bytes === undefined) return false;
        this.#skipBytes = bytes[0] | bytes[1] << 8;
        this.#part = "skip";
        return true;
      }
      case "skip": {
        const skipped = Math.min(this.#skipBytes, this.#input.length);
        this.#input = this.#input.subarray(skipped);
        this.#skipBytes -= skipped;
        return this.#skipBytes === 0 && this.#goOn(HAS_EXTRA);
      }
      case "name":
        return this.#skipText() && this.#goOn(HAS_NAME);
      case "comment":
        return this.#skipText() && this.#goOn(HAS_COMMENT);
      case "checksum":
        return this.#take(2) !== undefined && this.#goOn(HAS_CHECKSUM);
      case "trailer":
        return this.#readTrailer();
      default:
        return this.#skipZeros();
    }
  }

  #readHeader(): boolean {
    if (this.#input.length >= 2 && !isGzip(this.#input)) throw this.#notGzip();
    if (this.#isLast && this.#input.length === 1) throw this.#notGzip();
    const bytes = this.#take(HEADER_BYTES);
    if (bytes === undefined) return false;
    if (bytes[2] !== DEFLATE) throw this.#fault(`its method of compression is ${bytes[2]}`);
    // Python does not look at the flags that have no meaning yet.
    this.#flags = bytes[3];
    return this.#goOn(0);
  }

  /** Goes on behind a part of the header to the next one that is there, or to the data. */
  #goOn(done: number): boolean {
    this.#flags &= ~done;
    this.#part = this.#flags & HAS_EXTRA
      ? "extra"
      : this.#flags & HAS_NAME
      ? "name"
      : this.#flags & HAS_COMMENT
      ? "comment"
      : this.#flags & HAS_CHECKSUM
      ? "checksum"
      : "data";
    if (this.#part !== "data") return true;
    this.#inflater = this.#makeInflater();
    this.#inflater.push(this.#input);
    this.#input = NO_BYTES;
    this.#crc = 0;
    this.#plainBytes = 0;
    return true;
  }

  /** A piece of the member's data, empty at its end; `undefined` where more input is needed. */
  #readData(): Bytes | undefined {
    const inflater = this.#inflater!;
    let stop;
    try {
      stop = inflater.run();
    } catch (cause) {
      throw this.#fault(cause instanceof Error ? cause.message : String(cause), cause);
    }
    const plain = inflater.takeOutput();
    this.#crc = updateCrc32(plain, this.#crc);
    this.#plainBytes += plain.length;
    if (stop !== "end") return plain.length === 0 ? undefined : plain;
    this.#input = inflater.takeRest();
    this.#inflater = undefined;
    this.#part = "trailer";
    return plain;
  }

  #readTrailer(): boolean {
    const bytes = this.#take(TRAILER_BYTES);
    if (bytes === undefined) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (view.getInt32(0, true) !== this.#crc) throw this.#fault("its checksum does not fit");
    if (view.getUint32(4, true) !== this.#plainBytes % 2 ** 32) {
      throw this.#fault("its size does not fit");
    }
    this.#part = "zeros";
    return true;
  }

  /** Steps over zeros behind a member; says whether something else follows. */
  #skipZeros(): boolean {
    const next = this.#input.findIndex((byte) => byte !== 0);
    this.#input = next < 0 ? NO_BYTES : this.#input.subarray(next);
    if (next >= 0) this.#part = "header";
    return next >= 0;
  }

  /** Steps over a text that ends with a zero. */
  #skipText(): boolean {
    const end = this.#input.indexOf(0);
    this.#input = end < 0 ? NO_BYTES : this.#input.subarray(end + 1);
    return end >= 0;
  }

  #take(count: number): Bytes | undefined {
    if (this.#input.length < count) return undefined;
    const taken = this.#input.subarray(0, count);
    this.#input = this.#input.subarray(count);
    return taken;
  }

  #notGzip(): SourceError {
    return this.#fault("what follows is no gzip data");
  }

  #fault(why: string, cause?: unknown): SourceError {
    return new SourceError("source/gzip", {
      action: `read "${this.#name}"`,
      reason: `its gzip data is damaged (${why})`,
      shard: this.#name,
      cause,
    });
  }
}

function joinBytes(a: Uint8Array, b: Uint8Array): Bytes {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
