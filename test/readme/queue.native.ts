/** README's pages on queues and clusters: what stands there is run, as far as that can be done on one machine. */

import { assert } from "chai";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { openQueue } from "../../src/jobs/bullmq/mod.ts";
import { openJob, planJob, readStatus } from "../../src/jobs/mod.ts";
import type { TestCase } from "../case.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { startServer, whyNoServer } from "../jobs/queue/servers.ts";
import { withFolder } from "../temporary.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const README = readFileSync(`${ROOT}README.md`, "utf8");
const NOT_DENO = "Deno" in globalThis ? undefined : "the page's commands are Deno's";

/** Bodies of a page's code blocks of a language. */
function listBlocks(page: string, language: string): string[] {
  const from = README.indexOf(`### ${page}`);
  const text = README.slice(from, README.slice(from + 3).search(/^##/m) + from + 3);
  return [...text.matchAll(/^```([a-z]+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language).map(([, , body]) => body);
}

/** Runs a script; programs that are not here are in a folder. */
function runScript(
  script: string,
  environment: Readonly<Record<string, string>> = {},
  programs = "",
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        NO_COLOR: "1",
        ...environment,
        PATH: `${programs}:${process.env.PATH}`,
      },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => stdout += chunk);
    child.stderr.on("data", (chunk) => stderr += chunk);
    child.on("error", reject);
    child.on("close", (code) => code === 0 ? resolve(stdout) : reject(new Error(stderr)));
  });
}

const DENO_WORK = `${JSON.stringify(process.execPath)} run --quiet --no-check -A src/cli/main.ts`;

/** Programs of a cluster, as far as these scripts need them. */
async function writePrograms(folder: string): Promise<string> {
  const programs = join(folder, "programs");
  await mkdir(programs);
  const write = async (name: string, body: string): Promise<void> => {
    await writeFile(join(programs, name), `#!/bin/bash\n${body}\n`);
    await chmod(join(programs, name), 0o755);
  };
  await write("srun", 'SLURM_PROCID=0 SLURM_NTASKS=1 exec "$@"');
  await write(
    "npx",
    `while [ "$1" != wdstream ]; do shift; done; shift; exec ${DENO_WORK} "$@"`,
  );
  return programs;
}

async function planSmall(folder: string, shards: number): Promise<string> {
  for (let i = 0; i < shards; i++) {
    await writeFile(join(folder, `s${i}.tar`), await makeTextShard(`k${i}-`, 2));
  }
  const out = join(folder, "small");
  await planJob([join(folder, `s{0..${shards - 1}}.tar`)], out, { operation: "stats" });
  return out;
}

interface Manifest {
  readonly spec: {
    readonly completionMode: string;
    readonly completions: number;
    readonly parallelism: number;
    readonly backoffLimitPerIndex: number;
    readonly template: {
      readonly spec: {
        readonly restartPolicy: string;
        readonly containers: readonly [{
          readonly command: readonly string[];
          readonly args: readonly string[];
          readonly env: readonly { readonly name: string; readonly value: unknown }[];
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        }];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

export const cases: TestCase[] = [
  {
    name: "README's five commands lead from nothing to a dataset that two workers have resized",
    skip: NOT_DENO ?? whyNoServer("redis"),
    run: () =>
      withFolder(async (folder) => {
        const server = await startServer("redis", folder);
        try {
          const [block] = listBlocks("Through a queue", "bash");
          const lines = block.trimEnd().split("\n");
          assert.lengthOf(lines, 5);
          assert.match(lines[0], /^redis-server --appendonly yes/);
          const out = join(folder, "out");
          const script = lines.slice(1).join("\n").replaceAll("redis://127.0.0.1", server.url)
            .replaceAll(/\bOUT\b/g, out)
            .replaceAll("deno run -A src/cli/main.ts", DENO_WORK);
          const stdout = await runScript(script);
          assert.match(stdout, /^1 task, 0 of them done, 1 submitted: /);
          assert.match(stdout, /resize: 1 of 1 tasks done, 0 running, 0 waiting, merged\n$/);
          assert.includeMembers(await readdir(out), ["sample.tar", "sample.tar.idx"]);
        } finally {
          await server.close();
        }
      }),
  },
  {
    name: "README's compose file starts a Redis that keeps what it is given",
    skip: whyNoServer("redis"),
    run: () =>
      withFolder(async (folder) => {
        const [block] = listBlocks("Through a queue", "yaml");
        const { services, volumes } = parse(block);
        const { command, ports, volumes: mounts } = services.redis;
        assert.equal(command[0], "redis-server");
        assert.deepEqual(mounts, ["redis:/data"]);
        assert.property(volumes, "redis");
        // For nobody else: it has no password.
        assert.match(ports[0], /^127\.0\.0\.1:/);
        const bare = ["--appendonly", "no"];
        const server = await startServer("redis", folder, [...bare, ...command.slice(1)]);
        const warnings: string[] = [];
        try {
          const queue = await openQueue(server.url, { onWarning: (text) => warnings.push(text) });
          await queue.close();
        } finally {
          await server.close();
        }
        assert.deepEqual(warnings, []);
      }),
  },
  {
    name: "README's Indexed Job does all tasks of a job, one share an index",
    skip: NOT_DENO,
    run: () =>
      withFolder(async (folder) => {
        const [block] = listBlocks("On clusters", "yaml");
        const { spec } = parse(block) as Manifest;
        const { completionMode, completions, parallelism, template } = spec;
        assert.equal(completionMode, "Indexed");
        assert.isAtMost(parallelism, completions);
        // Kubernetes takes limits by index of pods alone that are not started again themselves.
        assert.equal(template.spec.restartPolicy, "Never");
        assert.isAbove(spec.backoffLimitPerIndex, 0);
        const [{ command, args, env, volumeMounts }] = template.spec.containers;
        assert.deepEqual(
          volumeMounts.map(({ name }) => name),
          template.spec.volumes.map(({ name }) => name),
        );
        const [{ name, value }] = env;
        assert.strictEqual(value, String(completions));
        const out = await planSmall(folder, 3);
        const programs = await writePrograms(folder);
        const given = args.map((arg) => arg.replace("/data/small", out));
        assert.equal(args[0], `${volumeMounts[0].mountPath}/small/.wdstream/plan.json`);
        for (const index of [2, 0, 1]) {
          const environment = { JOB_COMPLETION_INDEX: String(index), [name]: String(value) };
          await runScript([...command, ...given].join(" "), environment, programs);
        }
        const { done, isMerged } = await readStatus(await openJob(out));
        assert.equal(done, 3);
        assert.isTrue(isMerged);
      }),
  },
  {
    name: "README's SLURM script does all tasks of a job, one share an element of its array",
    skip: NOT_DENO,
    run: () =>
      withFolder(async (folder) => {
        const [script] = listBlocks("On clusters", "bash");
        const path = join(folder, "small.sh");
        await writeFile(path, script);
        await runScript(`bash -n ${path}`);
        const [, least, most] = /^#SBATCH --array=(\d+)-(\d+)$/m.exec(script) ?? [];
        const out = await planSmall(folder, 3);
        const programs = await writePrograms(folder);
        for (const id of [1, 0, 2]) {
          await runScript(`bash ${path}`, {
            OUT: out,
            SLURM_ARRAY_TASK_ID: String(id),
            SLURM_ARRAY_TASK_MIN: least,
            SLURM_ARRAY_TASK_MAX: most,
            SLURM_ARRAY_TASK_COUNT: String(Number(most) - Number(least) + 1),
            SLURM_CPUS_PER_TASK: "1",
          }, programs);
        }
        const merged = await readFile(join(out, "statistics.json"), "utf8");
        assert.isObject(JSON.parse(merged));
      }),
  },
];
