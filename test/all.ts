/** Every case that needs no file system, process or server: one line a list. */

import { cases as edgeHandler } from "./edge/edge.cases.ts";
import { cases as edgeCards } from "./edge/edge_cards.cases.ts";
import { cases as edgeSearch } from "./edge/edge_search.cases.ts";
import { cases as edgeVisitors } from "./edge/edge_visitors.cases.ts";
import { cases as edgePictures } from "./image/picture.cases.ts";
import { cases as edgePolicy } from "./edge/edge_policy.cases.ts";
import { cases as inspectParts } from "./inspect/parts.cases.ts";
import { cases as inspectSessions } from "./inspect/session.cases.ts";
import { cases as inspectShardFiles } from "./inspect/shard_files.cases.ts";
import { cases as inspectShelf } from "./inspect/shelf.cases.ts";
import type { TestCase } from "./case.ts";
import { cases as fields } from "./sample/field.cases.ts";
import { cases as grouping } from "./sample/group.cases.ts";
import { cases as brace } from "./storage/braces.cases.ts";
import { cases as gunzip } from "./storage/gunzip.cases.ts";
import { cases as memorySources } from "./storage/memory.cases.ts";
import { cases as integers } from "./sample/integer.cases.ts";
import { cases as json } from "./sample/json.cases.ts";
import { cases as typedFields } from "./dataset/typed.cases.ts";
import { cases as oddities } from "./dataset/oddities.cases.ts";
import { cases as packed } from "./sample/packed.cases.ts";
import { cases as npz } from "./sample/npz.cases.ts";
import { cases as redaction } from "./storage/redact.cases.ts";
import { cases as caches } from "./storage/cache.cases.ts";
import { cases as folders } from "./storage/folders.cases.ts";
import { cases as azure } from "./storage/azure.cases.ts";
import { cases as hubs } from "./storage/hub.cases.ts";
import { cases as limits } from "./storage/limits.cases.ts";
import { cases as modelscope } from "./storage/modelscope.cases.ts";
import { cases as plannedRequests } from "./storage/planned_requests.cases.ts";
import { cases as s3 } from "./storage/s3.cases.ts";
import { cases as segments } from "./storage/segments.cases.ts";
import { cases as stores } from "./storage/store.cases.ts";
import { cases as versions } from "./storage/version.cases.ts";
import { cases as npy } from "./sample/npy.cases.ts";
import { cases as tarDamage } from "./tar/damage.cases.ts";
import { cases as tarFormat } from "./tar/format.cases.ts";
import { cases as tarKinds } from "./tar/kinds.cases.ts";
import { cases as tarLimits } from "./tar/limits.cases.ts";
import { cases as tarSparse } from "./tar/sparse.cases.ts";
import { cases as tarStreams } from "./tar/stream.cases.ts";
import { cases as tarWriting } from "./tar/write.cases.ts";
import { cases as imageCoefficients } from "./image/coefficients.cases.ts";
import { cases as imageEvaluation } from "./image/evaluation.cases.ts";
import { cases as imageFormats } from "./image/formats.cases.ts";
import { cases as imageHeads } from "./image/read_size.cases.ts";
import { cases as imageGeometry } from "./image/geometry.cases.ts";
import { cases as imageMath } from "./numbers/math.cases.ts";
import { cases as imagePresets } from "./image/presets.cases.ts";
import { cases as imageProcessors } from "./image/processor.cases.ts";
import { cases as imageMasks } from "./image/mask.cases.ts";
import { cases as contactSheets } from "./tools/contact_sheet.cases.ts";
import { cases as webdatasetFields } from "./dataset/webdataset_fields.cases.ts";
import { cases as pngFilters } from "./image/png_filters.cases.ts";
import { cases as maskFiles } from "./image/mask_files.cases.ts";
import { cases as imageTraining } from "./image/training.cases.ts";
import { cases as decoders } from "./image/codec.cases.ts";
import { cases as faultRecords } from "./workers/error_record.cases.ts";
import { cases as prefetch } from "./steps/prefetch.cases.ts";
import { cases as verb } from "./steps/verb.cases.ts";
import { cases as datasets } from "./dataset/webdataset.cases.ts";
import { cases as tarDrivers } from "./index/drivers.cases.ts";
import { cases as headerWalks } from "./index/walk.cases.ts";
import { cases as datasetFaults } from "./dataset/faults.cases.ts";
import { cases as indexFaults } from "./index/index_faults.cases.ts";
import { cases as shardIndexes } from "./index/index.cases.ts";
import { cases as datasetTransforms } from "./dataset/transform.cases.ts";
import { cases as columns } from "./dataset/columns.cases.ts";
import { cases as tensors } from "./dataset/tensors.cases.ts";
import { cases as places } from "./dataset/place.cases.ts";
import { cases as datasetOrders } from "./dataset/order.cases.ts";
import { cases as mixes } from "./dataset/mix.cases.ts";
import { cases as pipelines } from "./dataset/pipelines.cases.ts";
import { cases as reports } from "./dataset/report.cases.ts";
import { cases as choices } from "./dataset/choose.cases.ts";
import { cases as replays } from "./dataset/replay.cases.ts";
import { cases as orderReads } from "./dataset/order_reads.cases.ts";
import { cases as known } from "./dataset/known.cases.ts";
import { cases as dealt } from "./dataset/dealt.cases.ts";
import { cases as wholeHosts } from "./dataset/whole_hosts.cases.ts";
import { cases as bounds } from "./dataset/bounds.cases.ts";
import { cases as splitIndexes } from "./index/split.cases.ts";
import { cases as jobs } from "./jobs/job.cases.ts";
import { cases as cloudflareJobs } from "./jobs/cloudflare.cases.ts";
import { cases as reshardJobs } from "./jobs/reshard_job.cases.ts";
import { cases as verifyJobs } from "./jobs/verify_job.cases.ts";
import { cases as jobOperations } from "./jobs/operations.cases.ts";
import { cases as jobCommits } from "./jobs/commit.cases.ts";
import { cases as expressions } from "./tools/expression.cases.ts";
import { cases as baselineFiles } from "./image/baseline.cases.ts";
import { cases as baselineSweep } from "./image/baseline_sweep.cases.ts";
import { cases as resizes } from "./tools/resize.cases.ts";
import { cases as resizedMasks } from "./tools/resize_masks.cases.ts";
import { cases as packs } from "./tools/pack.cases.ts";
import { cases as reshards } from "./tools/reshard.cases.ts";
import { cases as differences } from "./tools/diff.cases.ts";
import { cases as salvages } from "./tools/salvage.cases.ts";
import { cases as statistics } from "./tools/statistics.cases.ts";
import { cases as verifications } from "./tools/verify.cases.ts";
import { cases as shardWriters } from "./writing/shard_writer.cases.ts";
import { cases as contents } from "./dataset/content.cases.ts";
import { cases as unavailable } from "./dataset/unavailable.cases.ts";
import { cases as imagenet } from "./imagenet/imagenet.cases.ts";
import { cases as reference } from "./reference/reference.cases.ts";
import { cases as imageJpegBlocks } from "./image/jpeg_blocks.cases.ts";
import { cases as imageJpegProgressive } from "./image/jpeg_progressive.cases.ts";
import { cases as imageJpegFixtures } from "./image/jpeg_fixtures.cases.ts";
import { cases as imageResize } from "./image/resize.cases.ts";
import { cases as imageResizeTorch } from "./image/resize_torch.cases.ts";
import { cases as timmSettings } from "./image/timm.cases.ts";
import { cases as kernelMemory } from "./kernel/memory.cases.ts";
import { cases as imageTransform } from "./image/transform.cases.ts";
import { cases as imageHostile } from "./image/jpeg_hostile.cases.ts";
import { cases as jpegHistory } from "./image/jpeg_history.cases.ts";
import { cases as edgeFuzz } from "./fuzz/edge.cases.ts";
import { cases as canary } from "./fuzz/canary.cases.ts";
import { cases as imageOptions } from "./image/options.cases.ts";
import { cases as imageScaled } from "./image/jpeg_scaled.cases.ts";
import { cases as imageRegions } from "./image/jpeg_region.cases.ts";
import { cases as seededRandoms } from "./numbers/seeded_random.cases.ts";
import { cases as orderPlans } from "./order/plan.cases.ts";
import { cases as orderMixes } from "./order/mix.cases.ts";
import { cases as orderEnvironments } from "./order/environment.cases.ts";
import { cases as orderSelections } from "./order/select.cases.ts";
import { cases as orderProperties } from "./order/property.cases.ts";
import { cases as orderResumes } from "./order/resume.cases.ts";
import { cases as orderDeals } from "./order/deal.cases.ts";
import { cases as pythonOrders } from "./order/python.cases.ts";

