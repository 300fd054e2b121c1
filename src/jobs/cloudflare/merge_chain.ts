/**
 * Which of the messages that ask for the merge of a job goes on: one, however often a queue hands one out.
 *
 * @module
 */
import type { Store } from "../../storage/store.ts";
import { canonicalJson, isObject, type Json } from "../canonical.ts";
import { putText, readText } from "../receipt.ts";

/** Which message is the next one. */
export interface MergeTurn {
  /** Of which submission it is. */
  readonly chain: string;
  /** How many came before it. */
  readonly turn: number;
}

/** Where the store says which message was sent last. */
const ASKED_NAME = ".wdstream/asked.json";

/** Begins a chain, with which that of an earlier submission ends. */
export async function beginChain(store: Store): Promise<MergeTurn> {
  const first = { chain: crypto.randomUUID(), turn: 0 };
  await noteSent(store, first);
  return first;
}

/** Whether a message is the last one that was sent: if not, another one goes on. */
export async function isLatest(store: Store, { chain, turn }: MergeTurn): Promise<boolean> {
  const sent: unknown = JSON.parse(await readText(store, ASKED_NAME) ?? "null");
  // Where nothing can be read, asking twice does no harm.
  if (!isObject(sent as Json)) return true;
  const { chain: latest, turn: last } = sent as Partial<MergeTurn>;
  return latest === chain && last! <= turn;
}

/** Notes that a message was sent. It is noted behind the sending: a crash between doubles the chain, and does not end it. */
export async function noteSent(store: Store, { chain, turn }: MergeTurn): Promise<void> {
  const text = canonicalJson({ wdstream: "asked", version: 1, chain, turn });
  await putText(store, ASKED_NAME, text, { ifAbsent: false, owner: "m" });
}
