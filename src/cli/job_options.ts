/**
 * Options of the commands for jobs, and jobs as these name them.
 *
 * @module
 */
import { absoluteAddress } from "../jobs/address.ts";
import type { JsonObject } from "../jobs/canonical.ts";
import type { OperationName } from "../jobs/operations.ts";
import { type Job, openJob } from "../jobs/job.ts";
import { PLAN_NAME } from "../jobs/plan.ts";
import { addressOf } from "../storage/redact.ts";
import type { Source } from "../storage/source.ts";
import { type CommandOutput, type OptionValues, type Permission, UsageError } from "./command.ts";
import { choice, count, flag, list, number, text } from "./options.ts";
import { readRules, RULE_OPTIONS } from "./rule_options.ts";
import {
  type AccessValues,
  FIELD_OPTION,
  openFolder,
  openNamed,
  READ_OPTIONS,
} from "./shard_options.ts";

/** How what a job reads and writes is reached. */
export const { "end-of-archive": END_OPTION, ...ACCESS_OPTIONS } = READ_OPTIONS;

/** How tasks are done, whoever says which. */
export const TASK_OPTIONS = {
  workers: number("threads that decode, 0 for none; the output is the same (default: 0)"),
  timeout: count("give a task up after N seconds (default: never)"),
  quiet: flag("tell nothing but faults"),
  json: flag("print a JSON line for each task that is done, and one at the end"),
} as const;

const { classes: _, ...OWN_RULES } = RULE_OPTIONS;

/** Which samples `reshard` keeps, and which of their fields. */
const OF_RESHARD = Object.fromEntries(
  Object.entries(OWN_RULES).map(([name, option]) => [name, {
    ...option,
    summary: `of reshard: ${option.summary}`,
  }]),
) as typeof OWN_RULES;

/** What operations are told, each what concerns it. */
export const OPERATION_OPTIONS = {
  ...OF_RESHARD,
  classes: text(
    "LIST",
    'of verify: number of classes, so that labels are 0 to N - 1; of reshard: keep these alone: "0,5,10-19"',
  ),
  fields: list("of verify: fields that each sample must have"),
  skip: list("of verify: checks that are not made"),
  format: choice("of index: wdstream or dali; of resize: jpeg, webp or png", [
    "wdstream",
    "dali",
    "jpeg",
    "webp",
    "png",
  ]),
  short: count("of resize: length of the shorter edge in pixels (default: 256)"),
  quality: count("of resize: of JPEG and WebP, 1 to 100 (default: 90)"),
  interpolation: choice("of resize (default: bicubic)", [
    "bilinear",
    "bicubic",
    "lanczos",
    "hamming",
    "box",
  ]),
  images: list("of resize: fields of further images"),
  masks: list("of resize: fields of masks"),
  upright: flag("of resize: turn JPEG files as their Exif data says"),
  "max-count": count("of reshard: samples in a shard (default: 10000)"),
  order: choice("of reshard: mixed or as-is (default: mixed)", ["mixed", "as-is"]),
  seed: number("of reshard: seed of the random order (default: 0)"),
  keys: choice("of reshard: as-is or numbered (default: as-is)", ["as-is", "numbered"]),
  module: text(
    "FILE",
    "of map: the module whose default export is called with each shard's samples",
    {
      isPath: true,
    },
  ),
  suffix: text(
    "EXT",
    "of map: what its outputs' names end in, where these are no shards (default: .tar)",
  ),
  "not-deterministic": flag("of map: what it makes need not be the same each time"),
  index: choice("of resize, reshard and map: indexes beside the shards (default: wdstream)", [
    "wdstream",
    "dali",
    "none",
  ]),
  info: flag("of resize, reshard and map: write _info.json and a list for wids"),
  split: text("NAME", "of resize, reshard and map: name of the split in them (default: train)"),
  "on-error": choice("of resize and map (default: throw)", ["throw", "skip"]),
  field: FIELD_OPTION,
  "end-of-archive": END_OPTION,
} as const;

/**
 * The options of an operation, as its plan has them.
 *
 * @throws {UsageError} If one is not what it should be.
 */
