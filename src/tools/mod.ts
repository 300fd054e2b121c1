/**
 * Tools that look at shards: what is wrong with them, what is in them.
 *
 * ```ts
 * import { verifyShards } from "@wdstream/wdstream/tools";
 * import "@wdstream/wdstream/formats";
 *
 * const { findings } = await verifyShards("src/dataset/sample.tar", { classes: 1000 });
 * for (const { shard, key, offsetBytes, message } of findings) console.log(shard, key, offsetBytes, message);
 * ```
 *
 * @module
 */
export { type Check, type CheckCounts, CHECKS, type Finding } from "./findings.ts";
export type { ShardReport, VerifyReport } from "./findings.ts";
export { verifyShards } from "./verify.ts";
export type { VerifyOptions } from "./verify.ts";
export { repairShards } from "./repair.ts";
export type { RepairOptions, RepairReport } from "./repair.ts";
export { formatJunit, formatVerifyPage } from "./verify_report.ts";
export type { ShardInputs } from "./sources.ts";
