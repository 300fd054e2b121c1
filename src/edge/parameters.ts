/**
 * What a request asks for: its path and its parameters, both taken literally or refused.
 *
 * @module
 */
import type { Fit } from "../image/transform/picture.ts";
import { Problem } from "./problem.ts";

/** Forms in which a sample is served. */
export const FORMS = [
  "png",
  "jpeg",
  "json",
  "card",
  "rgb",
  "f32",
  "npy",
  "statistics",
] as const;

/** One of {@linkcode FORMS}. */
export type Form = typeof FORMS[number];

/** Edge in pixels of a card's picture, where none is asked for. */
const CARD_SIZE = 160;

const FITS = ["cover", "contain", "evaluation"] as const;

/** What a request may ask for, and no more. */
export interface Bounds {
  readonly maxSize: number;
  readonly maxCount: number;
}

/** What is asked of a sample, complete. */
export interface View {
  readonly as: Form;
  readonly size?: number;
  readonly fit: Fit;
  readonly quality?: number;
}

/** Whether a view is of the tensor that a model sees. */
export function isTensor({ as }: Pick<View, "as">): boolean {
  return as === "f32" || as === "npy" || as === "statistics";
}

/** Parameters by their name, each once. */
export type Parameters = ReadonlyMap<string, string>;

/**
 * Reads the parameters of a URL.
 *
 * @throws {Problem} If one is unknown or appears twice.
 */
export function readParameters(url: URL, allowed: readonly string[]): Parameters {
  const found = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!allowed.includes(name)) {
      const what = allowed.length === 0 ? "none" : allowed.join(", ");
      throw new Problem(400, "unknown-parameter", `Parameters that are known here: ${what}.`);
    }
    if (found.has(name)) {
      throw new Problem(400, "repeated-parameter", `The parameter "${name}" appears twice.`);
    }
    found.set(name, value);
  }
  return found;
}

/**
 * Reads an integer of a range.
 *
 * @throws {Problem} If it is something else.
 */
export function readInteger(
  parameters: Parameters,
  name: string,
  low: number,
  high: number,
): number | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
  if (value >= low && value <= high) return value;
  throw new Problem(400, "bad-parameter", `"${name}" must be an integer of ${low} to ${high}.`);
}

/** Characters of a text that is looked for. */
const MAX_TEXT_LENGTH = 200;

/**
 * Reads a text that is looked for; an empty one is none.
 *
 * @throws {Problem} If it is too long.
 */
export function readText(parameters: Parameters, name: string): string | undefined {
  const text = parameters.get(name);
  if (text === undefined || text === "") return undefined;
  if (text.length <= MAX_TEXT_LENGTH) return text;
  throw new Problem(
    400,
    "bad-parameter",
    `"${name}" must be a text of at most ${MAX_TEXT_LENGTH} characters.`,
  );
}

/**
 * Reads one of several words.
 *
 * @throws {Problem} If it is another.
 */
export function readChoice<T extends string>(
  parameters: Parameters,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw new Problem(400, "bad-parameter", `"${name}" must be one of ${choices.join(", ")}.`);
}

/**
 * Reads what is asked of a sample, with its defaults filled in.
 *
 * @throws {Problem} If the parameters do not go together.
 */
export function readView(parameters: Parameters, bounds: Bounds): View {
  const as = readChoice(parameters, "as", FORMS) ?? "png";
  const size = readInteger(parameters, "size", 1, bounds.maxSize);
  const fit = readChoice(parameters, "fit", FITS);
  const quality = readInteger(parameters, "quality", 1, 100);
  const refuse = (name: string, why: string): never => {
    throw new Problem(400, "bad-parameter", `"${name}" has no meaning ${why}.`);
  };
  if (isTensor({ as })) {
    if (fit !== undefined && fit !== "evaluation") {
      refuse("fit", `other than "evaluation" with tensors`);
    }
    if (quality !== undefined) refuse("quality", "with tensors");
    return { as, size: size ?? 224, fit: "evaluation" };
  }
  if (as === "card") {
    if (quality !== undefined) refuse("quality", "with cards");
    return { as, size: size ?? Math.min(CARD_SIZE, bounds.maxSize), fit: fit ?? "cover" };
  }
  if (as === "json") {
    for (const name of ["size", "fit", "quality"]) {
      if (parameters.has(name)) refuse(name, "with JSON");
    }
    return { as, fit: "contain" };
  }
  if (quality !== undefined && (as !== "jpeg" || (size === undefined && fit === undefined))) {
    refuse("quality", "but for JPEG with a size");
  }
  if (fit === "evaluation" && size === undefined) {
    return { as, size: 224, fit, ...(as === "jpeg" ? { quality: quality ?? 82 } : {}) };
  }
  if (fit !== undefined && size === undefined) refuse("fit", "without a size");
  return {
    as,
    fit: fit ?? "contain",
    ...(size === undefined ? {} : { size }),
    ...(as === "jpeg" && size !== undefined ? { quality: quality ?? 82 } : {}),
  };
}

/** The one way to write a view, whatever the order and the defaults in the request were. */
export function canonical(view: View): string {
  const { as, size, fit, quality } = view;
  const parts = [`as=${as}`];
  if (size !== undefined) parts.push(`size=${size}`, `fit=${fit}`);
  if (quality !== undefined) parts.push(`quality=${quality}`);
  return parts.join("&");
}

/**
 * The segments of a path, each decoded once.
 *
 * @throws {Problem} If it is not well formed, or a segment holds a slash or is a dot or two.
 */
export function readPath(url: URL): string[] {
  try {
    return url.pathname.split("/").slice(1).map((segment) => {
      const decoded = decodeURIComponent(segment);
      // deno-lint-ignore no-control-regex -- control characters are what is refused
      if (/[\x00-\x1f\x7f/\\]/.test(decoded) || decoded === "." || decoded === "..") throw decoded;
      return decoded;
    });
  } catch {
    throw new Problem(400, "bad-path", "The path is not well formed.");
  }
}
