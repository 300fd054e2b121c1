/** Every case that needs files, processes or servers, by `node:` modules: one line a list. */

import type { TestCase } from "./case.ts";
import { cases as tensorWorkers } from "./workers/tensors.native.ts";
import { cases as fileSources } from "./storage/file.native.ts";
import { cases as httpSources } from "./storage/http.native.ts";
import { cases as httpRanges } from "./storage/http_range.native.ts";
import { cases as retries } from "./storage/retry.native.ts";
import { cases as folderCaches } from "./storage/cache.native.ts";
import { cases as faultyHosts } from "./storage/fault_server.native.ts";
import { cases as s3OverTheWire } from "./storage/s3.native.ts";
import { cases as leaks } from "./storage/leaks.native.ts";
import { cases as changedFiles } from "./storage/changed.native.ts";
import { cases as tarSuite } from "./tar/suite.native.ts";
import { cases as resizeFolders } from "./tools/resize.native.ts";
import { cases as jobCommands } from "./jobs/cli.native.ts";
import { cases as jobFolders } from "./jobs/folder.native.ts";
import { cases as jobQueues } from "./jobs/queue.native.ts";
import { cases as buckets } from "./tools/buckets.native.ts";
import { cases as joins } from "./tools/join.native.ts";
import { cases as packTables } from "./tools/pack_tables.native.ts";
import { cases as tables } from "./tools/tables.native.ts";
import { cases as parquetPages } from "./tools/parquet.native.ts";
import { cases as packFolders } from "./tools/pack.native.ts";
import { cases as reshardFolders } from "./tools/reshard.native.ts";
import { cases as shardFolders } from "./writing/folder.native.ts";
import { cases as secondDecoder } from "./image/second_decoder.native.ts";
import { cases as sampleShard } from "./dataset/sample.native.ts";
import { cases as sampleByUrl } from "./dataset/sample_url.native.ts";
import { cases as imagenetNative } from "./imagenet/imagenet.native.ts";
import { cases as shardIndexFiles } from "./index/index.native.ts";
import { cases as nodeAdapter } from "./edge/node.native.ts";
import { cases as encoderInit } from "./kernel/encoder.native.ts";
import { cases as kernelInit } from "./kernel/init.native.ts";
import { cases as kernelPage } from "./kernel/readme.native.ts";
import { cases as givenBackCases } from "./workers/given_back.native.ts";
import { cases as sharedBatchCases } from "./workers/shared_batches.native.ts";
import { cases as workers } from "./workers/workers.native.ts";
import { cases as commandLine } from "./cli/cli.native.ts";
import { cases as mistakes } from "./cli/mistakes.native.ts";
import { cases as cliTokens } from "./cli/tokens.native.ts";
import { cases as lineWriters } from "./cli/line_writer.native.ts";
import { cases as cliContents } from "./cli/contents.native.ts";
import { cases as cliOutputs } from "./cli/write_file.native.ts";
import { cases as cliOrders } from "./cli/order.native.ts";
import { cases as cliSplits } from "./cli/split.native.ts";
import { cases as cliStores } from "./cli/stores.native.ts";
import { cases as cliServe } from "./cli/serve.native.ts";
import { cases as cliLook } from "./cli/look.native.ts";
import { cases as cliBench } from "./cli/bench.native.ts";
import { cases as cliPreview } from "./cli/preview.native.ts";
import { cases as cliStats } from "./cli/stats.native.ts";
import { cases as cliVerify } from "./cli/verify.native.ts";
import { cases as barLines } from "./cli/bar_line.native.ts";
import { cases as hostileNames } from "./cli/names.native.ts";
import { cases as parity } from "./cli/parity.native.ts";
import { cases as declarations } from "./cli/declarations.native.ts";
import { cases as environments } from "./order/environment.native.ts";
import { cases as imports } from "./house/imports.native.ts";
import { cases as layout } from "./house/layout.native.ts";
import { cases as names } from "./house/names.native.ts";
import { cases as papers } from "./house/papers.native.ts";
import { cases as manyMachines } from "./readme/machines.native.ts";
import { cases as readmeJobs } from "./readme/jobs.native.ts";
import { cases as readmeQueues } from "./readme/queue.native.ts";
import { cases as cloudflareWorker } from "./readme/cloudflare.native.ts";
import { cases as readme } from "./readme/readme.native.ts";
import { cases as imageShared } from "./image/shared.native.ts";
import { cases as imageSharedTorch } from "./image/shared_torch.native.ts";
import { cases as timmTable } from "./image/timm.native.ts";
import { cases as imageSharedRegions } from "./image/jpeg_region.native.ts";
import { cases as imageFormats } from "./image/formats.native.ts";
import { cases as imageSharedProcessors } from "./image/processor.native.ts";

/** Those of the command line and of the README, which start a process each or several. */
export const commandCases: readonly TestCase[] = [
  ...resizeFolders,
  ...jobFolders,
  ...jobQueues,
  ...jobCommands,
  ...joins,
  ...packTables,
  ...tables,
  ...parquetPages,
  ...packFolders,
  ...reshardFolders,
  ...commandLine,
  ...mistakes,
  ...cliContents,
  ...cliOutputs,
  ...cliOrders,
  ...cliSplits,
  ...cliStores,
  ...cliVerify,
  ...barLines,
  ...hostileNames,
  ...cliTokens,
  ...lineWriters,
  ...cliStats,
  ...cliPreview,
  ...cliBench,
  ...cliLook,
  ...cliServe,
  ...parity,
  ...declarations,
  ...manyMachines,
  ...readme,
  ...environments,
];

/** The others: files, sockets, threads and the house. */
export const fileCases: readonly TestCase[] = [
  ...fileSources,
  ...httpSources,
  ...httpRanges,
  ...retries,
  ...folderCaches,
  ...faultyHosts,
  ...s3OverTheWire,
  ...leaks,
  ...changedFiles,
  ...tarSuite,
  ...shardFolders,
  ...buckets,
  ...secondDecoder,
  ...sampleShard,
  ...sampleByUrl,
  ...imagenetNative,
  ...shardIndexFiles,
  ...nodeAdapter,
  ...encoderInit,
  ...kernelInit,
  ...kernelPage,
  ...givenBackCases,
  ...sharedBatchCases,
  ...workers,
  ...tensorWorkers,
  ...imageFormats,
  ...imports,
  ...layout,
  ...names,
  ...papers,
  ...readmeJobs,
  ...readmeQueues,
  ...cloudflareWorker,
  ...imageShared,
  ...imageSharedTorch,
  ...timmTable,
  ...imageSharedRegions,
  ...imageSharedProcessors,
];

/** All of them. */
export const nativeCases: readonly TestCase[] = [...commandCases, ...fileCases];
