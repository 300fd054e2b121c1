/** The command line in this process and in one of its own. */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/main.ts";

/** What a command left behind. */
export interface CliResult {
  readonly code: number;
  readonly lines: readonly string[];
  readonly notes: readonly string[];
}

/** Runs a command in this process. */
export async function runCli(...args: string[]): Promise<CliResult> {
  const lines: string[] = [];
  const notes: string[] = [];
  const code = await main(args, {
    isTerminal: false,
    writeLine: (line): Promise<void> => Promise.resolve(void lines.push(line)),
    writeNote: (line): Promise<void> => Promise.resolve(void notes.push(line)),
  });
  return { code, lines: lines.join("\n").split("\n"), notes };
}

/** Command that starts the command line on this runtime, with the permissions its help names. */
export function cliCommand(args: readonly string[], permissions: readonly string[]): string[] {
  const script = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
  const isDeno = "Deno" in globalThis;
  const start = isDeno ? ["run", "--quiet", "--no-prompt", "--no-check", ...permissions] : [];
  return [process.execPath, ...start, script, ...args];
}

/** Runs a command in a process of its own. */
export function runProcess(
  args: readonly string[],
  permissions: readonly string[] = ["--allow-read"],
  environment: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  return runScript('exec "$@"', cliCommand(args, permissions), environment);
}

/** Runs a command line of `sh` in a process of its own, where `"$@"` is the wdstream command. */
export function runShell(script: string, ...args: string[]): Promise<CliResult> {
  return runScript(script, cliCommand(args, ["--allow-read"]), {});
}

/** The same, where the command may write. */
export function runWritingShell(script: string, ...args: string[]): Promise<CliResult> {
  return runScript(script, cliCommand(args, ["--allow-read", "--allow-write"]), {});
}

async function runScript(
  script: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CliResult> {
  const child = spawn("sh", ["-c", script, "sh", ...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", NODE_NO_WARNINGS: "1", ...environment },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => stdout += chunk);
  child.stderr.on("data", (chunk) => stderr += chunk);
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit) => resolve(exit ?? -1));
  });
  const split = (text: string): string[] => text === "" ? [] : text.trimEnd().split("\n");
  return { code, lines: split(stdout), notes: split(stderr) };
}
