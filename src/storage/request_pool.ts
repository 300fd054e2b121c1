/**
 * How many requests go to one host at one time and in one second, and how many bytes are held of what they bring.
 *
 * @module
 */
import { memoryOwner } from "../runtime.ts";
import type { Source } from "./source.ts";

/** Requests to one origin at one time: browsers open six connections to it, and a seventh would wait. */
export const MAX_REQUESTS = 6;

/** How much a host is asked for at one time, by all that one dataset reads of it. */
export interface LimitOptions {
  /**
   * Requests to one host at one time: of all passes, single samples and indexes together; bodies that a user has opened
   * himself do not count. A Worker of Cloudflare's counts for each pass alone, for its requests cannot wait for one
   * another.
   *
   * @default {6}
   */
  readonly connections?: number;
  /**
   * Requests to one host in a second, those that are tried again included.
   *
   * @default {no limit}
   */
  readonly requestsPerSecond?: number;
}

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

/** The host that a source's requests go to, by what they have in common. */
export function originOf({ address, name }: Source): string {
  if (address === undefined || !URL.canParse(address)) return name;
  const { origin, protocol, host } = new URL(address);
  return origin === "null" ? protocol + host : origin;
}

/**
 * What all that is read of one dataset counts its requests by; absent in an isolate, where one request that is served
 * cannot wait for what belongs to another.
 */
export function shareRequests({ connections }: LimitOptions = {}): RequestPool | undefined {
  return memoryOwner() === "isolate" ? undefined : new RequestPool(connections);
}

/** When requests may be sent to hosts: no more in a second than was said, and none while a host has asked to wait. */
export class Pace {
  readonly #gapMs: number;
  /** By origin: when the next request is due, and until when the host wants none. */
  readonly #next = new Map<string, number>();
  readonly #pauses = new Map<string, number>();

  constructor(perSecond: number = Infinity) {
    this.#gapMs = 1000 / perSecond;
  }

  /** A host has asked for so many milliseconds without requests. */
  pause(origin: string, ms: number): void {
    const until = performance.now() + ms;
    if (until > (this.#pauses.get(origin) ?? 0)) this.#pauses.set(origin, until);
  }

  /**
   * Books a request.
   *
   * @param mostMs Pauses that are longer are not heeded: whoever asks will be told by the host.
   * @param jitterMs What is drawn on top of a pause, so that not all come back at once.
   * @returns Milliseconds to wait before it is sent.
   */
  book(origin: string, mostMs: number, jitterMs: number): number {
    const now = performance.now();
    const pause = (this.#pauses.get(origin) ?? 0) - now;
    if (pause <= 0) this.#pauses.delete(origin);
    const isHeeded = pause > 0 && pause <= mostMs;
    if (this.#gapMs === 0) return isHeeded ? pause + Math.random() * jitterMs : 0;
    const due = Math.max(now + (isHeeded ? pause : 0), this.#next.get(origin) ?? 0);
    this.#next.set(origin, due + this.#gapMs);
    return due - now;
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
