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
  // Wide enough for all that there is to say, however slow the machine is.
  const line = `stty cols 200; exec ${cliCommand(args, permissions).map(quote).join(" ")}`;
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TERM: "xterm", NODE_NO_WARNINGS: "1" },
  });
  let shown = "";
  child.stdout.on("data", (chunk) => shown += chunk);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(shown));
  });
}

/** Runs a command and interrupts it as soon as it says something; gives its exit code and its notes. */
export async function interruptAt(
  args: readonly string[],
  isReached: (said: string) => boolean = (said) => said !== "",
  permissions: readonly string[] = ["--allow-read", "--allow-write"],
): Promise<{ readonly code: number; readonly notes: string }> {
  const [command, ...rest] = cliCommand(args, permissions);
  const child = spawn(command, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", NODE_NO_WARNINGS: "1" },
  });
  let said = "";
  let notes = "";
  let isAsked = false;
  const listen = (chunk: unknown): void => {
    said += chunk;
    if (isAsked || !isReached(said)) return;
    isAsked = true;
    // Not by the child: Deno gives no code of one that it was told to signal.
    process.kill(child.pid!, "SIGINT");
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", (chunk) => {
    notes += chunk;
    listen(chunk);
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit) => resolve(exit ?? -1));
  });
  return { code, notes };
}
