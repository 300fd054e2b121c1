/**
 * Runs the portable cases on every runtime, prints a table and compares digests: `deno task test:runtimes`. Names of
 * runtimes as arguments choose among them, or say behind `--without` which are left out. A runtime that cannot be
 * started has failed.
 */

import { fileURLToPath } from "node:url";
import { createHandlerBeside } from "../../src/edge/handler.ts";
import { INSPECT_PATH, withInspector } from "../../src/inspect/handler.ts";
import { toSource } from "../../src/storage/mod.ts";
import { startGallery } from "../edge/serve_gallery.ts";
import { readSharedJson, sharedPath, sharedSkip } from "../shared_data.ts";
import { type Hosts, startHosts } from "./hosts.ts";
import { installRuntime, VERSIONS } from "./install.ts";
import { GROUPS, type RuntimeReport } from "./portable.ts";
import { bundleEntry, findChromium, installPackages, runCommand, TOOLS } from "./tools.ts";
import { PACKAGES, servePages } from "./serve_pages.ts";
import { runTwoAtOnce } from "./two_at_once.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HERE = `${ROOT}test/runtimes/`;
const NODE_22 = "22.23.3";
const SHARDS = ["imagenet1k-validation-00.tar", "imagenet1k-validation-01.tar"];

const folder = await Deno.makeTempDir({ prefix: "wdstream-runtimes-" });
/** The built-in sample, and ImageNet's shards where they are. */
const SHARD_PATHS: Readonly<Record<string, string>> = Object.fromEntries([
  ["sample.tar", `${ROOT}src/dataset/sample.tar`],
  ...(sharedSkip === undefined ? SHARDS : []).map((name) => [name, sharedPath(`imagenet/${name}`)]),
]);
const shards = Object.keys(SHARD_PATHS);
let report: PromiseWithResolvers<RuntimeReport> = Promise.withResolvers();

/** Packages that have packages of their own, or that a browser does not read as they are. */
const BUNDLED_PACKAGES = [
  "aws4fetch",
  "@aws-crypto/sha256-js",
  "@smithy/signature-v4",
  "papaparse",
  "hyparquet",
  "hyparquet-compressors",
];

const { server, origin } = servePages({
  folder,
  shards: SHARD_PATHS,
  onReport: (sent) => report.resolve(sent),
});
const shardUrls = shards.map((name) => `${origin}/shards/${name}`);

async function parseReport(text: Promise<string>): Promise<RuntimeReport> {
  return JSON.parse((await text).trimEnd().split("\n").at(-1) ?? "");
}

async function runNative(binary: string, ...args: string[]): Promise<RuntimeReport> {
  const paths = Object.values(SHARD_PATHS);
  return await parseReport(
    runCommand(binary, [...args, `${HERE}entry_native.ts`, ...paths], { cwd: ROOT }),
  );
}

let tools: Promise<string> | undefined;

/** A file of one of the packages that the tests run with. */
async function tool(path: string): Promise<string> {
  tools ??= installPackages(TOOLS);
  return `${await tools}/node_modules/${path}`;
}

const bundles = new Map<string, Promise<string>>();

function bundle(entry: string): Promise<string> {
  tools ??= installPackages(TOOLS);
  const made = bundles.get(entry) ??
    tools.then((installed) => bundleEntry(installed, HERE + entry, folder));
  bundles.set(entry, made);
  return made;
}

async function runHosted(
  host: string,
  entry: string,
  library: string,
  groups: readonly string[] = GROUPS,
  more: Hosts["query"] = [],
): Promise<RuntimeReport> {
  const query = [...shardUrls.map((url) => ["shard", url]), ...more.map((pair) => [...pair])];
  return await parseReport(
    runCommand(await installRuntime("node"), [
      HERE + host,
      await tool(library),
      await bundle(entry),
      `${ROOT}src/kernel/wdstream.wasm`,
      origin,
      groups.join(),
      String(new URLSearchParams(query)),
    ]),
  );
}

/** Also reads from hosts, over connections of the runtime's own. */
async function withHosts(
  read: (query: Hosts["query"]) => Promise<RuntimeReport>,
): Promise<RuntimeReport> {
  const hosts = await startHosts();
  try {
    const { results, digests } = await read(hosts.query);
    return { results: [...results, ...hosts.check()], digests };
  } finally {
    await hosts.close();
  }
}

