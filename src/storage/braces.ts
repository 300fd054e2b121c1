/**
 * Shard lists: brace patterns as Python's `braceexpand` reads them, and `::` between patterns.
 *
 * @module
 */
import { pageUrl } from "../runtime.ts";
import { nameText } from "./redact.ts";

const INTEGER_RANGE = /^(-?[0-9]+)\.\.(-?[0-9]+)(?:\.\.-?([0-9]+))?$/;
const LETTER_RANGE = /^([A-Za-z])\.\.([A-Za-z])(?:\.\.-?([0-9]+))?$/;

// Ranges of letters run through capitals first, then small letters.
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// A slip such as {0..99999999999} should be an error and not a full memory.
const MAX_EXPANSIONS = 1 << 22;

/**
 * Expands a brace pattern: `{000..127}`, `{0..10..2}`, `{a..e}`, `{train,val}`, nested and several
 * in one pattern. Numbers are padded with zeros to the widest end when an end starts with a zero. A
 * backslash takes the next character literally; `{x}` without a comma or a range stays as it is.
 *
 * Exact: Python's braceexpand 0.1.7, `braceexpand`.
 *
 * @param pattern The pattern.
 * @returns Every expansion, the last brace running fastest.
 * @throws {RangeError} If the braces are unbalanced, or there are more than 4,194,304 expansions.
 *
 * @example Usage
 * ```ts
 * import { braceExpand } from "@wdstream/wdstream/storage";
 *
 * const names = braceExpand("{train,val}-{08..10}.tar");
 * if (names.length !== 6 || names[0] !== "train-08.tar") throw new Error("misexpanded");
 * ```
 */
export function braceExpand(pattern: string): string[] {
  return expandWhole(pattern, PYTHON);
}

/**
 * Expands what names shards, a pattern or a list of them, into the list of shards. `::` separates
 * patterns in one string, but not within the user and the host of a URL (`http://[::1]/a.tar`).
 *
 * A pattern that begins with a drive of Windows (`C:\data\`) or as a share does (`\\server\`) keeps its
 * backslashes, which elsewhere take the next character literally. Relative paths of Windows need slashes.
 *
 * @param pattern One pattern, or several.
 * @returns The names, in order; repeated ones stay.
 * @throws {RangeError} If the braces of a pattern are unbalanced.
 *
 * @example Usage
 * ```ts
 * import { expandShards } from "@wdstream/wdstream";
 *
 * const shards = expandShards("a-{0..1}.tar::b.tar");
 * if (shards.join() !== "a-0.tar,a-1.tar,b.tar") throw new Error("misexpanded");
 * ```
 */
export function expandShards(pattern: string | readonly string[]): string[] {
  const patterns = typeof pattern === "string" ? [pattern] : pattern;
  return patterns.flatMap(splitPatterns).flatMap((text) =>
    expandWhole(text, WINDOWS_PATH.test(text) ? WINDOWS : PYTHON)
  );
}

/**
 * Whether a shard is named by a pattern that its store has to be asked about: with `*`, of all but hosts, whose files
 * nobody lists.
 */
export function hasWildcard(input: unknown): input is string {
  if (typeof input !== "string" || !input.includes("*")) return false;
  if (/^\s*(?:https?|blob|data|pipe):/i.test(input)) return false;
  return /^\s*[a-z][a-z0-9+.-]+:/i.test(input) || pageUrl() === undefined;
}

/** How backslashes are read: as braceexpand does, or as parts of a path. */
interface Dialect {
  readonly hasEscapes: boolean;
}

const PYTHON: Dialect = { hasEscapes: true };
const WINDOWS: Dialect = { hasEscapes: false };

/** An absolute path of Windows: with a drive, or of a share. */
export const WINDOWS_PATH: RegExp = /^(?:[A-Za-z]:[\\/]|\\\\[^\\])/;

/** User, password and a host in brackets of a URL: `::` separates nothing there. */
const AUTHORITY = /[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(?:\[[^\]/]*\]?)?/gi;

