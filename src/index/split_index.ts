/**
 * The index of a split: one file with the lengths and sizes of its shards, and the class of each sample.
 *
 * All numbers are little-endian:
 *
 * | Bytes  | What                                                                                       |
 * | ------ | ------------------------------------------------------------------------------------------ |
 * | 7      | `WDSPLIT` in ASCII                                                                         |
 * | 1      | version of the format: 1                                                                   |
 * | 4      | bytes of the head, H                                                                       |
 * | H      | JSON in UTF-8: `{ shards: [[name, samples, bytes or null], …], classBytes: 0, 1, 2 or 4 }` |
 * | N · W  | for each of the N samples, its class in W = `classBytes` bytes; all bits set if it has none |
 * | 4      | CRC-32 of all bytes before                                                                 |
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { IndexError } from "../errors.ts";
import { updateCrc32 } from "../numbers/crc32.ts";
import { isSize } from "./fields.ts";
import type { ListedShard } from "./wids.ts";

/** Shards, and what is known of their samples. */
export interface ShardCatalogue {
  /** The shards in order. */
  readonly shards: readonly ListedShard[];
  /** Class of each sample, numbered through all shards, -1 for one without; absent where they are not known. */
  readonly classes?: ArrayLike<number>;
}

const MAGIC = "WDSPLIT";
const VERSION = 1;
const HEAD_START = 12;
const CRC_BYTES = 4;

type ClassBytes = 0 | 1 | 2 | 4;

/** Whether bytes begin as the index of a split does, of any version. */
export function beginsAsSplit(bytes: Uint8Array): boolean {
  return [...MAGIC].every((letter, i) => bytes[i] === letter.charCodeAt(0));
}

/**
 * Writes the index of a split. That of ImageNet's training split, of 1,281,167 samples in 1,024 shards, has 2.6 MB.
 *
 * @throws {IndexError} `index/unsupported` if a class is no integer of 0 to 2^32 - 2.
 * @throws {RangeError} If there are not as many classes as samples.
 *
 * @example Usage
 * ```ts
 * import { formatSplit, parseSplit } from "@wdstream/wdstream/index";
 *
 * const shards = [{ url: "a-0.tar", sampleCount: 3, sizeBytes: 10240 }];
 * const bytes = formatSplit({ shards, classes: [7, 0, 7] });
 * const { classes } = parseSplit(bytes);
 * if (classes?.[2] !== 7 || bytes.length > 80) throw new Error("misread");
 * ```
 */
export function formatSplit({ shards, classes }: ShardCatalogue): Uint8Array<ArrayBuffer> {
  const sampleCount = shards.reduce((sum, shard) => sum + shard.sampleCount, 0);
  if (classes !== undefined && classes.length !== sampleCount) {
    throw new RangeError(`${sampleCount} samples must have as many classes, not ${classes.length}`);
  }
  const classBytes = classes === undefined ? 0 : widthOf(classes);
  const rows = shards.map((shard) => [shard.url, shard.sampleCount, shard.sizeBytes ?? null]);
  const head = new TextEncoder().encode(JSON.stringify({ shards: rows, classBytes }));
  const start = new Uint8Array(HEAD_START);
  for (let i = 0; i < MAGIC.length; i++) start[i] = MAGIC.charCodeAt(i);
  start[MAGIC.length] = VERSION;
  new DataView(start.buffer).setUint32(MAGIC.length + 1, head.length, true);
  const body = new Uint8Array(sampleCount * classBytes);
  if (classes !== undefined) {
    const none = noneOf(classBytes);
    const write = writerOf(new DataView(body.buffer), classBytes);
    for (let i = 0; i < sampleCount; i++) write(i, classes[i] < 0 ? none : classes[i]);
  }
  const file = concatenate([start, head, body, new Uint8Array(CRC_BYTES)]);
  const end = file.length - CRC_BYTES;
  new DataView(file.buffer).setInt32(end, updateCrc32(file.subarray(0, end), 0), true);
  return file;
}

/** What {@linkcode parseSplit} takes. */
export interface ParseSplitOptions {
  /**
   * Name of the file, for errors.
   *
   * @default {"split index"}
   */
  readonly name?: string;
}

/**
 * Reads the index of a split. Everything is checked: it is as foreign as the shards that it is of.
 *
 * @throws {IndexError} `index/bad` if it is none, of a later version, or damaged.
 */
