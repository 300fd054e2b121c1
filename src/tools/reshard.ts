/**
 * Shards to other shards: mixed, merged, split, filtered.
 *
 * @module
 */
import { webdataset } from "../dataset/webdataset.ts";
import type { WebDatasetOptions } from "../dataset/options.ts";
import type { OrderState } from "../order/state.ts";
import { WordHash } from "../order/word_hash.ts";
import type { Sample } from "../sample/sample.ts";
import { parseInteger } from "../sample/integer.ts";
import type { ShardInput } from "../storage/to_source.ts";
import type { StoreInput } from "../storage/to_store.ts";
import type { SampleInput } from "../writing/shard_writer.ts";
import { SampleError } from "../errors.ts";
import { oneOf } from "../check.ts";
import { toJson } from "./describe_sample.ts";
import { namesRow, parseCondition, parseExpression } from "./expression.ts";
import { JoinedTable, type JoinOptions } from "./joined_table.ts";
import type { Row } from "./parquet.ts";
import {
  checkWritten,
  type SampleFeed,
  writeFeed,
  type WrittenOptions,
  type WrittenReport,
} from "./written.ts";

/** What {@linkcode reshard} takes. */
export interface ReshardOptions extends WrittenOptions {
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
  /** Classes (`cls`) whose samples are kept; absent where all are. */
  readonly classes?: readonly number[];
  /** Pattern of the keys that are kept, in which `*` stands for any text and `?` for one letter. */
  readonly keyPattern?: string;
  /** Condition of the samples that are kept, as {@linkcode parseCondition} reads it. */
  readonly where?: string;
  /** Fields that are left out, by their extensions. */
  readonly dropFields?: readonly string[];
  /** The only fields that are kept. */
  readonly keepFields?: readonly string[];
  /**
   * Fields that are added, by their extensions, and what is in them: expressions in the language of `where`, of the sample
   * as it was read: `{ cls: "json.label", txt: "json.caption" }`. Texts are written as they are, and everything else, or
   * all in `json`, as JSON. A field that the sample has, and that is not left out, is an error, and so is one without a
   * value.
   */
  readonly addFields?: Readonly<Record<string, string>>;
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
  const isKept = makeFilter(options);
  if (addFrom?.missing !== undefined) oneOf("missing", ["error", "skip", "keep"], addFrom.missing);
  const makeTrim = makeTrimmer(options);
  const table = addFrom && await JoinedTable.read(addFrom, signal);
  const trim = makeTrim(table);
  const isMet = where === undefined ? undefined : parseCondition(where);
  let missing = 0;
  const make = (sample: Sample): SampleInput | undefined => {
    if (!isKept(sample)) return undefined;
    const { key, shard, fields } = sample;
    const row = table?.find(key);
    if (table !== undefined && row === undefined) {
      if (addFrom!.missing !== "skip" && addFrom!.missing !== "keep") {
        throw table.missingError(key, shard);
      }
      missing++;
      if (addFrom!.missing === "skip") return undefined;
    }
    // A row that is missing has no columns, and is no field of the sample.
    const joined = table === undefined ? undefined : row ?? {};
    if (isMet?.({ key, fields, row: joined }) === false) return undefined;
    return trim(sample, row);
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
    addFrom: table && `${table.print} ${addFrom!.missing ?? "error"}`,
    onError: read.onError,
    onUnavailable: read.onUnavailable,
  };
  const report = await writeFeed(to, feed, { ...options, tool: "reshard", print });
  // What an earlier run has looked up is not known.
  if (table === undefined || report.kept > 0) return report;
  return { ...report, joined: { missing, unused: table.unused } };
}

/** Which samples are kept, as far as no table is asked for it. */
function makeFilter(
  { classes, keyPattern }: ReshardOptions,
): (sample: Sample) => boolean {
  const tests: ((sample: Sample) => boolean)[] = [];
  if (keyPattern !== undefined) {
    const pattern = makePattern(keyPattern);
    tests.push(({ key }) => pattern.test(key));
  }
  if (classes !== undefined) {
    const wanted = new Set<unknown>(classes);
    tests.push(({ fields }) => fields.cls !== undefined && wanted.has(parseInteger(fields.cls)));
  }
  return (sample) => tests.every((test) => test(sample));
}

/** A pattern with `*` and `?`, which match whole keys. */
function makePattern(pattern: string): RegExp {
  const parts = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&").replaceAll("*", ".*").replaceAll(
    "?",
    ".",
  );
  return new RegExp(`^(?:${parts})$`, "su");
}

/** Samples with the fields that are kept, and those that are added. */
function makeTrimmer(
  { dropFields, keepFields, addFields = {} }: ReshardOptions,
): (table: JoinedTable | undefined) => (sample: Sample, row?: Row) => SampleInput | undefined {
  const dropped = dropFields && new Set(dropFields);
  const kept = keepFields && new Set(keepFields);
  const added = Object.entries(addFields).map(([name, text]) => ({
    name,
    text,
    isOfRow: namesRow(text),
    evaluate: parseExpression(text),
  }));
  return (table) => {
    const isWhole = table !== undefined && added.every(({ isOfRow }) => !isOfRow);
    return (sample, row) => {
      const { key, bytes, fields } = sample;
      const chosen: [string, Uint8Array][] = Object.entries(bytes).filter(([name]) =>
        dropped?.has(name) !== true && kept?.has(name) !== false
      );
      const names = new Set(chosen.map(([name]) => name));
      const add = (name: string, value: unknown): void => {
        if (names.has(name)) throw addError(sample, name, "it has one; leave that out first");
        names.add(name);
        chosen.push([name, writeValue(name, value)]);
      };
      for (const { name, text, isOfRow, evaluate } of added) {
        if (isOfRow && table !== undefined && row === undefined) continue;
        const value = evaluate({ key, fields, row });
        if (value === undefined || value === null) {
          throw addError(sample, name, `it has no ${text}; leave out such samples by "where"`);
        }
        add(name, value);
      }
      if (isWhole && row !== undefined) {
        for (const [name, value] of table.makeFields(row)) add(name, value);
      }
      return chosen.length === 0 ? undefined : { key, bytes: Object.fromEntries(chosen) };
    };
  };
}

function writeValue(name: string, value: unknown): Uint8Array {
  const isText = typeof value === "string" && !/(?:^|\.)jsonl?$/.test(name);
  return new TextEncoder().encode(isText ? value : toJson(value));
}

function addError({ key, shard }: Sample, field: string, reason: string): SampleError {
  const action = `add the field "${field}" to sample "${key}" of "${shard}"`;
  return new SampleError("sample/unwritable", { action, reason, shard, key, field });
}