/** The handler in a Worker, over shards and their indexes in a bucket: its bytes by way of HTTP. */
async function runHandler(): Promise<RuntimeReport> {
  return await parseReport(
    runCommand(await installRuntime("node"), [
      `${ROOT}test/edge/host_r2.mjs`,
      await tool("miniflare/dist/src/index.js"),
      await bundle("../edge/entry_r2.ts"),
      `${ROOT}src/kernel/wdstream.wasm`,
      ...Object.values(SHARD_PATHS),
    ]),
  );
}

/** Jobs in a Worker, by a queue and a bucket that fail. */
async function runQueue(): Promise<RuntimeReport> {
  return await parseReport(
    runCommand(await installRuntime("node"), [
      `${ROOT}test/jobs/cloudflare/host_queue.mjs`,
      await tool("miniflare/dist/src/index.js"),
      await bundle("../jobs/cloudflare/entry_queue.ts"),
      `${ROOT}src/kernel/wdstream.wasm`,
    ]),
  );
}

/** The gallery in Chromium. */
async function runGallery(): Promise<RuntimeReport> {
  const gallery = await startGallery();
  try {
    const text = await runCommand(await installRuntime("node"), [
      `${ROOT}test/edge/host_gallery.mjs`,
      await tool("playwright-core/index.js"),
      await findChromium(),
      gallery.origin,
      folder,
    ]);
    return reportChecks("gallery", text);
  } finally {
    await gallery.stop();
  }
}

/** The page that looks into shards, in Chromium, with the modules of the sources. */
async function runInspector(): Promise<RuntimeReport> {
  const store = toSource(SHARD_PATHS["sample.tar"]);
  const splits = { sample: ["sample.tar"] };
  const samples = createHandlerBeside({ store, splits, cors: false }, INSPECT_PATH);
  const handler = withInspector(samples, { shards: { splits, open: () => store } });
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => handler(request),
  );
  try {
    const text = await runCommand(await installRuntime("node"), [
      `${ROOT}test/inspect/host_inspect.mjs`,
      await tool("playwright-core/index.js"),
      await findChromium(),
      `http://127.0.0.1:${server.addr.port}`,
      folder,
      SHARD_PATHS["sample.tar"],
      `${ROOT}test/fixtures/formats`,
    ]);
    return reportChecks("inspect", text);
  } finally {
    await server.shutdown();
  }
}

/** Samples of the gallery, one after the other and in haste, in Chromium over the handler in workerd. */
async function runPaging(): Promise<RuntimeReport> {
  return reportChecks(
    "gallery",
    await runCommand(await installRuntime("node"), [
      `${ROOT}test/edge/host_paging.mjs`,
      await tool("playwright-core/index.js"),
      await findChromium(),
      await tool("miniflare/dist/src/index.js"),
      await bundle("../edge/entry_r2.ts"),
      `${ROOT}src/kernel/wdstream.wasm`,
      ...Object.values(SHARD_PATHS),
    ]),
  );
}

function reportChecks(page: string, text: string): RuntimeReport {
  const checks: [string, boolean][] = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
  const results = checks.map(([name, holds]) => ({
    group: "edge",
    name: `${page}: ${name}`,
    status: holds ? "passed" as const : "failed" as const,
  }));
  return { results, digests: {} };
}

let lastPage: Promise<unknown> = Promise.resolve();

/** Runs a page in Chromium, once the page before has reported. */
function runPage(
  page: string,
  groups: readonly string[],
  more: Hosts["query"] = [],
): Promise<RuntimeReport> {
  const result = lastPage.then(() => openPage(page, groups, more));
  lastPage = result.catch(() => {});
  return result;
}

async function openPage(
  page: string,
  groups: readonly string[],
  more: Hosts["query"],
): Promise<RuntimeReport> {
  report = Promise.withResolvers();
  const query = new URLSearchParams(shards.map((name) => ["shard", `/shards/${name}`]));
  for (const group of groups) query.append("group", group);
  for (const [name, value] of more) query.append(name, value);
  await runCommand(await installRuntime("node"), [
    `${HERE}host_browser.mjs`,
    await tool("playwright-core/index.js"),
    await findChromium(),
    `${origin}${page}?${query}`,
  ]);
  return await report.promise;
}

