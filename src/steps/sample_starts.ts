/**
 * Where in its archive a sample begins, so that it can be opened there again.
 *
 * @module
 */
import type { Sample } from "../sample/sample.ts";
import type { TarEntry } from "../tar/entry.ts";
import { paddingBytes } from "../tar/records.ts";

/** Follows the entries of one archive. */
export class SampleStarts {
  /** Offsets of the first record before a header, by that of the header, where there is one. */
  readonly #records = new Map<number, number>();
  /** Where the next entry has to begin, if nothing lies between; absent where that is not known. */
  #end: number | undefined;
  /** Whether what is read from the middle of the archive is the same as from its beginning. */
  #isFree = true;

  /** The archive is compressed: it is read from its beginning alone. */
  bind(): void {
    this.#isFree = false;
  }

  /** Passes entries on. */
  async *follow(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry, void, void> {
    for await (const entry of entries) {
      const { startOffsetBytes, offsetBytes, bodyOffsetBytes, storedBytes, sparse } = entry;
      // What lies between is a global record, which is of all entries behind it.
      if (this.#end !== undefined && startOffsetBytes !== this.#end) this.#isFree = false;
      if (startOffsetBytes !== offsetBytes) this.#records.set(offsetBytes, startOffsetBytes);
      this.#end = sparse === undefined
        ? bodyOffsetBytes + storedBytes + paddingBytes(storedBytes)
        : undefined;
      yield entry;
    }
  }

  /** The offset in bytes of a sample that has just come; 0 where the archive is to be read from its beginning. */
  find({ offsets }: Sample): number {
    let first = Infinity;
    for (const offset of Object.values(offsets)) if (offset < first) first = offset;
    const start = this.#records.get(first) ?? first;
    // The entry that ended the sample is of the next one.
    for (const header of this.#records.keys()) if (header <= first) this.#records.delete(header);
    return this.#isFree && first !== Infinity ? start : 0;
  }
}
