/**
 * Arguments that several commands share.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import process from "node:process";
import { checkFieldOptions } from "../steps/fields.ts";
import { WdsError } from "../errors.ts";
import { evaluation, type EvaluationOptions } from "../image/transform/evaluation.ts";
import type { PresetName } from "../image/transform/presets/mod.ts";
import type { EvaluationTransform, Interpolation, TensorType } from "../image/types.ts";
import { expandShards, toSource } from "../storage/mod.ts";
import type { Source } from "../storage/source.ts";
import { UsageError } from "./command.ts";
import { addHints } from "./hints.ts";
import { STDIN_NAME, stdinSource } from "./stdin.ts";

type OptionTypes = NonNullable<ParseArgsConfig["options"]>;

/** Values of options by their name, and the other arguments. */
export interface ParsedArguments {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

const COMMON: OptionTypes = { verbose: { type: "boolean" }, help: { type: "boolean", short: "h" } };

/** Options of commands that read shards. */
export const SHARD_OPTIONS: OptionTypes = {
  limit: { type: "string" },
  "end-of-archive": { type: "string" },
  "token-env": { type: "string" },
};

/** Options of commands that look for an image in each sample. */
export const FIELD_OPTIONS: OptionTypes = { field: { type: "string" } };

/** Options that describe a transform. */
export const TRANSFORM_OPTIONS: OptionTypes = {
  preset: { type: "string" },
  resize: { type: "string" },
  size: { type: "string" },
  interpolation: { type: "string" },
};

/** Help for `--end-of-archive`. */
export const END_HELP =
  `  --end-of-archive MODE  required: an archive without its end marker is cut (default); optional: it may end
                         where a member does`;

/** Help for {@linkcode FIELD_OPTIONS}. */
export const FIELD_HELP =
  `  --field EXT            the image's field in each sample, or several in order: "jpg;png;webp" (default: jpg,
                         jpeg, then any image)`;

/** Help for {@linkcode SHARD_OPTIONS} and the options of every command. */
export const SHARD_HELP = `  --limit N              stop after N samples
${END_HELP}
  --token-env NAME       send the access token in this environment variable to the shards' host
  --verbose              print the cause and the stack of an error
  --help                 print this`;

/** Help for {@linkcode TRANSFORM_OPTIONS}. */
export const TRANSFORM_HELP =
  `  --preset NAME          settings of a timm or torchvision model (default: timm, 224 pixels)
  --resize S             resize the shorter edge to S pixels
  --size C               crop C by C pixels from the centre
  --interpolation F      nearest, box, bilinear, hamming, bicubic or lanczos`;

/**
 * Parses the arguments of a command.
 *
 * @throws {UsageError} If an option is unknown, or lacks its value.
 */
export function parseArguments(args: string[], options: OptionTypes): ParsedArguments {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...COMMON, ...options },
      allowPositionals: true,
    });
    return { values: values as ParsedArguments["values"], positionals };
  } catch (cause) {
    const [first] = (cause instanceof Error ? cause.message : String(cause)).split(". ");
    throw new UsageError(first, { cause });
  }
}

/** The value of an option that takes text. */
export function readText(parsed: ParsedArguments, name: string): string | undefined {
  const value = parsed.values[name];
  return typeof value === "string" ? value : undefined;
}

/**
 * The value of an option that takes a positive integer.
 *
 * @throws {UsageError} If it is something else.
 */
export function readCount(parsed: ParsedArguments, name: string): number | undefined {
  const text = readText(parsed, name);
  if (text === undefined) return undefined;
  const count = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new UsageError(`--${name} takes a positive integer, not "${text}"`);
}

/**
 * The value of an option that takes one of some words.
 *
 * @throws {UsageError} If it is another.
 */
export function readChoice<Choice extends string>(
  parsed: ParsedArguments,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = readText(parsed, name);
  if (text === undefined) return undefined;
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw new UsageError(`--${name} takes ${choices.join(", ")}, not "${text}"`);
}

/**
 * The transform that {@linkcode TRANSFORM_OPTIONS} describe. `--resize` without `--size` crops as the preset does.
 *
 * @throws {UsageError} If they do not describe one.
 */
export function readTransform(parsed: ParsedArguments, type: TensorType): EvaluationTransform {
  const given: Record<string, unknown> = { type };
  // Names are checked by evaluation() itself, whose messages list what there is.
  for (const name of ["preset", "interpolation"]) {
    const text = readText(parsed, name);
    if (text !== undefined) given[name] = text as PresetName | Interpolation;
  }
  for (const name of ["resize", "size"]) {
    const count = readCount(parsed, name);
    if (count !== undefined) given[name] = count;
  }
  try {
    return evaluation(given as EvaluationOptions);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

/**
 * The value of `--end-of-archive`.
 *
 * @throws {UsageError} If it is neither word.
 */
export function readEndOfArchive(parsed: ParsedArguments): "required" | "optional" | undefined {
  return readChoice(parsed, "end-of-archive", ["required", "optional"]);
}

/**
 * The value of `--field`.
 *
 * @throws {UsageError} If it names no field.
 */
export function readField(parsed: ParsedArguments): string | undefined {
  const image = readText(parsed, "field");
  try {
    checkFieldOptions({ image });
  } catch {
    throw new UsageError(`--field takes the extension of a field, or several separated by ";"`);
  }
  return image;
}

/**
 * The files that the positional arguments name, braces expanded; `-` is standard input. Nothing is opened yet.
 *
 * @throws {UsageError} If braces do not match, or `--token-env` names a variable that is not set.
 */
export function readSources(parsed: ParsedArguments): Source[] {
  const token = readToken(parsed);
  let stdin: Source | undefined;
  return parsed.positionals.flatMap((pattern) => {
    try {
      return expandShards(pattern).map((name) =>
        name === STDIN_NAME
          ? stdin ??= stdinSource()
          : addHints(toSource(name, { token }), token !== undefined)
      );
    } catch (cause) {
      if (cause instanceof WdsError) throw cause;
      throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  });
}

function readToken(parsed: ParsedArguments): string | undefined {
  const variable = readText(parsed, "token-env");
  if (variable === undefined) return undefined;
  const token = process.env[variable];
  if (token) return token;
  throw new UsageError(`--token-env names "${variable}", an environment variable that is not set`);
}
