/**
 * What is different between two datasets.
 *
 * @module
 */
import { checkCallback, checkCount } from "../check.ts";
import { WdsError } from "../errors.ts";
import { requireCodec } from "../image/codec.ts";
import { listCodecs } from "../image/codecs/plugged.ts";
import { isImageExtension } from "../image/format.ts";
import { init } from "../image/mod.ts";
import { toRgb } from "../image/to_rgb.ts";
import type { Image } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import { isFault } from "../steps/faults.ts";
import { listSources, type ShardInputs } from "./sources.ts";
import { walkShard } from "./walk_shard.ts";

/** Something that is different. */
export interface Difference {
  /** Whether a sample, or a field of one, is in the first alone, in the second alone, or in both and different. */
  readonly kind: "removed" | "added" | "changed";
  /** Key of the sample. */
  readonly key: string;
  /** Extension of the field; absent where it is the whole sample. */
  readonly field?: string;
  /** What is different, of what is in both. */
  readonly why?: string;
  /** Shard in the first dataset. */
  readonly before?: string;
  /** Shard in the second dataset. */
  readonly after?: string;
}

/** What {@linkcode diffShards} takes. */
export interface DiffOptions {
  /** Fields that are compared, by their extensions; all of them where it is not given. */
  readonly fields?: readonly string[];
  /**
   * Whether images are compared by their pixels, and not by their bytes.
   *
   * @default {false}
   */
  readonly pixels?: boolean;
  /**
   * Most samples that wait for theirs in the other dataset.
   *
   * @default {1_000_000}
   */
  readonly maxWaiting?: number;
  /**
   * Whether an archive must end with a block of zeros, or may end where a member does.
   *
   * @default {"required"}
   */
  readonly endOfArchive?: "required" | "optional";
  /** Is told of each difference. May return a promise, which is awaited. */
  readonly onDifference?: (difference: Difference) => void | Promise<void>;
  /** Is told of each fault, behind which it goes on. */
  readonly onFault?: (fault: WdsError) => void;
  /** Is told how much was read. May return a promise, which is awaited. */
  readonly onProgress?: (progress: { readonly samples: number; readonly bytes: number }) =>
    | void
    | Promise<void>;
  /** Ends it; the reason is thrown. */
  readonly signal?: AbortSignal;
}

/** How much is different. */
export interface DiffReport {
  /** Samples of the first dataset. */
  readonly before: number;
  /** Samples of the second one. */
  readonly after: number;
  /** Samples that are the same in both. */
  readonly same: number;
  /** Samples that are in both, with a field that is different. */
  readonly changed: number;
  /** Samples that are in the first alone. */
  readonly removed: number;
  /** Samples that are in the second alone. */
  readonly added: number;
}

/**
 * Compares two datasets by the keys of their samples, in whatever order and shards they come.
 *
 * Both are read at once. What has its like at the same place is compared there and then; of what has not, digests are
 * kept until it comes, some hundred bytes for each.
 *
 * @throws {RangeError} If more samples wait than may.
 *
 * @example Usage
 * ```ts
 * import { diffShards } from "@wdstream/wdstream/tools";
 * import { writeTar } from "@wdstream/wdstream/tar";
 *
 * const shard = async (text: string) =>
 *   new Uint8Array(
 *     await new Response(writeTar([{ path: "a.txt", bytes: new TextEncoder().encode(text) }])).arrayBuffer(),
 *   );
 * const { same, changed } = await diffShards(await shard("one"), await shard("two"), {
 *   onDifference: ({ key, field }) => console.log(key, field),
 * });
 * if (same !== 0 || changed !== 1) throw new Error("not seen");
 * ```
 */
export async function diffShards(
  before: ShardInputs,
  after: ShardInputs,
  options: DiffOptions = {},
): Promise<DiffReport> {
  checkCallback("onDifference", options.onDifference);
  checkCallback("onFault", options.onFault);
  checkCallback("onProgress", options.onProgress);
  if (options.maxWaiting !== undefined) checkCount("maxWaiting", options.maxWaiting, 0);
  options.signal?.throwIfAborted();
  if (options.pixels) await init();
  return await new Comparison(options).run(before, after);
}

