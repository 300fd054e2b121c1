/**
 * What may be wrong with one sample.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { isImageExtension } from "../image/format.ts";
import type { ImageFacts } from "../image/inspect.ts";
import { decodeField } from "../sample/field.ts";
import type { Sample } from "../sample/sample.ts";
import { isFault, locateFault } from "../steps/faults.ts";
import { findImageField } from "../steps/fields.ts";
import type { Check, Finding } from "./findings.ts";
import { faultFinding, type Findings } from "./findings.ts";
import type { Inspector } from "./inspector.ts";

/** How samples are judged. */
export interface SampleRules {
  /** Number of classes: they are 0 to one less. */
  readonly classes?: number;
  /** Extension of the image's field, or several in order; its size is that of the json. */
  readonly image?: string;
  /** Standard deviation up to which an image is nearly one colour, in levels of 0 to 255. */
  readonly emptyDeviation: number;
}

/** What holds bytes that are no data but programs, which are not run. */
const PICKLES: ReadonlySet<string> = new Set(["pth", "pkl", "pyd", "pickle", "ten", "tb"]);

/** What was seen of a sample, and found. */
export interface CheckedSample {
  readonly sample: Sample;
  readonly findings: readonly Finding[];
  /** Images that were decoded. */
  readonly images: number;
}

/** Looks at a sample for itself. */
export async function checkSample(
  sample: Sample,
  rules: SampleRules,
  inspector: Inspector,
  wanted: Pick<Findings, "has">,
): Promise<CheckedSample> {
  const { shard, key, index, offsets } = sample;
  const findings: Finding[] = [];
  const find = (check: Check, field: string, message: string): void => {
    const offsetBytes = offsets[field];
    findings.push({ check, shard, key, index, field, offsetBytes, message });
  };
  const findFault = (error: unknown, field: string): void => {
    const fault = locateFault(error, sample, field);
    if (!isFault(fault)) throw fault;
    findings.push({ ...faultFinding("decodable", fault, shard), index });
  };
  const values = new Map<string, unknown>();
  const facts = new Map<string, ImageFacts>();
  const looksAtImages = (["decodable", "damaged", "size", "empty"] as const)
    .some((check) => wanted.has(check));
  for (const [field, bytes] of Object.entries(sample.bytes)) {
    try {
      if (!isImageExtension(field)) {
        if (PICKLES.has(field.slice(field.lastIndexOf(".") + 1))) continue;
        values.set(field, await decodeField(field, bytes, { key, shard }));
      } else if (looksAtImages) facts.set(field, await inspector.inspect(bytes, field));
    } catch (error) {
      // What cannot be read here, for want of a decoder, is not known to be wrong, but not known to be right either.
      if (!(error instanceof WdsError)) throw error;
      findFault(error, field);
    }
  }
  for (const [field, { warnings, deviation }] of facts) {
    if (warnings > 0) {
      find(
        "damaged",
        field,
        `"${key}.${field}" is damaged: decoders pass over it ${times(warnings)}`,
      );
    }
    if (deviation <= rules.emptyDeviation) {
      const level = deviation.toFixed(2);
      find("empty", field, `"${key}.${field}" is nearly one colour: its deviation is ${level}`);
    }
  }
  checkSize(sample, values.get("json"), facts, rules, find);
  checkLabel(values, rules, key, find);
  return { sample, findings, images: facts.size };
}

type Find = (check: Check, field: string, message: string) => void;

function checkSize(
  sample: Sample,
  json: unknown,
  facts: ReadonlyMap<string, ImageFacts>,
  { image }: SampleRules,
  find: Find,
): void {
  const { width, height } = (json ?? {}) as Record<string, unknown>;
  if (typeof width !== "number" || typeof height !== "number" || facts.size === 0) return;
  let field: string;
  try {
    field = findImageField(sample, { image });
  } catch {
    return;
  }
  const found = facts.get(field);
  if (found === undefined || (found.width === width && found.height === height)) return;
  const { key } = sample;
  const own = `${found.width}x${found.height}`;
  find("size", field, `"${key}.${field}" has ${own} pixels, and its json says ${width}x${height}`);
}

function checkLabel(
  values: ReadonlyMap<string, unknown>,
  { classes }: SampleRules,
  key: string,
  find: Find,
): void {
  const label = values.get("cls");
  if (label === undefined) return;
  if (classes !== undefined && !((label as number) >= 0 && (label as number) < classes)) {
    find("label", "cls", `"${key}.cls" is ${label}, and there are classes 0 to ${classes - 1}`);
  }
  const { label: other } = (values.get("json") ?? {}) as Record<string, unknown>;
  const isNumber = typeof other === "number" || typeof other === "bigint";
  if (isNumber && other !== label) {
    find("label", "cls", `"${key}.cls" is ${label}, and its json says ${other}`);
  }
}

const times = (count: number): string => count === 1 ? "once" : `${count} times`;
