import { SourceError } from "../errors.ts";

/** What {@linkcode gunzipIfNeeded} can be told. */
export interface GunzipOptions {
  /** Name of the shard, for errors. */
  readonly name: string;
}

type Bytes = Uint8Array<ArrayBuffer>;

const NO_BYTES: Bytes = new Uint8Array(0);

// A member's header is ten bytes, and the last four before it are the size of the member it follows.
const HEADER_BYTES = 10;
const SIZE_BYTES = 4;
const HOLD_BYTES = HEADER_BYTES - 1 + SIZE_BYTES;

// The smallest member: a header, an empty block and the trailer.
const LEAST_MEMBER_BYTES = 20;

// Deflate makes at most 258 bytes of two bits.
const MOST_EXPANSION = 1032;

/**
 * Decompresses a stream that begins as gzip does; any other passes as it is. gzip may consist of
 * several members, one behind the other, as `cat a.gz b.gz` makes them.
 *
 * @param stream The bytes.
 * @param options Name for errors.
 * @returns The decompressed bytes, which fail with `source/gzip` where the data is damaged.
 *
 * @example Usage
 * ```ts
 * import { gunzipIfNeeded } from "@wdstream/wdstream";
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
  let head: Bytes = NO_BYTES;
  while (head.length < 2) {
    const { done, value } = await reader.read();
    if (done) break;
    head = concatenate(head, value);
  }
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  const source = packed ? gunzip(reader, head, options.name) : passOn(reader, head);
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
  head: Bytes,
  name: string,
): AsyncGenerator<Uint8Array, void, void> {
  if (typeof DecompressionStream === "undefined") {
    throw new SourceError(
      "source/unsupported",
      `Cannot read "${name}": it is compressed, and this runtime has no DecompressionStream`,
      { shard: name },
    );
  }
  const members = new MemberSplitter(reader, head);
  try {
    while (await members.startMember()) {
      const plain = members.readMember().pipeThrough(new DecompressionStream("gzip")).getReader();
      try {
        while (true) {
          const { done, value } = await plain.read();
          if (done) break;
          members.plainBytes += value.length;
          yield value;
        }
      } finally {
        plain.cancel().catch(() => {});
      }
    }
  } catch (cause) {
    if (members.inputError !== undefined) throw members.inputError;
    throw new SourceError("source/gzip", `Cannot read "${name}": its gzip data is damaged`, {
      shard: name,
      cause,
    });
  }
}

/**
 * Cuts gzip data into its members, because `DecompressionStream` takes only one on most runtimes and
 * does not tell where it ended.
 *
 * A member ends where the next one's header follows a size that fits what was decompressed. Data that
 * looks like this by chance (one place in 2^40, or so) makes the member seem cut short, which is an
 * error by its checksum and never wrong bytes.
 */
class MemberSplitter {
  /** Bytes that the current member has been decompressed to so far. */
  plainBytes: number = 0;
  /** The failure of the input itself, which is no fault of the gzip data. */
  inputError: unknown;
  #reader: Reader;
  #held: Bytes;
  #packedBytes = 0;
  #ended = false;

  constructor(reader: Reader, head: Bytes) {
    this.#reader = reader;
    this.#held = head;
  }

  /** Begins the next member; `false` behind the last. */
  async startMember(): Promise<boolean> {
    this.plainBytes = 0;
    this.#packedBytes = 0;
    if (this.#held.length === 0) await this.#fill();
    return this.#held.length > 0;
  }

  /** The current member's bytes. */
  readMember(): ReadableStream<Bytes> {
    return new ReadableStream<Bytes>({
      pull: async (controller) => {
        while (!this.#ended && this.#held.length <= HOLD_BYTES) await this.#fill();
        const boundary = this.#findBoundary();
        const end = boundary ?? (this.#ended ? this.#held.length : this.#held.length - HOLD_BYTES);
        const part = this.#held.slice(0, end);
        this.#held = this.#held.slice(end);
        this.#packedBytes += part.length;
        if (part.length > 0) controller.enqueue(part);
        if (boundary !== undefined || (this.#ended && this.#held.length === 0)) controller.close();
      },
    }, { highWaterMark: 0 });
  }

  async #fill(): Promise<void> {
    try {
      const { done, value } = await this.#reader.read();
      if (done) this.#ended = true;
      else this.#held = concatenate(this.#held, value);
    } catch (error) {
      this.inputError = error;
      throw error;
    }
  }

  #findBoundary(): number | undefined {
    const bytes = this.#held;
    const last = bytes.length - HEADER_BYTES;
    let start = Math.max(SIZE_BYTES, LEAST_MEMBER_BYTES - this.#packedBytes);
    for (start = bytes.indexOf(0x1f, start); start >= 0; start = bytes.indexOf(0x1f, start + 1)) {
      if (start > last) return undefined;
      if (isMemberHeader(bytes, start) && this.#sizeFits(start)) return start;
    }
    return undefined;
  }

  /** Whether the four bytes before `start` are a size that this member may have. */
  #sizeFits(start: number): boolean {
    const view = new DataView(this.#held.buffer, this.#held.byteOffset + start - SIZE_BYTES);
    const size = view.getUint32(0, true);
    const missing = (size - this.plainBytes % 2 ** 32 + 2 ** 32) % 2 ** 32;
    return missing <= MOST_EXPANSION * (this.#packedBytes + start);
  }
}

/** Whether a gzip header may begin here: magic, deflate, known flags, and a likely writer. */
function isMemberHeader(bytes: Uint8Array, start: number): boolean {
  const flags = bytes[start + 3];
  const level = bytes[start + 8];
  const system = bytes[start + 9];
  return bytes[start + 1] === 0x8b && bytes[start + 2] === 8 && flags < 0x20 &&
    (level === 0 || level === 2 || level === 4) && (system <= 19 || system === 255);
}

function concatenate(a: Uint8Array, b: Uint8Array): Bytes {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
