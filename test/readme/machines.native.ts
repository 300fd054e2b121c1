/** README's page on many machines: its commands and its manifest, run with launchers that do what those named do. */

import { assert } from "chai";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { TestCase } from "../case.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const README = readFileSync(`${ROOT}README.md`, "utf8");
const SKIP = "Deno" in globalThis
  ? undefined
  : "the page's commands are Deno's, and run once, on Deno";

/** What launchers do for processes of one machine: so many, each with its number. */
const LAUNCHERS: Readonly<Record<string, string>> = {
  srun: `
count=\${1#--ntasks=}
shift
for ((i = 0; i < count; i++)); do
  SLURM_PROCID=$i SLURM_NTASKS=$count SLURM_JOB_ID=7 "$@" > "$OUT/srun-$i" &
done
wait`,
  torchrun: `
count=\${1#--nproc-per-node=}
shift 2
for ((i = 0; i < count; i++)); do
  RANK=$i WORLD_SIZE=$count LOCAL_RANK=$i "$@" > "$OUT/torchrun-$i" &
done
wait`,
};

function listBlocks(language: string): string[] {
  const from = README.indexOf("## Training and evaluating over many machines");
  const page = README.slice(from, README.indexOf("\n## ", from + 1));
  return [...page.matchAll(/^```([a-z]+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language).map(([, , body]) => body);
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runShell(script: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => stdout += chunk);
    child.stderr.on("data", (chunk) => stderr += chunk);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs with the launchers, and with this Deno as `deno`; files of the examples lie in the folder. */
async function withLaunchers(
  use: (folder: string, run: (script: string) => Promise<Ended>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wdstream-machines-"));
  try {
    const scripts = { ...LAUNCHERS, deno: `exec ${JSON.stringify(process.execPath)} "$@"` };
    for (const [name, script] of Object.entries(scripts)) {
      await writeFile(join(folder, name), `#!/usr/bin/env bash\n${script}\n`);
      await chmod(join(folder, name), 0o755);
    }
    const env = { PATH: `${folder}:${process.env.PATH}`, OUT: folder };
    await use(folder, (script) => runShell(script, env));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Lines of each process of a launcher. */
async function readOutputs(folder: string, launcher: string): Promise<string[][]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${launcher}-`)).sort();
  return await Promise.all(
    names.map(async (name) => (await readFile(join(folder, name), "utf8")).trimEnd().split("\n")),
  );
}

function checkShares(shares: readonly (readonly string[])[]): void {
  assert.deepEqual(shares.map((lines) => lines.length), [12, 12, 12]);
  assert.equal(new Set(shares.flat()).size, 36);
}

const [plain, launched] = listBlocks("bash");

export const cases: TestCase[] = [
  {
    name: "README's four processes take their shares, and have nothing left when started again",
    skip: SKIP,
    async run() {
      await withLaunchers(async (folder, run) => {
        assert.isString(plain);
        const script = plain.replaceAll("rank-RANK", `${folder}/rank-RANK`);
        const first = await run(script);
        assert.equal(first.code, 0, first.stderr);
        assert.lengthOf(first.stdout.match(/^18 images/gm) ?? [], 4, first.stdout);
        const again = await run(script);
        assert.equal(again.code, 0, again.stderr);
        assert.lengthOf(again.stdout.match(/^0 images/gm) ?? [], 4, again.stdout);
      });
    },
  },
  {
    name: "README's commands for SLURM and torchrun give each process its share",
    skip: SKIP,
    async run() {
      await withLaunchers(async (folder, run) => {
        const { code, stderr } = await run(launched);
        assert.equal(code, 0, stderr);
        const [slurm, torch] = [
          await readOutputs(folder, "srun"),
          await readOutputs(folder, "torchrun"),
        ];
        checkShares(slurm);
        assert.deepEqual(torch, slurm);
      });
    },
  },
  {
    name: "README's Indexed Job gives each pod its share",
    skip: SKIP,
    async run() {
      await withLaunchers(async (_, run) => {
        const [manifest] = listBlocks("yaml");
        const args = /args:\s*\[([^\]]*)\]/.exec(manifest)?.[1].split(",")
          .map((word) => word.trim()).filter((word) => word !== "") ?? [];
        const [, name, value] = /- \{ name: (\w+), value: "(\d+)" \}/.exec(manifest) ?? [];
        const completions = Number(/completions: (\d+)/.exec(manifest)?.[1]);
        assert.equal(Number(value), completions);
        const pods = await Promise.all(
          Array.from(
            { length: completions },
            (_, i) => run(`JOB_COMPLETION_INDEX=${i} ${name}=${value} deno ${args.join(" ")}`),
          ),
        );
        for (const { code, stderr } of pods) assert.equal(code, 0, stderr);
        checkShares(pods.map(({ stdout }) => stdout.trimEnd().split("\n")));
      });
    },
  },
];
