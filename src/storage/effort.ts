/**
 * The tries that one reading of an object takes: their timers, their waits, and when it is enough.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { raceAbort } from "../signals.ts";
import type { Pace } from "./request_pool.ts";
import { retriableError, type RetryAdvice, retryAdvice } from "./retry_advice.ts";
import { drawWait, type RetryPolicy } from "./retry_options.ts";
import type { NetworkCounts } from "./source.ts";

/** What an error says of the bytes that were given on before. */
export const WHOLE_SO_FAR = "the bytes before are whole";

/** Longer timers end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type Timer = ReturnType<typeof setTimeout>;

function startTimer(ms: number, onEnd: () => void): Timer {
  return setTimeout(onEnd, Math.min(ms, LONGEST_TIMER_MS));
}

/** When requests may be sent to one host. */
export interface HostPace {
  readonly pace: Pace;
  readonly origin: string;
}

/** What one try is given. */
export interface Attempt {
  /** Ends the try: its time is over, the caller wants no more, or it was given up. */
  readonly signal: AbortSignal;
  /** Waits for a part of the work, for so many milliseconds; what comes too late is nobody's. */
  within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T>;
  /** Forgets the caller's signal; what belongs to the try goes on. */
  end(): void;
}

/** Tries to read one object until it is there, or it is enough. */
export class Effort {
  /** Tries one behind the other that have failed. */
  attempts = 0;
  readonly #name: string;
  readonly #policy: RetryPolicy;
  readonly #network: NetworkCounts | undefined;
  /** Ends with the caller's signal, or when the reader leaves. */
  readonly #end = new AbortController();
  readonly #forget: () => void;
  readonly #pace: HostPace | undefined;
  #failedAt: number | undefined;
  #hasProgress = false;

  constructor(
    name: string,
    policy: RetryPolicy,
    signal: AbortSignal | undefined,
    network: NetworkCounts | undefined,
    pace?: HostPace,
  ) {
    this.#name = name;
    this.#policy = policy;
    this.#pace = pace;
    this.#network = network;
    this.#forget = follow(signal, this.#end);
  }

  /** Whether nothing more is wanted; its reason is then the error. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Waits until a request may be sent: a host may have asked for quiet in the answer to another one. */
  async turn(): Promise<void> {
    if (this.#pace === undefined) return;
    const { attempts, totalMs, baseMs } = this.#policy;
    const mostMs = attempts === 1 ? 0 : Math.min(totalMs, this.#leftMs());
    const waitMs = this.#pace.pace.book(this.#pace.origin, mostMs, baseMs);
    if (waitMs <= 0) return;
    if (this.#network !== undefined) this.#network.waitMs += waitMs;
    await this.#sleep(waitMs);
  }

  /** Begins a try. */
  begin(): Attempt {
    const controller = new AbortController();
    const end = follow(this.#end.signal, controller);
    const { signal } = controller;
    const within = async <T>(limitMs: number, what: string, work: Promise<T>): Promise<T> => {
      const leftMs = Math.min(limitMs, this.#leftMs());
      const timer = leftMs === Infinity
        ? undefined
        : startTimer(leftMs, () => controller.abort(this.#timeoutError(what, leftMs)));
      try {
        return await raceAbort(work, signal);
      } finally {
        clearTimeout(timer);
      }
    };
    return { signal, within, end };
  }

  /** Bytes have come: what failed before is forgiven. */
  progress(): void {
    this.attempts = 0;
    this.#failedAt = undefined;
    this.#hasProgress = true;
  }

  /**
   * Waits until it is time for the next try.
   *
   * @param offset First byte that is still to come.
   * @throws What failed, with the number of tries, where another would be of no use or there were enough.
   */
  async wait(error: unknown, offset: number): Promise<void> {
    this.#end.signal.throwIfAborted();
    this.attempts++;
    this.#failedAt ??= performance.now();
    const { attempts: most, onRetry } = this.#policy;
    const advice = retryAdvice(error);
    if (advice?.waitMs) this.#pace?.pace.pause(this.#pace.origin, advice.waitMs);
    if (advice === undefined || this.attempts >= Math.min(most, advice.attempts ?? Infinity)) {
      throw this.error(error, offset);
    }
    const waitMs = drawWait(this.#policy, this.attempts, advice.waitMs);
    if (waitMs > this.#leftMs()) throw this.error(error, offset, describeWait(advice));
    if (this.#network !== undefined) {
      this.#network.retries++;
      this.#network.waitMs += waitMs;
    }
    onRetry?.({
      shard: this.#name,
      offset,
      attempt: this.attempts,
      waitMs,
      error: error as SourceError,
    });
    await this.#sleep(waitMs);
  }

  /** The last failure, with how often and from where it was tried; as it is where it was tried once and nothing had come. */
  error(error: unknown, offset: number, why = ""): unknown {
    if (!(error instanceof SourceError)) return error;
    if (this.#policy.attempts === 1) return error;
    const facts = this.attempts > 1
      ? `tried ${this.attempts} times from byte ${offset} on`
      : this.#hasProgress
      ? `at byte ${offset}`
      : "";
    const before = this.#hasProgress ? WHOLE_SO_FAR : "";
    const added = [facts, why, before].filter((fact) => fact !== "").join("; ");
    if (added === "") return error;
    const { code, action, reason, shard, cause = error } = error;
    return new SourceError(code, { action, reason: `${reason} (${added})`, shard, cause });
  }

  /** Ends a try, a wait and every timer. */
  leave(reason?: unknown): void {
    this.end();
    this.#end.abort(reason);
  }

  /** Forgets the caller's signal. */
  end(): void {
    this.#forget();
  }

  #leftMs(): number {
    const { totalMs } = this.#policy;
    if (this.#failedAt === undefined) return Infinity;
    return Math.max(0, totalMs - (performance.now() - this.#failedAt));
  }

  #timeoutError(what: string, limitMs: number): SourceError {
    return retriableError(
      new SourceError("source/timeout", {
        action: `read "${this.#name}"`,
        reason: `${what} for ${Math.round(limitMs)} ms`,
        shard: this.#name,
      }),
    );
  }

  async #sleep(waitMs: number): Promise<void> {
    let timer: Timer | undefined;
    const slept = new Promise<void>((resolve) => {
      timer = startTimer(waitMs, resolve);
    });
    try {
      await raceAbort(slept, this.#end.signal);
    } finally {
      clearTimeout(timer);
    }
  }
}

function describeWait({ waitMs }: RetryAdvice): string {
  return waitMs === undefined
    ? "the time for tries is over"
    : `the host asks to wait ${Math.ceil(waitMs / 1000)} s, longer than it is tried`;
}

/** Aborts a controller with a signal; gives what forgets the signal. */
function follow(signal: AbortSignal | undefined, controller: AbortController): () => void {
  if (signal === undefined) return () => {};
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}
