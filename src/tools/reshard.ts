/**
 * Shards to other shards: mixed, merged, split, filtered.
 *
 * @module
 */
import { webdataset } from "../dataset/webdataset.ts";
import type { WebDatasetOptions } from "../dataset/options.ts";
import type { OrderState } from "../order/state.ts";
import { WordHash } from "../order/word_hash.ts";
import type { ShardInput } from "../storage/to_source.ts";
import type { StoreInput } from "../storage/to_store.ts";
import { makeFilter, makeTrimmer, type SampleRules } from "./sample_rules.ts";
import {
  checkWritten,
  type SampleFeed,
  writeFeed,
  type WrittenOptions,
  type WrittenReport,
} from "./written.ts";

/** What {@linkcode reshard} takes. */
export interface ReshardOptions extends WrittenOptions, SampleRules {
  /**
   * Places of the data that are mixed at any time: 1..65536.
   *
   * @default {32}
   */
  readonly lanes?: number;
  /**
   * Samples of a lane that are permuted among themselves: at most `lanes` x `window` are held.
   *
   * @default {16}
   */
  readonly window?: number;
  /**
   * Most bytes of samples that are held.
   *
   * @default {536870912}
   */
  readonly maxBufferedBytes?: number;
  /** How shards are read: their faults, their hosts. */
  readonly read?: WebDatasetOptions;
}

/** 512 samples of 1 MB. */
const MAX_BUFFERED_BYTES = 512 * 1024 * 1024;

/**
 * Writes the samples of shards into new shards: merged or split by count or bytes, filtered, mixed.
 *
 * They are mixed by default, in the order of `shuffle({ seed, lanes, window })`: as many places of the data as there are
 * lanes are read one after the other, in turns. Memory holds `lanes` x `window` samples at most, however large the data
 * is; each shard is read in sequence, compressed ones and those on hosts too. What is sorted by class is mixed as well as
 * there are lanes: `lanes: 256` where classes are many, or twice in a row.
 *
 * The output is a function of the input's samples, the seed and the options. Each shard appears when it is whole, and
 * `NAME.reshard.json` beside them says which are: the same call, made again after a crash, goes on after these, and what
 * there is in the end has the bytes of a run that nothing stopped. A call that finds all done does nothing.
 *
 * @param shards What {@linkcode webdataset} takes, in its order.
 * @param to Where shards go: the path of a folder, or any store with `put` or `create`.
 * @throws {WdsError} `source/exists` if shards of this name are there that no run has begun; `order/changed` if one was
 *   begun with other options or another input; `sample/unwritable` if two samples of one key come one after the other
 *   (`keys: "numbered"` helps).
 * @throws {SyntaxError} If `where` is no condition, or a field that is added has no expression.
 *
 * @example Usage
 * ```ts
 * import { sampleShard, type Store, toSource } from "@wdstream/wdstream";
 * import { reshard } from "@wdstream/wdstream/tools";
 *
 * const files = new Map<string, Uint8Array>();
 * const store: Store = {
 *   open: (name) => toSource(files.get(name) ?? `./missing/${name}`, { name }),
 *   async put(name, body) {
 *     files.set(name, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
 *     return true;
 *   },
 * };
 * const options = { maxCount: 10, seed: 7, where: "json.width >= 400", dropFields: ["json"] };
 * const { shards, samples, dropped } = await reshard(sampleShard(), store, options);
 * if (samples + dropped !== 36 || shards[0].url !== "train-000000.tar") throw new Error("lost");
 * ```
 */
export async function reshard(
  shards: ShardInput | readonly ShardInput[],
  to: StoreInput,
  options: ReshardOptions = {},
): Promise<WrittenReport> {
  checkWritten(options);
  const { read = {}, signal, order = "mixed", seed = 0, lanes = 32, window = 16 } = options;
  const { maxBufferedBytes = MAX_BUFFERED_BYTES, onSkip } = options;
  const { classes, keyPattern, where, dropFields, keepFields, addFields } = options;
  const isKept = makeFilter(options);
  const trim = makeTrimmer(options);
  let skipped = 0;
  const plain = webdataset(shards, {
    ...read,
    signal,
    onSkip(error) {
      skipped++;
      onSkip?.(error);
    },
  });
  const isMixed = order === "mixed";
  const dataset = isMixed ? plain.shuffle({ seed, lanes, window, maxBufferedBytes }) : plain;
  const names = (await plain.plan()).sources.map(({ name }) => name.replace(/^.*[/\\]/s, ""));
  let pass = dataset;
  const feed: SampleFeed<OrderState | undefined> = {
    async *open(state) {
      pass = state === undefined ? dataset : dataset.resume(state);
      for await (const sample of pass) yield isKept(sample) ? trim(sample) : undefined;
    },
    state: () => pass.state(),
    skipped: () => skipped,
    bytes: () => pass.stats.bytes,
  };
  const input = names.reduce((hash, name) => hash.addText(name), new WordHash().add(names.length));
  const print = {
    input: input.toString(),
    order,
    ...(isMixed ? { seed, lanes, window } : {}),
    classes: classes?.join(),
    keyPattern,
    where,
    dropFields: dropFields?.join(),
    keepFields: keepFields?.join(),
    addFields: addFields && JSON.stringify(Object.entries(addFields).sort()),
    onError: read.onError,
    onUnavailable: read.onUnavailable,
  };
  return await writeFeed(to, feed, { ...options, tool: "reshard", print });
}
