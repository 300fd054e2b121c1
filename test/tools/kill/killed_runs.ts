/** Commands that write datasets, killed at random moments and started again. */

import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { RandomSource } from "../../../src/numbers/random_source.ts";
import { cliCommand } from "../../cli/capture.ts";

/** What became of a command that was killed and started until it ended by itself. */
export interface KilledRuns {
  readonly starts: number;
  readonly kills: number;
  /** Shards that the last run found in place. */
  readonly kept: number;
}

/** Milliseconds after the first line of a run within which it is killed. */
const LONGEST_MS = 60;

/**
 * Starts a command with `--json` again and again, and kills it so often.
 *
 * @param when When: at a random moment from some line of its output on, by which it may be through on a busy machine; or
 *   when what this gives ends, asked for before each start.
 */
export async function runKilled(
  args: readonly string[],
  kills: number,
  when: RandomSource | (() => Promise<void>),
): Promise<KilledRuns> {
  let left = kills;
  for (let starts = 1;; starts++) {
    const { isKilled, lines } = await start([...args, "--json"], left > 0 ? when : undefined);
    if (isKilled) left--;
    else return { starts, kills: kills - left, kept: JSON.parse(lines.at(-1)!).kept };
    if (starts > 20 * kills + 20) throw new Error("it does not get on");
  }
}

function start(
  args: readonly string[],
  when: RandomSource | (() => Promise<void>) | undefined,
): Promise<{ isKilled: boolean; lines: string[] }> {
  const random = typeof when === "function" ? undefined : when;
  const held = typeof when === "function" ? when() : undefined;
  const [program, ...rest] = cliCommand(args, ["--allow-all"]);
  const child = spawn(program, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", NODE_NO_WARNINGS: "1" },
  });
  let out = "";
  let notes = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Some before they have written anything; most from their first shard on, so that there is something to lose.
  if (random !== undefined && random.random() < 0.2) {
    timer = setTimeout(() => child.kill("SIGKILL"), random.uniform(0, 600));
  }
  void held?.then(() => child.kill("SIGKILL"));
  child.stdout.on("data", (chunk) => {
    out += chunk;
    if (random === undefined) return;
    timer ??= setTimeout(() => child.kill("SIGKILL"), random.uniform(0, LONGEST_MS));
  });
  child.stderr.on("data", (chunk) => notes += chunk);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (signal === "SIGKILL") return resolve({ isKilled: true, lines: [] });
      if (code === 0) return resolve({ isKilled: false, lines: out.trimEnd().split("\n") });
      reject(new Error(`it ended with ${code ?? signal}: ${notes}`));
    });
  });
}

/** All files of a folder, by their names. */
export async function readFolder(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const bytes = await readFile(join(folder, name)).catch(() => undefined);
    if (bytes !== undefined) files.set(name, bytes.toString("latin1"));
  }
  return files;
}
