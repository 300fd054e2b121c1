/**
 * Reads exact numbers of bytes from chunks of any size, without copying where it can be avoided.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";

/** What tar bytes come from. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

interface Puller {
  /** The next chunk, `undefined` at the end. */
  pull(): Promise<Uint8Array | undefined>;
  cancel(reason?: unknown): Promise<void>;
}

// A small body would keep the whole chunk it came in alive, so it is copied out.
const COPY_BELOW_BYTES = 4096;

const NO_BYTES = new Uint8Array(0);

/** A cursor over a stream of chunks. */
export class ChunkReader {
  /** Offset in bytes of the next byte in the archive. */
  offsetBytes: number;
  #puller: Puller;
  #chunk: Uint8Array = NO_BYTES;
  #position = 0;
  #done = false;
  #signal: AbortSignal | undefined;

  constructor(input: ByteStream, signal?: AbortSignal, offsetBytes: number = 0) {
    this.offsetBytes = offsetBytes;
    this.#signal = signal;
    this.#puller = makePuller(input, signal);
  }

  /** The next `length` bytes if they lie in the current chunk: a view of it, or a copy if small. */
  tryTake(length: number): Uint8Array | undefined {
    const end = this.#position + length;
    if (end > this.#chunk.length) return undefined;
    const bytes = length < COPY_BELOW_BYTES
      ? this.#chunk.slice(this.#position, end)
      : this.#chunk.subarray(this.#position, end);
    this.#position = end;
    this.offsetBytes += length;
    return bytes;
  }

  /** The next `length` bytes as a view that is valid until the next call, if in the chunk. */
  tryView(length: number): Uint8Array | undefined {
    const end = this.#position + length;
    if (end > this.#chunk.length) return undefined;
    const view = this.#chunk.subarray(this.#position, end);
    this.#position = end;
    this.offsetBytes += length;
    return view;
  }

  /** The next `length` bytes in one buffer of their own; fewer only where the stream ends. */
  async gather(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, await this.fill(bytes));
  }

  /** Writes the next bytes into `bytes`; gives how many there were, fewer only where the stream ends. */
  async fill(bytes: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < bytes.length) {
      if (this.#position === this.#chunk.length && !await this.#fill()) break;
      const part = this.#available(bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return filled;
  }

  /** Up to `limit` bytes, whatever is there; `undefined` at the end of the stream. */
  async takeSome(limit: number): Promise<Uint8Array | undefined> {
    if (this.#position === this.#chunk.length && !await this.#fill()) return undefined;
    return this.#available(limit);
  }

  /** Steps over bytes that are in the current chunk already; gives how many are left to skip. */
  trySkip(length: number): number {
    return length - this.#available(length).length;
  }

  /** Steps over `length` bytes; gives how many the stream lacked. */
  async skip(length: number): Promise<number> {
    let left = this.trySkip(length);
    while (left > 0 && await this.#fill()) left = this.trySkip(left);
    return left;
  }

  /** Takes bytes back, the last ones that were taken: they come again next. */
  giveBack(bytes: Uint8Array): void {
    const rest = this.#chunk.subarray(this.#position);
    this.#chunk = concatenate([bytes, rest]);
    this.#position = 0;
    this.offsetBytes -= bytes.length;
  }

  /** Stops the stream; what it still holds is dropped. */
  cancel(reason?: unknown): Promise<void> {
    if (this.#done) return Promise.resolve();
    this.#done = true;
    this.#chunk = NO_BYTES;
    this.#position = 0;
    return this.#puller.cancel(reason);
  }

  #available(limit: number): Uint8Array {
    const end = Math.min(this.#position + limit, this.#chunk.length);
    const view = this.#chunk.subarray(this.#position, end);
    this.#position = end;
    this.offsetBytes += view.length;
    return view;
  }

  async #fill(): Promise<boolean> {
    while (!this.#done) {
      this.#signal?.throwIfAborted();
      const chunk = await this.#puller.pull();
      this.#signal?.throwIfAborted();
      if (chunk === undefined) {
        this.#done = true;
        break;
      }
      if (!(chunk instanceof Uint8Array)) {
        throw new TypeError("Cannot read the archive: its stream yields chunks that are no bytes");
      }
      if (chunk.length === 0) continue;
      this.#chunk = chunk;
      this.#position = 0;
      return true;
    }
    this.#chunk = NO_BYTES;
    this.#position = 0;
    return false;
  }
}

function makePuller(input: ByteStream, signal: AbortSignal | undefined): Puller {
  // Streams of some runtimes have no async iterator, and a reader costs less than one anyway.
  if ("getReader" in input) return makeStreamPuller(input, signal);
  return makeIteratorPuller(input[Symbol.asyncIterator](), signal);
}

function makeStreamPuller(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): Puller {
  const reader = stream.getReader();
  // Not awaited anywhere: the cancellation of one branch of a tee settles only with the other's.
  const cancel = (reason?: unknown): Promise<void> => {
    signal?.removeEventListener("abort", onAbort);
    reader.cancel(reason).catch(() => {});
    reader.releaseLock();
    return Promise.resolve();
  };
  const onAbort = (): void => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    async pull() {
      const { done, value } = await reader.read();
      if (!done) return value;
      signal?.removeEventListener("abort", onAbort);
    },
    cancel,
  };
}

function makeIteratorPuller(
  iterator: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Puller {
  let pulling: Promise<unknown> | undefined;
  return {
    async pull() {
      const next = iterator.next();
      pulling = next;
      const { done, value } = await (signal === undefined ? next : raceAbort(next, signal));
      pulling = undefined;
      return done ? undefined : value;
    },
    async cancel() {
      const returned = iterator.return?.();
      // A generator that still hangs in `next()` settles `return()` only after it.
      if (pulling === undefined) await returned;
      else Promise.resolve(returned).catch(() => {});
    },
  };
}

async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
