/** What follows from the descriptions of commands: help, suggestions, permissions, completion, and their options. */

import { assert } from "chai";
import { spawn, spawnSync } from "node:child_process";
import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import { listOptions } from "../../src/cli/command.ts";
import { COMMANDS, loadCommands } from "../../src/cli/commands.ts";
import { findNearest } from "../../src/cli/nearest.ts";
import { evaluation, init, transformImage } from "../../src/image/mod.ts";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import { fileFixtures, fixturePath } from "../fixtures.ts";
import { sha256 } from "../reference/digest.ts";
import type { JpegGolden } from "../reference/golden.ts";
import { readJson } from "../reference/json.ts";
import { runCli, runProcess } from "./capture.ts";

const IS_DENO = "Deno" in globalThis;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SAMPLE = fileURLToPath(sampleShard());
const PICTURE = fixturePath("jpeg/baseline/420_42x32.jpg");

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
function runProgram(
  [program, ...args]: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => stdout += chunk);
    child.stderr.on("data", (chunk) => stderr += chunk);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** Why a shell cannot be tried. */
function lackOf(shell: string): string | undefined {
  return spawnSync(shell, ["-c", "true"]).error ? `there is no ${shell} here` : undefined;
}

/** What a shell offers for a command line that is not yet whole. */
type Completer = (script: string, line: readonly string[]) => Promise<string[]>;

const COMPLETERS: Readonly<Record<string, Completer>> = {
  async bash(script, line) {
    const program = [
      'source "$1"; shift',
      // Only a shell that waits for keys has `compopt`.
      "compopt() { :; }",
      'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wdstream',
      "printf '%s\\n' \"${COMPREPLY[@]}\"",
    ].join("\n");
    const ended = await runProgram(["bash", "-c", program, "bash", script, ...line]);
    return readOffers(ended);
  },
  async fish(script, line) {
    const program = "source $argv[1]; complete -C $argv[2]";
    const ended = await runProgram(["fish", "-N", "-c", program, script, line.join(" ")]);
    return readOffers(ended).map((offer) => offer.split("\t")[0]);
  },
};

function readOffers({ code, stdout, stderr }: Ended): string[] {
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout.split("\n").filter((line) => line !== "").sort();
}

const OFFERS: readonly (readonly [line: readonly string[], offers: readonly string[]])[] = [
  [["wdstream", "dig"], ["digest"]],
  [["wdstream", ""], Object.keys(COMMANDS).sort()],
  [["wdstream", "stream", "--on"], ["--on-error", "--on-unavailable"]],
  [["wdstream", "stream", "--on-error", ""], ["retry", "skip", "throw"]],
  [["wdstream", "stream", "--on-error", "skip", "--reference", "pillow-9"], ["pillow-9.4"]],
  [["wdstream", "digest", "--batch", "8", "--as", ""], ["f32", "rgb", "u8"]],
  [["wdstream", "ls", "--batch"], []],
  [["wdstream", "completion", ""], ["bash", "fish", "zsh"]],
];

