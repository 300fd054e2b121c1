/** A store in memory whose processes are killed before and after each of its steps. */

import { SourceError } from "../../src/errors.ts";
import type { ObjectDraft, PutOptions, Store, StoredObject } from "../../src/storage/store.ts";
import type { Source } from "../../src/storage/source.ts";
import { toSource } from "../../src/storage/mod.ts";
import { concatenate } from "../../src/concatenate.ts";

/** What a killed process ends with. */
export class Killed extends Error {}

/** Objects, and drafts of them, which outlive the processes that write. */
export class JobStore {
  /** What is in place. */
  readonly files = new Map<string, Uint8Array>();
  /** What is being written, or was when its process was killed. */
  readonly drafts = new Map<string, Uint8Array>();

  /** All that it is asked, for a process that is killed at a step; the first step is 1, and 0 is never. */
  process(killAt = 0): JobProcess {
    return new JobProcess(this, killAt);
  }

  /** The same, which is changed by itself. */
  copy(): JobStore {
    const copy = new JobStore();
    for (const [name, bytes] of this.files) copy.files.set(name, bytes);
    for (const [name, bytes] of this.drafts) copy.drafts.set(name, bytes);
    return copy;
  }

  /** What is in place, without the ledger. */
  get outputs(): [string, string][] {
    return [...this.files].filter(([name]) => !name.startsWith(".wdstream/"))
      .map(([name, bytes]): [string, string] => [name, text(bytes)]).sort();
  }

  /** All that is in place. */
  get all(): [string, string][] {
    return [...this.files].map(([name, bytes]): [string, string] => [name, text(bytes)]).sort();
  }
}

/** Bytes, one letter each. */
export function text(bytes: Uint8Array): string {
  return [...bytes].map((byte) => String.fromCharCode(byte)).join("");
}

/** A store as one process has it. */
export class JobProcess implements Store {
  /** The steps that it has taken, what was done of one before it was killed included. */
  readonly steps: string[] = [];
  /** Whether it was killed. */
  isKilled = false;
  readonly #store: JobStore;
  readonly #killAt: number;
  #count = 0;

  constructor(store: JobStore, killAt: number) {
    this.#store = store;
    this.#killAt = killAt;
  }

  /** Takes a step; killed before it, or after it. */
  async step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    this.#check(`before ${name}`);
    const done = await work();
    this.#check(`after ${name}`);
    return done;
  }

  #check(name: string): void {
    if (this.isKilled) throw new Killed("it is dead");
    this.#count++;
    this.steps.push(name);
    if (this.#count !== this.#killAt) return;
    this.isKilled = true;
    throw new Killed(name);
  }

  open(name: string): Source {
    const find = (): Source => {
      const bytes = this.#store.files.get(name) ?? this.#store.drafts.get(name);
      if (bytes !== undefined) return toSource(bytes, { name });
      throw new SourceError("source/not-found", {
        action: `open "${name}"`,
        reason: "it is not there",
        shard: name,
      });
    };
    const short = shorten(name);
    return {
      name,
      open: (options) => this.step(`open ${short}`, () => find().open(options)),
      stat: (options) => this.step(`stat ${short}`, () => find().stat!(options)),
    };
  }

  async *list(prefix = ""): AsyncIterable<StoredObject> {
    const names = await this.step(
      `list ${prefix}`,
      () => [...this.#store.files.keys(), ...this.#store.drafts.keys()].sort(),
    );
    for (const name of names) if (name.startsWith(prefix)) yield { name };
  }

  async create(name: string, options: PutOptions = {}): Promise<ObjectDraft> {
    const { ifAbsent, draft = `${name}.draft` } = options;
    const { files, drafts } = this.#store;
    const short = shorten(name);
    await this.step(`begin ${short}`, () => void drafts.set(draft, new Uint8Array(0)));
    const find = (): Uint8Array => {
      const bytes = drafts.get(draft);
      if (bytes !== undefined) return bytes;
      throw new SourceError("source/write", {
        action: `write "${name}"`,
        reason: "it was taken away",
        shard: name,
      });
    };
    return {
      write: (bytes) =>
        this.step(`write ${short}`, () => void drafts.set(draft, concatenate([find(), bytes]))),
      finish: () =>
        this.step(`finish ${short}`, () => {
          const bytes = find();
          drafts.delete(draft);
          if (ifAbsent && files.has(name)) return false;
          files.set(name, bytes);
          return true;
        }),
      discard: () => this.step(`discard ${short}`, () => void drafts.delete(draft)),
    };
  }

  async remove(name: string): Promise<void> {
    await this.step(`remove ${shorten(name)}`, () => {
      this.#store.files.delete(name);
      this.#store.drafts.delete(name);
    });
  }
}

/** Names of steps are the same for all tasks. */
function shorten(name: string): string {
  return name.replace(/\d+/g, "N").replace(/tmp\/.*/, "tmp");
}