/** A field, by its bytes or by what is kept of them. */
interface Content {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly bytes?: Uint8Array;
}

/** A sample that waits. */
interface Waiting {
  readonly shard: string;
  readonly fields: ReadonlyMap<string, Content>;
}

class Comparison {
  readonly #options: DiffOptions;
  readonly #waiting: readonly [Map<string, Waiting[]>, Map<string, Waiting[]>] = [
    new Map(),
    new Map(),
  ];
  #waitingCount = 0;
  #bytes = 0;
  #counts = { before: 0, after: 0, same: 0, changed: 0, removed: 0, added: 0 };

  constructor(options: DiffOptions) {
    this.#options = options;
  }

  async run(before: ShardInputs, after: ShardInputs): Promise<DiffReport> {
    const counts = this.#counts;
    const sides = [this.#read(before), this.#read(after)] as const;
    try {
      for (let isOpen = true; isOpen;) {
        const [a, b] = await Promise.all(sides.map((side) => side.next()));
        isOpen = !a.done || !b.done;
        if (a.value) counts.before++;
        if (b.value) counts.after++;
        if (a.value && b.value && a.value.key === b.value.key && !this.#isAwaited(a.value.key)) {
          const [one, two] = [a.value, b.value].map((sample) => this.#take(sample));
          await this.#compare(a.value.key, one, two);
        } else {
          if (a.value) await this.#match(a.value, 0);
          if (b.value) await this.#match(b.value, 1);
        }
        const samples = counts.before + counts.after;
        await this.#options.onProgress?.({ samples, bytes: this.#bytes });
      }
    } finally {
      await Promise.all(sides.map((side) => side.return()));
    }
    for (const [key, samples] of this.#waiting[0]) {
      for (const { shard } of samples) await this.#tell({ kind: "removed", key, before: shard });
      counts.removed += samples.length;
    }
    for (const [key, samples] of this.#waiting[1]) {
      for (const { shard } of samples) await this.#tell({ kind: "added", key, after: shard });
      counts.added += samples.length;
    }
    return { ...counts };
  }

  async *#read(shards: ShardInputs): AsyncGenerator<Sample, void, undefined> {
    const { signal, endOfArchive, onFault } = this.#options;
    const onBytes = (bytes: number): void => void (this.#bytes += bytes);
    for (const source of listSources(shards)) {
      for await (const walked of walkShard(source, { signal, endOfArchive, onBytes })) {
        signal?.throwIfAborted();
        if (walked.kind === "sample") yield walked.sample;
        else if (walked.kind === "fault") onFault?.(walked.fault);
      }
    }
  }

  #isAwaited(key: string): boolean {
    return this.#waiting.some((side) => side.has(key));
  }

  #wanted(sample: Sample): [field: string, bytes: Uint8Array][] {
    const { fields } = this.#options;
    return Object.entries(sample.bytes).filter(([name]) => fields?.includes(name) ?? true);
  }

  /** A sample with its bytes, which is compared at once. */
  #take(sample: Sample): Waiting {
    const fields = this.#wanted(sample).map(([name, bytes]) =>
      [name, { sizeBytes: bytes.length, sha256: "", bytes }] as const
    );
    return { shard: sample.shard, fields: new Map(fields) };
  }

  /** Compares a sample with one that waits for it, or has it wait. */
  async #match(sample: Sample, side: 0 | 1): Promise<void> {
    const { key } = sample;
    const others = this.#waiting[1 - side];
    const found = others.get(key);
    const own = await this.#digest(sample);
    if (found !== undefined) {
      const other = found.shift()!;
      if (found.length === 0) others.delete(key);
      this.#waitingCount--;
      return await this.#compare(
        key,
        ...(side === 0 ? [own, other] : [other, own]) as [Waiting, Waiting],
      );
    }
    const { maxWaiting = 1_000_000 } = this.#options;
    if (++this.#waitingCount > maxWaiting) {
      throw new RangeError(
        `More than ${maxWaiting} samples wait for theirs in the other dataset (maxWaiting)`,
      );
    }
    const waiting = this.#waiting[side];
    waiting.set(key, [...waiting.get(key) ?? [], own]);
  }

  async #digest(sample: Sample): Promise<Waiting> {
    const fields = new Map<string, Content>();
    for (const [name, bytes] of this.#wanted(sample)) {
      const image = this.#options.pixels && isImageExtension(name)
        ? await decode(bytes, name)
        : undefined;
      const sizes = image === undefined ? "" : `${image.width}x${image.height} `;
      fields.set(name, {
        sizeBytes: bytes.length,
        sha256: sizes + await hash(image?.data ?? bytes),
      });
    }
    return { shard: sample.shard, fields };
  }

  async #compare(key: string, one: Waiting, two: Waiting): Promise<void> {
    const place = { key, before: one.shard, after: two.shard };
    let isSame = true;
    for (const [field, content] of one.fields) {
      const other = two.fields.get(field);
      if (other === undefined) {
        isSame = false;
        await this.#tell({ kind: "removed", ...place, field });
        continue;
      }
      const why = await this.#compareContents(field, content, other);
      if (why === undefined) continue;
      isSame = false;
      await this.#tell({ kind: "changed", ...place, field, why });
    }
    for (const field of two.fields.keys()) {
      if (one.fields.has(field)) continue;
      isSame = false;
      await this.#tell({ kind: "added", ...place, field });
    }
    this.#counts[isSame ? "same" : "changed"]++;
  }

  /** What is different; `undefined` where nothing is. */
  async #compareContents(field: string, a: Content, b: Content): Promise<string | undefined> {
    const sizes = `${a.sizeBytes} and ${b.sizeBytes} bytes`;
    if (a.bytes === undefined || b.bytes === undefined) {
      if (a.sha256 === b.sha256) return undefined;
      return this.#options.pixels && isImageExtension(field) ? `other pixels, ${sizes}` : sizes;
    }
    if (isEqual(a.bytes, b.bytes)) return undefined;
    if (!this.#options.pixels || !isImageExtension(field)) {
      const at = a.bytes.findIndex((byte, i) => byte !== b.bytes![i]);
      return `${sizes}, from byte ${at < 0 ? a.sizeBytes : at} on`;
    }
    const [one, two] = [await decode(a.bytes, field), await decode(b.bytes, field)];
    if (one === undefined || two === undefined) return `${sizes}, and not both decode`;
    return comparePixels(one, two);
  }

  async #tell(difference: Difference): Promise<void> {
    await this.#options.onDifference?.(difference);
  }
}

