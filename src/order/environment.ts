/**
 * The share of a process, from what its launcher put into the environment.
 *
 * @module
 */
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
 * Reads which share of an epoch this process takes.
 *
 * `RANK` and `WORLD_SIZE` win over all others, since a launcher that sets them may run under another one
 * (torchrun in a SLURM job has fewer tasks than processes). Of the others, those that speak of a single process
 * give way, and two that differ are refused: a job array of several tasks each may be a sweep, in which every
 * element reads all, as well as a split.
 *
 * @param get Gives a variable of the environment: `(name) => Deno.env.get(name)`, or
 *   `(name) => process.env[name]`.
 * @throws {TypeError} If only one of two variables is set.
 * @throws {RangeError} If a variable is not a number, or they contradict each other.
 * @example Usage
 * ```ts
 * import { splitFromEnvironment } from "@wdstream/wdstream/order";
 *
 * const variables: Record<string, string> = { RANK: "3", WORLD_SIZE: "8" };
 * const { rank, world, scheme } = splitFromEnvironment((name) => variables[name]);
 * if (rank !== 3 || world !== 8 || scheme !== "rank") throw new Error("not what torchrun said");
 * ```
 */
export function splitFromEnvironment(
  get: (name: string) => string | undefined,
): EnvironmentSplit {
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
  throw new RangeError(
    `The environment names two shares: ${describe(first)} and ${describe(other)}. ` +
      "Set RANK and WORLD_SIZE, or name the rank and the world",
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
    throw new TypeError(`${set} is set and ${missing} is not${HINTS[missing] ?? ""}`);
  }
  return makeSplit(get, scheme, { rank, world }, [rankName, worldName]);
}

/** A SLURM job array; its numbers may begin anywhere and have steps, but must not have gaps. */
function readArray(get: Get): EnvironmentSplit | undefined {
  const names = ["SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT"];
  const [id, least, count] = names.map((name) => readNumber(get, name));
  if (id === undefined) return undefined;
  if (least === undefined || count === undefined) {
    throw new TypeError(
      `${names[0]} is set and ${least === undefined ? names[1] : names[2]} is not`,
    );
  }
  const [stepName, mostName] = ["SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_MAX"];
  const step = Math.max(1, readNumber(get, stepName) ?? 1);
  const most = readNumber(get, mostName);
  const used = [...names, stepName, mostName].filter((name) => get(name) !== undefined);
  const rank = (id - least) / step;
  const hasGaps = most !== undefined && most - least !== (count - 1) * step;
  if (hasGaps || !Number.isInteger(rank)) {
    throw new RangeError(
      `The numbers of the job array have gaps, and tell no rank: ${listVariables(get, used)}`,
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
    throw new RangeError(`There is no such rank: ${listVariables(get, names)}`);
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
  throw new RangeError(`${name} must be an integer of 0 or more, not ${JSON.stringify(text)}`);
}

function listVariables(get: Get, names: readonly string[]): string {
  return names.map((name) => `${name}=${get(name)}`).join(", ");
}

function describe({ rank, world, variables }: EnvironmentSplit): string {
  return `rank ${rank} of ${world} (${Object.keys(variables).join(", ")})`;
}