function splitPatterns(text: string): string[] {
  if (!text.includes("::")) return [text];
  const parts: string[] = [];
  const authorities = [...text.matchAll(AUTHORITY)].map((match) =>
    [match.index, match.index + match[0].length] as const
  );
  let start = 0;
  for (let at = text.indexOf("::"); at >= 0; at = text.indexOf("::", at)) {
    const inside = authorities.find(([from, to]) => from < at && at < to);
    if (inside !== undefined) {
      at = inside[1];
      continue;
    }
    parts.push(text.slice(start, at));
    start = at += 2;
  }
  return [...parts, text.slice(start)];
}

function expandWhole(pattern: string, dialect: Dialect): string[] {
  try {
    return expandPattern(pattern, dialect);
  } catch (cause) {
    if (!(cause instanceof UnbalancedError)) throw cause;
    // The whole pattern, as it may be shown: the part that is unbalanced may be one of a password.
    throw new RangeError(`Cannot expand "${nameText(pattern)}": its braces are unbalanced`);
  }
}

class UnbalancedError extends Error {}

function expandPattern(pattern: string, dialect: Dialect): string[] {
  let results = [""];
  let start = 0;
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === "\\" && dialect.hasEscapes) {
      i++;
    } else if (character === "{") {
      if (depth === 0) {
        results = append(results, [pattern.slice(start, i)]);
        start = i;
      }
      depth++;
    } else if (character === "}") {
      depth--;
      if (depth === 0) {
        results = append(results, expandBraces(pattern.slice(start + 1, i), dialect));
        start = i + 1;
      }
    }
  }
  if (depth !== 0) throw new UnbalancedError();
  const expanded = append(results, [pattern.slice(start)]);
  if (!dialect.hasEscapes) return expanded;
  // At every level, as braceexpand does it: two levels deep, a backslash takes four.
  return expanded.map((text) => text.replace(/\\([^\n])/g, "$1"));
}

/** Expands what stands between two braces. */
function expandBraces(inner: string, dialect: Dialect): string[] {
  const integers = INTEGER_RANGE.exec(inner);
  if (integers !== null) return expandIntegers(integers[1], integers[2], integers[3]);
  const letters = LETTER_RANGE.exec(inner);
  if (letters !== null) return expandLetters(letters[1], letters[2], letters[3]);
  const parts = splitAtCommas(inner, dialect);
  if (parts.length === 1) return expandPattern(inner, dialect).map((text) => `{${text}}`);
  return parts.flatMap((part) => expandPattern(part, dialect));
}

function splitAtCommas(inner: string, { hasEscapes }: Dialect): string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let i = 0; i < inner.length; i++) {
    const character = inner[i];
    if (character === "\\" && hasEscapes) i++;
    else if (character === "{") depth++;
    else if (character === "}") depth--;
    else if (character === "," && depth === 0) {
      parts.push(inner.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, inner.slice(start)];
}

function expandIntegers(left: string, right: string, step: string | undefined): string[] {
  const pads = [left, right].some((end) => /^-?0[0-9]/.test(end));
  const width = pads ? Math.max(left.length, right.length) : 0;
  return countSteps(Number(left), Number(right), step).map((value) => {
    const digits = String(Math.abs(value));
    // The sign counts into the width, as in C's `%03d`.
    return value < 0 ? `-${digits.padStart(width - 1, "0")}` : digits.padStart(width, "0");
  });
}

function expandLetters(left: string, right: string, step: string | undefined): string[] {
  const ends = [LETTERS.indexOf(left), LETTERS.indexOf(right)];
  return countSteps(ends[0], ends[1], step).map((index) => LETTERS[index]);
}

function countSteps(start: number, end: number, step: string | undefined): number[] {
  const stride = Number(step ?? 1) || 1;
  const count = Math.floor(Math.abs(end - start) / stride) + 1;
  checkCount(count);
  const sign = start < end ? 1 : -1;
  return Array.from({ length: count }, (_, i) => start + sign * stride * i);
}

function append(heads: readonly string[], tails: readonly string[]): string[] {
  checkCount(heads.length * tails.length);
  if (tails.length === 1 && tails[0] === "") return [...heads];
  return heads.flatMap((head) => tails.map((tail) => head + tail));
}

function checkCount(count: number): void {
  if (count <= MAX_EXPANSIONS) return;
  throw new RangeError(`Cannot expand a brace pattern into ${count} shards`);
}
