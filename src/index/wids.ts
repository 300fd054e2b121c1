/**
 * Lists of shards in webdataset's format for indexed datasets (wids).
 *
 * @module
 */
import { IndexError } from "../errors.ts";
import { isSize } from "./fields.ts";

/** One shard of a list of shards. */
export interface ListedShard {
  /** URL, path or file name, as the list has it. */
  readonly url: string;
  /** Number of samples. */
  readonly sampleCount: number;
  /** Size in bytes, where the list has it. */
  readonly sizeBytes?: number;
}

/**
 * Writes the list of shards that `wids`, webdataset's package for random access, reads: JSON with the number of
 * samples and the size of each shard.
 *
 * @example Usage
 * ```ts
 * import { formatShardList, parseShardList } from "@wdstream/wdstream/index";
 *
 * const text = formatShardList([{ url: "train-000.tar", sampleCount: 1250, sizeBytes: 147_000_000 }]);
 * if (parseShardList(text)[0].sampleCount !== 1250) throw new Error("misread");
 * ```
 */
export function formatShardList(shards: readonly ListedShard[]): string {
  const shardlist = shards.map(({ url, sampleCount, sizeBytes }) => ({
    url,
    nsamples: sampleCount,
    ...(sizeBytes === undefined ? {} : { filesize: sizeBytes }),
  }));
  const root = { __kind__: "wids-shard-index-v1", wids_version: 1, shardlist };
  return `${JSON.stringify(root, undefined, 2)}\n`;
}

/**
 * Reads the list of shards of `wids`, or a bare list as its older versions have it.
 *
 * @throws {IndexError} `index/bad` if the text is no such list.
 *
 * @example Usage
 * ```ts
 * import { parseShardList } from "@wdstream/wdstream/index";
 *
 * const [shard] = parseShardList('{"wids_version": 1, "shardlist": [{"url": "a.tar", "nsamples": 3}]}');
 * if (shard.url !== "a.tar" || shard.sampleCount !== 3) throw new Error("misread");
 * ```
 */
export function parseShardList(text: string): ListedShard[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    throw listError("it is not JSON");
  }
  const { wids_version: version, shardlist = root } = (root ?? {}) as Record<string, unknown>;
  if (version !== undefined && version !== 1) throw listError("its version is not 1");
  if (!Array.isArray(shardlist)) throw listError("it lists no shards");
  return shardlist.map((shard, i): ListedShard => {
    const { url, nsamples, filesize } = (shard ?? {}) as Record<string, unknown>;
    const isSound = typeof url === "string" && isSize(nsamples) &&
      (filesize === undefined || filesize === null || isSize(filesize));
    if (!isSound) throw listError(`shard ${i} has no url, or no number of samples`);
    return {
      url,
      sampleCount: nsamples as number,
      ...(typeof filesize === "number" ? { sizeBytes: filesize } : {}),
    };
  });
}

function listError(why: string): IndexError {
  return new IndexError("index/bad", { action: "read the list of shards", reason: why });
}
