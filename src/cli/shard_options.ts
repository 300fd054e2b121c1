/**
 * Options of the commands that read shards, and the shards that their operands name.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { readEnvironment } from "../runtime.ts";
import { checkFieldOptions } from "../steps/fields.ts";
import { expandShards, toSource } from "../storage/mod.ts";
import type { Source } from "../storage/source.ts";
import { type Option, UsageError } from "./command.ts";
import { addHints } from "./hints.ts";
import { choice, count, text } from "./options.ts";
import { STDIN_NAME, stdinSource } from "./stdin.ts";

/** How archives are read, and with whose token. */
export const READ_OPTIONS = {
  "end-of-archive": choice("", {
    required: "an archive without its end marker is cut",
    optional: "it may end where a member does",
  }, { default: "required" }),
  "token-env": text(
    "NAME",
    "send the access token in this environment variable to the shards' host",
  ),
} as const;

/** How archives are read, and how far. */
export const SAMPLE_OPTIONS = { limit: count("stop after N samples"), ...READ_OPTIONS } as const;

/** Which field of a sample is its image. */
export const FIELD_OPTION: Option<string | undefined> = {
  placeholder: "EXT",
  summary:
    'the image\'s field in each sample, or several in order: "jpg;png;webp" (default: jpg, jpeg, then any image)',
  read(given, name) {
    try {
      checkFieldOptions({ image: given });
    } catch {
      throw new UsageError(`${name} takes the extension of a field, or several separated by ";"`);
    }
    return given;
  },
};

/**
 * The files that operands name, braces expanded; `-` is standard input. Nothing is opened yet.
 *
 * @param tokenVariable The value of `--token-env`.
 * @throws {UsageError} If braces do not match, or the environment variable is not set.
 */
export function listSources(
  operands: readonly string[],
  tokenVariable: string | undefined,
): Source[] {
  const token = tokenVariable === undefined ? undefined : readToken(tokenVariable);
  let stdin: Source | undefined;
  return operands.flatMap((pattern) => {
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

function readToken(variable: string): string {
  const token = readEnvironment(variable);
  if (token) return token;
  throw new UsageError(`--token-env names "${variable}", an environment variable that is not set`);
}
