/**
 * The gate before a commit, `deno task ok`: everything but the suite itself. Prints what failed, and ends
 * with a count.
 *
 * @module
 */
import { cases as imports } from "./imports.native.ts";
import { cases as layout } from "./layout.native.ts";
import { cases as names } from "./names.native.ts";
import { cases as papers } from "./papers.native.ts";
import { fileFixtures } from "../fixtures.ts";

const ROOT = new URL("../../", import.meta.url);
const EXPORTS = Object.values(
  JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT))).exports as Record<string, string>,
).filter((path) => path.endsWith(".ts"));

interface Step {
  readonly name: string;
  /** Gives nothing where it passed, else what a person needs to know. */
  check(): Promise<string | undefined>;
}

function denoStep(name: string, ...args: string[]): Step {
  return {
    name,
    async check(): Promise<string | undefined> {
      const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdin: "null" });
      const { success, stdout, stderr } = await command.output();
      if (success) return undefined;
      const decoder = new TextDecoder();
      return `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
    },
  };
}

const houseSteps = [...imports, ...layout, ...names, ...papers].map(({ name, run }): Step => ({
  name,
  async check(): Promise<string | undefined> {
    try {
      await run(fileFixtures);
    } catch (error) {
      const { actual } = error as { actual?: unknown };
      return Array.isArray(actual) ? `${error}\n${actual.join("\n")}` : String(error);
    }
  },
}));

const steps: readonly Step[] = [
  denoStep("formatting", "fmt", "--check"),
  denoStep("lint", "lint"),
  denoStep("types", "check", "mod.ts", "src", "test"),
  denoStep("types of the benchmark", "check", "--config", "bench/deno.json", "bench"),
  denoStep("types of the README's examples", "check", "--doc-only", "README.md"),
  denoStep("documentation", "doc", "--lint", ...EXPORTS),
  denoStep("examples in the documentation", "test", "--doc", "--allow-read", "mod.ts", "src"),
  denoStep("package", "publish", "--dry-run", "--allow-dirty"),
  denoStep("kernel and encoder are reproducible", "task", "check:wasm"),
  denoStep("fixtures take every fast case", "task", "coverage", "--fast-cases"),
  ...houseSteps,
];

let failed = 0;
for (const { name, check } of steps) {
  const start = performance.now();
  const complaint = await check();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${complaint === undefined ? "ok" : "FAILED"}: ${name} (${seconds} s)`);
  if (complaint === undefined) continue;
  failed++;
  console.log(complaint.trimEnd());
}
console.log(`${steps.length - failed} passed, ${failed} failed`);
if (failed > 0) Deno.exit(1);
