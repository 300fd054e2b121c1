/**
 * The worker of one shard, as the page sees it.
 *
 * @module
 */
/// <reference lib="dom" />
import type { Described, FromWorker, Listed, ListQuery, ToWorker } from "../messages.ts";

/** What the page hears of without having asked. */
export type Heard = Exclude<FromWorker, { readonly type: "listed" | "described" }>;

/** Whom it tells. */
export interface Listener {
  /** A message came. */
  onMessage(message: Heard): void;
  /** The worker has ended, or could not be started. */
  onCrash(why: string): void;
}

/** Started before it is needed: it loads while its visitor looks for a file. */
let spare: Worker | undefined;

/** Starts a worker for the next shard. */
export function prepareWorker(): void {
  spare ??= new Worker(new URL("../worker/main.ts", import.meta.url), { type: "module" });
}

/** One shard's worker. Ending it ends everything: reads, requests, decoding. */
export class ShardWorker {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (answer: Listed | Described) => void>();
  #requests = 0;

  constructor(shard: Blob | string, { onMessage, onCrash }: Listener) {
    prepareWorker();
    this.#worker = spare!;
    spare = undefined;
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "listed") this.#settle(data.request, data.listed);
      else if (data.type === "described") this.#settle(data.request, data.described);
      else onMessage(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      onCrash(event.message || "its script could not be loaded");
    };
    this.send({ type: "open", shard });
  }

  /** Asks for something of which there is word later, or none. */
  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** A page of samples. */
  list(query: ListQuery): Promise<Listed> {
    return this.#ask((request) => ({ type: "list", request, ...query })) as Promise<Listed>;
  }

  /** All about the sample at a place. */
  describe(place: number): Promise<Described> {
    return this.#ask((request) => ({ type: "describe", request, place })) as Promise<Described>;
  }

  /** Ends it; what was asked is never answered. */
  end(): void {
    this.#worker.onmessage = this.#worker.onerror = null;
    this.#worker.terminate();
    this.#waiting.clear();
  }

  #ask(make: (request: number) => ToWorker): Promise<Listed | Described> {
    const request = ++this.#requests;
    this.send(make(request));
    return new Promise((resolve) => this.#waiting.set(request, resolve));
  }

  #settle(request: number, answer: Listed | Described): void {
    this.#waiting.get(request)?.(answer);
    this.#waiting.delete(request);
  }
}