/** The lists by what they are about. */
export const portableGroups: Readonly<Record<string, readonly TestCase[]>> = {
  sample: [
    ...fields,
    ...grouping,
    ...integers,
    ...json,
    ...npy,
    ...npz,
    ...packed,
    ...oddities,
    ...typedFields,
  ],
  source: [
    ...brace,
    ...gunzip,
    ...memorySources,
    ...redaction,
    ...caches,
    ...folders,
    ...azure,
    ...hubs,
    ...limits,
    ...modelscope,
    ...plannedRequests,
    ...s3,
    ...segments,
    ...stores,
    ...versions,
  ],
  tar: [
    ...tarDamage,
    ...tarFormat,
    ...tarKinds,
    ...tarLimits,
    ...tarSparse,
    ...tarStreams,
    ...tarWriting,
  ],
  image: [
    ...imageCoefficients,
    ...imageEvaluation,
    ...imageFormats,
    ...imageHeads,
    ...imageGeometry,
    ...imageMath,
    ...imagePresets,
    ...imageProcessors,
    ...imageMasks,
    ...maskFiles,
    ...pngFilters,
    ...imageTraining,
    ...reference,
    ...imageJpegBlocks,
    ...imageJpegProgressive,
    ...imageJpegFixtures,
    ...imageResize,
    ...imageResizeTorch,
    ...timmSettings,
    ...imageTransform,
    ...kernelMemory,
    ...imageHostile,
    ...jpegHistory,
    ...canary,
    ...imageOptions,
    ...imageRegions,
    ...imageScaled,
  ],
  dataset: [
    ...decoders,
    ...faultRecords,
    ...prefetch,
    ...verb,
    ...datasets,
    ...datasetFaults,
    ...headerWalks,
    ...indexFaults,
    ...shardIndexes,
    ...tarDrivers,
    ...datasetTransforms,
    ...columns,
    ...webdatasetFields,
    ...tensors,
    ...places,
    ...datasetOrders,
    ...mixes,
    ...choices,
    ...reports,
    ...pipelines,
    ...replays,
    ...orderReads,
    ...known,
    ...dealt,
    ...wholeHosts,
    ...bounds,
    ...splitIndexes,
    ...shardWriters,
    ...expressions,
    ...baselineFiles,
    ...baselineSweep,
    ...resizes,
    ...resizedMasks,
    ...packs,
    ...reshards,
    ...verifications,
    ...statistics,
    ...contactSheets,
    ...salvages,
    ...differences,
    ...contents,
    ...unavailable,
    ...imagenet,
  ],
  jobs: [
    ...jobs,
    ...reshardJobs,
    ...verifyJobs,
    ...cloudflareJobs,
    ...jobCommits,
    ...jobOperations,
  ],
  order: [
    ...seededRandoms,
    ...orderPlans,
    ...orderMixes,
    ...orderSelections,
    ...orderResumes,
    ...orderDeals,
    ...orderEnvironments,
    ...orderProperties,
    ...pythonOrders,
  ],
  edge: [
    ...edgeHandler,
    ...edgePolicy,
    ...edgeCards,
    ...edgeSearch,
    ...edgePictures,
    ...edgeVisitors,
    ...edgeFuzz,
    ...inspectParts,
    ...inspectSessions,
    ...inspectShardFiles,
    ...inspectShelf,
  ],
};

/** All of them. */
export const portableCases: readonly TestCase[] = Object.values(portableGroups).flat();
