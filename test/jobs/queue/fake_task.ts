/**
 * A task without data: it takes some time, and puts a file in place that says which it is. What becomes of it is seen in
 * the folder alone.
 */
import {
  access,
  appendFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";

/** Slices that an output is written in, so that most kills leave a part of it. */
const SLICES = 10;
const SLICE_BYTES = 997;

/** How a task is done. */
export interface FakeTask {
  readonly out: string;
  /** Milliseconds that each of ten slices takes. */
  readonly sliceMs: number;
  /** Whether it writes under the final name at once, and takes what is there for done, as naive programs do. */
  readonly isNaive?: boolean;
  /** Whether it lets no timer fire while it works, or one each tenth of a second. */
  readonly blocks?: "always" | "yielding";
}

/** What the output of a task is to be. */
export function expectedBytes(task: number): Uint8Array {
  const bytes = new Uint8Array(SLICES * SLICE_BYTES);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31 + task * 17 + (i >> 8)) & 255;
  return bytes;
}

/** Makes the folders. */
export async function makeFolders(out: string): Promise<void> {
  for (const each of ["out", "tmp"]) await mkdir(join(out, each), { recursive: true });
  await writeFile(join(out, "log"), "", { flag: "a" });
}

/** Does a task. */
export async function runFake(
  { out, sliceMs, isNaive, blocks }: FakeTask,
  task: number,
  signal: AbortSignal,
): Promise<void> {
  const log = (what: string): Promise<void> => appendFile(join(out, "log"), `${what} ${task}\n`);
  await log("start");
  const final = join(out, "out", String(task));
  if (isNaive && await access(final).then(() => true, () => false)) return;
  const draft = isNaive ? final : join(out, "tmp", crypto.randomUUID());
  const bytes = expectedBytes(task);
  // All of it first: writing would let timers fire.
  if (blocks !== undefined) await work(SLICES * sliceMs, blocks === "yielding");
  const file = await open(draft, "w");
  try {
    for (let slice = 0; slice < SLICES; slice++) {
      signal.throwIfAborted();
      if (blocks === undefined) await pause(sliceMs);
      await file.write(bytes.subarray(slice * SLICE_BYTES, (slice + 1) * SLICE_BYTES));
    }
    await file.sync();
  } finally {
    await file.close();
    if (signal.aborted) await rm(draft, { force: true });
  }
  if (isNaive) return await log("won");
  try {
    await link(draft, final);
    await log("won");
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    await log("lost");
  }
  await rm(draft);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Work from memory: promises without end, between which no timer fires. */
async function work(ms: number, yields: boolean): Promise<void> {
  const startedMs = performance.now();
  let lastMs = startedMs;
  while (performance.now() - startedMs < ms) {
    await Promise.resolve();
    if (!yields || performance.now() - lastMs < 100) continue;
    await pause(0);
    lastMs = performance.now();
  }
}

/** What a folder has. */
export interface Outcome {
  readonly lost: number[];
  readonly wrong: number[];
  readonly doubled: number[];
  /** Files that no task has. */
  readonly strange: string[];
  /** How often tasks were begun, and came too late. */
  readonly starts: number;
  readonly races: number;
  /** What killed processes have left. */
  readonly drafts: number;
}

/** Looks at each output. */
export async function checkFolder(out: string, tasks: number): Promise<Outcome> {
  const lost: number[] = [];
  const wrong: number[] = [];
  const names = new Set(await readdir(join(out, "out")));
  for (let task = 0; task < tasks; task++) {
    if (!names.delete(String(task))) {
      lost.push(task);
      continue;
    }
    const bytes = await readFile(join(out, "out", String(task)));
    if (!bytes.equals(expectedBytes(task))) wrong.push(task);
  }
  const won = new Map<string, number>();
  let [starts, races] = [0, 0];
  for (const line of (await readFile(join(out, "log"), "utf8")).split("\n")) {
    const [what, task] = line.split(" ");
    if (what === "start") starts++;
    else if (what === "lost") races++;
    else if (what === "won") won.set(task, (won.get(task) ?? 0) + 1);
  }
  const doubled = [...won].filter(([, count]) => count > 1).map(([task]) => Number(task));
  const drafts = (await readdir(join(out, "tmp"))).length;
  return { lost, wrong, doubled, strange: [...names], starts, races, drafts };
}

/** How many outputs are there. */
export async function countOutputs(out: string): Promise<number> {
  return (await readdir(join(out, "out"))).length;
}
