/** The direction of imports: data flows from left to right, and imports point to the left. */

import { assert } from "chai";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { TestCase } from "../case.ts";

const SOURCE = new URL("../../src/", import.meta.url);

/** Stages from left to right. Those that share a place do not import one another. */
const STAGES: readonly (readonly string[])[] = [
  ["errors.ts", "check.ts", "concatenate.ts", "signals.ts", "runtime.ts"],
  ["numbers"],
  ["storage"],
  ["tar"],
  ["sample"],
  ["kernel"],
  ["image"],
  ["index"],
  ["writing"],
  ["order"],
  ["workers"],
  ["formats"],
  ["steps"],
  ["dataset"],
  ["imagenet"],
  ["tools"],
  ["jobs"],
  ["edge"],
  ["inspect"],
  ["cli"],
];

/** Stages that only one other stage may import. */
const PRIVATE: Readonly<Record<string, string>> = { kernel: "image" };

const IMPORT = /(?:^|\n)\s*(?:import|export)\b[^;]*?from\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g;

/** Modules that a source text imports, statically or not. */
function listImports(text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, fixed, lazy]) => fixed ?? lazy);
}

function stageOf(path: string): string {
  return path.split("/")[0];
}

function placeOf(stage: string): number {
  return STAGES.findIndex((stages) => stages.includes(stage));
}

/** Says what is wrong with an import, if anything is. */
function judgeImport(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const target = new URL(specifier, new URL(from, SOURCE)).href;
  if (!target.startsWith(SOURCE.href)) return `${from} imports ${specifier} outside of src`;
  const [own, other] = [stageOf(from), stageOf(target.slice(SOURCE.href.length))];
  if (own === other) return undefined;
  const owner = PRIVATE[other];
  if (owner !== undefined && owner !== own) return `${from} imports ${other}, which is ${owner}'s`;
  return placeOf(other) < placeOf(own) ? undefined : `${from} imports ${other}, to its right`;
}

export const cases: TestCase[] = [
  {
    name: "src/ has only the stages that it should, and every import points to the left",
    async run(): Promise<void> {
      const paths = (await readdir(fileURLToPath(SOURCE), { recursive: true }))
        .map((path) => path.replaceAll("\\", "/"))
        .filter((path) => path.endsWith(".ts") || path.endsWith(".js"));
      assert.isAbove(paths.length, 20);
      const faults: string[] = [];
      for (const path of paths) {
        if (placeOf(stageOf(path)) < 0) faults.push(`${path} belongs to no stage`);
        const text = await readFile(new URL(path, SOURCE), "utf8");
        for (const specifier of listImports(text)) {
          const fault = judgeImport(path, specifier);
          if (fault !== undefined) faults.push(fault);
        }
      }
      assert.deepEqual(faults, [], faults.join("\n"));
    },
  },
  {
    name: "the map of the source names each stage, in the order of their imports",
    async run(): Promise<void> {
      const map = await readFile(new URL("README.md", SOURCE), "utf8");
      const cells = map.split("\n").flatMap((line) => /^\| (`.*?) *\|/.exec(line)?.slice(1) ?? []);
      const named = cells.flatMap((cell) =>
        [...cell.matchAll(/`([^`]*)`/g)].map(([, name]) => name)
      );
      const expected = STAGES.flat().map((stage) => stage.endsWith(".ts") ? stage : `${stage}/`);
      assert.deepEqual(named, expected);
    },
  },
  {
    name: "the check of imports finds those that point to the right or reach the kernel",
    run(): void {
      const text = 'import { a } from "../image/mod.ts";\nexport {\n  b,\n} from "./b.ts";\n' +
        'const c = await import("./c.ts");\nimport type { D } from "../d.ts";';
      assert.deepEqual(listImports(text), ["../image/mod.ts", "./b.ts", "./c.ts", "../d.ts"]);
      assert.isUndefined(judgeImport("image/mod.ts", "../kernel/instance.ts"));
      assert.isUndefined(judgeImport("tar/read.ts", "../errors.ts"));
      assert.isUndefined(judgeImport("tar/read.ts", "./entry.ts"));
      assert.match(judgeImport("tar/read.ts", "../sample/mod.ts") ?? "", /to its right/);
      assert.match(judgeImport("steps/mod.ts", "../kernel/abi.ts") ?? "", /image's/);
      assert.match(judgeImport("tar/read.ts", "../../test/case.ts") ?? "", /outside/);
    },
  },
];
