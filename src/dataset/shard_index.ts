import { describeDuplicate, nameField } from "../sample/group.ts";
import type { TarEntryBase } from "../tar/mod.ts";

/** One field of a sample in its shard. */
export interface IndexedField {
  /** Lower-cased extension, without its dot. */
  readonly extension: string;
  /** Offset in bytes of the body in the archive; its header is the 512 bytes before. */
  readonly offsetBytes: number;
  /** Size in bytes of the body. */
  readonly sizeBytes: number;
}

/** One sample in its shard. */
export interface IndexedSample {
  /** Key of the sample; empty where the index's format has none (DALI's v1.1). */
  readonly key: string;
  /** The fields in the order of the archive. */
  readonly fields: readonly IndexedField[];
  /** Class index, where the sample has a field `cls` that holds one and the index's format keeps it. */
  readonly cls?: number;
}

/** Where the samples of one shard lie. */
export interface ShardIndex {
  /** File name of the shard, without folder or host. */
  readonly shard: string;
  /** Size in bytes of the shard, where it was known. */
  readonly sizeBytes?: number;
  /** Entity tag of the shard, where its host gave one. */
  readonly etag?: string;
  /** The samples in the order of the archive. */
  readonly samples: readonly IndexedSample[];
}

/** Class indices take few bytes; what is longer is none. */
export const MAX_CLASS_BYTES = 20;

/** Groups members into samples by the rules of `samples()`, of which it keeps only where they are. */
export class IndexBuilder {
  /** The samples that are complete: their successor has begun, or the archive has ended. */
  readonly samples: IndexedSample[] = [];
  readonly #shard: string;
  #draft: { key: string; fields: IndexedField[]; cls?: number } | undefined;

  /** @param shard Name of the shard, for errors. */
  constructor(shard: string) {
    this.#shard = shard;
  }

  /** Whether the entry is a field that holds a class index, whose body is worth reading. */
  static isClass(entry: TarEntryBase): boolean {
    return entry.header.size <= MAX_CLASS_BYTES && nameField(entry)?.[1].toLowerCase() === "cls";
  }

  /**
   * Takes the next entry of the archive; `cls` is the body of one that {@linkcode isClass} names.
   *
   * @throws {SampleError} `sample/duplicate-field` as `samples()` does.
   */
  add(entry: TarEntryBase, cls?: Uint8Array): void {
    const name = nameField(entry);
    if (name === undefined) return;
    const [key, cased] = name;
    const extension = cased.toLowerCase();
    if (this.#draft !== undefined && this.#draft.key !== key) this.finish();
    const draft = this.#draft ??= { key, fields: [] };
    if (draft.fields.some((field) => field.extension === extension)) {
      throw describeDuplicate(this.#shard, entry.path, key, extension, entry.offsetBytes);
    }
    draft.fields.push({
      extension,
      offsetBytes: entry.bodyOffsetBytes,
      sizeBytes: entry.header.size,
    });
    const label = cls === undefined ? undefined : parseClass(cls);
    if (label !== undefined) draft.cls = label;
  }

  /** Ends the sample under way, which the archive's end does. */
  finish(): void {
    if (this.#draft !== undefined) this.samples.push(this.#draft);
    this.#draft = undefined;
  }
}

function parseClass(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder().decode(bytes).trim();
  const label = /^[+-]?[0-9]+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(label) ? label : undefined;
}
