/**
 * Runs the suite and adds up what is reported, showing how far it is. Arguments choose among the runtimes, Deno where
 * there are none: `deno task test deno node bun`. In place of the suite, `--memory` runs the cases that move gigabytes,
 * and `--commands` those that start commands.
 */
import { fileURLToPath } from "node:url";
import { sharedSkip } from "../shared_data.ts";
import { installRuntime } from "./install.ts";
import { runTwoAtOnce } from "./two_at_once.ts";

/** Parts that run two at once, the longest first, so that two cores end together. */
const SUITES: readonly string[] = [
  "test/native_suite.ts",
  "test/portable_suite.ts",
  "test/image_suite.ts",
];
const COMMAND_SUITES: readonly string[] = ["test/command_suite.ts"];
const MEMORY_SUITES: readonly string[] = ["test/memory/memory_test.ts"];

type Runtime = "deno" | "node" | "bun";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const RUNTIMES: readonly Runtime[] = ["deno", "node", "bun"];

/** How often a line says how far the suite is, where no line can be written over. */
const PROGRESS_INTERVAL_MS = 20_000;

/** How long a suite may say nothing before it is ended: a case that waits has failed by itself long before. */
const SILENCE_LIMIT_MS = 420_000;

/** What each runtime writes at the end of a case. */
const CASE_END = / \.\.\. (?:.*)(?:ok|FAILED|ignored) \(|^\s*[✔✖﹣] |^\((?:pass|fail|skip)\) /;

/** A line that says how far a runtime is, of all its suites. */
class Progress {
  readonly #runtime: Runtime;
  readonly #isTerminal = isAlone && Deno.stdout.isTerminal();
  #start: number | undefined;
  #cases = 0;
  #shown = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  start(): void {
    if (this.#start !== undefined) return;
    this.#start = performance.now();
    this.#shown = this.#start;
  }

  get seconds(): number {
    return (performance.now() - (this.#start ?? performance.now())) / 1000;
  }

  take(line: string): void {
    if (!CASE_END.test(line)) return;
    this.#cases++;
    const now = performance.now();
    if (now - this.#shown < (this.#isTerminal ? 200 : PROGRESS_INTERVAL_MS)) return;
    this.#shown = now;
    const text = `${this.#runtime}: ${this.#cases} cases in ${this.seconds.toFixed(0)} s …`;
    if (this.#isTerminal) Deno.stdout.writeSync(new TextEncoder().encode(`\r${text}`));
    else console.log(text);
  }

  end(): void {
    if (this.#isTerminal) Deno.stdout.writeSync(new TextEncoder().encode("\r\x1b[K"));
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<string> {
  let all = "";
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    all += text;
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  return all;
}

interface Run {
  readonly runtime: Runtime;
  readonly suite: string;
  readonly reportPath: string;
  readonly progress: Progress;
}

async function runSuite({ runtime, suite, reportPath, progress }: Run): Promise<Counts> {
  const binary = runtime === "deno" ? Deno.execPath() : await installRuntime(runtime);
  const child = new Deno.Command(binary, {
    args: suiteArguments(runtime, suite, reportPath),
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", NODE_COMPILE_CACHE: await compileCache() },
  }).spawn();
  progress.start();
  let hung = false;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const expectLine = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      hung = true;
      // Asked first, for Node then ends the processes of its own.
      child.kill("SIGTERM");
      silence = setTimeout(() => child.kill("SIGKILL"), 10_000);
    }, SILENCE_LIMIT_MS);
  };
  const take = (line: string): void => {
    expectLine();
    progress.take(line);
  };
  expectLine();
  // Bun writes its cases to the other stream.
  const [stdout, stderr, { code }] = await Promise.all([
    readLines(child.stdout, take),
    readLines(child.stderr, take),
    child.status,
  ]);
  clearTimeout(silence);
  progress.end();
  const report = await Deno.readTextFile(reportPath).catch(() => "");
  const { counts, failures } = readReport(report);
  // A crash, or a suite that ran nothing, fails without a failed case.
  if ((code !== 0 && counts.failed === 0) || counts.passed === 0) {
    counts.failed++;
    console.log(`${stdout}${stderr}`);
    const state = hung ? `said nothing for ${SILENCE_LIMIT_MS / 1000} s` : `exit code ${code}`;
    console.log(`${runtime}: ${state}`);
  }
  for (const { name, text } of failures) console.log(`FAILED: ${runtime}: ${name}\n${text}\n`);
  return counts;
}

/**
 * Where Node keeps what it made of the sources, for the processes and threads that the cases start: to take the types out of
 * them once again takes each of those half a second (Node 24).
 */
async function compileCache(): Promise<string> {
  const given = Deno.env.get("NODE_COMPILE_CACHE");
  if (given !== undefined) return given;
  const folder = new URL("../../node_modules/.cache/node", import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  return fileURLToPath(folder);
}

function suiteArguments(runtime: Runtime, suite: string, reportPath: string): string[] {
  switch (runtime) {
    case "deno":
      // Cases look into /proc and write to /dev/full, which Deno opens only with every permission;
      // those that test how few the commands need start processes of their own.
      return ["test", "--no-check", "--allow-all", `--junit-path=${reportPath}`, suite];
    case "node":
      return [
        "--test",
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        "--test-reporter=junit",
        `--test-reporter-destination=${reportPath}`,
        suite,
      ];
    case "bun":
      return [
        "test",
        // Bun stops a case after five seconds otherwise; the others have no limit.
        "--timeout=300000",
        "--reporter=junit",
        `--reporter-outfile=${reportPath}`,
        `./${suite}`,
      ];
  }
}

interface Report {
  readonly counts: Counts;
  readonly failures: readonly { readonly name: string; readonly text: string }[];
}

const CASE = /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
};

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hexadecimal !== undefined) return String.fromCodePoint(parseInt(hexadecimal, 16));
    return ENTITIES[name] ?? whole;
  });
}

/** Reads a JUnit report, which all three runtimes write. */
function readReport(report: string): Report {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: { name: string; text: string }[] = [];
  for (const [, attributes, body = ""] of report.matchAll(CASE)) {
    if (/<(failure|error)\b/.test(body) || /\bfailure="/.test(attributes)) {
      counts.failed++;
      const [, name = ""] = /\bname="([^"]*)"/.exec(attributes) ?? [];
      const [, message = ""] = /\bmessage="([^"]*)"/.exec(body) ?? [];
      const text = body.replace(/<[^>]*>/g, "").trim();
      failures.push({ name: unescapeXml(name), text: unescapeXml(`${message}\n${text}`.trim()) });
    } else if (/<skipped\b/.test(body)) counts.skipped++;
    else counts.passed++;
  }
  return { counts, failures };
}

