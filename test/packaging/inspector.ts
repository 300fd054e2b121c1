/** The page at `/inspect` of an installed package: served by its command, looked at in Chromium. */

import { fileURLToPath } from "node:url";
import { installRuntime } from "../runtimes/install.ts";
import { findChromium, installPackages, runCommand, TOOLS } from "../runtimes/tools.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Runs the command while `use` looks at what it serves. */
async function withServed<T>(
  [binary, ...args]: readonly string[],
  cwd: string,
  use: (origin: string) => Promise<T>,
): Promise<T> {
  const child = new Deno.Command(binary, {
    args: [...args, "serve", "--port", "0"],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  try {
    const { value } = await reader.read();
    return await use(new TextDecoder().decode(value).trim().replace(/\/$/, ""));
  } finally {
    child.kill();
    await child.status;
    await reader.cancel();
  }
}

/** The texts of the page's scripts. */
export function readScripts(command: readonly string[], cwd: string): Promise<string[]> {
  return withServed(command, cwd, (origin) =>
    Promise.all(["page", "worker"].map(async (name) => {
      const response = await fetch(`${origin}/inspect/src/inspect/${name}/main.ts`);
      if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
      return await response.text();
    })));
}

/** Looks at the page; fails with the checks that do not hold. */
export async function lookAtPage(
  command: readonly string[],
  cwd: string,
  folder: string,
): Promise<void> {
  const text = await withServed(
    command,
    cwd,
    async (origin) =>
      await runCommand(await installRuntime("node"), [
        `${ROOT}test/inspect/host_inspect.mjs`,
        `${await installPackages(TOOLS)}/node_modules/playwright-core/index.js`,
        await findChromium(),
        origin,
        folder,
        `${ROOT}src/dataset/sample.tar`,
        `${ROOT}test/fixtures/formats`,
      ]),
  );
  const checks: [string, boolean][] = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
  const failed = checks.filter(([, holds]) => !holds).map(([name]) => name);
  if (failed.length > 0 || checks.length === 0) throw new Error(failed.join("\n"));
}
