/**
 * Where a pass stands, in a file.
 *
 * @module
 */
import { readAll } from "../storage/read_all.ts";
import { toSource } from "../storage/to_source.ts";
import { WdsError } from "../errors.ts";
import type { OrderState } from "../order/state.ts";
import { writeFileWhole } from "./write_file.ts";

/** Lines of very long runs. */
const MAX_BYTES = 2 ** 30;

/**
 * Reads the state that a file has: one that {@linkcode StateFile} wrote, or the last whole line of those that
 * `wdstream stream --json` prints.
 *
 * @returns The state; `undefined` where there is no such file, or no whole line in it: then a run has not got so far.
 */
export async function readSavedState(path: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readAll(toSource(path), MAX_BYTES, undefined);
  } catch (error) {
    if (error instanceof WdsError && error.code === "source/not-found") return undefined;
    throw error;
  }
  // A line that was cut off when its writer was killed has no end.
  const end = bytes.lastIndexOf(0x0a);
  if (end < 0) return undefined;
  const start = bytes.lastIndexOf(0x0a, end - 1) + 1;
  const line = new TextDecoder().decode(bytes.subarray(start, end));
  try {
    const value = JSON.parse(line);
    return value?.state ?? value;
  } catch {
    return line;
  }
}

const INTERVAL_MS = 1000;

/** A file that has the state of a pass. */
export class StateFile {
  readonly #path: string;
  #lastMs = -Infinity;
  #state: OrderState | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes the state of items whose output is written; it goes to the file at most once a second. */
  async update(state: OrderState | undefined): Promise<void> {
    this.#state = state;
    const now = performance.now();
    if (now - this.#lastMs < INTERVAL_MS) return;
    this.#lastMs = now;
    await this.finish();
  }

  /** Writes the state that was taken last. */
  async finish(): Promise<void> {
    if (this.#state === undefined) return;
    const text = `${JSON.stringify(this.#state)}\n`;
    this.#state = undefined;
    this.#writing = this.#writing.then(() => writeFileWhole(this.#path, text));
    await this.#writing;
  }
}
