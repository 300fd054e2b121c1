/**
 * Looks through shards for all that is wrong with them.
 *
 * @module
 */
import { checkCallback, checkCount } from "../check.ts";
import { WdsError } from "../errors.ts";
import { isImageExtension } from "../image/format.ts";
import { init } from "../image/mod.ts";
import { readBeside } from "../index/beside.ts";
import { baseName } from "../index/build.ts";
import { readSplitBeside } from "../index/catalogue.ts";
import type { ShardIndex } from "../index/shard_index.ts";
import type { ListedShard } from "../index/wids.ts";
import { isAccessFault } from "../steps/faults.ts";
import type { Source } from "../storage/source.ts";
import type { WorkerState } from "../workers/state.ts";
import { compareIndexes } from "./check_index.ts";
import { type CheckedSample, checkSample, type SampleRules } from "./check_sample.ts";
import {
  type Check,
  CHECKS,
  faultFinding,
  type Finding,
  Findings,
  type ShardReport,
  type VerifyReport,
} from "./findings.ts";
import { Inspector } from "./inspector.ts";
import { KeyTable } from "./key_table.ts";
import { listSources, type ShardInputs } from "./sources.ts";
import { type Walked, walkShard } from "./walk_shard.ts";

/** What {@linkcode verifyShards} takes. */
export interface VerifyOptions {
  /**
   * Threads that decode images; 0 for this one alone.
   *
   * @default {0}
   */
  readonly workers?: number;
  /** Number of classes: those of samples are 0 to one less. Any, where it is not given. */
  readonly classes?: number;
  /** Fields that each sample must have; those that more than half of the samples have, where it is not given. */
  readonly fields?: readonly string[];
  /** Extension of the image's field, or several separated by `;`: the size in a sample's json is that one's. */
  readonly image?: string;
  /**
   * The largest standard deviation of an image's values, 0 to 255, up to which it counts as empty: in each of the three
   * channels.
   *
   * @default {2}
   */
  readonly emptyDeviation?: number;
  /** Checks that are not made. */
  readonly skip?: readonly Check[];
  /** How many samples each shard should have, by file names: what `_info.json` says. */
  readonly lengths?: { readonly name: string; readonly shards: readonly ListedShard[] };
  /**
   * Whether an archive must end with a block of zeros, or may end where a member does.
   *
   * @default {"required"}
   */
  readonly endOfArchive?: "required" | "optional";
  /**
   * Largest member of an archive in bytes.
   *
   * @default {268435456}
   */
  readonly maxEntryBytes?: number;
  /** Is told of each finding, as soon as it is known. */
  readonly onFinding?: (finding: Finding) => void;
  /**
   * Is told after each sample how far it is: the report so far, which grows on, and what workers are doing, where there
   * are any. May return a promise, which is awaited.
   */
  readonly onProgress?: (
    report: VerifyReport,
    workers?: readonly WorkerState[],
  ) => void | Promise<void>;
  /** Ends it; the reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Looks through shards for everything that is wrong with them, in one pass: damage of archives (behind which it goes
 * on), samples that are cut or cannot be decoded, keys that come twice, labels and sizes that are wrong, images that
 * show nothing, and indexes and lists that are of other shards. {@linkcode CHECKS} has the whole list.
 *
 * Of all samples 64 bits of a hash are kept, 400 MB at most; of each shard, while it is read, keys and offsets; and
 * what was found.
 *
 * @param shards Shards: paths, URLs, bytes and so on.
 * @returns What was found. Nothing is thrown for it.
 * @throws {RangeError} If a number is none that it can be.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { verifyShards } from "@wdstream/wdstream/tools";
 *
 * const { samples, findings } = await verifyShards(sampleShard(), { classes: 1000 });
 * if (samples !== 36 || findings.length > 0) throw new Error(findings[0]?.message);
 * ```
 */
export function verifyShards(
  shards: ShardInputs,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  return verifyBeside(shards, options, new KeyTable());
}

/**
 * The same, where keys are compared with those of a table.
 *
 * @throws {RangeError} As {@linkcode verifyShards}.
 */
export async function verifyBeside(
  shards: ShardInputs,
  options: VerifyOptions,
  keys: KeyTable,
): Promise<VerifyReport> {
  const { workers = 0, classes, onFinding, onProgress, signal } = options;
  checkCount("workers", workers, 0);
  if (classes !== undefined) checkCount("classes", classes, 1);
  checkCallback("onFinding", onFinding);
  checkCallback("onProgress", onProgress);
  signal?.throwIfAborted();
  await init();
  const inspector = new Inspector({ workers });
  try {
    return await new Verification(listSources(shards), options, inspector, keys).run();
  } finally {
    await inspector.close();
  }
}

/** A sample as far as its fields are judged, at the end of its shard. */
interface SeenSample {
  readonly key: string;
  readonly index: number;
  readonly offsetBytes: number | undefined;
  readonly fields: string;
  /** Whether it is found already that it may lack some. */
  readonly isCut: boolean;
}

class Verification {
  readonly #sources: readonly Source[];
  readonly #options: VerifyOptions;
  readonly #rules: SampleRules;
  readonly #inspector: Inspector;
  readonly #findings: Findings;
  readonly #keys: KeyTable;
  /** Number of samples by their fields. */
  readonly #fieldSets = new Map<string, number>();
  readonly #shards: { name: string; samples: number; counts: ShardReport["counts"] }[] = [];
  readonly #notes: string[] = [];
  readonly #report: VerifyReport & { samples: number; images: number; bytes: number };
  #lengths: { readonly name: string; readonly byShard: ReadonlyMap<string, number> }[] = [];

