/**
 * The worker and its shards, as the page sees them.
 *
 * @module
 */
/// <reference lib="dom" />
import type {
  Described,
  FromShelf,
  FromWorker,
  Listed,
  ListQuery,
  ToShelf,
  ToWorker,
  Verifying,
} from "../messages.ts";

/** What the page hears of a shard without having asked. */
export type Heard = Exclude<FromWorker, { readonly type: "listed" | "described" }>;

/** Whom the worker tells. */
export interface ShelfListener {
  /** A verification has come further. */
  onVerifying(verifying: Verifying): void;
  /** The worker has ended, or could not be started. */
  onCrash(why: string): void;
}

/** Started before it is needed: it loads while its visitor looks for a file. */
let spare: Worker | undefined;

/** Starts a worker for the next shards. */
export function prepareWorker(): void {
  spare ??= new Worker(new URL("../worker/main.ts", import.meta.url), { type: "module" });
}

/** One worker with shards. Ending it ends everything: reads, requests, decoding. */
export class ShelfWorker {
  readonly #worker: Worker;
  readonly #shards = new Map<number, ShardWorker>();
  #count = 0;

  constructor({ onVerifying, onCrash }: ShelfListener) {
    prepareWorker();
    this.#worker = spare!;
    spare = undefined;
    this.#worker.onmessage = ({ data }: MessageEvent<FromShelf>) => {
      if (data.type === "verifying") onVerifying(data.verifying);
      else this.#shards.get(data.shard)?.take(data.message);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      onCrash(event.message || "its script could not be loaded");
    };
  }

  /** Opens a shard: a file, or an address. */
  open(shard: Blob | string, onMessage: (message: Heard) => void): ShardWorker {
    const number = this.#count++;
    const worker = new ShardWorker(
      number,
      (message) => this.#send({ type: "shard", shard: number, message }),
      onMessage,
    );
    this.#shards.set(number, worker);
    worker.send({ type: "open", shard });
    return worker;
  }

  /** Lets go of a shard; what was asked of it is never answered. */
  close({ number }: ShardWorker): void {
    this.#shards.delete(number);
    this.#send({ type: "close", shard: number });
  }

  /** Reads all shards, and decodes all images. */
  verify(): void {
    this.#send({ type: "verify" });
  }

  /** Has it stop. */
  stopVerifying(): void {
    this.#send({ type: "stopVerifying" });
  }

  /** Ends it; what was asked is never answered. */
  end(): void {
    this.#worker.onmessage = this.#worker.onerror = null;
    this.#worker.terminate();
    this.#shards.clear();
  }

  #send(message: ToShelf): void {
    this.#worker.postMessage(message);
  }
}

/** One of a worker's shards. */
export class ShardWorker {
  /** Its number among those of the worker. */
  readonly number: number;
  readonly #send: (message: ToWorker) => void;
  readonly #onMessage: (message: Heard) => void;
  readonly #waiting = new Map<number, (answer: Listed | Described) => void>();
  #requests = 0;

  constructor(
    number: number,
    send: (message: ToWorker) => void,
    onMessage: (message: Heard) => void,
  ) {
    this.number = number;
    this.#send = send;
    this.#onMessage = onMessage;
  }

  /** Asks for something of which there is word later, or none. */
  send(message: ToWorker): void {
    this.#send(message);
  }

  /** A page of samples. */
  list(query: ListQuery): Promise<Listed> {
    return this.#ask((request) => ({ type: "list", request, ...query })) as Promise<Listed>;
  }

  /** All about the sample at a place. */
  describe(place: number): Promise<Described> {
    return this.#ask((request) => ({ type: "describe", request, place })) as Promise<Described>;
  }

  /** Takes what the worker says of it. */
  take(message: FromWorker): void {
    if (message.type === "listed") this.#settle(message.request, message.listed);
    else if (message.type === "described") this.#settle(message.request, message.described);
    else this.#onMessage(message);
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
