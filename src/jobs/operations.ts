/**
 * The list of operations: one line each. What one needs is loaded with it.
 *
 * @module
 */
import { planError } from "./errors.ts";
import type { Operation } from "./operation.ts";

/** Name of an operation. */
export type OperationName = "verify" | "stats" | "index" | "resize" | "reshard" | "map";

/** The operations by their names. */
export const OPERATIONS: Readonly<Record<OperationName, () => Promise<Operation>>> = {
  verify: async () => (await import("./operations/verify.ts")).operation,
  stats: async () => (await import("./operations/stats.ts")).operation,
  index: async () => (await import("./operations/index_shards.ts")).operation,
  resize: async () => (await import("./operations/resize.ts")).operation,
  reshard: async () => (await import("./operations/reshard.ts")).operation,
  map: async () => (await import("./operations/map.ts")).operation,
};

/**
 * Loads an operation.
 *
 * @throws {JobError} `job/plan` if there is none of that name.
 */
export async function loadOperation(name: string): Promise<Operation> {
  if (!Object.hasOwn(OPERATIONS, name)) {
    throw planError(`there is no operation "${name}", only ${Object.keys(OPERATIONS).join(", ")}`);
  }
  return await OPERATIONS[name as OperationName]();
}