  constructor(
    sources: readonly Source[],
    options: VerifyOptions,
    inspector: Inspector,
    keys: KeyTable,
  ) {
    const { skip = [] } = options;
    this.#keys = keys;
    this.#sources = sources;
    this.#options = options;
    this.#inspector = inspector;
    const { classes, image, emptyDeviation = 2 } = options;
    this.#rules = { classes, image, emptyDeviation };
    for (const check of skip) {
      if (!Object.hasOwn(CHECKS, check)) throw new TypeError(`There is no check "${check}"`);
    }
    const findings = this.#findings = new Findings(skip, options.onFinding);
    this.#report = {
      shards: this.#shards,
      samples: 0,
      images: 0,
      bytes: 0,
      counts: findings.counts,
      findings: findings.list,
      get isCut() {
        return findings.isCut;
      },
      badSamples: findings.badSamples,
      notes: this.#notes,
    };
  }

  async run(): Promise<VerifyReport> {
    await this.#readLengths();
    for (const [number, source] of this.#sources.entries()) await this.#verify(number, source);
    if (this.#keys.isFull) {
      this.#notes.push(
        "There are more keys than are remembered: later ones were compared with the first 25 million",
      );
    }
    return this.#report;
  }

  async #readLengths(): Promise<void> {
    const { lengths, signal = new AbortController().signal } = this.#options;
    const [first] = this.#sources;
    if (!this.#findings.has("count") || first === undefined) return;
    if (lengths !== undefined) this.#addLengths(lengths.name, lengths.shards);
    try {
      const split = await readSplitBeside(first, signal);
      if (split !== undefined) this.#addLengths(`${baseName(first.name)}.split`, split.shards);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WdsError)) throw error;
      this.#findings.add({ ...faultFinding("count", error, first.name), shard: first.name });
    }
  }