const suites = Deno.args.includes("--memory")
  ? MEMORY_SUITES
  : Deno.args.includes("--commands")
  ? COMMAND_SUITES
  : SUITES;
const unknown = Deno.args.filter((word) =>
  word !== "--memory" && word !== "--commands" && !(RUNTIMES as readonly string[]).includes(word)
);
if (unknown.length > 0) {
  console.error(`There is no runtime ${unknown.join(", ")}: ${RUNTIMES.join(", ")}`);
  Deno.exit(2);
}
const named = RUNTIMES.filter((runtime) => Deno.args.includes(runtime));
const folder = await Deno.makeTempDir();
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
if (sharedSkip !== undefined) console.log(`Tests over the shared data are skipped: ${sharedSkip}`);
const runtimes = named.length > 0 ? named : ["deno" as const];
const isAlone = runtimes.length === 1;

async function runAndCount(run: Run): Promise<Counts> {
  try {
    return await runSuite(run);
  } catch (error) {
    console.error(`${run.runtime} could not be started:`, error);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Adds up the suites of a runtime as soon as the last of them has ended. */
async function report(
  progress: Progress,
  runtime: Runtime,
  runs: Promise<Counts>[],
): Promise<void> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of await Promise.all(runs)) {
    counts.passed += passed;
    counts.failed += failed;
    counts.skipped += skipped;
  }
  console.log(
    `${runtime}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped ` +
      `in ${progress.seconds.toFixed(1)} s`,
  );
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}

const runs: Run[] = runtimes.flatMap((runtime) => {
  const progress = new Progress(runtime);
  return suites.map((suite, index) => {
    return { runtime, suite, reportPath: `${folder}/${runtime}${index}.xml`, progress };
  });
});
// Bun takes longest to move gigabytes, as long as both others one after the other.
const isFirst = ({ runtime, suite }: Run): boolean =>
  runtime === "bun" && MEMORY_SUITES.includes(suite);
const started = [...runs].sort((a, b) => Number(isFirst(b)) - Number(isFirst(a)));
const running = runTwoAtOnce(started.map((run) => () => runAndCount(run)));
const results = runs.map((run) => running[started.indexOf(run)]);
await Promise.all(runtimes.map((runtime) => {
  const own = runs.flatMap((run, index) => run.runtime === runtime ? [index] : []);
  return report(runs[own[0]].progress, runtime, own.map((index) => results[index]));
}));
await Deno.remove(folder, { recursive: true });
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
if (total.failed > 0 || total.passed === 0) Deno.exit(1);
