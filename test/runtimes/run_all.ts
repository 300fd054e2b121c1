/**
 * Runs the whole suite on Deno, Node and Bun and adds up what they report. Names of runtimes as
 * arguments choose among them: `deno task test node`.
 */

import { sharedSkip } from "../shared_data.ts";
import { installRuntime } from "./install.ts";

const SUITE = "test/main_test.ts";

type Runtime = "deno" | "node" | "bun";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const RUNTIMES: readonly Runtime[] = ["deno", "node", "bun"];

async function runSuite(runtime: Runtime, reportPath: string): Promise<Counts> {
  const binary = runtime === "deno" ? Deno.execPath() : await installRuntime(runtime);
  const command = new Deno.Command(binary, {
    args: suiteArguments(runtime, reportPath),
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const report = await Deno.readTextFile(reportPath).catch(() => "");
  const counts = countCases(report);
  // A crash, or a suite that ran nothing, fails without a failed case.
  if ((code !== 0 && counts.failed === 0) || counts.passed === 0) counts.failed++;
  if (counts.failed > 0 || code !== 0) {
    await Deno.stdout.write(stdout);
    await Deno.stderr.write(stderr);
    console.log(`${runtime}: exit code ${code}`);
  }
  return counts;
}

function suiteArguments(runtime: Runtime, reportPath: string): string[] {
  switch (runtime) {
    case "deno":
      // Cases look into /proc and write to /dev/full, which Deno opens only with every permission;
      // those that test how few the commands need start processes of their own.
      return ["test", "--no-check", "--allow-all", `--junit-path=${reportPath}`, SUITE];
    case "node":
      return [
        "--test",
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        "--test-reporter=junit",
        `--test-reporter-destination=${reportPath}`,
        SUITE,
      ];
    case "bun":
      return [
        "test",
        // Bun stops a case after five seconds otherwise; the others have no limit.
        "--timeout=300000",
        "--reporter=junit",
        `--reporter-outfile=${reportPath}`,
        `./${SUITE}`,
      ];
  }
}

/** Counts the cases of a JUnit report, which all three runtimes write. */
function countCases(report: string): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, attributes, body = ""] of report.matchAll(CASE)) {
    if (/<(failure|error)\b/.test(body) || /\bfailure="/.test(attributes)) counts.failed++;
    else if (/<skipped\b/.test(body)) counts.skipped++;
    else counts.passed++;
  }
  return counts;
}

const CASE = /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;

const chosen = Deno.args.length === 0 ? RUNTIMES : RUNTIMES.filter((r) => Deno.args.includes(r));
const folder = await Deno.makeTempDir();
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
if (sharedSkip !== undefined) console.log(`Tests over the shared data are skipped: ${sharedSkip}`);
for (const runtime of chosen) {
  const start = performance.now();
  let counts: Counts;
  try {
    counts = await runSuite(runtime, `${folder}/${runtime}.xml`);
  } catch (error) {
    console.error(`${runtime} could not be started:`, error);
    counts = { passed: 0, failed: 1, skipped: 0 };
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${runtime}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`,
  );
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
await Deno.remove(folder, { recursive: true });
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
if (total.failed > 0 || total.passed === 0) Deno.exit(1);
