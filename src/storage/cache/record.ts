/**
 * What a cache remembers of an object.
 *
 * @module
 */
import type { ObjectFacts } from "../source.ts";

/** What is remembered: the version that was seen last, or that there was none. */
export interface CacheRecord {
  /** Name of the object, without credentials. */
  readonly name: string;
  /** When its host said so, in milliseconds since 1970. */
  readonly checkedMs: number;
  readonly facts?: ObjectFacts;
  /** Why there is no such object. */
  readonly missing?: string;
}

/** Reads what {@linkcode CacheRecord} is written as; absent where it is something else. */
export function parseRecord(bytes: Uint8Array): CacheRecord | undefined {
  try {
    const record = JSON.parse(new TextDecoder().decode(bytes)) as Partial<CacheRecord>;
    const { name, checkedMs, facts, missing } = record;
    const isSound = typeof name === "string" && typeof checkedMs === "number" &&
      (facts === undefined ? typeof missing === "string" : typeof facts.sizeBytes === "number");
    return isSound ? record as CacheRecord : undefined;
  } catch {
    return undefined;
  }
}