/** The pixels of an image as RGB; `undefined` where it does not decode. */
async function decode(bytes: Uint8Array, field: string): Promise<Image | undefined> {
  try {
    const codec = requireCodec(bytes, field, listCodecs());
    await codec.load?.();
    return toRgb(await codec.decode(bytes, {}));
  } catch (error) {
    if (!(error instanceof WdsError) || !isFault(error)) throw error;
    return undefined;
  }
}

function comparePixels(a: Image, b: Image): string | undefined {
  if (a.width !== b.width || a.height !== b.height) {
    return `${a.width}x${a.height} and ${b.width}x${b.height} pixels`;
  }
  let pixels = 0;
  let most = 0;
  let sum = 0;
  for (let i = 0; i < a.data.length; i += 3) {
    let largest = 0;
    for (let channel = i; channel < i + 3; channel++) {
      const difference = Math.abs(a.data[channel] - b.data[channel]);
      sum += difference;
      if (difference > largest) largest = difference;
    }
    if (largest > 0) pixels++;
    if (largest > most) most = largest;
  }
  if (pixels === 0) return undefined;
  const mean = (sum / a.data.length).toFixed(3);
  return `${pixels} of ${a.data.length / 3} pixels, by ${most} of 255 at most, ${mean} on average`;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function hash(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return toHex(new Uint8Array(digest));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
