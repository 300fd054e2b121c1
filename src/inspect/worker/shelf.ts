/**
 * The shards that are open in the page's worker, side by side.
 *
 * @module
 */
import type { FromShelf, ToShelf, ToWorker } from "../messages.ts";
import { Session, type SessionOptions } from "./session.ts";
import { verify } from "./verification.ts";

/** Gives a message to the page, with buffers that it may have. */
export type PostShelf = (message: FromShelf, transfer: ArrayBuffer[]) => void;

/** Shards that are opened and looked through at a time; the others wait for their turn. */
const AT_ONCE = 4;

/** Milliseconds between two words on how far a verification is. */
const EVERY_MS = 150;

/** Any number of shards, each with a session of its own. */
export class Shelf {
  readonly #post: PostShelf;
  readonly #options: SessionOptions;
  readonly #sessions = new Map<number, Session>();
  #waiting: { readonly session: Session; readonly message: ToWorker }[] = [];
  #opening = 0;
  #verifying: AbortController | undefined;

  constructor(post: PostShelf, options: SessionOptions = {}) {
    this.#post = post;
    this.#options = options;
  }

  /** Takes a message of the page's; the promise is of the work that it starts, and never fails. */
  async receive(message: ToShelf): Promise<void> {
    switch (message.type) {
      case "shard":
        return await this.#receiveOf(message.shard, message.message);
      case "close":
        return this.#close(message.shard);
      case "verify":
        return await this.#verify();
      case "stopVerifying":
        return this.#verifying?.abort();
    }
  }

  async #receiveOf(shard: number, message: ToWorker): Promise<void> {
    if (message.type !== "open") return await this.#sessions.get(shard)?.receive(message);
    const session = new Session(
      (message, transfer) => this.#post({ type: "shard", shard, message }, transfer),
      this.#options,
    );
    this.#sessions.set(shard, session);
    this.#waiting.push({ session, message });
    await this.#openNext();
  }

  /** Opens those that wait, as far as there is room. */
  async #openNext(): Promise<void> {
    if (this.#opening >= AT_ONCE) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#opening++;
    await next.session.receive(next.message);
    this.#opening--;
    await this.#openNext();
  }

  #close(shard: number): void {
    const session = this.#sessions.get(shard);
    if (session === undefined) return;
    session.close();
    this.#sessions.delete(shard);
    this.#waiting = this.#waiting.filter((each) => each.session !== session);
    // What is found of one that nobody looks at any more would be found of nothing.
    this.#verifying?.abort();
  }

  async #verify(): Promise<void> {
    if (this.#verifying !== undefined) return;
    const end = this.#verifying = new AbortController();
    const shards = [...this.#sessions].map(([shard, { name, source }]) => ({
      shard,
      name,
      source,
    }));
    const now = this.#options.now ?? (() => performance.now());
    let toldMs = -Infinity;
    await verify(shards, {
      signal: end.signal,
      isDue: () => now() - toldMs >= EVERY_MS,
      onState: (verifying) => {
        toldMs = now();
        this.#post({ type: "verifying", verifying }, []);
      },
    });
    this.#verifying = undefined;
  }
}