/** Each module on its own, as a browser imports them; names of packages by an import map. */
async function runPlain(): Promise<RuntimeReport> {
  const sources: string[] = [];
  for (const name of ["mod.ts", "src", "test"]) await collectSources(name, sources);
  await runCommand(await tool("esbuild/bin/esbuild"), [
    ...sources,
    "--format=esm",
    "--log-level=error",
    `--outbase=${ROOT}`,
    `--outdir=${folder}/plain`,
  ], { cwd: ROOT });
  const names = Object.keys(PACKAGES).map((file) => [file.replace(/\.js$/, ""), `/plain/${file}`]);
  for (const [i, name] of BUNDLED_PACKAGES.entries()) {
    const file = `packages/${i}.js`;
    await runCommand(await tool("esbuild/bin/esbuild"), [
      name,
      "--bundle",
      "--format=esm",
      "--platform=browser",
      "--log-level=error",
      `--outfile=${folder}/plain/${file}`,
    ], { cwd: ROOT });
    names.push([name, `/plain/${file}`]);
  }
  const map = JSON.stringify({ imports: Object.fromEntries(names) });
  await Deno.writeTextFile(
    `${folder}/plain/index.html`,
    `<!doctype html><script type="importmap">${map}</script>` +
      '<script type="module" src="/plain/test/runtimes/entry_browser.ts"></script>',
  );
  return await withHosts((query) => runPage("/plain/index.html", GROUPS, query));
}

async function collectSources(path: string, into: string[]): Promise<void> {
  if (/\.(ts|js)$/.test(path)) {
    if (!/\.d\.ts$/.test(path)) into.push(ROOT + path);
    return;
  }
  for await (const entry of Deno.readDir(ROOT + path)) {
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory || /\.(ts|js)$/.test(child)) await collectSources(child, into);
  }
}

async function runVite(): Promise<RuntimeReport> {
  const root = `${folder}/vite`;
  await Deno.mkdir(root, { recursive: true });
  await Deno.writeTextFile(
    `${root}/index.html`,
    '<!doctype html><script type="module" src="/main.ts"></script>',
  );
  await Deno.writeTextFile(
    `${root}/main.ts`,
    `import ${JSON.stringify(`${HERE}entry_browser.ts`)};\n`,
  );
  const config = { worker: { format: "es" }, build: { target: "esnext" } };
  await Deno.writeTextFile(`${root}/vite.config.js`, `export default ${JSON.stringify(config)};\n`);
  const vite = await tool("vite/bin/vite.js");
  await runCommand(await installRuntime("node"), [
    vite,
    "build",
    "--base=/vite/",
    "--logLevel=error",
  ], { cwd: root });
  return await runPage("/vite/index.html", VITE_GROUPS);
}

const RUNTIMES: Readonly<Record<string, () => Promise<RuntimeReport>>> = {
  "Deno": () => runNative(Deno.execPath(), "run", "--no-check", "--allow-read", "--allow-env"),
  "Node 22": async () => runNative(await installRuntime("node", NODE_22)),
  "Node 24": async () => runNative(await installRuntime("node", VERSIONS.node)),
  "Bun": async () => runNative(await installRuntime("bun")),
  "workerd": () =>
    withHosts((query) =>
      runHosted(
        "host_workerd.mjs",
        "entry_workerd.ts",
        "miniflare/dist/src/index.js",
        [...GROUPS, "hosts"],
        query,
      )
    ),
  "edge-runtime": () => runHosted("host_edge.mjs", "entry_edge.ts", "edge-runtime/dist/index.js"),
  "workerd, R2": runHandler,
  "workerd, Queues": runQueue,
  "Chromium, gallery": runGallery,
  "Chromium, workerd": runPaging,
  "Chromium, inspect": runInspector,
  "Chromium": runPlain,
  "Chromium, Vite": runVite,
};

/** These look at what is around images alone, from outside. */
const GALLERIES: ReadonlySet<string> = new Set([
  "Chromium, gallery",
  "Chromium, workerd",
  "Chromium, inspect",
  "workerd, Queues",
]);
/** Of what was built by Vite: the other groups run in the same browser, module by module. */
const VITE_GROUPS: readonly string[] = ["sample", "tar", "image"];
/** These are started first, so that no core waits for them in the end. */
const LONGEST: ReadonlySet<string> = new Set(["edge-runtime", "Chromium"]);
const PARTIAL: ReadonlySet<string> = new Set(["workerd, R2", ...GALLERIES]);

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const rows: string[][] = [["", ...GROUPS, "digests"]];
let reference: { name: string; digests: RuntimeReport["digests"] } | undefined;

