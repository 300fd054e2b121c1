/**
 * Samples as lines of JSON.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { decodeField } from "../sample/field.ts";
import { dictionary } from "../sample/dictionary.ts";
import type { NpyArray } from "../sample/npy.ts";
import type { Sample } from "../sample/sample.ts";
import { isFault } from "../steps/faults.ts";

/** How samples become lines. */
export interface DescribeOptions {
  /** Extensions of the fields that are shown; all of them where it is not given. */
  readonly fields?: readonly string[];
  /**
   * What is shown of fields that are bytes, an image for one: their size, or all of them in base64.
   *
   * @default {"size"}
   */
  readonly bytes?: "size" | "base64";
}

/** A line, and the faults of fields that are not what their extensions say. */
export interface DescribedSample {
  /** JSON without line breaks. */
  readonly line: string;
  /** Why fields could not be decoded. */
  readonly faults: readonly WdsError[];
}

/** What JSON has values for, by the last part of extensions. */
const VALUES: ReadonlySet<string> = new Set([
  ...["cls", "cls2", "index", "inx", "id"],
  ...["json", "jsn", "jsonl"],
  ...["txt", "text", "transcript"],
]);

/**
 * A sample as a line of JSON: key, shard, number and fields. Integers, JSON and text are values; of an array of `npy` it
 * has dtype and shape; all else is bytes, as size or in base64. A field that is not what its extension says has its
 * `error`.
 *
 * Integers keep all their digits, and what JSON has nothing for (`NaN`) is null.
 *
 * @example Usage
 * ```ts
 * import { sampleShard, webdataset } from "@wdstream/wdstream";
 * import { describeSample } from "@wdstream/wdstream/tools";
 *
 * for await (const sample of webdataset(sampleShard()).take(1)) {
 *   const { line } = await describeSample(sample, { fields: ["cls", "jpg"] });
 *   const { fields } = JSON.parse(line);
 *   if (fields.cls !== 970 || !(fields.jpg.sizeBytes > 0)) throw new Error(line);
 * }
 * ```
 */
export async function describeSample(
  sample: Sample,
  options: DescribeOptions = {},
): Promise<DescribedSample> {
  const { key, shard, index, bytes } = sample;
  const names = Object.keys(bytes).filter((name) => options.fields?.includes(name) ?? true);
  const fields = dictionary<unknown>();
  const faults: WdsError[] = [];
  for (const name of names) {
    try {
      fields[name] = await showField(name, bytes[name], options.bytes);
    } catch (error) {
      if (!(error instanceof WdsError) || !isFault(error)) throw error;
      const fault = error.at({ key, shard, field: name, offsetBytes: sample.offsets[name] });
      faults.push(fault);
      fields[name] = { error: { code: fault.code, message: fault.message } };
    }
  }
  return { line: toJson({ key, shard, index, fields }), faults };
}

async function showField(
  name: string,
  bytes: Uint8Array,
  as: DescribeOptions["bytes"] = "size",
): Promise<unknown> {
  const [last, inner] = name.split(".").reverse();
  if (VALUES.has(last === "gz" ? inner : last)) return await decodeField(name, bytes);
  if (as === "base64") return { base64: toBase64(bytes) };
  if (last !== "npy") return { sizeBytes: bytes.length };
  const { dtype, shape } = decodeField(name, bytes) as NpyArray;
  return { dtype, shape, sizeBytes: bytes.length };
}

const CHUNK = 0x6000;

/** Bytes in base64; chunks are of three bytes each, so that none is padded but the last. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  }
  return text;
}

/** A value as JSON, with the digits of bigints. */
export function toJson(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  const members = Object.entries(value).map(([name, each]) =>
    `${JSON.stringify(name)}:${toJson(each)}`
  );
  return `{${members.join(",")}}`;
}