export const cases: TestCase[] = [
  {
    name: "wdstream --help of a command has each of its options, examples and permissions",
    async run(): Promise<void> {
      const commands = await loadCommands();
      assert.deepEqual(commands.map(({ name }) => name), Object.keys(COMMANDS));
      for (const command of commands) {
        const { lines } = await runCli(command.name, "--help");
        const help = lines.join("\n").replace(/\s+/g, " ");
        for (const [name, { summary }] of listOptions(command)) {
          assert.include(help, ` ${name} `);
          assert.include(help, summary);
        }
        for (const example of command.examples) assert.include(help, ` wdstream ${example} `);
        for (const { flag, purpose } of command.permissions) {
          assert.include(help, `${flag} ${purpose}`);
        }
        for (const line of lines) assert.isAtMost(line.length, 110, line);
      }
    },
  },
  {
    name: "examples of commands are taken by them",
    run: () =>
      withFolder(async (folder) => {
        for (const { examples, name } of await loadCommands()) {
          assert.isNotEmpty(examples);
          for (const example of examples) {
            const words = example.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ""));
            const [command, ...args] = words;
            assert.equal(command, name);
            // Where it writes: a folder of an option, or the last operand of what makes shards.
            const operands = args.findIndex((arg) => arg.startsWith("-"));
            const out = ["pack", "reshard", "resize"].includes(name)
              ? (operands < 0 ? args.length : operands) - 1
              : -1;
            const given = args.map((arg, i) =>
              i === out || /^--(junit|html|repair)$/.test(args[i - 1])
                ? join(folder, arg.replace(/^\w+:\/\/.*/, "out"))
                // What nobody has: parsing comes first, and opening the files fails.
                : /\.(tar|jpg)$/.test(arg)
                ? "none/such.tar"
                : arg
            );
            // What would run, or run for ever, is given something that it does not take.
            const wrong = args.includes("--token-env") || args.includes("--preset")
              ? ["--limit", "0"]
              : name === "serve"
              ? ["--port", "65536"]
              : [];
            const { code, notes } = await runCli(command, ...given, ...wrong);
            if (wrong.length > 0) assert.include(notes[0], `${wrong[0]} takes`, example);
            else assert.notEqual(code, 2, `${example}: ${notes}`);
          }
        }
      }),
  },
  {
    name: "findNearest() finds the word that was meant, and none where nothing is near",
    run(): void {
      const words = ["--on-error", "--on-unavailable", "--limit", "--json", "ls"];
      assert.equal(findNearest("--on-eror", words), "--on-error");
      assert.equal(findNearest("--limti", words), "--limit");
      assert.equal(findNearest("--jsom", words), "--json");
      assert.equal(findNearest("sl", words), "ls");
      assert.isUndefined(findNearest("--quick", words));
      assert.isUndefined(findNearest("", words));
      assert.isUndefined(findNearest("x", []));
    },
  },
  {
    name: "wdstream says what Deno is to be given where it refuses",
    skip: IS_DENO ? undefined : "only Deno refuses",
    async run(): Promise<void> {
      // Deno gives every permission to what it starts with none of these options.
      const NOTHING = ["--allow-env=WDSTREAM_NONE"];
      const refusals: readonly (readonly [permissions: string[], args: string[], says: RegExp])[] =
        [
          [NOTHING, ["ls", SAMPLE], /is to be given --allow-read$/],
          [NOTHING, ["digest", SAMPLE], /is to be given --allow-read$/],
          [
            ["--allow-read"],
            ["stream", "http://127.0.0.1:2/a.tar", "http://localhost:3/b.tar"],
            /is to be given --allow-read --allow-net=127\.0\.0\.1:2,localhost:3$/,
          ],
          [["--allow-read"], ["index", SAMPLE], /is to be given --allow-read --allow-write$/],
          [
            ["--allow-read"],
            ["ls", SAMPLE, "--token-env", "WDSTREAM_TEST"],
            /is to be given --allow-read --allow-env=WDSTREAM_TEST$/,
          ],
        ];
      for (const [permissions, args, says] of refusals) {
        const { code, notes } = await runProcess(args, permissions);
        assert.lengthOf(notes, 1);
        assert.match(notes[0], says);
        assert.equal(code, 1);
      }
    },
  },
  {
    name: "wdstream digest --reference gives the verdicts and pixels of either Pillow",
    async run(): Promise<void> {
      const read = (name: string): Promise<JpegGolden> => readJson(fileFixtures, name);
      const former = (await read("jpeg/golden.json")).files;
      const today = { ...former, ...(await read("jpeg/golden.today.json")).files };
      // Pillow reads what is called JPEG and is another type, and `digest` says what it is.
      const names = (await fileFixtures.list("jpeg/broken"))
        .filter((name) => !name.startsWith("is_")).map((name) => `broken/${name}`);
      const paths = names.map((name) => fixturePath(`jpeg/${name}`));
      for (const [option, golden] of [["12.2", today], ["9.4", former]] as const) {
        const { lines } = await runCli("digest", ...paths, "--reference", `pillow-${option}`);
        assert.lengthOf(lines, names.length);
        lines.forEach((line, i) => {
          const { sha256 } = JSON.parse(line);
          assert.equal(sha256, golden[names[i]].rgb, `${names[i]}, ${option}`);
        });
      }
      const differing = names.filter((name) => today[name].rgb !== former[name].rgb);
      assert.isAbove(differing.length, 5);
    },
  },
  {
    name: "wdstream digest --resampler torch digests what evaluation() makes with it",
    async run(): Promise<void> {
      await init();
      const jpeg = await fileFixtures.read("jpeg/baseline/420_42x32.jpg");
      const digests = await Promise.all((["torch", "pillow"] as const).map(async (resampler) => {
        const options = ["--as", "u8", "--resize", "20", "--size", "16", "--resampler", resampler];
        const { lines } = await runCli("digest", PICTURE, ...options);
        const transform = evaluation({ resize: 20, size: 16, resampler, type: "uint8" });
        const { sha256: digest } = JSON.parse(lines[0]);
        assert.equal(digest, await sha256(transformImage(jpeg, transform).data));
        return digest;
      }));
      assert.notEqual(digests[0], digests[1]);
      const { lines } = await runCli("stream", SAMPLE, "--resampler", "torch", "--limit", "2");
      assert.equal(lines[0], "1 shard, 2 samples, 1 batch of [2, 3, 224, 224]");
    },
  },
  ...Object.entries(COMPLETERS).map(([shell, complete]): TestCase => ({
    name: `wdstream completion ${shell} completes commands, options and words`,
    skip: lackOf(shell),
    run: () =>
      withFolder(async (folder) => {
        const script = join(folder, "script");
        await writeFile(script, (await runCli("completion", shell)).lines.join("\n"));
        for (const [line, offers] of OFFERS) {
          assert.deepEqual(await complete(script, line), offers, `${shell}: ${line.join(" ")}`);
        }
      }),
  })),
  {
    name: "wdstream completion zsh prints what zsh reads",
    skip: lackOf("zsh"),
    run: () =>
      withFolder(async (folder) => {
        const script = join(folder, "script");
        const { lines } = await runCli("completion", "zsh");
        await writeFile(script, lines.join("\n"));
        assert.include(lines.join("\n"), ":(throw skip retry)'");
        const program = 'autoload -U compinit; compinit -D; source "$1"; print $_comps[wdstream]';
        const ended = await runProgram(["zsh", "-f", "-c", program, "zsh", script]);
        assert.deepEqual(ended, { code: 0, stdout: "_wdstream\n", stderr: "" });
      }),
  },
  {
    name: "deno task demo needs no package and no network on a new machine",
    skip: IS_DENO ? undefined : "Deno's commands are run once, on Deno",
    run: () =>
      withFolder(async (folder) => {
        for (const path of ["deno.json", "deno.lock", "mod.ts", "src"]) {
          await cp(join(ROOT, path), join(folder, path), { recursive: true });
        }
        const env = {
          ...process.env,
          DENO_DIR: join(folder, "cache"),
          NPM_CONFIG_REGISTRY: "http://127.0.0.1:2",
          NO_COLOR: "1",
        };
        const ended = await runProgram([process.execPath, "task", "demo"], { cwd: folder, env });
        assert.equal(ended.code, 0, ended.stderr);
        assert.equal(ended.stderr.trim().split("\n").length, 1, ended.stderr);
        assert.match(ended.stdout, /^1 shard, 36 samples, 1 batch of \[36, 3, 224, 224\]\n/);
        assert.notInclude(await readdir(folder), "node_modules");
      }),
  },
];
