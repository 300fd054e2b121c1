/**
 * Sources that try again, and go on at the byte where a transport broke off.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { type Attempt, Effort } from "./effort.ts";
import { retriableError } from "./retry_advice.ts";
import { readRetryPolicy, type RetryPolicy } from "./retry_options.ts";
import { sliceStream } from "./slice_stream.ts";
import type { ObjectFacts, OpenedObject, OpenOptions, Source } from "./source.ts";
import { type AccessOptions, paceOf } from "./source_options.ts";
import { provesVersion, sameVersion } from "./version.ts";
import { wrap } from "./wrap.ts";

/**
 * The same source, which tries again what may succeed then. Of a body that breaks off, only what is missing is fetched,
 * and only of the version that was begun: by its entity tag, or by its size and the time of its last change.
 */
export function withRetries(source: Source, access: AccessOptions): Source {
  const policy = readRetryPolicy(access.retry);
  const { beside, address } = source;
  const pace = address === undefined
    ? undefined
    : { pace: paceOf(access), origin: new URL(address).origin };
  return wrap(source, {
    async open(options) {
      options.signal?.throwIfAborted();
      const effort = new Effort(source.name, policy, options.signal, options.network, pace);
      try {
        return await new Reading(source, options, policy, effort).begin();
      } catch (error) {
        effort.end();
        throw error;
      }
    },
    async stat(options) {
      const effort = new Effort(source.name, policy, options.signal, options.network, pace);
      try {
        return await tryTo((signal) => source.stat!({ ...options, signal }), effort, policy);
      } finally {
        effort.end();
      }
    },
    beside: beside && ((suffix) => withRetries(beside.call(source, suffix), access)),
  });
}

/** An answer that has begun, and the try that it belongs to. */
interface Begun {
  readonly opened: OpenedObject;
  readonly attempt: Attempt;
}

/** Tries a work until it gives something. */
async function tryTo<T>(
  work: (signal: AbortSignal) => Promise<T>,
  effort: Effort,
  { connectMs }: RetryPolicy,
): Promise<T> {
  while (true) {
    await effort.turn();
    const attempt = effort.begin();
    try {
      return await attempt.within(connectMs, "the host did not answer", work(attempt.signal));
    } catch (error) {
      await effort.wait(error, 0);
    } finally {
      attempt.end();
    }
  }
}

/** One reading of a range of an object, over as many answers as it takes. */
class Reading {
  readonly #source: Source;
  readonly #options: OpenOptions;
  readonly #policy: RetryPolicy;
  readonly #effort: Effort;
  readonly #offset: number;
  #length: number;
  /** Bytes that were given on. */
  #received = 0;
  #facts: Omit<OpenedObject, "body"> = {};
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #attempt: Attempt | undefined;

  constructor(source: Source, options: OpenOptions, policy: RetryPolicy, effort: Effort) {
    this.#source = source;
    this.#options = options;
    this.#policy = policy;
    this.#effort = effort;
    this.#offset = options.offset ?? 0;
    this.#length = options.length ?? Infinity;
  }

