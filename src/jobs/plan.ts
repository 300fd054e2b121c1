/**
 * The plan of a job: what is done to which shards, as data that all who work on it share.
 *
 * @module
 */
import type { JobError } from "../errors.ts";
import { KERNEL_DIGEST } from "../image/kernel_digest.ts";
import { isLocalText } from "./address.ts";
import {
  canonicalBytes,
  canonicalJson,
  findDifference,
  isObject,
  type Json,
  type JsonObject,
} from "./canonical.ts";
import { planError } from "./errors.ts";

/** An input, and what tells its version from others. */
export interface JobInput {
  /** Its URL or path, without credentials and signatures. */
  readonly url: string;
  /** Size of the object in bytes. */
  readonly sizeBytes?: number;
  /** Entity tag of its version, in its quotes. */
  readonly etag?: string;
  /** In whole milliseconds since 1970; of objects without an entity tag. */
  readonly lastModifiedMs?: number;
}

/** A user's module. */
export interface JobModule {
  /** Its URL or path. */
  readonly url: string;
  /** SHA-256 of its file, in hexadecimal digits. */
  readonly sha256: string;
}

/** A job: plain JSON without secrets, of which the key is the SHA-256. */
export interface JobPlan {
  /** What tells that it is a plan. */
  readonly wdstream: "job";
  /** Version of the format. */
  readonly version: 1;
  /** What is done: `"resize"`. */
  readonly operation: string;
  /** How. */
  readonly options: JsonObject;
  /** SHA-256 of the kernel, where what is made depends on it. */
  readonly kernel?: string;
  /** The module of `map`. */
  readonly module?: JobModule;
  /** The shards, in their order. */
  readonly inputs: readonly JobInput[];
  /** Names of what the tasks make, one a task; empty where they write receipts alone, one for each input. */
  readonly outputs: readonly string[];
}

/** Name of the plan in the store of a job. */
export const PLAN_NAME = ".wdstream/plan.json";

/** Number of the tasks of a plan. */
export function countTasks({ inputs, outputs }: JobPlan): number {
  return outputs.length || inputs.length;
}

/** The text of a plan in UTF-8, of which the key is the SHA-256. */
export function formatPlan(plan: JobPlan): Uint8Array<ArrayBuffer> {
  return canonicalBytes(plan as unknown as Json);
}

/**
 * Reads a plan.
 *
 * @throws {JobError} `job/plan` if it is none, of a later version, or one that this release cannot go by.
 */
export function parsePlan(text: string): JobPlan {
  let plan: Json;
  try {
    plan = JSON.parse(text);
  } catch {
    throw planError("it is no JSON");
  }
  checkPlan(plan);
  return plan as unknown as JobPlan;
}

/**
 * Looks whether a value is a plan.
 *
 * @throws {JobError} As {@linkcode parsePlan}.
 */
export function checkPlan(plan: Json): void {
  if (!isObject(plan) || plan.wdstream !== "job") throw planError("it is a file of another kind");
  if (plan.version !== 1) {
    throw planError(`its version is ${plan.version}, and this release knows 1`);
  }
  const { operation, options, kernel, inputs, outputs, module } = plan;
  const isSound = typeof operation === "string" && isObject(options) &&
    isList(inputs, (input) => isObject(input) && typeof input.url === "string") &&
    isList(outputs, (name) => typeof name === "string" && isOutputName(name)) &&
    (module === undefined || (isObject(module) && typeof module.url === "string"));
  if (!isSound) throw planError("it is damaged");
  if (kernel !== undefined && kernel !== KERNEL_DIGEST) {
    throw planError(
      "it was made by a release with another kernel, whose pixels may be others; go on with that release",
    );
  }
}

function isList(value: Json | undefined, isItem: (item: Json) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

/** Whether a name lies in the folder of the job, and is none of the ledger's. */
function isOutputName(name: string): boolean {
  return isLocalText(name) && !/^[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)|^\.wdstream\//.test(name) &&
    name !== "";
}

/** The error where a folder has another plan than the one that is meant. */
export function otherPlanError(there: JobPlan, own: JobPlan): JobError {
  // What was mistyped comes first, and what follows from it after.
  const order = [
    "operation",
    "options",
    "module",
    "inputs",
    "outputs",
    "kernel",
    "version",
  ] as const;
  const { path, a, b } = order.map((name) =>
    findDifference(there[name] as unknown as Json, own[name] as unknown as Json, name)
  ).find((found) => found !== undefined)!;
  const tell = (value: Json | undefined): string =>
    value === undefined ? "none" : canonicalJson(value).slice(0, 200);
  return planError(
    `what was begun there had ${path.replace(/^options\./, "")} ${tell(a)}, and not ${tell(b)}; ` +
      "go on as it was begun, or write elsewhere",
  );
}
