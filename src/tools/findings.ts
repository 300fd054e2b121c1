/**
 * What may be wrong with shards, and what was found.
 *
 * @module
 */
import type { ErrorCode, WdsError } from "../errors.ts";

/** What is looked at, by name. */
export const CHECKS = {
  access: "the shard can be read",
  archive: "headers, members and the end of the archive",
  fields: "each sample has the fields that most have, and no sample is cut",
  keys: "no key comes twice, in a shard or in two",
  decodable: "images decode; other fields are what their extensions say",
  damaged: "no image has damage that decoders pass over with a warning",
  size: "width and height in the json are those of the image",
  label: "classes are in range, and those of cls and json the same",
  empty: "no image is nearly one colour",
  count: "shards have as many samples as _info.json and the split's index say",
  index: "the index beside a shard is that of the shard",
} as const;

/** Name of a check. */
export type Check = keyof typeof CHECKS;

/** Something that is wrong. */
export interface Finding {
  /** What was looked at. */
  readonly check: Check;
  /** Name of the shard. */
  readonly shard: string;
  /** Key of the sample, or path of the member. */
  readonly key?: string;
  /** Number of the sample in its shard. */
  readonly index?: number;
  /** Extension of the field. */
  readonly field?: string;
  /** Offset in bytes, in the archive, of the member's header, or of the damage. */
  readonly offsetBytes?: number;
  /** Code of the fault, where reading would throw one. */
  readonly code?: ErrorCode;
  /** What is wrong. */
  readonly message: string;
}

/** Findings by their checks. */
export type CheckCounts = Readonly<Partial<Record<Check, number>>>;

/** What was found out about shards. */
export interface VerifyReport {
  /** Names of the shards, with their findings and samples. */
  readonly shards: readonly ShardReport[];
  /** Samples that were looked at. */
  readonly samples: number;
  /** Images that were decoded. */
  readonly images: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** How often something was found. */
  readonly counts: CheckCounts;
  /** What was found, the first 10,000. */
  readonly findings: readonly Finding[];
  /** Whether there are more. */
  readonly isCut: boolean;
  /** Samples that something is wrong with, by the number of their shard: their numbers there. */
  readonly badSamples: ReadonlyMap<number, ReadonlySet<number>>;
  /** What could not be looked at, and why. */
  readonly notes: readonly string[];
}

/** What was found out about one shard. */
export interface ShardReport {
  /** Name of the shard. */
  readonly name: string;
  /** Samples that were looked at. */
  readonly samples: number;
  /** How often something was found in it. */
  readonly counts: CheckCounts;
}

/** A fault as a finding. */
export function faultFinding(check: Check, fault: WdsError, shard: string): Finding {
  const { code, key, field, offsetBytes, message } = fault;
  return { check, shard: fault.shard ?? shard, key, field, offsetBytes, code, message };
}

const MAX_FINDINGS = 10_000;

/** Collects findings. */
export class Findings {
  readonly list: Finding[] = [];
  readonly counts: Partial<Record<Check, number>> = {};
  readonly badSamples: Map<number, Set<number>> = new Map();
  isCut = false;
  readonly #byShard = new Map<string, Partial<Record<Check, number>>>();
  readonly #skipped: ReadonlySet<Check>;
  readonly #onFinding: ((finding: Finding) => void) | undefined;

  constructor(skipped: readonly Check[], onFinding: ((finding: Finding) => void) | undefined) {
    this.#skipped = new Set(skipped);
    this.#onFinding = onFinding;
  }

  /** Whether a check is made. */
  has(check: Check): boolean {
    return !this.#skipped.has(check);
  }

  /**
   * Takes a finding.
   *
   * @param shard Number of the shard, of a finding that makes its sample a bad one.
   */
  add(finding: Finding, shard?: number): void {
    const { check, shard: name, index } = finding;
    if (!this.has(check)) return;
    const own = this.countsOf(name);
    for (const counts of [this.counts, own]) counts[check] = (counts[check] ?? 0) + 1;
    if (shard !== undefined && index !== undefined) {
      const bad = this.badSamples.get(shard) ?? new Set();
      this.badSamples.set(shard, bad.add(index));
    }
    if (this.list.length < MAX_FINDINGS) this.list.push(finding);
    else this.isCut = true;
    this.#onFinding?.(finding);
  }

  /** Counts of a shard. */
  countsOf(name: string): Partial<Record<Check, number>> {
    let counts = this.#byShard.get(name);
    if (counts === undefined) this.#byShard.set(name, counts = {});
    return counts;
  }
}
