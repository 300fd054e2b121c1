/**
 * Shards without the samples that something is wrong with.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { baseName } from "../index/build.ts";
import type { ListedShard } from "../index/wids.ts";
import type { StoreInput } from "../storage/to_store.ts";
import { ShardWriter, type ShardWriterOptions } from "../writing/shard_writer.ts";
import type { VerifyReport } from "./findings.ts";
import { listSources, type ShardInputs } from "./sources.ts";
import type { VerifyOptions } from "./verify.ts";
import { walkShard } from "./walk_shard.ts";

/** What {@linkcode repairShards} takes. */
export interface RepairOptions
  extends
    Pick<VerifyOptions, "endOfArchive" | "maxEntryBytes" | "signal">,
    Pick<ShardWriterOptions, "split" | "ifExists"> {
  /** Is told after each sample how many were written. May return a promise, which is awaited. */
  readonly onProgress?: (progress: { readonly samples: number; readonly bytes: number }) =>
    | void
    | Promise<void>;
}

/** What was written. */
export interface RepairReport {
  /** The shards, by their names in the store. */
  readonly shards: readonly ListedShard[];
  /** Samples that were left out. */
  readonly left: number;
  /** Shards of which nothing was left, and which were written without a sample. */
  readonly empty: readonly string[];
}

/**
 * Writes shards again, under their own names, without the samples that {@linkcode verifyShards} has found something wrong
 * with, and without what lies in damaged parts of them. Members come in the order that the writer gives them, with
 * indexes beside the shards.
 *
 * The shards are read a second time, and must be those that the report is of: streams cannot be repaired.
 *
 * @param shards As they were given to `verifyShards()`.
 * @param report What it found.
 * @param to Where the shards go: the path of a folder, a store.
 * @throws {SourceError} `source/exists` if one is there already, `source/unsupported` if a shard can be read only once.
 * @throws {TypeError} If two shards have one name.
 *
 * @example Usage
 * ```ts
 * import { type Store, toSource, webdataset } from "@wdstream/wdstream";
 * import { repairShards, verifyShards } from "@wdstream/wdstream/tools";
 * import { writeTar } from "@wdstream/wdstream/tar";
 *
 * const text = (letters: string) => new TextEncoder().encode(letters);
 * const archive = new Response(writeTar([
 *   { path: "a.cls", bytes: text("1") },
 *   { path: "b.cls", bytes: text("one") },
 * ]));
 * const shard = toSource(new Uint8Array(await archive.arrayBuffer()), { name: "x.tar" });
 * const files = new Map<string, Uint8Array>();
 * const store: Store = {
 *   open: (name) => toSource(files.get(name)!, { name }),
 *   async put(name, body) {
 *     files.set(name, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
 *     return true;
 *   },
 * };
 * const { left } = await repairShards(shard, await verifyShards(shard), store);
 * const keys: string[] = [];
 * for await (const { key } of webdataset(store.open("x.tar"))) keys.push(key);
 * if (left !== 1 || keys.join() !== "a") throw new Error(keys.join());
 * ```
 */
export async function repairShards(
  shards: ShardInputs,
  { badSamples }: VerifyReport,
  to: StoreInput,
  options: RepairOptions = {},
): Promise<RepairReport> {
  const { endOfArchive, maxEntryBytes, signal, split, ifExists, onProgress } = options;
  const sources = listSources(shards);
  const names = sources.map(({ name }) =>
    baseName(name).replace(/\.gz$/, "").replace(/\.tgz$/, ".tar")
  );
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TypeError(`Two shards are called "${twice}"`);
  const once = sources.find(({ isOnce }) => isOnce);
  if (once !== undefined) {
    throw new SourceError("source/unsupported", {
      action: `repair "${once.name}"`,
      reason: "a stream can be read only once",
      shard: once.name,
    });
  }
  let number = 0;
  const writer = new ShardWriter(to, {
    pattern: () => names[number],
    maxCount: Number.MAX_SAFE_INTEGER,
    maxBytes: Number.MAX_SAFE_INTEGER,
    split,
    ifExists,
    signal,
  });
  const empty: string[] = [];
  let left = 0;
  let bytes = 0;
  try {
    for (const [i, source] of sources.entries()) {
      number = i;
      const bad = badSamples.get(i);
      const before = writer.count;
      const onBytes = (more: number): void => void (bytes += more);
      for await (
        const walked of walkShard(source, { signal, endOfArchive, maxEntryBytes, onBytes })
      ) {
        if (walked.kind !== "sample") continue;
        if (bad?.has(walked.sample.index)) left++;
        else await writer.write(walked.sample);
        const waits = onProgress?.({ samples: writer.count, bytes });
        if (waits !== undefined) await waits;
      }
      if (writer.count === before) empty.push(source.name);
      await writer.endShard();
    }
    return { shards: await writer.close(), left, empty };
  } finally {
    // Not by `await using`, which Node 22 does not read. Of what is closed, nothing is left to be dropped.
    await writer.discard();
  }
}
