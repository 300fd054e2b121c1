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
import { oneOf } from "../check.ts";
import type { Sample } from "../sample/sample.ts";
import type { SampleInput } from "../writing/shard_writer.ts";
import { JoinedTable, type JoinOptions } from "./joined_table.ts";
import { chooseColumns, makeFilter, makeTrimmer, type SampleRules } from "./sample_rules.ts";
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
  /**
   * A table that says something of the samples, joined by their keys. In `where` and `addFields` its columns are
   * `row.COLUMN`: `{ txt: "row.caption" }`. Where no field that is added names `row`, its caption becomes `txt`, its class
   * `cls`, and what other columns it has `json`.
   */
  readonly addFrom?: JoinOptions;
  /** How shards are read: their faults, their hosts. */
  readonly read?: WebDatasetOptions;
}

/** What {@linkcode reshard} has written. */
export interface ReshardReport extends WrittenReport {
  /** What became of the table's rows, where one was joined, and this run has read all samples. */
  readonly joined?: {
    /** Samples without a row, left out or kept. */
    readonly missing: number;
    /** Rows that no sample was looked up in. */
    readonly unused: number;
  };
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
 *   (`keys: "numbered"` helps), or a field that is added is there or has no value; `sample/no-field` if a table that is
 *   joined has no row of a sample, or no column of keys; `sample/bad-field` if it is none, or has a key twice.
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
): Promise<ReshardReport> {
  checkWritten(options);
  const { read = {}, signal, order = "mixed", seed = 0, lanes = 32, window = 16 } = options;
  const { maxBufferedBytes = MAX_BUFFERED_BYTES, onSkip } = options;
  const { classes, keyPattern, where, dropFields, keepFields, addFields, addFrom } = options;
  const { missing: onMissing = "error" } = addFrom ?? {};
  oneOf("missing", ["error", "skip", "keep"], onMissing);
  const isKept = makeFilter({ classes, keyPattern });
  const isMet = makeFilter({ where });
  const table = addFrom && await JoinedTable.read(addFrom, signal, chooseColumns(options));
  const trim = makeTrimmer(options, table);
  let missing = 0;
  const make = (sample: Sample): SampleInput | undefined => {
    if (!isKept(sample)) return undefined;
    const row = table?.find(sample.key);
    if (table !== undefined && row === undefined) {
      if (onMissing === "error") throw table.missingError(sample.key, sample.shard);
      missing++;
      if (onMissing === "skip") return undefined;
    }
    // A row that is missing has no columns, and is no field of the sample.
    const joined = table === undefined ? undefined : row ?? {};
    return isMet(sample, joined) ? trim(sample, row) : undefined;
  };
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
      for await (const sample of pass) yield make(sample);
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
    addFrom: table && `${table.print} ${onMissing}`,
    onError: read.onError,
    onUnavailable: read.onUnavailable,
  };
  const report = await writeFeed(to, feed, { ...options, tool: "reshard", print });
  // What an earlier run has looked up is not known.
  if (table === undefined || report.kept > 0) return report;
  return { ...report, joined: { missing, unused: table.unused } };
}
