/**
 * Tools for whole datasets: what the commands of the command line do, as functions.
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
export { initEncoder } from "../image/encode/baseline.ts";
export { type Condition, type ConditionSubject, parseCondition } from "./expression.ts";
export { pack, type PackOptions, type PackReport } from "./pack.ts";
export type { PackLayout } from "./pack_items.ts";
export { packTables, type PackTablesOptions, type PackTablesReport } from "./pack_tables.ts";
export type { TableColumnOptions } from "./table_columns.ts";
export type { KeyOrigin } from "./table_samples.ts";
export { reshard, type ReshardOptions, type ReshardReport } from "./reshard.ts";
export type { JoinOptions } from "./joined_table.ts";
export type { SampleRules } from "./sample_rules.ts";
export type { WrittenOptions, WrittenProgress, WrittenReport } from "./written.ts";
export { type Check, type CheckCounts, CHECKS, type Finding } from "./findings.ts";
export type { ShardReport, VerifyReport } from "./findings.ts";
export { verifyShards } from "./verify.ts";
export type { WorkerState } from "../workers/state.ts";
export type { VerifyOptions } from "./verify.ts";
export { repairShards } from "./repair.ts";
export type { RepairOptions, RepairReport } from "./repair.ts";
export { formatJunit, formatVerifyPage } from "./verify_report.ts";
export type { ShardInputs } from "./sources.ts";
export { collectStatistics, type StatisticsOptions } from "./collect_statistics.ts";
export { describeChannels, mergeStatistics } from "./statistics.ts";
export type {
  ChannelStatistics,
  Counts,
  DatasetStatistics,
  FieldStatistics,
} from "./statistics.ts";
export { formatStatistics, formatStatisticsPage } from "./statistics_report.ts";
export { describeSample } from "./describe_sample.ts";
export type { DescribedSample, DescribeOptions } from "./describe_sample.ts";
export { type Difference, type DiffOptions, type DiffReport, diffShards } from "./diff.ts";
export { makeContactSheet } from "./contact_sheet.ts";
export type { ContactSheet, ContactSheetCell, ContactSheetOptions } from "./contact_sheet.ts";
export { formatContactSheetPage } from "./contact_sheet_page.ts";
export { measureShards } from "./measure_shards.ts";
export type { Measured, MeasuredStage, MeasureOptions, MeasureProgress } from "./measure_shards.ts";
