/** `wdstream reshard`, as it is used: folders, signals, what it says. */

import { assert } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { TestCase } from "../case.ts";
import { cliCommand, runCli } from "../cli/capture.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { makeShard, makeTextShard } from "../dataset/shards.ts";
import { type HeldHost, withHeldHost } from "../storage/held_host.ts";
import { withFolder } from "../temporary.ts";
import { readFolder, runKilled } from "./kill/killed_runs.ts";

/** Writes shards of some samples each; gives the pattern of their names. */
export async function writeShards(
  folder: string,
  shards: number,
  samples: number,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let i = 0; i < shards; i++) {
    const name = `in-${String(i).padStart(4, "0")}`;
    await writeFile(join(folder, `${name}.tar`), await makeTextShard(`${name}/`, samples));
  }
  return join(folder, "*.tar");
}

/** The same shards on a host. */
async function withShards(
  shards: number,
  samples: number,
  use: (host: HeldHost, pattern: string) => Promise<void>,
): Promise<void> {
  const objects = new Map<string, Uint8Array>();
  for (let i = 0; i < shards; i++) {
    const name = `in-${String(i).padStart(4, "0")}`;
    objects.set(`${name}.tar`, await makeTextShard(`${name}/`, samples));
  }
  const last = String(shards - 1).padStart(4, "0");
  await withHeldHost(objects, (host) => use(host, `${host.origin}/in-{0000..${last}}.tar`));
}

/** What a command shows on a terminal, which `script` of util-linux makes. */
function showOnTerminal(args: readonly string[]): Promise<string> {
  const command = cliCommand(args, ["--allow-all"]).map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, TERM: "xterm", NODE_NO_WARNINGS: "1" },
  });
  let shown = "";
  child.stdout.on("data", (chunk) => shown += chunk);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => code === 0 ? resolve(shown) : reject(new Error(shown)));
  });
}

const terminalSkip = process.platform === "linux" && existsSync("/usr/bin/script")
  ? undefined
  : "there is no script of util-linux";

