/** `wdstream submit`, `work`, `status` and `merge`, with real processes: shares, launchers, kills, Ctrl-C. */

import { assert } from "chai";
import { spawn } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { cliCommand, runCli, runProcess } from "../cli/capture.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { type HeldHost, withHeldHost } from "../storage/held_host.ts";
import { withFolder } from "../temporary.ts";
import { readFolder } from "../tools/kill/killed_runs.ts";

const SAMPLE = fileURLToPath(sampleShard());

async function writeShards(folder: string, count: number): Promise<string> {
  await mkdir(folder);
  for (let i = 0; i < count; i++) {
    await writeFile(join(folder, `s${i}.tar`), await makeTextShard(`k${i}-`, 3));
  }
  return join(folder, `s{0..${count - 1}}.tar`);
}

async function copyShards(folder: string, count: number): Promise<string> {
  await mkdir(folder);
  for (let i = 0; i < count; i++) await copyFile(SAMPLE, join(folder, `s${i}.tar`));
  return join(folder, `s{0..${count - 1}}.tar`);
}

/** Plans a job; gives the path of its plan. */
async function submit(...args: string[]): Promise<string> {
  const { code, lines, notes } = await runCli("submit", ...args, "--json");
  assert.equal(code, 0, notes.join("\n"));
  return JSON.parse(lines[0]).plan;
}

const NO_LAUNCHER = {
  RANK: "",
  WORLD_SIZE: "",
  SLURM_PROCID: "",
  SLURM_NTASKS: "",
  SLURM_ARRAY_TASK_ID: "",
  JOB_COMPLETION_INDEX: "",
  JOB_COMPLETION_COUNT: "",
  CLOUD_RUN_TASK_INDEX: "",
  CLOUD_RUN_TASK_COUNT: "",
};

/** A process that works, and may be killed. */
function startWork(args: readonly string[]): {
  readonly kill: (signal: "SIGKILL" | "SIGINT") => void;
  readonly ended: Promise<{ code: number | null; signal: string | null; notes: string }>;
} {
  const [program, ...rest] = cliCommand(["work", ...args], ["--allow-all"]);
  const child = spawn(program, rest, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...NO_LAUNCHER, NO_COLOR: "1", NODE_NO_WARNINGS: "1" },
  });
  let notes = "";
  child.stderr.on("data", (chunk) => notes += chunk);
  return {
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code, signal, notes }));
    }),
  };
}

/** Copies of the sample by their names, on a host. */
async function withSamples(
  count: number,
  use: (host: HeldHost, shards: string, sizeBytes: number) => Promise<void>,
): Promise<void> {
  const bytes = new Uint8Array(await readFile(SAMPLE));
  const names = Array.from({ length: count }, (_, i) => `s${i}.tar`);
  await withHeldHost(
    new Map(names.map((name) => [name, bytes])),
    (host) => use(host, `${host.origin}/s{0..${count - 1}}.tar`, bytes.length),
  );
}

/** Sends a signal to a process that works as soon as it waits for the rest of a shard. */
async function interrupt(
  { kill, ended }: ReturnType<typeof startWork>,
  held: Promise<void>,
  signal: "SIGKILL" | "SIGINT",
): ReturnType<typeof startWork>["ended"] {
  const early = ended.then(({ notes }) => {
    throw new Error(`it ended before it was interrupted: ${notes}`);
  });
  await Promise.race([held, early]);
  early.catch(() => {});
  kill(signal);
  return await ended;
}