export function operationOptions(
  operation: OperationName,
  values: OptionValues<typeof OPERATION_OPTIONS>,
): JsonObject {
  const { classes: list, ...rules } = readRules({
    ...values,
    classes: operation === "verify" ? undefined : values.classes,
  });
  const classes = operation === "verify" ? readCount(values.classes) : list;
  const { fields, skip, format, short, quality, interpolation, suffix } = values;
  const { "max-count": maxCount, order, seed, keys } = values;
  const { index, info, split, field, "end-of-archive": endOfArchive } = values;
  return {
    ...rules as JsonObject,
    classes: classes as JsonObject["classes"],
    fields,
    skip,
    format,
    short,
    quality,
    interpolation,
    images: values.images,
    masks: values.masks,
    suffix,
    maxCount,
    order,
    seed,
    keys,
    index,
    split,
    endOfArchive,
    image: field,
    onError: values["on-error"],
    // A flag that is not given is none that an operation need know.
    info: info || undefined,
    upright: values.upright || undefined,
    deterministic: values["not-deterministic"] ? false : undefined,
  };
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--classes of verify takes the number of classes, not "${text}"`);
}

/** What writing into the folder of a job takes, which is the operand of that number from the end. */
export const JOB_PERMISSION: Permission = {
  flag: "--allow-write=OUT",
  purpose: "for what the job makes",
  exact({ operands }) {
    const out = folderOf(operands.at(-1) ?? "OUT");
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(out) ? undefined : `--allow-write=${out}`;
  },
};

/** The folder of a job, by it or by its plan. */
export function folderOf(operand: string): string {
  if (operand === PLAN_NAME) return ".";
  return operand.endsWith(`/${PLAN_NAME}`)
    ? operand.slice(0, -PLAN_NAME.length - 1) || "/"
    : operand;
}

/** The path or URL of the plan in a folder, the same from everywhere. */
export async function planAddress(folder: string): Promise<string> {
  const address = await absoluteAddress(folderOf(folder));
  return `${address.replace(/\/$/, "")}/${PLAN_NAME}`;
}

/** How {@linkcode openCliJob} opens a job. */
export interface OpenCliJobOptions {
  /** Key that the plan must have. */
  readonly key?: string;
  /** Threads that decode. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
}

/**
 * Opens a job whose folder, or plan, is named on the command line; its inputs are reached as the options say.
 *
 * @throws {JobError} `job/plan`.
 * @throws {SourceError} `source/not-found` if there is no plan.
 */
export async function openCliJob(
  operand: string,
  values: AccessValues,
  output: CommandOutput,
  options: OpenCliJobOptions = {},
): Promise<Job> {
  const sources = new Map<string, Source>();
  const store = await openFolder(folderOf(operand), values, output);
  const job = await openJob(store, { ...options, open: (url) => sources.get(url)! });
  const urls = job.plan.inputs.map(({ url }) => url);
  for (const [i, source] of (await openNamed(urls, values, output)).entries()) {
    sources.set(urls[i], source);
  }
  return job;
}

/**
 * Inputs as a plan names them, which others are to open by these names.
 *
 * @param isShared Whether others than this process are to open them: then what is secret, or standard input, is refused.
 * @throws {UsageError} If one cannot be opened by its name alone.
 */
export async function nameInputs(
  sources: readonly Source[],
  operands: readonly string[],
  isShared: boolean,
): Promise<Map<string, Source>> {
  if (isShared) {
    for (const operand of operands) {
      const isSecret = URL.canParse(operand) && /^[a-z][a-z0-9+.-]+:\/\//i.test(operand) &&
        addressOf(new URL(operand)) !== new URL(operand).href;
      if (isSecret) {
        throw new UsageError(
          "a URL has a user, a signature or a fragment, which no plan keeps; " +
            "name the variable with a token by --token-env, here and where the work is done",
        );
      }
    }
    if (sources.some(({ isOnce }) => isOnce)) {
      throw new UsageError("standard input cannot be read by others");
    }
  }
  const named = new Map<string, Source>();
  for (const source of sources) {
    const { name, address } = source;
    const url = /^https?:/i.test(name) && address !== undefined
      ? address
      : source.isOnce
      ? name
      : await absoluteAddress(name);
    if (named.has(url)) throw new UsageError(`"${name}" is named twice`);
    named.set(url, source);
  }
  return named;
}
