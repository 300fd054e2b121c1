/**
 * Receipts: what says that a task is done. A task without one is not, whatever a queue says.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { readAll } from "../storage/read_all.ts";
import { createDraft, putWhole, type Store } from "../storage/store.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "./canonical.ts";
import type { ObjectDigest } from "./digest.ts";
import { planError } from "./errors.ts";
import type { JobInput } from "./plan.ts";

/** An object that a task has made. */
export interface ReceiptOutput extends ObjectDigest {
  /** Its name in the store of the job. */
  readonly name: string;
}

/** What a task leaves when it is done. */
export interface Receipt {
  /** What tells that it is a receipt. */
  readonly wdstream: "receipt";
  /** Version of the format. */
  readonly version: 1;
  /** Key of the plan. */
  readonly plan: string;
  /** Number of the task. */
  readonly task: number;
  /** The input of that number, as it was; absent where the task has read several. */
  readonly input?: JobInput;
  /** What is in place. */
  readonly outputs: readonly ReceiptOutput[];
  /** Numbers that add up: samples, faults that were left out and so on. */
  readonly counts: Readonly<Record<string, number>>;
  /** What the operation has found out. */
  readonly result?: JsonObject;
}

/** Findings and statistics of a shard, at most. */
const MAX_RECEIPT_BYTES = 64 * 1024 * 1024;

/** Name of the receipt of a task. */
export function receiptName(task: number): string {
  return `.wdstream/done/${task}.json`;
}

/** The text of a receipt: equal ones have the same. */
export function formatReceipt(receipt: Receipt): string {
  return canonicalJson(receipt as unknown as Json);
}

/**
 * Reads the receipt of a task.
 *
 * @returns Absent where there is none.
 * @throws {JobError} `job/plan` if it is damaged, or of another plan.
 */
export async function readReceipt(
  store: Store,
  key: string,
  task: number,
  signal?: AbortSignal,
): Promise<Receipt | undefined> {
  const text = await readText(store, receiptName(task), signal);
  if (text === undefined) return undefined;
  let receipt: Json;
  try {
    receipt = JSON.parse(text);
  } catch {
    throw planError(`"${receiptName(task)}" is no JSON`);
  }
  if (!isObject(receipt)) throw planError(`"${receiptName(task)}" is damaged`);
  const isSound = receipt.wdstream === "receipt" && receipt.version === 1 &&
    receipt.task === task && Array.isArray(receipt.outputs) && isObject(receipt.counts);
  if (!isSound) throw planError(`"${receiptName(task)}" is damaged`);
  if (receipt.plan !== key) throw planError(`"${receiptName(task)}" is that of another plan`);
  return receipt as unknown as Receipt;
}

/** A small object as text; absent where there is none. */
export async function readText(
  store: Store,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readAll(store.open(name), MAX_RECEIPT_BYTES, signal));
  } catch (error) {
    if (error instanceof SourceError && error.code === "source/not-found") return undefined;
    throw error;
  }
}

/** Name of a draft, by which `merge` tells whose it is: the number of a task, or `m` for the ledger's own. */
export function draftName(owner: number | "m"): string {
  return `.wdstream/tmp/${owner}-${crypto.randomUUID()}`;
}

/** How an object of the ledger is put. */
export interface PutTextOptions {
  /** Whether what is there stays. */
  readonly ifAbsent: boolean;
  readonly owner: number | "m";
  readonly signal?: AbortSignal;
}

/** Puts a small object, as a whole or not at all. */
export async function putText(
  store: Store,
  name: string,
  text: string | Uint8Array,
  { ifAbsent, owner, signal }: PutTextOptions,
): Promise<boolean> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const draft = await createDraft(store, name, { ifAbsent, draft: draftName(owner), signal });
  return await putWhole(draft, bytes);
}
