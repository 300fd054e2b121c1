/** README's page on jobs: its commands, run as they stand there. */

import { assert } from "chai";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const README = readFileSync(`${ROOT}README.md`, "utf8");
const SKIP = "Deno" in globalThis
  ? undefined
  : "the page's commands are Deno's, and run once, on Deno";

function listBlocks(language: string): string[] {
  const from = README.indexOf("## Whole datasets on many machines");
  const page = README.slice(from, README.indexOf("\n## ", from + 1));
  return [...page.matchAll(/^```([a-z]+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language).map(([, , body]) => body);
}

function findBlock(text: string): string {
  return listBlocks("bash").find((block) => block.includes(text))!;
}

function runBlock(block: string, folder: string): Promise<string> {
  const script = block.replaceAll(/\bOUT\b/g, join(folder, "out"))
    .replaceAll("--module ", `--module ${folder}/`)
    .replaceAll("deno run", `${JSON.stringify(process.execPath)} run --no-check`);
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => stdout += chunk);
    child.stderr.on("data", (chunk) => stderr += chunk);
    child.on("error", reject);
    child.on("close", (code) => code === 0 ? resolve(stdout) : reject(new Error(stderr)));
  });
}

export const cases: TestCase[] = [
  {
    name: "README's job is planned, done by four processes, and told",
    skip: SKIP,
    run: () =>
      withFolder(async (folder) => {
        const stdout = await runBlock(listBlocks("bash")[0], folder);
        assert.match(stdout, /^1 task: /);
        assert.match(stdout, /resize: 1 of 1 tasks done, merged\n$/);
        const names = (await readdir(join(folder, "out"))).sort();
        assert.deepEqual(names, [
          ".wdstream",
          "_info.json",
          "sample.tar",
          "sample.tar.idx",
          "sample.tar.split",
          "train.wids.json",
        ]);
      }),
  },
  {
    name: "README's job writes new shards of what meets its condition",
    skip: SKIP,
    run: () =>
      withFolder(async (folder) => {
        const stdout = await runBlock(findBlock("submit reshard"), folder);
        assert.match(stdout, /^3 tasks: /);
        const names = (await readdir(join(folder, "out"))).sort();
        assert.deepEqual(names.filter((name) => name.endsWith(".tar")), [
          "train-000000.tar",
          "train-000001.tar",
          "train-000002.tar",
        ]);
        const [, dropped, samples] = /all: (\d+) dropped, (\d+) samples/.exec(stdout)!;
        assert.equal(Number(dropped) + Number(samples), 36);
      }),
  },
  {
    name: "README's module makes a file of each shard",
    skip: SKIP,
    run: () =>
      withFolder(async (folder) => {
        const [module] = listBlocks("js");
        const [, name] = /^\/\/ (\S+)$/m.exec(module)!;
        await writeFile(join(folder, name), module);
        await runBlock(findBlock("submit map"), folder);
        const text = await readFile(join(folder, "out/sample.jsonl"), "utf8");
        const rows = text.trimEnd().split("\n").map((line) => JSON.parse(line));
        assert.lengthOf(rows, 36);
        assert.deepInclude(rows[0], { task: 0, key: "n09193705_00000000" });
      }),
  },
];
