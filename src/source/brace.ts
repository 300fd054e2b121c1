/** Shard lists: brace patterns as Python's `braceexpand` reads them, and `::` between patterns. */

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
 * import { braceExpand } from "@wdstream/wdstream";
 *
 * const names = braceExpand("{train,val}-{08..10}.tar");
 * if (names.length !== 6 || names[0] !== "train-08.tar") throw new Error("misexpanded");
 * ```
 */
export function braceExpand(pattern: string): string[] {
  return expandPattern(pattern);
}

/**
 * Expands what names shards, a pattern or a list of them, into the list of shards. `::` separates
 * patterns in one string.
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
  return patterns.flatMap((text) => text.split("::")).flatMap(braceExpand);
}

function expandPattern(pattern: string): string[] {
  let results = [""];
  let start = 0;
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === "\\") {
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
        results = append(results, expandBraces(pattern.slice(start + 1, i)));
        start = i + 1;
      }
    }
  }
  if (depth !== 0) throw new RangeError(`Cannot expand "${pattern}": its braces are unbalanced`);
  // At every level, as braceexpand does it: two levels deep, a backslash takes four.
  return append(results, [pattern.slice(start)]).map((text) => text.replace(/\\([^\n])/g, "$1"));
}

/** Expands what stands between two braces. */
function expandBraces(inner: string): string[] {
  const integers = INTEGER_RANGE.exec(inner);
  if (integers !== null) return expandIntegers(integers[1], integers[2], integers[3]);
  const letters = LETTER_RANGE.exec(inner);
  if (letters !== null) return expandLetters(letters[1], letters[2], letters[3]);
  const parts = splitAtCommas(inner);
  if (parts.length === 1) return expandPattern(inner).map((text) => `{${text}}`);
  return parts.flatMap(expandPattern);
}

function splitAtCommas(inner: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let i = 0; i < inner.length; i++) {
    const character = inner[i];
    if (character === "\\") i++;
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
