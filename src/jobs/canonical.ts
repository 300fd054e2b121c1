/**
 * JSON of which two equal values have one text, and digests.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";

/** What JSON holds; members that are absent are left out. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | JsonObject;

/** An object of JSON. */
export interface JsonObject {
  /** A member; one that is absent is left out. */
  readonly [name: string]: Json | undefined;
}

/** Items of a list that are written at once: the plan of a hundred thousand shards is to take little more than its text. */
const PARCEL = 1000;

/** The one text of a value: members in the order of their names by code units, no blanks. */
export function canonicalJson(value: Json): string {
  return [...writeParts(value)].join("");
}

/** That text in UTF-8, without ever holding it as a string: of a plan it may be hundreds of megabytes. */
export function canonicalBytes(value: Json): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  return concatenate(Array.from(writeParts(value), (part) => encoder.encode(part)));
}

function* writeParts(value: Json): Generator<string> {
  if (typeof value !== "object" || value === null) return yield JSON.stringify(value);
  if (isArray(value)) {
    yield "[";
    for (let i = 0; i < value.length; i += PARCEL) {
      yield (i > 0 ? "," : "") + writeItems(value.slice(i, i + PARCEL));
    }
    return yield "]";
  }
  let before = "{";
  for (const name of Object.keys(value).sort()) {
    const own = value[name];
    if (own === undefined) continue;
    yield `${before}${JSON.stringify(name)}:`;
    yield* writeParts(own);
    before = ",";
  }
  yield before === "{" ? "{}" : "}";
}

/** The items of a list, by the platform, which writes members in the order of a list of their names. */
function writeItems(items: readonly Json[]): string {
  const names = new Set<string>();
  for (const item of items) addNames(item, names);
  // It would be looked for, and found, in objects that have none.
  if (names.has("__proto__")) return items.map(canonicalJson).join();
  return JSON.stringify(items, [...names].sort()).slice(1, -1);
}

function addNames(value: Json | undefined, names: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  if (isArray(value)) { for (const item of value) addNames(item, names); }
  else {
    for (const name in value) {
      names.add(name);
      addNames(value[name], names);
    }
  }
}

/** Where two values differ. */
export interface JsonDifference {
  /** The first member that does, by its path: `options.short`, `inputs[3].etag`. */
  readonly path: string;
  readonly a: Json | undefined;
  readonly b: Json | undefined;
}

/** The first difference of two values; absent where there is none. */
export function findDifference(
  a: Json | undefined,
  b: Json | undefined,
  path = "",
): JsonDifference | undefined {
  if (a === b) return undefined;
  if (isArray(a) && isArray(b)) {
    if (a.length !== b.length) return { path: `${path}.length`, a: a.length, b: b.length };
    for (const [i, own] of a.entries()) {
      const found = findDifference(own, b[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isObject(a) || !isObject(b)) return { path, a, b };
  for (const name of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
    const found = findDifference(a[name], b[name], path === "" ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether a value is an object and no array. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** SHA-256 of bytes, or of a text in UTF-8, in hexadecimal digits. */
export async function sha256(content: Uint8Array | string): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource)));
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
