/**
 * Ctrl-C, and what asks a process to end.
 *
 * @module
 */
import { denoScope, nodeProcess } from "../runtime.ts";

/** Signals that ask, with the exit codes that shells give them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

type SignalName = keyof typeof SIGNALS;

/** Listens to what asks this process to end. */
export class Interrupt {
  readonly #control = new AbortController();
  readonly #listeners = new Map<SignalName, () => void>();
  #code: number | undefined;

  constructor() {
    for (const name of Object.keys(SIGNALS) as SignalName[]) {
      const listener = (): void => {
        this.#code ??= SIGNALS[name];
        // The second one ends the process as it would have without this.
        this.close();
        this.#control.abort(new DOMException("it was asked to end", "AbortError"));
      };
      const deno = denoScope();
      try {
        if (deno !== undefined) deno.addSignalListener(name, listener);
        else nodeProcess().on(name, listener);
      } catch {
        // Systems that do not have a signal cannot send it.
        continue;
      }
      this.#listeners.set(name, listener);
    }
  }

  /** Aborts when the process is asked to end. */
  get signal(): AbortSignal {
    return this.#control.signal;
  }

  /** The exit code of a process that was asked to end; absent if it was not. */
  get code(): number | undefined {
    return this.#code;
  }

  /** Listens no more. */
  close(): void {
    for (const [name, listener] of this.#listeners) {
      const deno = denoScope();
      if (deno !== undefined) deno.removeSignalListener(name, listener);
      else nodeProcess().off(name, listener);
    }
    this.#listeners.clear();
  }
}
