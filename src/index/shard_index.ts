/**
 * What an index holds, and how members become its samples.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import { parseInteger } from "../sample/integer.ts";
import {
  type FieldName,
  FieldNamer,
  MAX_SAMPLE_FIELDS,
  mayLackFields,
  type SampleLimits,
  SampleTally,
} from "../sample/tally.ts";
import type { TarEntryBase } from "../tar/mod.ts";
import { BLOCK_BYTES } from "../tar/header.ts";

/** One field of a sample in its shard. */
export interface IndexedField {
  /** Lower-cased extension, without its dot. */
  readonly extension: string;
  /** Offset in bytes of the body in the archive; before it lie `headBytes` that tell of it. */
  readonly offsetBytes: number;
  /** Size in bytes of the body, of a sparse member as it is stored. */
  readonly sizeBytes: number;
  /**
   * Bytes from the member's first block to its body: its header, and before it pax and GNU records, which may hold
   * its name.
   *
   * @default {512}
   */
  readonly headBytes?: number;
  /** Size in bytes of a sparse member with its zeros, of which only `sizeBytes` are stored; absent for others. */
  readonly sparseBytes?: number;
  /** The extension as the archive has it, where that is not in lower case. */
  readonly storedExtension?: string;
}

/** One sample in its shard. */
export interface IndexedSample {
  /** Key of the sample; empty where the index's format has none (DALI's v1.1). */
  readonly key: string;
  /** The fields in the order of the archive. */
  readonly fields: readonly IndexedField[];
  /**
   * Number of the sample among all that the shard has, from 0, where samples before it were left out for a fault.
   *
   * @default {its place in the list}
   */
  readonly index?: number;
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

/**
 * Whether a pass with these limits yields a sample. An index lists samples of any size; one that is opened where
 * faults are skipped counts as the pass does.
 */
export function isWithinLimits(
  { fields }: IndexedSample,
  limits: SampleLimits & { readonly maxEntryBytes: number },
): boolean {
  let sum = 0;
  for (const { sizeBytes, sparseBytes = sizeBytes } of fields) {
    if (sparseBytes > limits.maxEntryBytes) return false;
    sum += sparseBytes;
  }
  return sum <= limits.maxSampleBytes && fields.length <= limits.maxSampleFields;
}

/** Class indices take few bytes; what is longer is none. */
export const MAX_CLASS_BYTES = 20;

/** What {@linkcode IndexBuilder} takes. */
export interface IndexBuilderOptions extends Partial<SampleLimits> {
  /** Told of each fault of a sample, which is left out then; absent where it is to be thrown. */
  readonly onSkip?: (error: WdsError) => void;
}

/** Groups members into samples by the rules of `readSamples()`, of which it keeps only where they are. */
export class IndexBuilder {
  /** The samples that are complete: their successor has begun, or the archive has ended. */
  readonly samples: IndexedSample[] = [];
  readonly #shard: string;
  readonly #limits: SampleLimits;
  readonly #onSkip: ((error: WdsError) => void) | undefined;
  readonly #namer = new FieldNamer();
  #tally: SampleTally | undefined;
  /** The last sample that is complete. */
  #before: SampleTally | undefined;
  /** The sample under way and the extensions that it has; absent where it is left out. */
  #draft: { key: string; fields: IndexedField[]; index?: number; cls?: number } | undefined;
  /** How many samples have begun, those included that are left out. */
  #count = 0;
  #extensions = new Set<string>();

  /** @param shard Name of the shard, for errors. */
  constructor(shard: string, options: IndexBuilderOptions = {}) {
    const { maxSampleBytes = Infinity, maxSampleFields = MAX_SAMPLE_FIELDS, onSkip } = options;
    this.#shard = shard;
    this.#limits = { maxSampleBytes, maxSampleFields };
    this.#onSkip = onSkip;
  }

  /**
   * Takes the next entry of the archive.
   *
   * @returns Whether it is a field that may hold a class index: then its body is wanted.
   * @throws {WdsError} The fault of a sample, as `readSamples()` does, if nobody is told of it.
   */
  add(entry: TarEntryBase): boolean {
    const name = this.#namer.name(entry);
    if (name === undefined) return false;
    const { key, extension } = name;
    if (this.#tally?.key !== key) {
      this.finish();
      this.#tally = new SampleTally(key, this.#shard, this.#limits);
      const index = this.#count++;
      this.#draft = index === this.samples.length
        ? { key, fields: [] }
        : { key, fields: [], index };
    }
    const draft = this.#draft;
    if (draft === undefined) return false;
    const isTaken = this.#extensions.has(extension);
    const fault = this.#tally.add(entry, name, entry.header.size, isTaken);
    if (fault === undefined) {
      this.#extensions.add(extension);
      draft.fields.push(toField(entry, name));
      return extension === "cls" && entry.sparse === undefined && entry.storedBytes > 0 &&
        entry.storedBytes <= MAX_CLASS_BYTES;
    }
    this.#draft = undefined;
    if (this.#onSkip === undefined) throw fault;
    this.#onSkip(fault);
    return false;
  }

  /** Takes the body of the entry that it was wanted of. */
  setClass(body: Uint8Array): void {
    const label = parseInteger(body);
    if (typeof label === "number" && this.#draft !== undefined) this.#draft.cls = label;
  }

  /** Ends the sample under way where the archive stops without its end marker: it may have been cut. */
  finishCut(): void {
    if (this.#tally !== undefined && !mayLackFields(this.#tally, this.#before)) this.finish();
  }

  /** Ends the sample under way, which the archive's end does. */
  finish(): void {
    if (this.#draft !== undefined) {
      this.samples.push(this.#draft);
      this.#before = this.#tally;
    }
    this.#draft = undefined;
    this.#tally = undefined;
    if (this.#extensions.size > 0) this.#extensions = new Set();
  }
}

function toField(entry: TarEntryBase, name: FieldName): IndexedField {
  const { bodyOffsetBytes, startOffsetBytes, storedBytes, sparse, header } = entry;
  const { extension, storedExtension } = name;
  const headBytes = bodyOffsetBytes - startOffsetBytes;
  return {
    extension,
    offsetBytes: bodyOffsetBytes,
    sizeBytes: storedBytes,
    ...(headBytes === BLOCK_BYTES ? {} : { headBytes }),
    ...(sparse === undefined ? {} : { sparseBytes: header.size }),
    ...(storedExtension === extension ? {} : { storedExtension }),
  };
}
