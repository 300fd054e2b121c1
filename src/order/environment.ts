/**
 * The share of a process, from what its launcher put into the environment.
 *
 * @module
 */
import { OrderError } from "../errors.ts";
import { mayReadEnvironment, readEnvironment } from "../runtime.ts";
import type { Split } from "./ranks.ts";

/** What {@linkcode splitFromEnvironment} found. */
export interface EnvironmentSplit extends Split {
  /**
   * Whose variables they are: torchrun's and other launchers' `RANK`, SLURM's tasks, its job arrays, a
   * Kubernetes Indexed Job, Cloud Run jobs; or none, and there is one process.
   */
  readonly scheme: "rank" | "slurm" | "slurm-array" | "kubernetes" | "cloud-run" | "none";
  /** The variables that decided, as they were read. */
  readonly variables: Readonly<Record<string, string>>;
}

type Get = (name: string) => string | undefined;
type Scheme = Exclude<EnvironmentSplit["scheme"], "none">;

/** A SLURM job array's number, and what tells its rank. */
const ARRAY = [
  "SLURM_ARRAY_TASK_ID",
  "SLURM_ARRAY_TASK_MIN",
  "SLURM_ARRAY_TASK_COUNT",
  "SLURM_ARRAY_TASK_STEP",
  "SLURM_ARRAY_TASK_MAX",
] as const;

/** Schemes that name a number and how many there are. */
const PAIRS: readonly (readonly [Scheme, rank: string, world: string])[] = [
  ["rank", "RANK", "WORLD_SIZE"],
  ["slurm", "SLURM_PROCID", "SLURM_NTASKS"],
  ["kubernetes", "JOB_COMPLETION_INDEX", "JOB_COMPLETION_COUNT"],
  ["cloud-run", "CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT"],
];

/** What to do about a variable that only the user can set. */
const HINTS: Readonly<Record<string, string>> = {
  SLURM_PROCID: "; start the processes by srun",
  JOB_COMPLETION_COUNT:
    "; Kubernetes does not set it: give the container an `env` of that name with " +
    "the number in the Job's `completions`",
};

/**
 * Reads which share of an epoch this process takes, from the variables of its launcher: for `split()`.
 *
 * `RANK` and `WORLD_SIZE` win over all others, since a launcher that sets them may run under another one
 * (torchrun in a SLURM job has fewer tasks than processes). Of the others, those that speak of a single process
 * give way, and two that differ are refused: a job array of several tasks each may be a sweep, in which every
 * element reads all, as well as a split. Where none is set there is one process, and `scheme` says `"none"`.
 *
 * Deno takes the permission to read them, all or by name: `--allow-env=RANK,WORLD_SIZE`. It is not asked for at the
 * terminal.
 *
 * @param get Gives a variable in place of the environment of this process.
 * @throws {OrderError} `order/environment` if only one of two variables is set, one is not a number, they contradict
 *   each other, or may not be read and nothing else says what the share is.
 * @example Usage
 * ```ts
 * import { splitFromEnvironment } from "@wdstream/wdstream";
 *
 * const variables: Record<string, string> = { RANK: "3", WORLD_SIZE: "8" };
 * const { rank, world, scheme } = splitFromEnvironment((name) => variables[name]);
 * if (rank !== 3 || world !== 8 || scheme !== "rank") throw new Error("not what torchrun said");
 * ```
 */
export function splitFromEnvironment(
  get?: (name: string) => string | undefined,
): EnvironmentSplit {
  if (get !== undefined) return findSplit(get);
  const refused: string[] = [];
  const split = findSplit((name) => {
    if (mayReadEnvironment(name)) return readEnvironment(name);
    if (!refused.includes(name)) refused.push(name);
    return undefined;
  });
  if (split.scheme !== "none" || refused.length === 0) return split;
  throw environmentError(
    `these variables may not be read; run Deno with --allow-env=${refused.join()}, or with those of ` +
      "them that the launcher sets",
  );
}

