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
import { toJson } from "./describe_sample.ts";
import { parseCondition, parseExpression } from "./expression.ts";
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

/** Which samples are kept. */
function makeFilter(
  { classes, keyPattern, where }: ReshardOptions,
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
  if (where !== undefined) tests.push(parseCondition(where));
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

/** Samples with the fields that are kept. */
function makeTrimmer(
  { dropFields, keepFields, addFields = {} }: ReshardOptions,
): (sample: Sample) => SampleInput | undefined {
  const dropped = dropFields && new Set(dropFields);
  const kept = keepFields && new Set(keepFields);
  const added = Object.entries(addFields).map(([name, text]) => ({
    name,
    text,
    evaluate: parseExpression(text),
  }));
  return (sample) => {
    const { key, bytes } = sample;
    const chosen: [string, Uint8Array][] = Object.entries(bytes).filter(([name]) =>
      dropped?.has(name) !== true && kept?.has(name) !== false
    );
    const names = new Set(chosen.map(([name]) => name));
    for (const { name, text, evaluate } of added) {
      if (names.has(name)) throw addError(sample, name, "it has one; leave that out first");
      const value = evaluate({ key, fields: sample.fields });
      if (value === undefined || value === null) {
        throw addError(sample, name, `it has no ${text}; leave out such samples by "where"`);
      }
      chosen.push([name, writeValue(name, value)]);
    }
    return chosen.length === 0 ? undefined : { key, bytes: Object.fromEntries(chosen) };
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
