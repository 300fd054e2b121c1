/**
 * Whether two answers are of the same version of an object.
 *
 * @module
 */
import type { ObjectFacts } from "./source.ts";

/**
 * Compares what a storage said of an object twice: by the entity tags where both have one, else by the sizes and the
 * times of the last change, as far as both are known.
 *
 * Tags are compared weakly (RFC 9110, section 8.8.3.2): a host may weaken one where it compresses. Where the tags
 * agree, another size is another version all the same: some hosts make tags of names.
 *
 * @param before What was said first.
 * @param now What was said then.
 * @returns What differs, a clause for an error; `undefined` where nothing that is known does.
 *
 * @example Usage
 * ```ts
 * import { sameVersion } from "@wdstream/wdstream/storage";
 *
 * if (sameVersion({ etag: '"1"' }, { etag: 'W/"1"' }) !== undefined) throw new Error("it differs");
 * console.log(sameVersion({ sizeBytes: 10 }, { sizeBytes: 20 })); // it has 20 bytes, and had 10
 * ```
 */
export function sameVersion(before: ObjectFacts, now: ObjectFacts): string | undefined {
  if (before.etag !== undefined && now.etag !== undefined) {
    if (stripWeakness(before.etag) !== stripWeakness(now.etag)) {
      return `its entity tag is ${now.etag}, and was ${before.etag}`;
    }
    return compareSizes(before, now);
  }
  return compareSizes(before, now) ?? compareTimes(before, now);
}

/**
 * Whether what is known of an object tells its bytes from those of any other version: by a strong entity tag, or by a
 * weak one or the time of the last change together with the size.
 *
 * @param before What was said first.
 * @param now What was said then, which does not differ; without it, whether anything said then could prove it.
 */
export function provesVersion(before: ObjectFacts, now: ObjectFacts = before): boolean {
  const hasSize = before.sizeBytes !== undefined && now.sizeBytes !== undefined;
  if (before.etag !== undefined && now.etag !== undefined) {
    return hasSize || !(isWeak(before.etag) || isWeak(now.etag));
  }
  return hasSize && before.lastModifiedMs !== undefined && now.lastModifiedMs !== undefined;
}

function isWeak(etag: string): boolean {
  return etag.startsWith("W/");
}

function stripWeakness(etag: string): string {
  return etag.replace(/^W\//, "");
}

function compareSizes(before: ObjectFacts, now: ObjectFacts): string | undefined {
  const [was, is] = [before.sizeBytes, now.sizeBytes];
  if (was === undefined || is === undefined || was === is) return undefined;
  return `it has ${is} bytes, and had ${was}`;
}

function compareTimes(before: ObjectFacts, now: ObjectFacts): string | undefined {
  const [was, is] = [before.lastModifiedMs, now.lastModifiedMs];
  if (was === undefined || is === undefined || was === is) return undefined;
  return `it was changed at ${formatTime(is)}, and before at ${formatTime(was)}`;
}

function formatTime(timeMs: number): string {
  // Whatever a storage of one's own says: no date is beyond this.
  return Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs);
}
