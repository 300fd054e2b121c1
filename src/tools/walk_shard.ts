/**
 * The samples of a shard, damaged or not, and all that is wrong with it.
 *
 * @module
 */
import type { WdsError } from "../errors.ts";
import { IndexBuilder, type ShardIndex } from "../index/shard_index.ts";
import { groupEntries } from "../sample/group.ts";
import type { Sample } from "../sample/sample.ts";
import { FieldNamer } from "../sample/tally.ts";
import { isFault } from "../steps/faults.ts";
import { countBytes } from "../steps/read.ts";
import { gunzipIfNeeded } from "../storage/gunzip.ts";
import type { Source } from "../storage/source.ts";
import type { TarEntry } from "../tar/entry.ts";
import { MissingEndError } from "../tar/faults.ts";
import { type Salvaged, salvageTar } from "../tar/salvage.ts";

/** What is met in a shard, in its order. */
export type Walked =
  /** A sample. With `gap`, members of it may be lost in damage before it. */
  | { readonly kind: "sample"; readonly sample: Sample; readonly gap?: WdsError }
  /** A fault; the sample that it damages does not come. */
  | { readonly kind: "fault"; readonly fault: WdsError; readonly nextOffsetBytes?: number }
  /** Bytes behind the end of the archive. */
  | { readonly kind: "rest"; readonly offsetBytes: number; readonly sizeBytes: number };

/** What {@linkcode walkShard} takes. */
export interface WalkOptions {
  readonly signal?: AbortSignal;
  /** Whether an archive must end with a block of zeros. */
  readonly endOfArchive?: "required" | "optional";
  /** Largest member in bytes. */
  readonly maxEntryBytes?: number;
  /** Is told of bytes as they are read. */
  readonly onBytes?: (bytes: number) => void;
  /** Is given an index of what was read, once all of it was. Not of a compressed shard. */
  readonly onIndex?: (index: ShardIndex) => void;
}

/** As for datasets. */
const MAX_ENTRY_BYTES = 256 * 1024 * 1024;

/**
 * Walks through a shard from its beginning to its end. A damaged header is a fault, and what is whole behind it comes;
 * samples are numbered as they come, those included that a fault has damaged.
 *
 * It gives the same each time.
 *
 * @throws {Error} What is no fault of the data, an end of `signal` for one.
 */
export async function* walkShard(
  source: Source,
  options: WalkOptions,
): AsyncGenerator<Walked, void, undefined> {
  const { name } = source;
  const { signal, onBytes, onIndex, endOfArchive, maxEntryBytes = MAX_ENTRY_BYTES } = options;
  const faults: Walked[] = [];
  let isPacked = false;
  let isDamaged = false;
  let sizeBytes = 0;
  let gap: WdsError | undefined;
  /** Fields of the sample before, and the key of the last member. */
  let before: readonly string[] = [];
  let lastKey: string | undefined;
  let first = 0;
  const builder = onIndex && new IndexBuilder(name, { onSkip: () => {} });
  const namer = new FieldNamer();
  try {
    const { body } = await source.open({ signal });
    const counted = countBytes(body, (bytes) => {
      sizeBytes += bytes;
      onBytes?.(bytes);
    });
    const archive = await gunzipIfNeeded(counted, { name, onPacked: () => void (isPacked = true) });
    const salvaged = salvageTar(archive, { name, signal, endOfArchive, maxEntryBytes });
    const follow = (entry: TarEntry): void => {
      lastKey = namer.name(entry)?.key ?? lastKey;
      if (builder?.add(entry)) builder.setClass(entry.bytes);
    };
    while (true) {
      const part = new Part(salvaged, follow);
      let count = 0;
      const samples = groupEntries(part.entries(), {
        shard: name,
        signal,
        onError: "skip",
        onSkip: (fault) => faults.push({ kind: "fault", fault, ...part.next }),
      }, (all) => count = all);
      let lost: string | undefined = gap && lastKey;
      let given: string | undefined;
      for await (const sample of samples) {
        yield* faults.splice(0);
        const index = first + sample.index;
        count = sample.index + 1;
        const fields = Object.keys(sample.fields);
        const isSuspect = gap !== undefined && sample.index === 0 &&
          (sample.key === lost || before.some((field) => !fields.includes(field)));
        yield { kind: "sample", sample: { ...sample, index }, ...(isSuspect && { gap }) };
        if (!isSuspect) before = fields;
        given = sample.key;
        gap = lost = undefined;
      }
      yield* faults.splice(0);
      if (part.rest !== undefined) yield part.rest;
      if (part.gap === undefined) break;
      gap = part.gap;
      isDamaged = true;
      // One that the damage has cut off counts, too.
      first += lastKey === given ? count : count + 1;
    }
    builder?.finish();
  } catch (error) {
    signal?.throwIfAborted();
    // What the runtime's user has not allowed is no fault of the shard.
    if (!isFault(error) || isForbidden(error)) throw error;
    yield* faults.splice(0);
    return yield { kind: "fault", fault: error.at({ shard: name }) };
  }
  if (builder !== undefined && !isPacked && !isDamaged) {
    onIndex?.({ shard: name, sizeBytes, samples: builder.samples });
  }
}

/** What lies between two gaps of an archive. */
class Part {
  /** Why it has ended where the archive goes on. */
  gap: WdsError | undefined;
  /** Where it does. */
  next: { nextOffsetBytes?: number } = {};
  /** What lies behind the archive. */
  rest: Extract<Walked, { kind: "rest" }> | undefined;
  readonly #salvaged: AsyncGenerator<Salvaged, void, undefined>;
  readonly #follow: (entry: TarEntry) => void;

  constructor(
    salvaged: AsyncGenerator<Salvaged, void, undefined>,
    follow: (entry: TarEntry) => void,
  ) {
    this.#salvaged = salvaged;
    this.#follow = follow;
  }

  async *entries(): AsyncGenerator<TarEntry, void, undefined> {
    while (true) {
      const { done, value } = await this.#salvaged.next();
      if (done) return;
      if (value.kind === "rest") this.rest = value;
      else if (value.kind === "entry") {
        this.#follow(value.entry);
        yield value.entry;
      } else {
        const { fault, nextOffsetBytes } = value;
        if (nextOffsetBytes !== undefined) {
          this.gap = fault;
          this.next = { nextOffsetBytes };
        }
        // What came before a header is whole, as it is before an end that is missing.
        throw nextOffsetBytes === undefined ? fault : new MissingEndError(fault.code, fault);
      }
    }
  }
}

/** Whether Deno refused something that its user can allow. */
function isForbidden(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === "NotCapable") return true;
  }
  return false;
}
