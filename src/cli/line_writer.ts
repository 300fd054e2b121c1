/**
 * Lines to an output that takes its time.
 *
 * @module
 */

/** Characters of lines that may wait until the one before them is written. */
const MOST_WAITING = 64 * 1024;

/**
 * Writes lines in their order, and those that come while one is being written in one piece: Deno writes by another thread,
 * whose answer takes longer than a line does. A failure is told to whoever writes next, or waits for all.
 */
export class LineWriter {
  readonly #out: (text: string) => Promise<void>;
  #waiting = "";
  #writing: Promise<void> | undefined;
  #failed = false;
  #failure: unknown;

  constructor(out: (text: string) => Promise<void>) {
    this.#out = out;
  }

  /** Writes a line, and waits only where too many are waiting. */
  async write(line: string): Promise<void> {
    if (this.#failed) throw this.#failure;
    this.#waiting += line;
    this.#writing ??= this.#writeAll();
    if (this.#waiting.length > MOST_WAITING) await this.flush();
  }

  /** Waits until all is written. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failed) throw this.#failure;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting !== "") {
        const text = this.#waiting;
        this.#waiting = "";
        await this.#out(text);
      }
    } catch (error) {
      this.#failed = true;
      this.#failure = error;
    }
    this.#writing = undefined;
  }
}