/** Digests that the first runtime does not have, or that differ from its. */
function compareDigests(name: string, digests: RuntimeReport["digests"]): string {
  if (GALLERIES.has(name)) return "";
  reference ??= { name, digests };
  // The handler serves shards alone.
  const isWhole = !PARTIAL.has(name);
  const names = new Set([
    ...(isWhole ? Object.keys(reference.digests) : []),
    ...Object.keys(digests),
  ]);
  const wrong = [...names].filter((each) => digests[each] !== reference?.digests[each]);
  if (wrong.length === 0 && names.size > 0) {
    total.passed++;
    return `${names.size} same`;
  }
  total.failed++;
  console.log(`${name}: ${wrong.length} digests differ from ${reference.name}'s: ${wrong[0]}`);
  return `${wrong.length} DIFFER`;
}

async function runTimed(name: string): Promise<RuntimeReport> {
  const start = performance.now();
  try {
    return await RUNTIMES[name]();
  } finally {
    console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
}

const isWithout = Deno.args[0] === "--without";
const given = isWithout ? Deno.args.slice(1) : Deno.args;
const unknown = given.find((name) => !Object.hasOwn(RUNTIMES, name));
if (unknown !== undefined) {
  console.error(`There is no runtime "${unknown}": ${Object.keys(RUNTIMES).join(", ")}`);
  Deno.exit(2);
}
const names = Object.keys(RUNTIMES).filter((name) =>
  given.length === 0 || given.includes(name) !== isWithout
);
const started = [...names].sort((a, b) => Number(LONGEST.has(b)) - Number(LONGEST.has(a)));
const running = runTwoAtOnce(started.map((name) => () => runTimed(name)));
for (const name of names) {
  try {
    const { results, digests } = await running[started.indexOf(name)];
    const cells = GROUPS.map((group) => {
      const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
      for (const result of results) {
        if (result.group !== group) continue;
        counts[result.status]++;
        total[result.status]++;
        if (result.status === "failed") {
          console.log(`${name}: FAILED ${result.name}\n${result.error}`);
        }
      }
      const isEmpty = counts.passed + counts.failed === 0;
      const isLeftOut = name === "Chromium, Vite" && !VITE_GROUPS.includes(group);
      if (isEmpty && (PARTIAL.has(name) || isLeftOut)) return "";
      // A group that ran nothing has not passed.
      if (counts.passed === 0) total.failed++;
      const more = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
      return counts.failed > 0 || counts.passed === 0
        ? `${counts.failed} of ${counts.failed + counts.passed} FAILED${more}`
        : `${counts.passed}${more}`;
    });
    rows.push([name, ...cells, compareDigests(name, digests)]);
  } catch (error) {
    total.failed++;
    console.log(`${name} could not be run: ${error instanceof Error ? error.message : error}`);
    rows.push([name, ...GROUPS.map(() => "-"), "NOT RUN"]);
  }
}

if (reference !== undefined && sharedSkip === undefined) await compareWithPython();
else {
  const reason = sharedSkip ?? "no runtime that was run has made any";
  console.log(`Digests of ImageNet's images are not compared with Python's: ${reason}`);
}

/** What all runtimes agree on is also what Pillow and torchvision make of the images. */
async function compareWithPython(): Promise<void> {
  interface Golden {
    files: Record<string, { rgb: string; "bicubic-256-224": { f32_chw: string } }>;
  }
  const { files } = await readSharedJson<Golden>("imagenet.golden.json");
  let wrong = 0;
  for (const [file, golden] of Object.entries(files)) {
    const own = reference?.digests ?? {};
    if (own[`${file} rgb`] !== golden.rgb) wrong++;
    if (own[`${file} f32`] !== golden["bicubic-256-224"].f32_chw) wrong++;
  }
  total[wrong === 0 ? "passed" : "failed"]++;
  console.log(
    `${wrong} of ${2 * Object.keys(files).length} digests of ImageNet's images are not Python's`,
  );
}

const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
for (const row of rows) {
  console.log(row.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd());
}
await server.shutdown();
await Deno.remove(folder, { recursive: true });
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
Deno.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