  #addLengths(name: string, shards: readonly ListedShard[]): void {
    const byShard = new Map(shards.map(({ url, sampleCount }) => [baseName(url), sampleCount]));
    const isOfThese = this.#sources.some((source) => byShard.has(baseName(source.name)));
    if (isOfThese) this.#lengths.push({ name, byShard });
  }

  async #verify(number: number, source: Source): Promise<void> {
    const { onProgress, signal, endOfArchive, maxEntryBytes } = this.#options;
    const { name } = source;
    const counts = this.#findings.countsOf(name);
    const shard = { name, samples: 0, counts };
    this.#shards.push(shard);
    const index = await this.#readIndex(source);
    const seen: SeenSample[] = [];
    let isWhole = true;
    let made: ShardIndex | undefined;
    const walked = walkShard(source, {
      signal,
      endOfArchive,
      maxEntryBytes,
      onBytes: (bytes) => void (this.#report.bytes += bytes),
      onIndex: index && ((own) => void (made = own)),
    });
    const work = async (each: Walked): Promise<Walked | CheckedSample> =>
      each.kind === "sample"
        ? {
          ...await checkSample(each.sample, this.#rules, this.#inspector, this.#findings),
          ...each,
        }
        : each;
    for await (const each of this.#inspector.map(walked, work, sizeOf)) {
      signal?.throwIfAborted();
      if ("findings" in each) {
        shard.samples++;
        this.#report.samples++;
        this.#report.images += each.images;
        seen.push(this.#see(each, number));
        for (const finding of each.findings) this.#findings.add(finding, number);
      } else if (each.kind !== "sample") {
        isWhole = false;
        this.#addFault(each, name);
      }
      const waits = onProgress?.(this.#report, this.#inspector.workers);
      if (waits !== undefined) await waits;
    }
    this.#checkFields(seen, number, name);
    if (isWhole) this.#checkCount(shard);
    if (index !== undefined && made !== undefined) this.#checkIndex(index, made, name);
  }

  async #readIndex(source: Source): Promise<ShardIndex | undefined> {
    const { signal } = this.#options;
    if (!this.#findings.has("index")) return undefined;
    try {
      return await readBeside(source, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof WdsError)) throw error;
      this.#findings.add({ ...faultFinding("index", error, source.name), shard: source.name });
      return undefined;
    }
  }

  #addFault(walked: Exclude<Walked, { kind: "sample" }>, name: string): void {
    if (walked.kind === "rest") {
      const { offsetBytes, sizeBytes } = walked;
      this.#findings.add({
        check: "archive",
        shard: name,
        offsetBytes,
        message:
          `"${name}" has ${sizeBytes} bytes from byte ${offsetBytes} on, behind its end: no reader sees them`,
      });
      return;
    }
    const { fault, nextOffsetBytes } = walked;
    const { code } = fault;
    const check = isAccessFault(fault)
      ? "access"
      : code === "sample/duplicate-field"
      ? "fields"
      : "archive";
    const finding = faultFinding(check, fault, name);
    const next = nextOffsetBytes === undefined
      ? ""
      : `; the next header that is whole is at byte ${nextOffsetBytes}`;
    this.#findings.add({ ...finding, message: finding.message + next });
  }

  /** Judges what is to be judged of a sample beside others. */
  #see(checked: CheckedSample & { gap?: WdsError }, number: number): SeenSample {
    const { sample, gap } = checked;
    const { key, index, shard, offsets } = sample;
    const offsetBytes = Math.min(...Object.values(offsets));
    const fields = Object.keys(sample.fields).sort().join(" ");
    this.#fieldSets.set(fields, (this.#fieldSets.get(fields) ?? 0) + 1);
    const place = { shard, key, index, offsetBytes };
    if (gap !== undefined) {
      const message = `"${key}" may lack members: the damage before it may have had them`;
      this.#findings.add({ ...place, check: "fields", message }, number);
    }
    const before = this.#findings.has("keys") ? this.#keys.add(key, number, index) : undefined;
    if (before !== undefined) {
      const where = before === number
        ? "the shard has one of that key already, or its members do not stand together"
        : `"${this.#sources[before].name}" has one of that key`;
      this.#findings.add(
        { ...place, check: "keys", message: `"${key}" comes again: ${where}` },
        number,
      );
    }
    return { key, index, offsetBytes, fields, isCut: gap !== undefined };
  }

  #checkFields(seen: readonly SeenSample[], number: number, shard: string): void {
    const expected = this.#options.fields ?? this.#commonFields();
    const lacks = new Map<string, readonly string[]>();
    for (const { key, index, offsetBytes, fields, isCut } of seen) {
      let lacked = lacks.get(fields);
      if (lacked === undefined) {
        const own = new Set(fields.split(" "));
        // Unless somebody has named it, an image may be of another format than most.
        const kinds = this.#options.fields === undefined ? new Set([...own].map(kindOf)) : own;
        const hasField = (field: string): boolean => own.has(field) || kinds.has(kindOf(field));
        lacks.set(fields, lacked = expected.filter((field) => !hasField(field)));
      }
      if (lacked.length === 0 || isCut) continue;
      const message = `"${key}" has no ${lacked.join(", ")}, only ${fields.replaceAll(" ", ", ")}`;
      this.#findings.add({ check: "fields", shard, key, index, offsetBytes, message }, number);
    }
  }

  /** Fields that more than half of all samples so far have; of images of several formats, the commonest. */
  #commonFields(): string[] {
    const counts = new Map<string, number>();
    const kinds = new Map<string, number>();
    const add = (to: Map<string, number>, name: string, count: number): void =>
      void to.set(name, (to.get(name) ?? 0) + count);
    let all = 0;
    for (const [fields, count] of this.#fieldSets) {
      all += count;
      const own = fields.split(" ");
      for (const field of own) add(counts, field, count);
      for (const kind of new Set(own.map(kindOf))) add(kinds, kind, count);
    }
    const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([field]) => field);
    return [...kinds].filter(([, count]) => 2 * count > all)
      .map(([kind]) => sorted.find((field) => kindOf(field) === kind)!);
  }

  #checkCount({ name, samples }: { readonly name: string; readonly samples: number }): void {
    for (const { name: list, byShard } of this.#lengths) {
      const length = byShard.get(baseName(name));
      if (length === samples) continue;
      const why = length === undefined ? "does not list it" : `says ${length}`;
      const message = `"${name}" has ${samples} samples, and ${list} ${why}`;
      this.#findings.add({ check: "count", shard: name, message });
    }
  }

  #checkIndex(index: ShardIndex, made: ShardIndex, name: string): void {
    const why = compareIndexes(index, made);
    if (why === undefined) return;
    this.#findings.add({
      check: "index",
      shard: name,
      code: "index/stale",
      message: `The index beside "${name}" is that of another shard: ${why}`,
    });
  }
}

/** A field's name, in which `*` stands for any format of images. */
function kindOf(field: string): string {
  const dot = field.lastIndexOf(".") + 1;
  return isImageExtension(field.slice(dot)) ? `${field.slice(0, dot)}*` : field;
}

function sizeOf(each: Walked): number {
  if (each.kind !== "sample") return 0;
  let sum = 0;
  for (const { length } of Object.values(each.sample.bytes)) sum += length;
  return sum;
}
