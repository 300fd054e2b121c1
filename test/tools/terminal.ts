/** Commands on a real terminal, by `script` of util-linux. */

import { spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { cliCommand } from "../cli/capture.ts";

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Why there is no terminal here. */
export const noTerminal: string | undefined =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux")
    ? undefined
    : "there is no script of util-linux here";

/** Runs a command on a terminal; gives all that it shows there. */
export function runOnTerminal(
  args: readonly string[],
  permissions: readonly string[] = ["--allow-read"],
): Promise<string> {
  const line = cliCommand(args, permissions).map(quote).join(" ");
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TERM: "xterm", COLUMNS: "200", NODE_NO_WARNINGS: "1" },
  });
  let shown = "";
  child.stdout.on("data", (chunk) => shown += chunk);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(shown));
  });
}

/** Runs a command and interrupts it at a line that it prints; gives its exit code and what it says. */
export async function interruptAt(
  args: readonly string[],
  isReached: (stdout: string) => boolean,
  permissions: readonly string[] = ["--allow-read", "--allow-write"],
): Promise<{ readonly code: number; readonly notes: string }> {
  const [command, ...rest] = cliCommand(args, permissions);
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let lines = "";
  let notes = "";
  let isAsked = false;
  child.stdout.on("data", (chunk) => {
    lines += chunk;
    // Not by the child: Deno gives no code of one that it was told to signal.
    if (!isAsked && isReached(lines)) process.kill(child.pid!, "SIGINT");
    isAsked ||= isReached(lines);
  });
  child.stderr.on("data", (chunk) => notes += chunk);
  const code = await new Promise<number>((resolve) =>
    child.on("close", (exit) => resolve(exit ?? -1))
  );
  return { code, notes };
}
