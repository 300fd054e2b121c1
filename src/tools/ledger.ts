/**
 * What a tool that writes shards has finished, in a file beside them: whoever is killed goes on from there.
 *
 * @module
 */
import { OrderError, SourceError } from "../errors.ts";
import type { ListedShard } from "../index/wids.ts";
import { readAll } from "../storage/read_all.ts";
import { createDraft, putWhole, type Store } from "../storage/store.ts";

/** Lines of millions of shards. */
const MAX_LEDGER_BYTES = 256 * 1024 * 1024;

/** What all runs that write the same have in common, by the names that an error uses. */
export type LedgerPrint = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a run has finished; JSON. */
export interface LedgerEntry<State> {
  /** Shards that are in place, in their order. */
  readonly shards: readonly ListedShard[];
  /** Where the run stood behind the last of them; absent before the first. */
  readonly state?: State;
  /** Samples that were left out for a fault until then. */
  readonly skipped: number;
  /** Samples that a filter has left out until then. */
  readonly dropped: number;
  /** Whether there is nothing left to do. */
  readonly isDone: boolean;
}

/** What is begun with. */
const EMPTY = { shards: [], skipped: 0, dropped: 0, isDone: false } as const;

/** How a ledger is opened. */
export interface LedgerOptions {
  /** The tool that writes. */
  readonly tool: string;
  /** Name of the ledger in the store. */
  readonly name: string;
  readonly print: LedgerPrint;
  /** Whether a name is that of a shard that the tool writes, or of what lies beside it. */
  readonly isOutput: (name: string) => boolean;
  /** Names of what is written at the end. */
  readonly lists: readonly string[];
  /** The name of what is written first, for stores that cannot be listed. */
  readonly first: string;
  readonly signal?: AbortSignal;
}

/** The file that says what is finished. It is written after what it speaks of, which is written again if need be. */
export class Ledger<State> {
  /** What is finished. */
  entry: LedgerEntry<State>;
  readonly #store: Store;
  readonly #options: LedgerOptions;

  private constructor(store: Store, options: LedgerOptions, entry: LedgerEntry<State>) {
    this.#store = store;
    this.#options = options;
    this.entry = entry;
  }

  /**
   * Reads what an earlier run has left, or begins anew where there was none, or one that has written no shard: a
   * command that was mistyped. Drafts of files that it left are taken away.
   *
   * @throws {SourceError} `source/exists` if something is there that no run has written.
   * @throws {OrderError} `order/changed` if an earlier run wrote something else; `order/state` if its file is damaged.
   */
  static async open<State>(store: Store, options: LedgerOptions): Promise<Ledger<State>> {
    const saved = await readIfThere(store, options);
    if (saved === undefined) {
      await checkFree(store, options);
      const ledger = new Ledger<State>(store, options, EMPTY);
      await ledger.save(EMPTY);
      return ledger;
    }
    const { entry, changed } = parseEntry<State>(saved, options);
    const isEmpty = entry.shards.length === 0 && !entry.isDone;
    if (changed !== undefined && (!isEmpty || await hasOutput(store, options))) throw changed;
    await removeDrafts(store, options);
    const ledger = new Ledger<State>(store, options, changed === undefined ? entry : EMPTY);
    if (changed !== undefined) await ledger.save(EMPTY);
    return ledger;
  }

  /** Writes what is finished now. */
  async save(entry: LedgerEntry<State>): Promise<void> {
    this.entry = entry;
    const { tool, print, name, signal } = this.#options;
    const text = `${JSON.stringify({ wdstream: tool, version: 1, print, ...entry })}\n`;
    const draft = await createDraft(this.#store, name, { ifAbsent: false, signal });
    await putWhole(draft, new TextEncoder().encode(text));
  }
}

async function readIfThere(
  store: Store,
  { name, signal }: LedgerOptions,
): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readAll(store.open(name), MAX_LEDGER_BYTES, signal));
  } catch (error) {
    if (error instanceof SourceError && error.code === "source/not-found") return undefined;
    throw error;
  }
}

/** What a ledger says; with an error, where it is that of another run. */
function parseEntry<State>(
  text: string,
  { tool, name, print }: LedgerOptions,
): { readonly entry: LedgerEntry<State>; readonly changed?: OrderError } {
  const fail = (code: "order/state" | "order/changed", reason: string): OrderError =>
    new OrderError(code, { action: `go on from "${name}"`, reason });
  let saved: Record<string, unknown> | null;
  try {
    saved = JSON.parse(text);
  } catch {
    throw fail("order/state", "it is no JSON");
  }
  if (saved?.wdstream !== tool || saved.version !== 1 || !Array.isArray(saved.shards)) {
    throw fail("order/state", `it was not written by ${tool} of this version`);
  }
  const before = (saved.print ?? {}) as LedgerPrint;
  const field = [...new Set([...Object.keys(before), ...Object.keys(print)])]
    .find((each) => before[each] !== print[each]);
  const tell = (value: unknown): string => value === undefined ? "none" : JSON.stringify(value);
  const changed = field && fail(
    "order/changed",
    `what was begun there had ${field} ${tell(before[field])}, and not ${tell(print[field])}; ` +
      "go on as it was begun, or write elsewhere",
  );
  const { shards, state, skipped = 0, dropped = 0, isDone = false } = saved;
  const entry = {
    shards: shards as ListedShard[],
    ...(state === undefined ? {} : { state: state as State }),
    skipped: Number(skipped),
    dropped: Number(dropped),
    isDone: isDone === true,
  };
  return { entry, ...(changed && { changed }) };
}

async function hasOutput(
  store: Store,
  { isOutput, first, signal }: LedgerOptions,
): Promise<boolean> {
  return await findOutput(store, isOutput, first, signal) !== undefined;
}

/** Throws where something has a name that is to be written. */
async function checkFree(store: Store, { isOutput, first, signal }: LedgerOptions): Promise<void> {
  const found = await findOutput(store, isOutput, first, signal);
  if (found === undefined) return;
  throw new SourceError("source/exists", {
    action: `write "${first}"`,
    reason: `"${found}" is there already; write elsewhere, or take it away`,
    shard: first,
  });
}

async function findOutput(
  store: Store,
  isOutput: (name: string) => boolean,
  first: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    if (store.list === undefined) {
      await readAll(store.open(first), 0, signal);
      return first;
    }
    const prefix = first.slice(0, first.lastIndexOf("/") + 1);
    for await (const { name } of store.list(prefix, { signal, isFlat: true })) {
      if (isOutput(name)) return name;
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (error.code === "source/too-large") return first;
    if (error.code !== "source/not-found") throw error;
  }
  return undefined;
}

/** What `FileDraft` adds to a name. */
const DRAFT = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Takes drafts away that a process has left which was killed. */
async function removeDrafts(
  store: Store,
  { isOutput, lists, name: own, first, signal }: LedgerOptions,
): Promise<void> {
  if (store.remove === undefined || store.list === undefined) return;
  const folder = first.slice(0, first.lastIndexOf("/") + 1);
  const drafts: string[] = [];
  for await (const { name } of store.list(folder, { signal, isFlat: true })) {
    const whole = name.replace(DRAFT, "");
    if (whole === name) continue;
    const isOwn = whole === own || isOutput(whole) ||
      lists.some((list) => whole === folder + list);
    if (isOwn) drafts.push(name);
  }
  for (const draft of drafts) await store.remove(draft);
}
