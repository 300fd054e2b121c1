/**
 * Tools for whole datasets: what the commands of the command line do, as functions.
 *
 * @module
 */
export { type Condition, type ConditionSubject, parseCondition } from "./expression.ts";
export { pack, type PackOptions, type PackReport } from "./pack.ts";
export type { PackLayout } from "./pack_items.ts";
export { reshard, type ReshardOptions } from "./reshard.ts";
export type { WrittenOptions, WrittenProgress, WrittenReport } from "./written.ts";