export function parseSplit(bytes: Uint8Array, options: ParseSplitOptions = {}): ShardCatalogue {
  const { name = "split index" } = options;
  const fault = (reason: string): IndexError =>
    new IndexError("index/bad", {
      action: `read "${name}" as the index of a split`,
      reason,
      shard: name,
    });
  if (!beginsAsSplit(bytes)) throw fault("it is a file of another kind");
  const version = bytes[MAGIC.length];
  if (version !== VERSION) throw fault(`its version is ${version}, and this release knows 1`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - CRC_BYTES;
  const headEnd = bytes.length < HEAD_START + CRC_BYTES
    ? Infinity
    : HEAD_START + view.getUint32(MAGIC.length + 1, true);
  if (headEnd > end) throw fault("it ends early");
  if (view.getInt32(end, true) !== updateCrc32(bytes.subarray(0, end), 0)) {
    throw fault("it is damaged: its checksum is another");
  }
  const { shards, classBytes } = readHead(bytes.subarray(HEAD_START, headEnd), fault);
  const sampleCount = shards.reduce((sum, shard) => sum + shard.sampleCount, 0);
  if (end - headEnd !== sampleCount * classBytes) {
    throw fault(`it has ${end - headEnd} bytes of classes for ${sampleCount} samples`);
  }
  if (classBytes === 0) return { shards };
  return { shards, classes: readClasses(view, headEnd, sampleCount, classBytes) };
}

function readHead(
  bytes: Uint8Array,
  fault: (reason: string) => IndexError,
): { shards: ListedShard[]; classBytes: ClassBytes } {
  let head: { shards?: unknown; classBytes?: unknown } | null;
  try {
    head = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw fault("its head is not JSON");
  }
  const { shards, classBytes } = head ?? {};
  if (classBytes !== 0 && classBytes !== 1 && classBytes !== 2 && classBytes !== 4) {
    throw fault("it does not say how many bytes a class has");
  }
  if (!Array.isArray(shards)) throw fault("it has no list of shards");
  return {
    classBytes,
    shards: shards.map((shard, i): ListedShard => {
      const [url, sampleCount, sizeBytes] = Array.isArray(shard) ? shard : [];
      const isSound = typeof url === "string" && isSize(sampleCount) &&
        (sizeBytes === null || isSize(sizeBytes));
      if (!isSound) throw fault(`shard ${i} has no name, no number of samples or no size`);
      return { url, sampleCount, ...(sizeBytes === null ? {} : { sizeBytes }) };
    }),
  };
}

function readClasses(
  view: DataView,
  start: number,
  count: number,
  classBytes: Exclude<ClassBytes, 0>,
): ArrayLike<number> {
  const none = noneOf(classBytes);
  // Doubles only where a class may have 32 bits.
  const classes = classBytes === 4 ? new Float64Array(count) : new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const at = start + i * classBytes;
    const value = classBytes === 1
      ? view.getUint8(at)
      : classBytes === 2
      ? view.getUint16(at, true)
      : view.getUint32(at, true);
    classes[i] = value === none ? -1 : value;
  }
  return classes;
}

/** The value that stands for no class. */
function noneOf(classBytes: ClassBytes): number {
  return 2 ** (8 * classBytes) - 1;
}

/** The least number of bytes that holds each class, and that a sample has none. */
function widthOf(classes: ArrayLike<number>): Exclude<ClassBytes, 0> {
  let most = 0;
  for (let i = 0; i < classes.length; i++) {
    const label = classes[i];
    if (label !== -1 && !isSize(label)) throw classError(label);
    if (label > most) most = label;
  }
  if (most >= noneOf(4)) throw classError(most);
  return most < noneOf(1) ? 1 : most < noneOf(2) ? 2 : 4;
}

function classError(label: number): IndexError {
  return new IndexError("index/unsupported", {
    action: "write the index of a split",
    reason: `it holds classes of 0 to 2^32 - 2, and a sample has ${label}`,
  });
}

function writerOf(view: DataView, classBytes: ClassBytes): (i: number, value: number) => void {
  if (classBytes === 1) return (i, value) => view.setUint8(i, value);
  if (classBytes === 2) return (i, value) => view.setUint16(2 * i, value, true);
  return (i, value) => view.setUint32(4 * i, value, true);
}
