import { IndexError } from "../errors.ts";
import { formatDali, parseDali } from "./index_dali.ts";
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
}

/** Makes the error of a text that is no index. */
export type IndexFault = (why: string) => IndexError;

const VERSION = 1;

/**
 * Writes an index as text: wdstream's own format, or that of NVIDIA DALI's `wds2idx`.
 *
 * wdstream's is JSON with one sample a line, `[key, cls or null, [extension, offset, size], …]`, after the
 * shard's file name, size and entity tag. DALI's v1.2 has a line of extension, offset, size and name of each
 * field; it keeps neither the class nor the shard's size.
 *
 * Units: offsets (of bodies) and sizes are bytes.
 *
 * @throws {IndexError} `index/unsupported` for DALI if a name has white space, which its format cannot hold.
 *
 * @example Usage
 * ```ts
 * import { formatIndex, indexShard, parseIndex, sampleShard } from "@wdstream/wdstream";
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
  });
  const lines = index.samples.map(({ key, cls, fields }) =>
    JSON.stringify([
      key,
      cls ?? null,
      ...fields.map(({ extension, offsetBytes, sizeBytes }) => [extension, offsetBytes, sizeBytes]),
    ])
  );
  return `${head.slice(0, -1)},"samples":[\n${lines.join(",\n")}\n]}\n`;
}

/**
 * Reads an index of either format of {@linkcode formatIndex}, DALI's v1.1 included, which has no names: its
 * samples have empty keys.
 *
 * Everything is checked: an index is as foreign as the shard that it describes.
 *
 * @throws {IndexError} `index/bad` if the text does not follow its format.
 *
 * @example Usage
 * ```ts
 * import { parseIndex } from "@wdstream/wdstream";
 *
 * const { samples } = parseIndex("v1.2 1\ncls 512 3 cat.cls jpg 1536 9 cat.jpg\n");
 * if (samples[0].key !== "cat" || samples[0].fields[1].sizeBytes !== 9) throw new Error("misread");
 * ```
 */
export function parseIndex(text: string, options: ParseIndexOptions = {}): ShardIndex {
  const { name = "index", shard = "" } = options;
  const fault: IndexFault = (why) =>
    new IndexError("index/bad", `Cannot read "${name}" as the index of a shard: ${why}`, {
      shard: name,
    });
  return /^v1\./.test(text) ? parseDali(text, shard, fault) : parseOwn(text, shard, fault);
}

/** Whether a text begins as an index does, of either format; what follows may still be damaged. */
export function beginsAsIndex(text: string): boolean {
  return /^v[0-9]|^\s*\{\s*"wdstream"/.test(text);
}

function parseOwn(text: string, shard: string, fault: IndexFault): ShardIndex {
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
  return {
    shard: typeof root.shard === "string" ? root.shard : shard,
    ...(sizeBytes === undefined ? {} : { sizeBytes: sizeBytes as number }),
    ...(etag === undefined ? {} : { etag: etag as string }),
    samples: samples.map((sample, i) => readSample(sample, i, sizeBytes as number, fault)),
  };
}

function readSample(
  sample: unknown,
  i: number,
  shardBytes: number | undefined,
  fault: IndexFault,
): IndexedSample {
  if (!Array.isArray(sample)) throw fault(`sample ${i} is no list`);
  const [key, cls, ...fields] = sample;
  if (typeof key !== "string") throw fault(`sample ${i} has no key`);
  if (cls !== null && !Number.isSafeInteger(cls)) throw fault(`sample ${i} has no class index`);
  const checked = fields.map((field): IndexedField => {
    const [extension, offsetBytes, sizeBytes] = Array.isArray(field) ? field : [];
    return { extension, offsetBytes, sizeBytes };
  });
  checkFields(checked, i, shardBytes ?? Infinity, fault);
  return { key, fields: checked, ...(cls === null ? {} : { cls }) };
}

/**
 * Checks the fields of one sample.
 *
 * @throws {IndexError} If a field is missing, lies outside the shard or before its predecessor, or appears twice.
 */
export function checkFields(
  fields: readonly IndexedField[],
  sample: number,
  shardBytes: number,
  fault: IndexFault,
): void {
  if (fields.length === 0) throw fault(`sample ${sample} has no fields`);
  const seen = new Set<string>();
  let end = 0;
  for (const { extension, offsetBytes, sizeBytes } of fields) {
    if (typeof extension !== "string" || seen.has(extension)) {
      throw fault(`sample ${sample} has a field without a name of its own`);
    }
    seen.add(extension);
    // Bodies start at whole blocks, after a header.
    const isPlaced = isSize(offsetBytes) && isSize(sizeBytes) && offsetBytes % 512 === 0 &&
      offsetBytes >= end + 512 && offsetBytes + sizeBytes <= shardBytes;
    if (!isPlaced) {
      throw fault(`field "${extension}" of sample ${sample} lies nowhere in the shard`);
    }
    end = offsetBytes + sizeBytes;
  }
}

/** Whether a value is a size or an offset in bytes. */
export function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
