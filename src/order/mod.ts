/**
 * The order of an epoch, without any I/O: plans, shards and samples in random order, shares of ranks, mixes,
 * selections, and the states by which a pass goes on where another was left.
 *
 * ```ts
 * import { locateSample, orderEpoch, RankSequence } from "@wdstream/wdstream/order";
 *
 * const order = orderEpoch({ lengths: [100, 100, 80], seed: 1, epoch: 0, lanes: 4, window: 8 });
 * const sequence = new RankSequence({ from: 0, to: order.sampleCount }, { rank: 1, world: 2 });
 * const find = locateSample(order);
 * for (let n = 0; n < sequence.length; n++) {
 *   const { shard, index } = find(sequence.at(n).position);
 *   if (shard > 2 || index > 99) throw new Error("not in the dataset");
 * }
 * ```
 *
 * @module
 */
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorPlace,
  type Failure,
  OrderError,
  WdsError,
} from "../errors.ts";
export { pythonRandom } from "../numbers/mersenne_twister.ts";
export { type Purpose, randomFor, seededRandom } from "../numbers/seeded_random.ts";
export type { SampleDraw, Stream } from "../numbers/seeded_random.ts";
export { RandomSource } from "../numbers/random_source.ts";
export { dealShards, LaneTurns, listLanes } from "./deal.ts";
export type { DealOptions } from "./deal.ts";
export { splitFromEnvironment } from "./environment.ts";
export type { EnvironmentSplit } from "./environment.ts";
export { locateSample, orderEpoch } from "./epoch_order.ts";
export type { EpochOrder, LaneOrders, OrderedSample, Turn } from "./epoch_order.ts";
export { replayEpoch, type ReplayOptions } from "./replay.ts";
export { RunCursor, SpelledLane, WindowLane } from "./lane.ts";
export type { LaneOrder, Run } from "./lane.ts";
export { formatMarks, parseMarks } from "./lane_marks.ts";
export type { LaneMark } from "./lane_marks.ts";
export { LaneBuffer, OpenLaneBuffer } from "./lane_buffer.ts";
export type { LaneBufferOptions } from "./lane_buffer.ts";
export { mixEpoch } from "./mix.ts";
export type { MixOptions, MixOrder, MixPart, MixStop } from "./mix.ts";
export { defaultLanes, indexAt, laneLength, listRuns, locate, planEpoch } from "./plan.ts";
export { PlanLanes, spellOrder, walkLane, walkRuns } from "./plan.ts";
export type { EpochPlan, PlanOptions, SamplePlace } from "./plan.ts";
export { checkPrint, printOrder } from "./print.ts";
export type { Print, PrintedPart, PrintField, PrintOptions } from "./print.ts";
export { turnWorkers } from "./python_shuffle.ts";
export type { Loader, WorkerPlace } from "./python_shuffle.ts";
export { countReaders, RankSequence } from "./ranks.ts";
export type { Deal, Done, Positions, RankPosition, Split } from "./ranks.ts";
export { doneIn, resumeOrder } from "./resume.ts";
export type { Resume, ResumeOptions } from "./resume.ts";
export { selectAll, selectSamples, skipSelected, takeSelected } from "./select.ts";
export type {
  RandomCount,
  Selection,
  SelectOptions,
  SelectWithinOptions,
  SplitIndex,
} from "./select.ts";
export { parseState } from "./state.ts";
export type { EpochDone, OrderState } from "./state.ts";
export { timmOrder } from "./timm_order.ts";
export type { TimmOrderOptions } from "./timm_order.ts";
export { mixAtRandom, mixInTurn } from "./webdataset_mix.ts";
export type { MixedItem, RandomMixOptions, RoundRobinOptions } from "./webdataset_mix.ts";
export { makeSeed, resampleShards, shuffleShardList, webdatasetOrder } from "./webdataset_order.ts";
export type { PythonOrder, PythonOrderOptions, PythonSeed } from "./webdataset_order.ts";
export type { ResampleOptions, WebdatasetOrderOptions } from "./webdataset_order.ts";
export type { WindowSeed } from "./window.ts";