export const cases: TestCase[] = [
  {
    name: "wdstream submit plans, work does shares, status tells, and the last one merges",
    run: () =>
      withFolder(async (folder) => {
        const shards = await writeShards(join(folder, "in"), 5);
        const [one, two] = ["one", "two"].map((name) => join(folder, name));
        const told = await runCli("submit", "index", shards, one);
        assert.match(told.lines[0], /^5 tasks: .*one\/\.wdstream\/plan\.json$/);
        assert.match(told.notes.join("\n"), /wdstream work .* --rank 0 --world 8/);
        const whole = await runCli(
          "work",
          join(one, ".wdstream/plan.json"),
          "--rank",
          "0",
          "--world",
          "1",
        );
        assert.equal(whole.code, 0, whole.notes.join());
        assert.deepEqual(whole.lines, [
          "5 tasks done, 5 of 5 of the job",
          "all: 15 samples; s0.tar.split",
        ]);
        const plan = await submit("index", shards, two);
        const first = await runCli("work", plan, "--rank", "1", "--world", "2", "--json");
        assert.deepEqual(
          first.lines.map((line) => JSON.parse(line)).map(({ event, task }) => [event, task]),
          [["task", 1], ["task", 3], ["done", undefined]],
        );
        const half = await runCli("status", two);
        assert.deepEqual(half.lines, ["index: 2 of 5 tasks done, left: 0 2 4"]);
        const early = await runCli("merge", two);
        assert.equal(early.code, 1);
        assert.match(early.notes[0], /3 of 5 tasks are not done.*job\/incomplete/);
        assert.equal(
          (await runCli("submit", "index", shards, two)).lines[0].split(":")[0],
          "5 tasks, 2 of them done",
        );
        const second = await runCli("work", plan, "--rank", "0", "--world", "2", "--quiet");
        assert.deepEqual([second.code, second.lines], [0, [""]]);
        assert.deepEqual((await runCli("status", two)).lines, ["index: 5 of 5 tasks done, merged"]);
        assert.deepEqual(await readFolder(two), await readFolder(one));
        const status = JSON.parse((await runCli("status", two, "--json")).lines[0]);
        assert.deepInclude(status, { done: 5, tasks: 5, isMerged: true, missing: [], failed: [] });
        const watched = await runCli("status", two, "--watch", "1");
        assert.equal(watched.code, 0);
        // The worker that did the last task was killed before it merged.
        for (const name of [".wdstream/merged.json", "s0.tar.split"]) await rm(join(two, name));
        const left = await runCli("status", two);
        assert.deepEqual(left.lines, [
          "index: 5 of 5 tasks done, not merged yet: wdstream merge OUT",
        ]);
        const again = await runCli("submit", "index", shards, two);
        assert.match(again.notes.join("\n"), /all: 15 samples; s0\.tar\.split/);
        assert.deepEqual(await readFolder(two), await readFolder(one));
      }),
  },
  {
    name: "wdstream work takes its share from the variables of launchers, job arrays too",
    run: () =>
      withFolder(async (folder) => {
        const shards = await writeShards(join(folder, "in"), 6);
        const launchers: readonly Readonly<Record<string, string>>[] = [
          { RANK: "1", WORLD_SIZE: "3" },
          { JOB_COMPLETION_INDEX: "1", JOB_COMPLETION_COUNT: "3" },
          { SLURM_PROCID: "1", SLURM_NTASKS: "3" },
          {
            SLURM_ARRAY_TASK_ID: "8",
            SLURM_ARRAY_TASK_MIN: "7",
            SLURM_ARRAY_TASK_MAX: "9",
            SLURM_ARRAY_TASK_COUNT: "3",
          },
        ];
        for (const [i, variables] of launchers.entries()) {
          const out = join(folder, `out-${i}`);
          const plan = await submit("index", shards, out);
          const environment = { ...NO_LAUNCHER, ...variables };
          const permissions = ["--allow-read", `--allow-write=${out}`, "--allow-env"];
          const { code, notes, lines } = await runProcess(["work", plan], permissions, environment);
          assert.equal(code, 0, notes.join());
          assert.deepEqual(lines, ["2 tasks done, 2 of 6 of the job"]);
          assert.deepEqual((await readdir(join(out, ".wdstream/done"))).sort(), [
            "1.json",
            "4.json",
          ]);
        }
      }),
  },
  {
    name: "three ranks, killed and started again, leave the bytes of one process that was not",
    run: () =>
      withFolder(async (folder) => {
        await withSamples(6, async (host, shards, sizeBytes) => {
          const [whole, out] = ["whole", "out"].map((name) => join(folder, name));
          const plan = await submit("stats", shards, whole);
          assert.equal((await startWork([plan, "--quiet"]).ended).code, 0);
          const shared = await submit("stats", shards, out);
          // Each has done one task, and is before, in or almost behind the other one.
          await Promise.all([0, sizeBytes >> 1, sizeBytes - 1].map(async (bytes, rank) => {
            const args = [shared, "--rank", String(rank), "--world", "3", "--quiet"];
            const held = host.hold(`s${rank + 3}.tar`, bytes);
            const { signal, notes } = await interrupt(startWork(args), held, "SIGKILL");
            assert.equal(signal, "SIGKILL", notes);
            const done = await readdir(join(out, ".wdstream/done"));
            assert.include(done, `${rank}.json`);
            assert.notInclude(done, `${rank + 3}.json`);
            const again = await startWork(args).ended;
            assert.equal(again.code, 0, again.notes);
          }));
          // The last one out has merged; a second merge finds the same.
          assert.equal((await runCli("merge", out)).code, 0);
          assert.deepEqual(await readFolder(out), await readFolder(whole));
        });
      }),
  },
  {
    name: "wdstream work goes on after Ctrl-C, and leaves nothing half-written",
    run: () =>
      withFolder(async (folder) => {
        await withSamples(6, async (host, shards, sizeBytes) => {
          const out = join(folder, "out");
          // Whoever resizes has begun an output when the shard is read.
          const plan = await submit("resize", shards, out, "--short", "40");
          const held = host.hold("s1.tar", sizeBytes >> 1);
          const { code, signal, notes } = await interrupt(startWork([plan]), held, "SIGINT");
          // Deno takes the code for the signal that it stands for.
          assert.isTrue(code === 130 || signal === "SIGINT", notes);
          assert.match(notes, /stopped; the same command goes on with what is not done/);
          assert.deepEqual(await readdir(join(out, ".wdstream/tmp")), []);
          const rest = await runCli("work", plan, "--rank", "0", "--world", "1");
          assert.equal(rest.code, 0);
          assert.equal(rest.lines[0], "5 tasks done, 1 before, 6 of 6 of the job");
        });
      }),
  },
  {
    name: "wdstream work does the others where a shard is damaged, and says what is wrong with it",
    run: () =>
      withFolder(async (folder) => {
        const shards = await writeShards(join(folder, "in"), 3);
        const damaged = await readFile(join(folder, "in/s1.tar"));
        damaged[1024 + 150] ^= 1;
        await writeFile(join(folder, "in/s1.tar"), damaged);
        const out = join(folder, "out");
        const plan = await submit("index", shards, out);
        const share = ["--rank", "0", "--world", "1"];
        const { code, lines, notes } = await runCli("work", plan, ...share);
        assert.equal(code, 1);
        assert.deepEqual(lines, ["2 tasks done, 1 failed, 2 of 3 of the job"]);
        assert.match(notes[0], /task 1, ".*s1\.tar", has failed: .* \(tar\/bad-header\)/);
        const status = await runCli("status", out);
        assert.deepEqual(status.lines, ["index: 2 of 3 tasks done, 1 failed, left: 1"]);
        assert.deepEqual(status.notes, [notes[0]]);
        const merged = await runCli("merge", out, "--allow-missing");
        assert.deepEqual([merged.code, merged.notes], [0, ["without 1 task: 1"]]);
        await rm(join(folder, "in/s2.tar"));
        const again = await runCli("work", plan, ...share);
        assert.equal(again.code, 1);
        assert.match(
          again.notes.join("\n"),
          /task 2, ".*s2\.tar", has failed: .*source\/not-found/,
        );
      }),
  },
  {
    name: "wdstream submit map runs a user's module, and refuses one that was changed since",
    run: () =>
      withFolder(async (folder) => {
        const shards = await writeShards(join(folder, "in"), 3);
        const module = join(folder, "keys.ts");
        const text =
          "export default async function* (samples: AsyncIterable<{ key: string }>) {\n" +
          '  for await (const { key } of samples) yield key + "\\n";\n}\n';
        await writeFile(module, text);
        const out = join(folder, "out");
        const plan = await submit("map", shards, out, "--module", module, "--suffix", ".txt");
        const share = ["--rank", "0", "--world", "2"];
        const { code, notes } = await runProcess(["work", plan, ...share], ["--allow-all"]);
        assert.equal(code, 0, notes.join());
        assert.equal(await readFile(join(out, "s2.txt"), "utf8"), "k2-0\nk2-1\nk2-2\n");
        await writeFile(module, `${text}// changed\n`);
        const changed = await runCli("work", plan, "--rank", "1", "--world", "2");
        assert.equal(changed.code, 1);
        assert.match(changed.notes[0], /keys\.ts": the module has other text.*job\/changed/);
        const lacking = await runCli("submit", "map", shards, join(folder, "other"));
        assert.equal(lacking.code, 2);
        assert.match(lacking.notes[0], /"map" takes a module/);
      }),
  },
  {
    name: "wdstream resize goes on with a job that others have begun, and they with its",
    run: () =>
      withFolder(async (folder) => {
        const shards = await copyShards(join(folder, "in"), 3);
        const [one, two] = ["one", "two"].map((name) => join(folder, name));
        const options = ["--short", "40", "--info"];
        assert.equal((await runCli("resize", shards, one, ...options)).code, 0);
        const plan = await submit("resize", shards, two, ...options);
        assert.equal((await runCli("work", plan, "--rank", "1", "--world", "3")).code, 0);
        const rest = await runCli("resize", shards, two, ...options, "--json");
        assert.deepInclude(JSON.parse(rest.lines.at(-1)!), { event: "done", kept: 1, shards: 3 });
        assert.deepEqual(await readFolder(two), await readFolder(one));
      }),
  },
  {
    name: "wdstream submit, work, status and merge name mistakes in their arguments",
    run: () =>
      withFolder(async (folder) => {
        const shards = await writeShards(join(folder, "in"), 2);
        const out = join(folder, "out");
        const mistakes: readonly (readonly [args: readonly string[], note: RegExp])[] = [
          [["submit", "sort", shards, out], /there is no operation "sort", only verify/],
          [["submit", "index", out], /needs a shard, and where to write/],
          [["submit", "index", shards, out, "--classes", "3"], /there is no option "classes"/],
          [["submit", "stats", "https://u:p@127.0.0.1/a.tar", out], /a URL has a user/],
          [["submit", "stats", "https://127.0.0.1/a?X-Amz-Signature=p", out], /a URL has a user/],
          [["submit", "stats", "-", out], /standard input cannot be read by others/],
          [["work", out, "--rank", "1"], /--rank goes with --world/],
          [["work", out, "--rank", "2", "--world", "2"], /--rank takes 0 to 1/],
          [["work", out, out], /takes one plan/],
          [["status"], /needs the folder of a job/],
        ];
        for (const [args, note] of mistakes) {
          const { code, notes } = await runCli(...args);
          assert.equal(code, 2, `${args}: ${notes}`);
          assert.match(notes[0], note);
        }
        const none = await runCli("status", out);
        assert.equal(none.code, 1);
        assert.match(none.notes[0], /plan\.json.*source\/not-found/);
        await submit("index", shards, out);
        const other = await runCli("submit", "stats", shards, out);
        assert.equal(other.code, 1);
        assert.match(other.notes[0], /had operation "index", and not "stats".*job\/plan/);
      }),
  },
];