  /** Opens the object. */
  async begin(): Promise<OpenedObject> {
    const { version } = this.#options;
    this.#facts = version ?? {};
    const open = version === undefined ? () => this.#open(0) : () => this.#openRest();
    const { body, ...facts } = await this.#connect(open);
    this.#facts = facts;
    if (facts.isWhole) this.#length = Infinity;
    this.#reader = body.getReader();
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller),
      cancel: (reason) => {
        this.#letGo(reason);
        this.#effort.leave(reason);
      },
    }, { highWaterMark: 0 });
    return { ...facts, body: stream };
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const part = await this.#next();
      if (part !== undefined) return controller.enqueue(part);
      this.#letGo();
      this.#effort.end();
      controller.close();
    } catch (error) {
      this.#letGo(error);
      this.#effort.end();
      // Who has left is told nothing, and what was aborted has the caller's reason.
      if (this.#options.signal?.aborted) throw this.#options.signal.reason;
      throw error;
    }
  }

  /** The next bytes, of this answer or another one; `undefined` at the end. */
  async #next(): Promise<Uint8Array | undefined> {
    const { stallMs } = this.#policy;
    while (true) {
      try {
        const reading = this.#reader!.read();
        const { done, value } = await this.#attempt!.within(stallMs, "no byte came", reading);
        if (done) return undefined;
        if (value.length === 0) continue;
        this.#received += value.length;
        this.#effort.progress();
        return value;
      } catch (error) {
        this.#letGo(error);
        if (this.#isComplete()) return undefined;
        await this.#resume(error);
      }
    }
  }

  /** Whether all has come, and the transport failed behind it. */
  #isComplete(): boolean {
    const { sizeBytes } = this.#facts;
    if (this.#effort.signal.aborted || sizeBytes === undefined) return false;
    return this.#position() >= Math.min(sizeBytes, this.#offset + this.#length);
  }

  #position(): number {
    return this.#offset + this.#received;
  }

  async #resume(error: unknown): Promise<void> {
    // Bytes of two versions must never be one body.
    if (this.#received > 0 && this.#policy.attempts > 1 && !provesVersion(this.#facts)) {
      this.#effort.signal.throwIfAborted();
      const why = "the host names no version that it could be taken up with again";
      throw this.#effort.error(error, this.#position(), why);
    }
    await this.#effort.wait(error, this.#position());
    const { body } = await this.#connect(() => this.#openRest());
    this.#reader = body.getReader();
  }

  /** Tries until an answer begins. */
  async #connect(open: () => Promise<Begun>): Promise<OpenedObject> {
    while (true) {
      try {
        const { opened, attempt } = await open();
        this.#attempt = attempt;
        return opened;
      } catch (error) {
        await this.#effort.wait(error, this.#position());
      }
    }
  }

  /** Opens what is behind the bytes that have come, and compares the version. */
  async #openRest(): Promise<Begun> {
    let begun: Begun;
    let skip = 0;
    try {
      begun = await this.#open(this.#received);
    } catch (error) {
      // Ranges that the host does not serve, or which are those of a packed form: once more what was had.
      const isRange = error instanceof SourceError && error.code === "source/range";
      if (!isRange || this.#received === 0) throw error;
      begun = await this.#open(0);
      skip = this.#received;
    }
    if (skip === 0 && this.#isUntoldEnd(begun.opened)) {
      begun.attempt.end();
      begun.opened.body.cancel().catch(() => {});
      begun = await this.#open(0);
      skip = this.#received;
    }
    const { opened, attempt } = begun;
    const fault = this.#compare(opened);
    if (fault === undefined) {
      if (skip === 0) return begun;
      const { name } = this.#source;
      const { signal } = attempt;
      const body = sliceStream(opened.body, { name, skip, code: "source/network", signal });
      return { attempt, opened: { ...opened, body } };
    }
    attempt.end();
    opened.body.cancel().catch(() => {});
    throw fault;
  }

  /**
   * Whether an answer says that nothing is left, and not of which version: hosts name none where they refuse a range.
   * Where the size was not known, that can be all; once more what was had proves it.
   */
  #isUntoldEnd(now: ObjectFacts): boolean {
    return this.#received > 0 && now.sizeBytes === this.#position() &&
      !provesVersion(this.#facts, now) && sameVersion(this.#facts, now) === undefined;
  }

  /** Why an answer is not one to go on with. */
  #compare(now: ObjectFacts): SourceError | undefined {
    const change = sameVersion(this.#facts, now);
    if (change !== undefined) return this.#changedError(change);
    // Of an object that names no version, any answer may be the first.
    const isProven = this.#received === 0 && !provesVersion(this.#facts);
    if (isProven || provesVersion(this.#facts, now)) return undefined;
    // A page of some proxy, mostly: the next answer may be the object's again.
    return retriableError(
      new SourceError("source/network", {
        action: `read "${this.#source.name}"`,
        reason: "an answer came that does not say which version it is of",
        shard: this.#source.name,
      }),
    );
  }

  #changedError(change: string): SourceError {
    const { name } = this.#source;
    return new SourceError("source/changed", {
      action: `read "${name}"`,
      reason: `${change} when it was opened; open it again`,
      shard: name,
    });
  }

  /** One try to open what is behind so many bytes of what is wanted. */
  async #open(skip: number): Promise<Begun> {
    await this.#effort.turn();
    const attempt = this.#effort.begin();
    const { signal } = attempt;
    const offset = this.#offset + skip;
    const length = this.#length - skip;
    // What follows bytes that were given on is no more than was promised with them.
    const orWhole = this.#options.orWhole && this.#received === 0;
    const opening = Promise.resolve(
      this.#source.open({ ...this.#options, offset, length, signal, orWhole }),
    );
    try {
      const { connectMs } = this.#policy;
      return {
        opened: await attempt.within(connectMs, "the host did not answer", opening),
        attempt,
      };
    } catch (error) {
      attempt.end();
      // Whoever does not heed signals may answer yet.
      if (signal.aborted) opening.then(({ body }) => body.cancel()).catch(() => {});
      throw error;
    }
  }

  #letGo(reason?: unknown): void {
    this.#attempt?.end();
    this.#reader?.cancel(reason).catch(() => {});
  }
}