export const cases: TestCase[] = [
  {
    name: "a shard without a whole sample is told of, in any order and whoever reads",
    run: () =>
      withFolder(async (folder) => {
        const whole = await makeShard([["a.cls", "1"], ["b.cls", "2"]]);
        const bodies = { "1.tar": whole, "2.tar": new Uint8Array(), "3.tar": whole.slice(0, 700) };
        const paths = Object.keys(bodies).map((name) => join(folder, name));
        for (const [i, bytes] of Object.values(bodies).entries()) await writeFile(paths[i], bytes);
        const args = ["--on-error", "skip"];
        const mixed = await runCli("reshard", ...paths, join(folder, "mixed"), ...args);
        const plain = [...args, "--order", "as-is"];
        const asIs = await runCli("reshard", ...paths, join(folder, "as-is"), ...plain);
        for (const { code, lines, notes } of [mixed, asIs]) {
          assert.equal(code, 1);
          assert.match(lines[0], /^1 shard, 2 samples, .*, 2 faults skipped$/);
          assert.match(notes.join("\n"), /skipped: .*2\.tar.*\nskipped: .*3\.tar/);
        }
        const skip = { onError: "skip" } as const;
        const count = async (dataset: ReturnType<typeof webdataset>): Promise<number> => {
          for await (const _ of dataset);
          return dataset.stats.skipped;
        };
        const all = webdataset(paths, skip);
        assert.equal(await count(all.shuffle()), 2);
        const ranks = [0, 1].map((rank) => webdataset(paths, skip).split({ rank, world: 2 }));
        assert.deepEqual([await count(ranks[0]), await count(ranks[1])], [2, 0]);
        const first = webdataset(paths, skip).shuffle();
        for await (const _ of first) break;
        assert.equal(await count(webdataset(paths, skip).shuffle().resume(first.state()!)), 0);
        const thrown = await runCli("reshard", ...paths, join(folder, "thrown"));
        assert.match(thrown.notes[0], /2\.tar.* \(tar\/truncated\)$/);
      }),
  },
  {
    name: "wdstream reshard draws a bar on a terminal, and gives the cursor back",
    skip: terminalSkip,
    async run() {
      await withFolder(async (folder) => {
        const shards = await writeShards(join(folder, "in"), 4, 30);
        const shown = await showOnTerminal(["reshard", shards, join(folder, "out")]);
        assert.match(shown, /\d+% \| \d+ samples?, \d+ samples\/s, [0-9.]+ k?M?B\/s/);
        assert.match(shown, /1 shard, 120 samples, [0-9.]+ kB\r\n$/);
        // The cursor is hidden, and shown again.
        assert.isBelow(shown.indexOf("\x1b[?25l"), shown.lastIndexOf("\x1b[?25h"));
        const quiet = await showOnTerminal(["reshard", shards, join(folder, "quiet"), "--quiet"]);
        assert.equal(quiet, "");
      });
    },
  },
  {
    name: "wdstream reshard says what it did, and the second time that there was nothing to do",
    async run() {
      await withFolder(async (folder) => {
        const shards = await writeShards(folder, 3, 8);
        const out = join(folder, "out");
        const args = ["reshard", shards, out, "--max-count", "10", "--where", "cls < 6"];
        const first = await runCli(...args);
        assert.equal(first.code, 0, first.notes.join());
        assert.match(first.lines[0], /^2 shards, 18 samples, 51\.2 kB, 6 left out$/);
        const before = await readFolder(out);
        const second = await runCli(...args, "--json");
        assert.deepEqual(JSON.parse(second.lines[0]), {
          event: "done",
          shards: 2,
          samples: 18,
          dropped: 6,
          skipped: 0,
          kept: 2,
        });
        assert.deepEqual(await readFolder(out), before);
        const quiet = await runCli("reshard", shards, join(folder, "quiet"), "--quiet");
        assert.deepEqual([quiet.lines, quiet.notes], [[""], []]);
        const more = join(folder, "more");
        const adds = ["--add", `two.cls = cls * 2; "x" = 1`, "--order", "as-is"];
        assert.equal((await runCli("reshard", shards, more, ...adds)).code, 2);
        adds[1] = `two.cls = cls * 2; Note.txt=";" ; key.txt=key`;
        assert.equal((await runCli("reshard", shards, more, ...adds)).code, 0);
        const { lines } = await runCli("cat", join(more, "train-000000.tar"), "--limit", "2");
        const { key, fields } = JSON.parse(lines[1]);
        assert.deepInclude(fields, { "two.cls": 2, "note.txt": ";", "key.txt": key });
      });
    },
  },
  {
    name: "wdstream reshard names mistakes in its arguments",
    async run() {
      const mistakes: readonly (readonly [args: readonly string[], note: RegExp])[] = [
        [[], /needs a shard, and where to write/],
        [["a.tar"], /needs a shard, and where to write/],
        [["a.tar", "out", "--where", "1 +"], /--where is no condition: at letter 4/],
        [["a.tar", "out", "--classes", "3-1"], /--classes takes numbers and ranges/],
        [
          ["a.tar", "out", "--add", "json.label"],
          /--add takes fields such as .* not "json\.label"/,
        ],
        [["a.tar", "out", "--add", "cls=1;cls=2"], /--add has "cls" twice/],
        [["a.tar", "out", "--add", "cls=1 +"], /--add cls: at letter 4/],
        [["a.tar", "out", "--add", `cls=json.label"`], /--add has a text without its end/],
        [["a.tar", "out", "--add", ";"], /--add takes fields such as/],
        [["a.tar", "out", "--order", "as-is", "--seed", "1"], /--seed does not go with/],
        [["a.tar", "out", "--gzip", "--index", "dali"], /--index dali does not go with --gzip/],
        [["a.tar", "out", "--split", "a/b"], /--split takes a name/],
      ];
      for (const [args, note] of mistakes) {
        const { code, notes } = await runCli("reshard", ...args);
        assert.equal(code, 2, args.join(" "));
        assert.match(notes[0], note);
      }
    },
  },
  {
    name:
      "wdstream reshard, killed and started again, writes the bytes of a run that nothing stopped",
    async run() {
      await withFolder(async (folder) => {
        await withShards(20, 20, async (host, shards) => {
          const args = ["--max-count", "6", "--seed", "4", "--lanes", "4", "--info"];
          const whole = join(folder, "whole");
          assert.equal((await runCli("reshard", shards, whole, ...args)).code, 0);
          const out = join(folder, "out");
          const behind = [10, 16];
          const when = (): Promise<void> => host.hold(behind.shift()!, 700);
          const { kills, kept } = await runKilled(["reshard", shards, out, ...args], 2, when);
          assert.equal(kills, 2);
          assert.isAbove(kept, 0);
          assert.deepEqual(await readFolder(out), await readFolder(whole));
        });
      });
    },
  },
  {
    name: "wdstream reshard stops at Ctrl-C, leaves no part of a file, and says how to go on",
    async run() {
      await withFolder(async (folder) => {
        await withShards(10, 12, async (host, shards) => {
          const out = join(folder, "out");
          const options = ["--max-count", "2", "--order", "as-is", "--json"];
          const args = ["reshard", shards, out, ...options];
          const [program, ...rest] = cliCommand(args, ["--allow-all"]);
          const held = host.hold("in-0005.tar", 700);
          const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
          let notes = "";
          child.stderr.on("data", (chunk) => notes += chunk);
          child.stdout.resume();
          void held.then(() => child.kill("SIGINT"));
          const [code, signal] = await once(child, "close");
          // Deno's imitation of Node takes an exit code over 128 for the signal that shells mean by it.
          assert.isTrue(code === 130 || signal === "SIGINT", notes);
          assert.match(notes, /^stopped; the same command goes on from the last whole shard$/m);
          const names = await readdir(out);
          assert.isEmpty(names.filter((name) => name.endsWith(".tmp")));
          assert.isBelow(names.length, 122);
          const { code: again } = await runCli(...args);
          assert.equal(again, 0);
          const whole = join(folder, "whole");
          await runCli("reshard", shards, whole, ...options);
          assert.deepEqual(await readFolder(out), await readFolder(whole));
        });
      });
    },
  },
];
