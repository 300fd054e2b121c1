/**
 * How much memory requests may take together.
 *
 * What they share is data: sums, and who came before whom. Nobody waits for a promise of another request, and
 * nothing has to be given back for others to go on, because some runtimes give up a request whose client has left
 * in the middle of an `await`, without running what stands in its `finally`.
 *
 * @module
 */
import { Problem } from "./problem.ts";

/** Between two looks at whether it is one's turn. */
const POLL_MS = 10;

/** How long a request waits for its turn; longer than a lease that nobody ends, so that those never shut others out. */
const WAIT_MS = 6_000;

/** A request that has not looked for so long has been given up. */
const FORGOTTEN_MS = 1_000;

/** What nobody ended by then counts no longer. */
const LEASE_MS = 3_000;

/** Requests that wait at a time. */
const MAX_WAITING = 256;

/** Memory that was taken. */
export interface Lease {
  /** Gives it back. */
  end(): void;
}

/** A sum of bytes that are worked on, with a limit. */
export class MemoryBudget {
  readonly #limitBytes: number;
  readonly #leases = new Set<{ readonly bytes: number; readonly until: number }>();
  /** Those who wait, first come first. */
  readonly #line: { seenAt: number }[] = [];

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /**
   * Takes memory, when there is enough and those who came before have theirs. More than the limit is given where
   * nobody else has any.
   *
   * @throws {Problem} 503 after some seconds, or at once where too many wait.
   */
  async take(bytes: number, signal: AbortSignal | undefined): Promise<Lease> {
    const begun = Date.now();
    if (this.#isTurn(undefined, begun) && this.#fits(bytes, begun)) return this.#give(bytes, begun);
    if (this.#line.length >= MAX_WAITING) throw busy();
    const place = { seenAt: begun };
    this.#line.push(place);
    try {
      while (true) {
        await sleep(POLL_MS, signal);
        const now = place.seenAt = Date.now();
        // One that could not look for long, on a busy machine, was taken for given up.
        if (!this.#line.includes(place)) this.#line.push(place);
        if (this.#isTurn(place, now) && this.#fits(bytes, now)) return this.#give(bytes, now);
        if (now - begun >= WAIT_MS) throw busy();
      }
    } finally {
      const at = this.#line.indexOf(place);
      if (at >= 0) this.#line.splice(at, 1);
    }
  }

  /** Whether nobody waits before. */
  #isTurn(place: { seenAt: number } | undefined, now: number): boolean {
    while (this.#line.length > 0) {
      const [first] = this.#line;
      if (first === place) return true;
      if (now - first.seenAt < FORGOTTEN_MS) return false;
      this.#line.shift();
    }
    return true;
  }

  #fits(bytes: number, now: number): boolean {
    let taken = 0;
    for (const lease of this.#leases) {
      if (lease.until <= now) this.#leases.delete(lease);
      else taken += lease.bytes;
    }
    return taken === 0 || taken + bytes <= this.#limitBytes;
  }

  #give(bytes: number, now: number): Lease {
    const lease = { bytes, until: now + LEASE_MS };
    this.#leases.add(lease);
    return { end: () => void this.#leases.delete(lease) };
  }
}

function busy(): Problem {
  return new Problem(503, "busy", "Too many images are being worked on.", { "retry-after": "1" });
}

/** Waits by a timer of the request's own. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