function findSplit(get: Get): EnvironmentSplit {
  const found: EnvironmentSplit[] = [];
  for (const [scheme, rankName, worldName] of PAIRS) {
    const split = readPair(get, scheme, rankName, worldName);
    if (split?.scheme === "rank") return split;
    if (split !== undefined) found.push(split);
  }
  const array = readArray(get);
  if (array !== undefined) found.push(array);
  const several = found.filter(({ world }) => world > 1);
  const [first = found[0]] = several;
  if (first === undefined) return { rank: 0, world: 1, scheme: "none", variables: {} };
  const other = several.find(({ rank, world }) => rank !== first.rank || world !== first.world);
  if (other === undefined) return first;
  throw environmentError(
    `the environment names two shares, ${describe(first)} and ${describe(other)}; ` +
      "set RANK and WORLD_SIZE, or name the rank and the world",
  );
}

function readPair(
  get: Get,
  scheme: Scheme,
  rankName: string,
  worldName: string,
): EnvironmentSplit | undefined {
  const [rank, world] = [readNumber(get, rankName), readNumber(get, worldName)];
  if (rank === undefined && world === undefined) return undefined;
  // A batch script has the number 0 and, where --ntasks was not given, no number of tasks.
  if (scheme === "slurm" && rank === 0 && world === undefined) return undefined;
  if (rank === undefined || world === undefined) {
    const [set, missing] = rank === undefined ? [worldName, rankName] : [rankName, worldName];
    throw environmentError(`${set} is set and ${missing} is not${HINTS[missing] ?? ""}`);
  }
  return makeSplit(get, scheme, { rank, world }, [rankName, worldName]);
}

/** A SLURM job array; its numbers may begin anywhere and have steps, but must not have gaps. */
function readArray(get: Get): EnvironmentSplit | undefined {
  const [idName, leastName, countName, stepName, mostName] = ARRAY;
  const id = readNumber(get, idName);
  if (id === undefined) return undefined;
  const [least, count, step, most] = [leastName, countName, stepName, mostName]
    .map((name) => readNumber(get, name));
  if (least === undefined || count === undefined) {
    throw environmentError(
      `${idName} is set and ${least === undefined ? leastName : countName} is not`,
    );
  }
  const used = ARRAY.filter((name) => get(name) !== undefined);
  const width = Math.max(1, step ?? 1);
  const rank = (id - least) / width;
  const hasGaps = most !== undefined && most - least !== (count - 1) * width;
  if (hasGaps || !Number.isInteger(rank)) {
    throw environmentError(
      `the numbers of the job array have gaps, and tell no rank: ${listVariables(get, used)}`,
    );
  }
  return makeSplit(get, "slurm-array", { rank, world: count }, used);
}

function makeSplit(
  get: Get,
  scheme: Scheme,
  { rank, world }: Split,
  names: readonly string[],
): EnvironmentSplit {
  if (world < 1 || rank < 0 || rank >= world) {
    throw environmentError(`there is no such rank: ${listVariables(get, names)}`);
  }
  const variables = Object.fromEntries(names.map((name) => [name, get(name) ?? ""]));
  return { rank, world, scheme, variables };
}

function readNumber(get: Get, name: string): number | undefined {
  const text = get(name)?.trim();
  // Launch scripts that pass a variable on which is not set pass an empty one.
  if (text === undefined || text === "") return undefined;
  const value = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw environmentError(`${name} must be an integer of 0 or more, not ${JSON.stringify(text)}`);
}

function listVariables(get: Get, names: readonly string[]): string {
  return names.map((name) => `${name}=${get(name)}`).join(", ");
}

function describe({ rank, world, variables }: EnvironmentSplit): string {
  return `rank ${rank} of ${world} (${Object.keys(variables).join(", ")})`;
}

function environmentError(reason: string): OrderError {
  return new OrderError("order/environment", {
    action: "tell this process's share of an epoch by its environment",
    reason,
  });
}
