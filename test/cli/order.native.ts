/** Orders on the command line: what it lists is what a run gives, and a run goes on where it was. */

import { assert } from "chai";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sampleShard, webdataset } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import { cliCommand, runCli, runProcess } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());
const SMALL = ["--resize", "8", "--size", "8"];

const keysOf = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => JSON.parse(line).keys);

async function rejected(args: readonly string[], why: RegExp): Promise<void> {
  const { code, notes } = await runCli(...args);
  assert.equal(code, 2, notes.join());
  assert.match(notes.join(), why);
}

export const cases: TestCase[] = [
  {
    name: "wdstream order lists what each process is given, and together that is the epoch",
    async run() {
      const shuffle = ["--shuffle", "--seed", "7", "--lanes", "4", "--window", "5", "--epoch", "3"];
      const listed: string[] = [];
      for (const rank of [0, 1]) {
        const dataset = webdataset(SAMPLE)
          .epochs(1, { from: 3 })
          .shuffle({ seed: 7, lanes: 4, window: 5 })
          .split({ rank, world: 2 });
        const expected: string[] = [];
        for await (const { key, index } of dataset) expected.push(`${key}\t${SAMPLE}\t${index}`);
        const split = ["--rank", `${rank}`, "--world", "2"];
        const { code, lines } = await runCli("order", SAMPLE, ...shuffle, ...split);
        assert.equal(code, 0);
        assert.deepEqual(lines, expected);
        listed.push(...lines);
      }
      assert.equal(new Set(listed).size, 36);
      assert.notDeepEqual(listed, [...listed].sort());
    },
  },
  {
    name: "wdstream order prints JSON, and says what comes again",
    async run() {
      const split = ["--rank", "4", "--world", "5", "--even", "pad"];
      const { lines } = await runCli("order", SAMPLE, "--json", ...split);
      const samples = lines.map((line) => JSON.parse(line));
      assert.equal(samples.length, 8);
      assert.deepEqual(samples.at(-1), { ...samples[0], isPadding: true });
    },
  },
  {
    name: "wdstream plan says what an epoch takes of each process",
    async run() {
      const args = ["plan", SAMPLE, "--shuffle", "--world", "4", "--lanes", "8", "--batch", "4"];
      const { code, lines } = await runCli(...args);
      assert.equal(code, 0);
      const text = lines.join("\n");
      for (
        const line of [/^shards +1$/m, /^samples +36$/m, /^samples +9$/m, /^steps +3 batches$/m]
      ) {
        assert.match(text, line);
      }
      assert.match(text, /^order +shuffled by seed 0, 8 lanes, windows of 16 samples$/m);
      const json = await runCli(...args, "--json");
      const plan = JSON.parse(json.lines.join(""));
      assert.equal(plan.share.items, 3);
      assert.equal(plan.order.world, 4);
    },
  },
  {
    name: "wdstream stream goes on from the state that it saved, and from lines that it printed",
    async run() {
      await withFolder(async (folder) => {
        const order = ["--shuffle", "--epochs", "2", "--batch", "5", ...SMALL, "--json"];
        const whole = await runCli("stream", SAMPLE, ...order);
        assert.equal(whole.code, 0, whole.notes.join());
        const keys = keysOf(whole.lines);
        assert.equal(keys.length, 72);
        for (const count of [1, 4, 8, 9]) {
          const lines = join(folder, "lines.jsonl");
          // The last line was cut off when its writer was killed.
          const cut = whole.lines[count]?.slice(0, 20) ?? "";
          await writeFile(lines, `${whole.lines.slice(0, count).join("\n")}\n${cut}`);
          const rest = await runCli("stream", SAMPLE, ...order, "--resume", lines);
          assert.deepEqual(
            keysOf(rest.lines),
            keys.slice(keysOf(whole.lines.slice(0, count)).length),
          );
          const state = join(folder, "state.json");
          await writeFile(state, `${JSON.stringify(JSON.parse(whole.lines[count - 1]).state)}\n`);
          assert.deepEqual(
            (await runCli("stream", SAMPLE, ...order, "--resume", state)).lines,
            rest.lines,
          );
        }
        const saved = join(folder, "saved.json");
        const first = await runCli("stream", SAMPLE, ...order, "--save", saved, "--resume", saved);
        assert.deepEqual(first.lines, whole.lines);
        assert.match(first.notes.join(), /has no state yet: from the start/);
        assert.deepEqual(
          JSON.parse(await readFile(saved, "utf8")),
          JSON.parse(whole.lines.at(-1)!).state,
        );
        const ended = await runCli("stream", SAMPLE, ...order, "--resume", saved);
        assert.equal(ended.code, 0);
        assert.deepEqual(ended.lines, [""]);
      });
    },
  },
  {
    name: "wdstream stream refuses the state of another order, and what is none",
    async run() {
      await withFolder(async (folder) => {
        const saved = join(folder, "saved.json");
        await runCli("stream", SAMPLE, ...SMALL, "--shuffle", "--save", saved);
        const other = ["stream", SAMPLE, ...SMALL, "--shuffle", "--seed", "1", "--resume", saved];
        const { code, notes } = await runCli(...other);
        assert.equal(code, 1);
        assert.match(notes.join(), /seed.*\(order\/changed\)/s);
        await writeFile(saved, "no state\n");
        assert.match((await runCli(...other)).notes.join(), /\(order\/state\)/);
      });
    },
  },
  {
    name: "wdstream stream ends on SIGTERM after its batch, and says how to go on",
    async run() {
      await withFolder(async (folder) => {
        const saved = join(folder, "saved.json");
        const args = [
          "stream",
          SAMPLE,
          ...SMALL,
          "--batch",
          "4",
          "--shuffle",
          "--epochs",
          "100000",
        ];
        const [command, ...rest] = cliCommand(
          [...args, "--json", "--save", saved],
          ["--allow-read", "--allow-write"],
        );
        const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
        let lines = "";
        let notes = "";
        child.stdout.on("data", (chunk) => {
          // Not by the child: Deno gives no code of one that it was told to signal, findings/deno_kill_hides_exit_code.sh.
          if (lines === "") process.kill(child.pid!, "SIGTERM");
          lines += chunk;
        });
        child.stderr.on("data", (chunk) => notes += chunk);
        const code = await new Promise((resolve) => child.on("close", resolve));
        assert.equal(code, 143, notes);
        assert.include(notes, `stopped; --resume ${saved} goes on from here`);
        const last = JSON.parse(lines.trimEnd().split("\n").at(-1)!);
        assert.deepEqual(JSON.parse(await readFile(saved, "utf8")), last.state);
      });
    },
  },
  {
    name: "wdstream takes its share from the launcher's variables",
    async run() {
      const args = ["order", SAMPLE, "--split-from-environment"];
      const permissions = ["--allow-read", "--allow-env"];
      const shares = await Promise.all([0, 1, 2].map(async (rank) => {
        const variables = { RANK: `${rank}`, WORLD_SIZE: "3" };
        return await runProcess(args, permissions, variables);
      }));
      assert.deepEqual(shares.map(({ lines }) => lines.length), [12, 12, 12]);
      assert.equal(new Set(shares.flatMap(({ lines }) => lines)).size, 36);
    },
  },
  {
    name: "wdstream says which options of an order go together",
    async run() {
      await rejected(["order", SAMPLE, "--seed", "3"], /--seed goes with --shuffle/);
      await rejected(["order", SAMPLE, "--rank", "1"], /--rank goes with --world/);
      await rejected(["order", SAMPLE, "--world", "2"], /--world goes with --rank/);
      await rejected(["order", SAMPLE, "--rank", "2", "--world", "2"], /--rank takes 0 to 1/);
      await rejected(
        ["order", SAMPLE, "--rank", "0", "--world", "2", "--split-from-environment"],
        /stands for --rank and --world/,
      );
      await rejected(["plan", SAMPLE, "--shuffle", "--lanes", "99999"], /lanes/);
    },
  },
];
