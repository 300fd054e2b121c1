/**
 * Makers of options, one a kind of value.
 *
 * @module
 */
import { type Option, UsageError } from "./command.ts";

interface Defaulted<Value> {
  readonly default: Value;
}

/** An option that takes no value. */
export function flag(summary: string): Option<boolean> {
  return { summary, read: (given) => given !== undefined };
}

/** An option that takes any text; `isPath` where that is the path of a file, `isOutput` where that is written. */
export function text(
  placeholder: string,
  summary: string,
  { isPath, isOutput }: { readonly isPath?: boolean; readonly isOutput?: boolean } = {},
): Option<string | undefined> {
  return { summary, placeholder, isPath, isOutput, read: (given) => given };
}

/** An option that takes several words, with commas, semicolons or blanks between them. */
export function list(summary: string): Option<readonly string[] | undefined> {
  return {
    summary,
    placeholder: "LIST",
    read(given, name) {
      const words = given?.split(/[,;\s]+/).filter((word) => word !== "");
      if (words?.length !== 0) return words;
      throw new UsageError(`${name} takes words with commas between them`);
    },
  };
}

/** An option that takes a positive integer. */
export function count(summary: string, options: Defaulted<number>): Option<number>;
export function count(summary: string): Option<number | undefined>;
export function count(
  summary: string,
  options?: Defaulted<number>,
): Option<number | undefined> {
  return {
    summary,
    placeholder: "N",
    default: options?.default,
    read(given, name) {
      if (given === undefined) return options?.default;
      const number = /^[0-9]+$/.test(given) ? Number(given) : NaN;
      if (Number.isSafeInteger(number) && number > 0) return number;
      throw new UsageError(`${name} takes a positive integer, not "${given}"`);
    },
  };
}

/** An option that takes an integer of 0 or more. */
export function number(summary: string): Option<number | undefined> {
  return {
    summary,
    placeholder: "N",
    read(given, name) {
      if (given === undefined) return undefined;
      const value = /^[0-9]+$/.test(given) ? Number(given) : NaN;
      if (Number.isSafeInteger(value)) return value;
      throw new UsageError(`${name} takes an integer of 0 or more, not "${given}"`);
    },
  };
}

/** Words, or each word with what it means. */
type Words<Word extends string> = readonly Word[] | Readonly<Record<Word, string>>;

/** An option that takes one of some words. */
export function choice<Word extends string>(
  summary: string,
  words: Words<Word>,
  options: Defaulted<NoInfer<Word>>,
): Option<Word>;
export function choice<Word extends string>(
  summary: string,
  words: Words<Word>,
): Option<Word | undefined>;
export function choice<Word extends string>(
  summary: string,
  words: Words<Word>,
  options?: Defaulted<Word>,
): Option<Word | undefined> {
  const choices = new Map<string, string | undefined>(
    Array.isArray(words) ? words.map((word) => [word, undefined]) : Object.entries(words),
  );
  return {
    summary,
    placeholder: [...choices.keys()].join("|"),
    choices,
    default: options?.default,
    read(given, name) {
      if (given === undefined) return options?.default;
      if (choices.has(given)) return given as Word;
      throw new UsageError(`${name} takes ${[...choices.keys()].join(", ")}, not "${given}"`);
    },
  };
}
