/**
 * From a writable stream to whoever reads chunk by chunk.
 *
 * @module
 */
/**
 * A writable stream whose chunks are read one by one: what a `TransformStream` does, but whoever writes learns the
 * reader's own error on every runtime.
 */
export class Handover {
  /** Where chunks come in; a write is done when the chunk after it is asked for. */
  readonly writable: WritableStream<Uint8Array>;
  #chunk: Uint8Array | undefined;
  #release: (() => void) | undefined;
  #refuse: ((reason: unknown) => void) | undefined;
  #wake: (() => void) | undefined;
  #isEnded = false;
  #failure: { readonly reason: unknown } | undefined;
  #controller: WritableStreamDefaultController | undefined;

  constructor() {
    this.writable = new WritableStream<Uint8Array>({
      start: (controller): void => {
        this.#controller = controller;
      },
      write: (chunk): Promise<void> =>
        new Promise((resolve, reject) => {
          if (this.#failure !== undefined) return reject(this.#failure.reason);
          this.#chunk = chunk;
          this.#release = resolve;
          this.#refuse = reject;
          this.#wake?.();
        }),
      close: (): void => {
        this.#isEnded = true;
        this.#wake?.();
      },
      abort: (reason): void => {
        this.#failure = { reason };
        this.#wake?.();
      },
    });
  }

  /** The chunks, up to the end; throws the reason where the writer aborts. */
  async *read(): AsyncGenerator<Uint8Array, void, void> {
    while (true) {
      while (this.#chunk === undefined && !this.#isEnded && this.#failure === undefined) {
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
      if (this.#failure !== undefined) throw this.#failure.reason;
      const chunk = this.#chunk;
      if (chunk === undefined) return;
      this.#chunk = undefined;
      yield chunk;
      this.#release?.();
    }
  }

  /** Fails the writer, whose stream gets the reason. */
  cancel(reason: unknown): void {
    this.#failure ??= { reason };
    this.#controller?.error(reason);
    this.#refuse?.(reason);
    this.#wake?.();
  }
}
