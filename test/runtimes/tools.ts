/** Packages that tests run with, from npm, without their install scripts, in a folder of their own. */

import { tmpdir } from "node:os";

/** Pinned versions. */
export const TOOLS = {
  "edge-runtime": "4.0.1",
  esbuild: "0.27.2",
  miniflare: "4.20260426.0",
  "playwright-core": "1.64.1",
  vite: "7.3.1",
} as const;

/** Runs a command; fails with what it wrote. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string | URL; readonly env?: Record<string, string> } = {},
): Promise<string> {
  const child = new Deno.Command(command, { args: [...args], stdin: "null", ...options });
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout);
  if (success) return text;
  const why = new TextDecoder().decode(stderr);
  throw new Error(`${command} ${args[0]} failed: ${`${why}\n${text}`.trim().slice(-4000)}`);
}

/** Installs packages, once for each set of versions; gives the folder that has `node_modules`. */
export async function installPackages(
  packages: Readonly<Record<string, string>>,
): Promise<string> {
  const names = Object.entries(packages).map(([name, version]) => `${name}@${version}`).sort();
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(names.join()));
  const hash = Array.from(
    new Uint8Array(bytes, 0, 6),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  const folder = `${tmpdir()}/wdstream-packages-${hash.join("")}`;
  const done = `${folder}/installed`;
  if (await Deno.stat(done).then(() => true, () => false)) return folder;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/package.json`, '{"private": true}\n');
  await runCommand(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...names],
    { cwd: folder },
  );
  await Deno.writeTextFile(done, "");
  return folder;
}

/** Bundles a module for runtimes without files; gives the path of the bundle in `folder`. */
export async function bundleEntry(tools: string, entry: string, folder: string): Promise<string> {
  const name = entry.slice(entry.lastIndexOf("/") + 1).replace(/\.ts$/, ".js");
  const out = `${folder}/${name}`;
  await runCommand(`${tools}/node_modules/esbuild/bin/esbuild`, [
    entry,
    "--bundle",
    "--platform=browser",
    // The sandbox of edge-runtime runs scripts.
    `--format=${name === "entry_edge.js" ? "iife" : "esm"}`,
    "--external:node:*",
    "--external:*.wasm",
    '--define:import.meta.url="file:///worker.js"',
    "--log-level=error",
    `--outfile=${out}`,
  ]);
  return out;
}

const CHROMIUM_PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is; fails where it is not. */
export async function findChromium(): Promise<string> {
  for (const path of CHROMIUM_PATHS) {
    if (await Deno.stat(path).then((stat) => stat.isFile, () => false)) return path;
  }
  throw new Error("Chromium is not installed");
}
