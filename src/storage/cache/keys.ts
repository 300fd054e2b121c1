/**
 * What segments are kept by: the URL without secrets, the version, and the number of the segment.
 *
 * @module
 */
import { SourceError } from "../../errors.ts";
import type { ObjectFacts } from "../source.ts";

/** Bytes of a segment that is kept. Several that are missing side by side are fetched by one request. */
export const KEPT_BYTES = 1 << 20;

/** What comes before the keys of an object: a hash of its URL. */
export async function objectKey(address: string): Promise<string> {
  return (await hash(address)).slice(0, 32);
}

/** The key of what is remembered of an object. */
export function recordKey(object: string): string {
  return `${object}/object`;
}

/** The version that an object is of, by what proves it: a hash of its entity tag or its time, and its size. */
export async function versionKey(
  { etag, sizeBytes, lastModifiedMs }: ObjectFacts,
): Promise<string> {
  const validator = etag === undefined ? `time ${lastModifiedMs}` : etag.replace(/^W\//, "");
  return (await hash(`${validator} ${sizeBytes}`)).slice(0, 24);
}

/** The key of a segment. */
export function segmentKey(object: string, version: string, segment: number): string {
  return `${object}/${version}-${segment}`;
}

async function hash(text: string): Promise<string> {
  const { subtle } = crypto;
  if (subtle === undefined) {
    throw new SourceError("source/unsupported", {
      action: "keep segments in a cache",
      reason: "this page has no crypto.subtle: it was not loaded over https",
    });
  }
  const digest = new Uint8Array(await subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
