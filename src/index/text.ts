/**
 * Indexes as text, written and read.
 *
 * @module
 */
import { checkLimit } from "../check.ts";
import { IndexError } from "../errors.ts";
import { MAX_SAMPLE_FIELDS } from "../sample/tally.ts";
import { formatDali, parseDali } from "./dali.ts";
import { checkFields, type IndexFault, isSize } from "./fields.ts";
import type { IndexedField, IndexedSample, ShardIndex } from "./shard_index.ts";

/** Formats of an index that {@linkcode formatIndex} writes. */
export type IndexFormat = "wdstream" | "dali";

/** What {@linkcode parseIndex} can be told. */
export interface ParseIndexOptions {
  /**
   * Name of the index, for errors.
   *
   * @default {"index"}
   */
  readonly name?: string;
  /**
   * File name of the shard, where the format does not hold it.
   *
   * @default {""}
   */
  readonly shard?: string;
  /**
   * Most letters of the index; one of 1,250 samples takes about a hundred thousand.
   *
   * @default {67108864}
   */
  readonly maxLength?: number;
  /**
   * Most fields of one sample.
   *
   * @default {65536}
   */
  readonly maxSampleFields?: number;
}

const VERSION = 1;

/** Letters of an index, which takes about a thousandth of its shard. */
const MAX_LENGTH = 64 * 1024 * 1024;

/**
 * Writes an index as text: wdstream's own format, or that of NVIDIA DALI's `wds2idx`.
 *
 * wdstream's is JSON with one sample a line, `[key, cls or null, [extension, offset, size], …]`, after the
 * shard's file name, size and entity tag, and the numbers of samples that were left out for a fault (`skipped`), so that
 * the others keep theirs. A field has a fourth part where there is more to say of it: an object of
 * `head`, `sparse` and `name` (`headBytes`, `sparseBytes` and `storedExtension` of {@linkcode IndexedField}).
 *
 * DALI's v1.2 has a line of extension, offset, size and name of each field; it keeps neither the class, nor the shard's
 * size, nor that samples were left out. As `wds2idx` does, it keeps the extensions' case and leaves out hidden files, whose name begins with a dot.
 *
 * Units: offsets (of bodies) and sizes are bytes.
 *
 * @throws {IndexError} `index/unsupported` for DALI if a name has white space, or a member is sparse, which its format
 * cannot hold.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { formatIndex, indexShard, parseIndex } from "@wdstream/wdstream/index";
 *
 * const index = await indexShard(sampleShard());
 * const again = parseIndex(formatIndex(index));
 * if (again.samples[35].key !== index.samples[35].key) throw new Error("misread");
 * const [version] = formatIndex(index, "dali").split("\n");
 * if (version !== "v1.2 36") throw new Error(version);
 * ```
 */
export function formatIndex(index: ShardIndex, format: IndexFormat = "wdstream"): string {
  if (format === "dali") return formatDali(index);
  const { shard, sizeBytes, etag } = index;
  const head = JSON.stringify({
    wdstream: "shard-index",
    version: VERSION,
    shard,
    sizeBytes,
    etag,
    skipped: listSkipped(index.samples),
  });
  const lines = index.samples.map(({ key, cls, fields }) =>
    JSON.stringify([
      key,
      cls ?? null,
      ...fields.map(formatField),
    ])
  );
  return `${head.slice(0, -1)},"samples":[\n${lines.join(",\n")}\n]}\n`;
}

/** Numbers of the samples that were left out before others; absent where none was. */
function listSkipped(samples: readonly IndexedSample[]): number[] | undefined {
  const skipped: number[] = [];
  let next = 0;
  samples.forEach(({ index = next }) => {
    while (next < index) skipped.push(next++);
    next = index + 1;
  });
  return skipped.length === 0 ? undefined : skipped;
}

function formatField(field: IndexedField): unknown[] {
  const { extension, offsetBytes, sizeBytes, headBytes, sparseBytes, storedExtension } = field;
  const place = [extension, offsetBytes, sizeBytes];
  const more = { head: headBytes, sparse: sparseBytes, name: storedExtension };
  return Object.values(more).some((value) => value !== undefined) ? [...place, more] : place;
}

/**
 * Reads an index of either format of {@linkcode formatIndex}, DALI's v1.1 included, which has no names: its
 * samples have empty keys.
 *
 * Everything is checked: an index is as foreign as the shard that it describes.
 *
 * @throws {IndexError} `index/bad` if the text does not follow its format, or is over a limit.
 * @throws {RangeError} If a limit is no such number.
 *
 * @example Usage
 * ```ts
 * import { parseIndex } from "@wdstream/wdstream/index";
 *
 * const { samples } = parseIndex("v1.2 1\ncls 512 3 cat.cls jpg 1536 9 cat.jpg\n");
 * if (samples[0].key !== "cat" || samples[0].fields[1].sizeBytes !== 9) throw new Error("misread");
 * ```
 */
