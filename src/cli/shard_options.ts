/**
 * Options of the commands that read shards, and the shards that their operands name.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { readEnvironment } from "../runtime.ts";
import { checkFieldOptions } from "../steps/fields.ts";
import { expandShards, toSource } from "../storage/mod.ts";
import type { CacheInput } from "../storage/cache/options.ts";
import type { Source } from "../storage/source.ts";
import { shareCache } from "../storage/source_options.ts";
import { type CommandOutput, type Option, UsageError } from "./command.ts";
import { addHints } from "./hints.ts";
import { choice, count, text } from "./options.ts";
import { STDIN_NAME, stdinSource } from "./stdin.ts";

/** How often a request that fails is sent again. */
const RETRIES_OPTION: Option<number | undefined> = {
  placeholder: "N",
  summary: "send a request that fails up to N times again, 0 for never (default: 7)",
  read(given, name) {
    if (given === undefined) return undefined;
    const number = /^[0-9]+$/.test(given) ? Number(given) : NaN;
    if (Number.isSafeInteger(number)) return number;
    throw new UsageError(`${name} takes an integer of 0 or more, not "${given}"`);
  },
};

/** How archives are read, with whose token, and what is kept of them. */
export const READ_OPTIONS = {
  "end-of-archive": choice("", {
    required: "an archive without its end marker is cut",
    optional: "it may end where a member does",
  }, { default: "required" }),
  "token-env": text(
    "NAME",
    "send the access token in this environment variable to the shards' host",
  ),
  cache: text("FOLDER", "keep what is fetched from hosts in this folder, and fetch it once", {
    isPath: true,
  }),
  "cache-max-bytes": count("keep N bytes there at most (default: no limit)"),
  retries: RETRIES_OPTION,
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

/** The values of options that say how shards are reached. */
export type AccessValues = {
  readonly [Name in "token-env" | "cache" | "cache-max-bytes" | "retries"]?: ReturnType<
    (typeof READ_OPTIONS)[Name]["read"]
  >;
};

/**
 * The files that operands name, braces expanded; `-` is standard input. Nothing is opened yet.
 *
 * @param output Is told what cannot be kept in the cache, and why.
 * @throws {UsageError} If braces do not match, or the environment variable is not set.
 */
export function listSources(
  operands: readonly string[],
  values: AccessValues,
  output: CommandOutput,
): Source[] {
  const { "token-env": tokenVariable, retries } = values;
  const token = tokenVariable === undefined ? undefined : readToken(tokenVariable);
  const access = {
    token,
    cache: readCache(values, output),
    retry: retries === undefined ? undefined : { attempts: retries + 1 },
  };
  let stdin: Source | undefined;
  return operands.flatMap((pattern) => {
    try {
      return expandShards(pattern).map((name) =>
        name === STDIN_NAME
          ? stdin ??= stdinSource()
          : addHints(toSource(name, access), token !== undefined)
      );
    } catch (cause) {
      if (cause instanceof WdsError) throw cause;
      throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  });
}

/** The cache of `--cache`, which all shards share. */
function readCache(
  { cache: folder, "cache-max-bytes": maxBytes }: AccessValues,
  output: CommandOutput,
): CacheInput | undefined {
  if (folder === undefined) {
    if (maxBytes === undefined) return undefined;
    throw new UsageError("--cache-max-bytes takes a --cache");
  }
  return shareCache({
    in: folder === "memory" ? "./memory" : folder,
    maxBytes,
    onUncached: ({ shard, reason }) => void output.writeNote(`not kept: ${shard}: ${reason}`),
  });
}

function readToken(variable: string): string {
  const token = readEnvironment(variable);
  if (token) return token;
  throw new UsageError(`--token-env names "${variable}", an environment variable that is not set`);
}
