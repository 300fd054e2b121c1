/**
 * What is counted of samples, by their headers alone.
 *
 * @module
 */
import type { IndexedSample } from "../../index/shard_index.ts";
import type { FieldSummary, Summary } from "../messages.ts";

/** Names of fields that are told apart: a file may have any number. */
const MOST_FIELDS = 200;

/** Classes that are listed: as many as rows are of use to somebody. */
const MOST_CLASSES = 2000;

/** Classes that are told apart: labels are anybody's numbers. */
const MOST_TOLD_APART = 1_000_000;

type Counted = { -readonly [Name in keyof FieldSummary]: FieldSummary[Name] };

/** Bytes of a field as it is read, of a sparse one with its zeros. */
export function fieldBytes(
  { sizeBytes, sparseBytes = sizeBytes }: IndexedSample["fields"][number],
): number {
  return sparseBytes;
}

/** Bytes of all fields of a sample. */
export function sampleBytes({ fields }: IndexedSample): number {
  return fields.reduce((sum, field) => sum + fieldBytes(field), 0);
}

/** Counts samples as they become known. */
export class Tally {
  #samples = 0;
  #bytes = 0;
  #labelled = 0;
  readonly #fields = new Map<string, Counted>();
  #otherFields = 0;
  readonly #classes = new Map<number, number>();
  readonly #sizes = new Map<number, number>();

  /** Counts those of a growing list that were not counted yet. */
  take(samples: readonly IndexedSample[]): void {
    for (; this.#samples < samples.length; this.#samples++) this.#add(samples[this.#samples]);
  }

  /** What was counted. */
  summarize(): Summary {
    const classes = [...this.#classes].sort(([one], [other]) => one - other);
    return {
      samples: this.#samples,
      bytes: this.#bytes,
      fields: [...this.#fields.values()].map((field) => ({ ...field }))
        .sort((one, other) =>
          other.count - one.count || (one.extension < other.extension ? -1 : 1)
        ),
      otherFields: this.#otherFields,
      labelled: this.#labelled,
      classes: classes.length,
      classCounts: classes.slice(0, MOST_CLASSES),
      sizes: [...this.#sizes].sort(([one], [other]) => one - other),
    };
  }

  #add(sample: IndexedSample): void {
    const bytes = sampleBytes(sample);
    this.#bytes += bytes;
    count(this.#sizes, findStep(bytes));
    for (const field of sample.fields) this.#addField(field.extension, fieldBytes(field));
    if (sample.cls === undefined) return;
    this.#labelled++;
    if (this.#classes.has(sample.cls) || this.#classes.size < MOST_TOLD_APART) {
      count(this.#classes, sample.cls);
    }
  }

  #addField(extension: string, bytes: number): void {
    const field = this.#fields.get(extension);
    if (field !== undefined) {
      field.count++;
      field.bytes += bytes;
      field.leastBytes = Math.min(field.leastBytes, bytes);
      field.mostBytes = Math.max(field.mostBytes, bytes);
    } else if (this.#fields.size < MOST_FIELDS) {
      const summary = { extension, count: 1, leastBytes: bytes, mostBytes: bytes, bytes };
      this.#fields.set(extension, summary);
    } else {
      this.#otherFields++;
    }
  }
}

/** The greatest of 0, 1, 2, 5, 10, 20, 50 and so on that is not above a number. */
function findStep(bytes: number): number {
  let step = 0;
  for (let next = 1; next <= bytes; next = nextStep(next)) step = next;
  return step;
}

/** What follows on a step: 1 on 0, 2 on 1, 5 on 2, 10 on 5. */
export function nextStep(step: number): number {
  if (step === 0) return 1;
  return String(step).startsWith("2") ? step / 2 * 5 : step * 2;
}

function count(counts: Map<number, number>, value: number): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}