export function parseIndex(text: string, options: ParseIndexOptions = {}): ShardIndex {
  const { name = "index", shard = "", maxLength = MAX_LENGTH } = options;
  const { maxSampleFields = MAX_SAMPLE_FIELDS } = options;
  checkLimit("maxLength", maxLength);
  checkLimit("maxSampleFields", maxSampleFields);
  const fault: IndexFault = (why) =>
    new IndexError("index/bad", {
      action: `read "${name}" as the index of a shard`,
      reason: why,
      shard: name,
    });
  if (text.length > maxLength) throw fault(`it has more than ${maxLength} letters (maxLength)`);
  return text.startsWith("v1.")
    ? parseDali(text, shard, maxSampleFields, fault)
    : parseOwn(text, shard, maxSampleFields, fault);
}

/** Whether a text begins as an index does, of either format; what follows may still be damaged. */
export function beginsAsIndex(text: string): boolean {
  return /^v[0-9]|^\s*\{\s*"wdstream"/.test(text);
}

function parseOwn(
  text: string,
  shard: string,
  maxFields: number,
  fault: IndexFault,
): ShardIndex {
  let root: Record<string, unknown> | null;
  try {
    root = JSON.parse(text);
  } catch {
    throw fault("it is neither JSON nor DALI's format");
  }
  if (root?.wdstream !== "shard-index") throw fault("it is JSON of another kind");
  if (root.version !== VERSION) throw fault(`its version is not ${VERSION}`);
  const { sizeBytes, etag, samples } = root;
  if (sizeBytes !== undefined && !isSize(sizeBytes)) throw fault("its shard's size is no size");
  if (etag !== undefined && typeof etag !== "string") throw fault("its entity tag is no text");
  if (!Array.isArray(samples)) throw fault("it has no list of samples");
  const numbers = numberSamples(samples.length, root.skipped, fault);
  return {
    shard: typeof root.shard === "string" ? root.shard : shard,
    ...(sizeBytes === undefined ? {} : { sizeBytes: sizeBytes as number }),
    ...(etag === undefined ? {} : { etag: etag as string }),
    samples: samples.map((sample, i) => ({
      ...readSample(sample, i, { shardBytes: sizeBytes as number, maxFields }, fault),
      ...(numbers !== undefined && numbers[i] !== i && { index: numbers[i] }),
    })),
  };
}

/** The numbers of samples in their shard, some of which were left out; absent where none was. */
function numberSamples(
  count: number,
  skipped: unknown = [],
  fault: IndexFault,
): Uint32Array | undefined {
  const isRising = Array.isArray(skipped) &&
    skipped.every((number, i) =>
      Number.isInteger(number) && number > (skipped[i - 1] ?? -1) && number - i <= count
    );
  if (!isRising) throw fault("its numbers of samples that were left out are none");
  if (skipped.length === 0) return undefined;
  const numbers = new Uint32Array(count);
  let [next, at] = [0, 0];
  for (let i = 0; i < count; i++) {
    while (skipped[at] === next) [next, at] = [next + 1, at + 1];
    numbers[i] = next++;
  }
  return numbers;
}

function readSample(
  sample: unknown,
  i: number,
  { shardBytes = Infinity, maxFields }: { shardBytes?: number; maxFields: number },
  fault: IndexFault,
): IndexedSample {
  if (!Array.isArray(sample)) throw fault(`sample ${i} is no list`);
  const [key, cls, ...fields] = sample;
  if (typeof key !== "string") throw fault(`sample ${i} has no key`);
  if (cls !== null && !Number.isSafeInteger(cls)) throw fault(`sample ${i} has no class index`);
  const checked = fields.map(readField);
  checkFields(checked, i, { shardBytes, maxFields }, fault);
  return { key, fields: checked, ...(cls === null ? {} : { cls }) };
}

/** A field as the text has it, which is checked together with its neighbours. */
function readField(field: unknown): IndexedField {
  const [extension, offsetBytes, sizeBytes, more] = Array.isArray(field) ? field : [];
  const { head, sparse, name } = (more ?? {}) as Record<string, unknown>;
  return {
    extension,
    offsetBytes,
    sizeBytes,
    ...(head === undefined ? {} : { headBytes: head as number }),
    ...(sparse === undefined ? {} : { sparseBytes: sparse as number }),
    ...(name === undefined ? {} : { storedExtension: name as string }),
  };
}
