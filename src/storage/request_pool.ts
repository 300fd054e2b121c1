/**
 * How many requests go to one host at one time, and how many bytes are held of what they bring.
 *
 * @module
 */

/** Requests to one origin at one time: browsers open six connections to it, and a seventh would wait. */
export const MAX_REQUESTS = 6;

interface Waiter {
  readonly isUrgent: () => boolean;
  begin(): void;
}

/** Lets a number of requests to each origin go at one time. */
export class RequestPool {
  readonly #most: number;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, Waiter[]>();

  constructor(most: number = MAX_REQUESTS) {
    this.#most = most;
  }

  /**
   * Waits for leave to send a request. Those that somebody waits for come before those ahead of their time.
   *
   * @returns What is to be called when the answer was read.
   * @throws The signal's reason.
   */
  async enter(origin: string, isUrgent: () => boolean, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const running = this.#running.get(origin) ?? 0;
    if (running < this.#most) this.#running.set(origin, running + 1);
    else await this.#wait(origin, isUrgent, signal);
    let isIn = true;
    return () => {
      if (isIn) this.#leave(origin);
      isIn = false;
    };
  }

  #wait(origin: string, isUrgent: () => boolean, signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting.get(origin) ?? [];
    this.#waiting.set(origin, waiting);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        isUrgent,
        begin: () => {
          signal.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      waiting.push(waiter);
    });
  }

  #leave(origin: string): void {
    const waiting = this.#waiting.get(origin) ?? [];
    const urgent = waiting.findIndex(({ isUrgent }) => isUrgent());
    const [next] = waiting.splice(Math.max(0, urgent), 1);
    // The one that comes next takes the place of the one that leaves.
    if (next !== undefined) return next.begin();
    this.#running.set(origin, this.#running.get(origin)! - 1);
  }
}

/** Bytes that may be held ahead of who reads them. */
export class ByteBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Whether there is room for so many bytes. */
  has(bytes: number): boolean {
    return bytes <= this.#left;
  }

  /** Takes bytes, more than there are where somebody waits for them. */
  take(bytes: number): void {
    this.#left -= bytes;
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#left += bytes;
  }
}
