/**
 * Options of the commands that read shards, and the shards that their operands name.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { readEnvironment } from "../runtime.ts";
import { checkFieldOptions } from "../steps/fields.ts";
import { hasWildcard } from "../storage/braces.ts";
import { expandShards, toSource, toStore } from "../storage/mod.ts";
import type { CacheInput } from "../storage/cache/options.ts";
import type { Source } from "../storage/source.ts";
import { type AccessOptions, shareCache } from "../storage/source_options.ts";
import type { Store } from "../storage/store.ts";
import { type CommandOutput, type Option, UsageError } from "./command.ts";
import { addHints } from "./hints.ts";
import { choice, count, flag, list, number, text } from "./options.ts";
import { STDIN_NAME, stdinSource } from "./stdin.ts";

/** Buckets of S3's interface. */
const BUCKET = /^\s*s3:/i;
/** Containers of Azure's. */
const CONTAINER = /^\s*az:/i;

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
  retries: number("send a request that fails up to N times again, 0 for never (default: 7)"),
  "s3-endpoint": text(
    "URL",
    "where s3://BUCKET/KEY lies, if not at Amazon: R2, MinIO, Wasabi, OSS",
  ),
  "s3-region": text("NAME", "region of the buckets (default: that of AWS_REGION, or of the host)"),
  "az-account": text(
    "NAME",
    "whose containers az://CONTAINER/BLOB means (default: that of AZURE_STORAGE_ACCOUNT, where it is signed)",
  ),
  "az-endpoint": text(
    "URL",
    "where az://CONTAINER/BLOB lies, if not at Azure: Azurite, a cloud of one's own",
  ),
  "sign-from-environment": flag(
    "sign requests to s3:// with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN if it is set; " +
      "ask az:// with the shared access signature in AZURE_STORAGE_SAS_TOKEN",
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

/** Which fields are meant. */
export const FIELDS_OPTION: Option<readonly string[] | undefined> = list(
  'these fields alone: "cls,txt" (default: all)',
);

/** The values of options that say how shards are reached. */
export type AccessValues = {
  readonly [Name in Exclude<keyof typeof READ_OPTIONS, "end-of-archive">]?: ReturnType<
    (typeof READ_OPTIONS)[Name]["read"]
  >;
};

/**
 * The files that operands name, braces expanded, and of patterns with `*` those that there are; `-` is standard input.
 * None is opened yet.
 *
 * @param output Is told what cannot be kept in the cache, and why.
 * @throws {UsageError} If braces do not match, or an environment variable is not set.
 * @throws {SourceError} If a pattern matches nothing, or its place cannot be listed.
 */
export async function listSources(
  operands: readonly string[],
  values: AccessValues,
  output: CommandOutput,
): Promise<Source[]> {
  const accessFor = makeAccess(values, output);
  let stdin: Source | undefined;
  const open = async (name: string): Promise<Source[]> => {
    if (name === STDIN_NAME) return [stdin ??= stdinSource()];
    const own = await accessFor(name);
    const inputs = hasWildcard(name)
      ? await (await import("../storage/wildcards.ts")).listMatches([name], own, undefined)
      : [name];
    return inputs.map((input) => addHints(toSource(input, own), own.token !== undefined));
  };
  const sources: Source[] = [];
  for (const pattern of operands) {
    try {
      for (const name of expandShards(pattern)) sources.push(...await open(name));
    } catch (cause) {
      if (cause instanceof WdsError) throw cause;
      throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }
  return sources;
}

/**
 * The files of paths and URLs, in which no sign stands for others.
 *
 * @throws {UsageError} If an environment variable is not set.
 */
export async function openNamed(
  names: readonly string[],
  values: AccessValues,
  output: CommandOutput,
): Promise<Source[]> {
  const accessFor = makeAccess(values, output);
  const sources: Source[] = [];
  for (const name of names) {
    const own = await accessFor(name);
    sources.push(addHints(toSource(name, own), own.token !== undefined));
  }
  return sources;
}

/** How what a name means is reached. */
type AccessFor = (name: string) => Promise<AccessOptions>;

/**
 * How shards are reached, by the options. What signs is for buckets and containers alone: a host that happens to be
 * named beside them must not be told who asks.
 */
function makeAccess(values: AccessValues, output: CommandOutput): AccessFor {
  const { "token-env": tokenVariable, retries } = values;
  const isSigned = values["sign-from-environment"] === true;
  const token = tokenVariable === undefined
    ? undefined
    : readVariable("--token-env", tokenVariable);
  const access: AccessOptions = {
    token,
    cache: readCache(values, output),
    retry: retries === undefined ? undefined : { attempts: retries + 1 },
    s3: { endpoint: values["s3-endpoint"], region: values["s3-region"] },
  };
  let ofBuckets: AccessOptions | undefined;
  let ofContainers: AccessOptions | undefined;
  return async (name) => {
    if (BUCKET.test(name) && isSigned) {
      return ofBuckets ??= { ...access, sign: await loadSigner(values["s3-region"]) };
    }
    if (CONTAINER.test(name)) return ofContainers ??= { ...access, az: readContainers(values) };
    return access;
  };
}

/** Whose containers, by the variables that Azure's own tools read. */
function readContainers(values: AccessValues): AccessOptions["az"] {
  const { "az-account": account, "az-endpoint": endpoint } = values;
  if (!values["sign-from-environment"]) {
    if (account !== undefined || endpoint !== undefined) return { account, endpoint };
    throw new UsageError("az:// takes --az-account, the name of a storage account");
  }
  const sas = readVariable("--sign-from-environment", "AZURE_STORAGE_SAS_TOKEN");
  if (account !== undefined || endpoint !== undefined) return { account, endpoint, sas };
  return { account: readVariable("--sign-from-environment", "AZURE_STORAGE_ACCOUNT"), sas };
}

/**
 * A folder of files, or one that datasets are written to: a path, or a bucket.
 *
 * @throws {UsageError} If it is neither, or an environment variable is not set.
 */
export async function openFolder(
  folder: string,
  values: AccessValues,
  output: CommandOutput,
): Promise<Store> {
  const access = await makeAccess(values, output)(folder);
  try {
    return toStore(folder, access);
  } catch (cause) {
    if (cause instanceof WdsError) throw cause;
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What signs requests for buckets of S3's interface, by the variables that Amazon's own tools read. */
async function loadSigner(
  region: string | undefined,
): Promise<(request: Request) => Promise<Request>> {
  const accessKeyId = readVariable("--sign-from-environment", "AWS_ACCESS_KEY_ID");
  const secretAccessKey = readVariable("--sign-from-environment", "AWS_SECRET_ACCESS_KEY");
  const { AwsClient } = await import("aws4fetch");
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    sessionToken: readEnvironment("AWS_SESSION_TOKEN"),
    service: "s3",
    region: region ?? readEnvironment("AWS_REGION"),
  });
  return (request) => client.sign(request);
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

function readVariable(option: string, variable: string): string {
  const value = readEnvironment(variable);
  if (value) return value;
  throw new UsageError(`${option} names "${variable}", an environment variable that is not set`);
}
