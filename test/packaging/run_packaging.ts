/**
 * Installs the npm package from its tarball and uses it: Node 20, 22 and 24, Bun, its command, Vite with Chromium,
 * wrangler with workerd, and TypeScript with either way of resolving modules. `deno task test:package`.
 */
import { fileURLToPath } from "node:url";
import { installRuntime, VERSIONS } from "../runtimes/install.ts";
import { findChromium, installPackages, runCommand, TOOLS } from "../runtimes/tools.ts";
import { buildPackage, COMPILER } from "./build_package.ts";
import { expectFormats, FORMATS_PROGRAM, makeFormatShard } from "./formats.ts";
import { lookAtPage, readScripts } from "./inspector.ts";
import { PROGRAM, TYPED, TYPED_NODE } from "./programs.ts";
import { checkModules, checkStart } from "./start.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NODE_20 = "20.20.2";
const NODE_22 = "22.23.3";
const WRANGLER = { wrangler: "4.86.0" };

interface Golden {
  samples: Record<string, { "bicubic-256-224": { f32: string } }>;
}

const golden: Golden = JSON.parse(
  await Deno.readTextFile(`${ROOT}test/fixtures/sample/golden.json`),
);
const EXPECTED = Object.entries(golden.samples).map(([key, { "bicubic-256-224": { f32 } }]) =>
  `${key} ${f32}`
);

/** The README's programs for servers: a Worker, `deno serve` and Bun, Node. */
function readExamples(): string[] {
  const readme = Deno.readTextFileSync(`${ROOT}README.md`);
  return [...readme.matchAll(/^```javascript\n([\s\S]*?)^```$/gm)].map(([, body]) => body);
}

const SERVERS: readonly [
  name: string,
  example: number,
  command: (port: string) => Promise<string[]>,
][] = [
  ["Deno", 1, (port) =>
    Promise.resolve([
      Deno.execPath(),
      "serve",
      "--allow-read",
      "--no-config",
      "--node-modules-dir=manual",
      "--host=127.0.0.1",
      `--port=${port}`,
      "server.js",
    ])],
  ["Bun", 1, async () => [await installRuntime("bun"), "server.js"]],
  ["Node", 2, async () => [await installRuntime("node"), "server.js"]],
];

/** The digest of what a server answers, once it listens. */
async function askTensor(url: string): Promise<string> {
  for (let attempt = 0;; attempt++) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new TypeError(`HTTP ${response.status} ${await response.text()}`);
      const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(
        "",
      );
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const folder = await Deno.makeTempDir({ prefix: "wdstream-package-" });
const { tarball, jsr } = await buildPackage(folder);
let passed = 0;
let failed = 0;

/** Runs a check whose name has one of the arguments in it, or any where there are none. */
async function check(name: string, run: () => Promise<void>): Promise<void> {
  if (Deno.args.length > 0 && !Deno.args.some((part) => name.includes(part))) return;
  const start = performance.now();
  try {
    await run();
    passed++;
    console.log(`ok: ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}\n${error instanceof Error ? error.message : error}`);
  }
}

function compare(lines: readonly string[]): void {
  if (lines.length === EXPECTED.length && lines.every((line, i) => line === EXPECTED[i])) return;
  throw new Error(`the digests are not Python's: ${lines.slice(0, 3)}`);
}

/** A project that has the package installed, as a user's has. */
async function makeProject(name: string, files: Record<string, string>): Promise<string> {
  const project = `${folder}/${name}`;
  await Deno.mkdir(project);
  await Deno.writeTextFile(`${project}/package.json`, '{"private": true, "type": "module"}\n');
  await runCommand(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", tarball],
    { cwd: project },
  );
  for (const [path, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${project}/${path}`, text);
  }
  return project;
}

await check("the tarball has what it should, and no tests", async () => {
  const names = (await runCommand("tar", ["tzf", tarball])).trim().split("\n");
  const wrong = names.filter((name) =>
    /\/(test|bench|wasm|\.ci)\/|cases|native/.test(name) ||
    (/\.ts$/.test(name) && !/\.d\.ts$/.test(name))
  );
  if (wrong.length > 0) throw new Error(`there is ${wrong[0]}`);
  const { exports, bin } = JSON.parse(await Deno.readTextFile(`${folder}/package/package.json`));
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target as Record<string, string>)
  );
  for (const target of [...targets, ...Object.values(bin as Record<string, string>)]) {
    if (!names.includes(`package/${target.slice(2)}`)) throw new Error(`there is no ${target}`);
  }
});

const formatShard = await makeFormatShard();
const formatLines = await expectFormats(formatShard);

function compareFormats(text: string): void {
  if (text.trim() !== formatLines.join("\n")) {
    throw new Error(`it gives other digests of formats:\n${text}\n${formatLines.join("\n")}`);
  }
}

const project = await makeProject("project", {
  "formats.js": FORMATS_PROGRAM,
  "main_formats.js": `import { readFile } from "node:fs/promises";
import { describe } from "./formats.js";
const shard = new Uint8Array(await readFile("formats.tar"));
const alone = await describe(shard, 0);
const together = await describe(shard, 2);
if (alone.join() !== together.join()) throw new Error("workers give other tensors");
console.log(alone.join("\\n"));
process.exit(0);
`,
  "digests.js": PROGRAM,
  "main.js": `import { digests } from "./digests.js";
import { sampleShard } from "@wdstream/wdstream";
const alone = await digests(sampleShard(), 0);
const together = await digests(sampleShard(), 2);
if (alone.join() !== together.join()) throw new Error("workers give other tensors");
console.log(alone.join("\\n"));
process.exit(0);
`,
});

for (
  const [name, version] of [["Node 20", NODE_20], ["Node 22", NODE_22], ["Node 24", VERSIONS.node]]
) {
  await check(`${name} runs it, alone and with workers`, async () => {
    const node = await installRuntime("node", version);
    compare((await runCommand(node, ["main.js"], { cwd: project })).trim().split("\n"));
  });
}
await Deno.writeFile(`${project}/formats.tar`, formatShard);
for (const [name, version] of [["Node 20", NODE_20], ["Node 24", VERSIONS.node]]) {
  await check(`${name} reads all formats, alone and with workers`, async () => {
    const node = await installRuntime("node", version);
    compareFormats(await runCommand(node, ["main_formats.js"], { cwd: project }));
  });
}
await check("Bun reads all formats, alone and with workers", async () => {
  compareFormats(
    await runCommand(await installRuntime("bun"), ["main_formats.js"], { cwd: project }),
  );
});
await check("Bun runs it, alone and with workers", async () => {
  compare(
    (await runCommand(await installRuntime("bun"), ["main.js"], { cwd: project })).trim().split(
      "\n",
    ),
  );
});
await check("an import and a first image load few modules, on Node", async () => {
  await checkModules(project);
});
await check("JSR's package starts with few files and short maps, on Deno", async () => {
  await checkStart(jsr);
});
await check("a stack names the sources, where Node is told to read maps", async () => {
  await Deno.writeTextFile(
    `${project}/stack.js`,
    `import { decodeJpeg, init } from "@wdstream/wdstream";
await init();
try {
  decodeJpeg(new Uint8Array(4));
} catch ({ stack }) {
  console.log(stack);
}
`,
  );
  const text = await runCommand(
    await installRuntime("node"),
    ["--enable-source-maps", "stack.js"],
    { cwd: project },
  );
  if (!/wdstream\/src\/image\/jpeg\/\w+\.ts:\d+/.test(text)) throw new Error(text);
});
await check("JSR takes its package, and Deno runs and checks it", async () => {
  const deno = Deno.execPath();
  await runCommand(deno, ["publish", "--dry-run", "--allow-dirty", "--quiet"], { cwd: jsr });
  const { name, exports, imports }: {
    name: string;
    exports: Record<string, string>;
    imports: Record<string, string>;
  } = JSON.parse(await Deno.readTextFile(`${jsr}/deno.json`));
  const entries = Object.entries(exports).map(([entry, path]) => [
    name + entry.slice(1),
    `file://${encodeURI(jsr)}/${path.slice(2)}`,
  ]);
  const user = `${folder}/jsr-user`;
  await Deno.mkdir(user);
  const map = JSON.stringify({ imports: { ...imports, ...Object.fromEntries(entries) } });
  await Deno.writeTextFile(`${user}/deno.json`, map);
  await Deno.writeTextFile(`${user}/typed.ts`, TYPED);
  for (const file of ["digests.js", "main.js"]) {
    await Deno.copyFile(`${project}/${file}`, `${user}/${file}`);
  }
  const lines = await runCommand(deno, ["run", "--allow-read", "main.js"], {
    cwd: user,
    env: { NO_COLOR: "1" },
  });
  compare(lines.trim().split("\n"));
  await runCommand(deno, ["check", "typed.ts"], { cwd: user });
});
await check("its command runs on Node 20", async () => {
  const node = await installRuntime("node", NODE_20);
  const command = `${project}/node_modules/.bin/wdstream`;
  const help = await runCommand(node, [command, "--help"], { cwd: project });
  if (!help.includes("wdstream stream")) throw new Error(help);
  const text = await runCommand(node, [command, "stream", "--limit", "3"], { cwd: project });
  if (!/3 /.test(text)) throw new Error(text);
  // By its own first line, with whatever Node there is.
  await runCommand(command, ["--help"], { cwd: project });
});
const NODE_COMMAND = [
  await installRuntime("node", NODE_20),
  `${project}/node_modules/.bin/wdstream`,
];
await check("its page of /inspect looks into shards in Chromium, served by Node 20", async () => {
  await lookAtPage(NODE_COMMAND, project, folder);
});
await check("JSR's package serves the same page, on Deno", async () => {
  const command = [Deno.execPath(), "run", "--allow-all", "--no-check", `${jsr}/src/cli/main.js`];
  const [own, other] = await Promise.all([
    readScripts(NODE_COMMAND, project),
    readScripts(command, jsr),
  ]);
  if (own.join() !== other.join()) throw new Error("its scripts are others");
});

const LIBRARIES: readonly [name: string, lib: readonly string[], types: readonly string[]][] = [
  ["with the web's types", ["es2022", "dom", "dom.iterable", "dom.asynciterable"], []],
  ["with Node's types", ["es2022"], ["node"]],
];
for (const resolution of ["bundler", "nodenext"]) {
  for (const [name, lib, types] of LIBRARIES) {
    await check(`TypeScript resolves its types: ${resolution}, ${name}`, async () => {
      const tools = await installPackages(COMPILER);
      const config = `${project}/tsconfig.${resolution}.${types.length}.json`;
      await Deno.writeTextFile(`${project}/typed.ts`, TYPED + (types.length > 0 ? TYPED_NODE : ""));
      await Deno.writeTextFile(
        config,
        JSON.stringify({
          compilerOptions: {
            strict: true,
            noEmit: true,
            skipLibCheck: false,
            target: "es2022",
            module: resolution === "nodenext" ? "nodenext" : "esnext",
            moduleResolution: resolution,
            lib,
            types,
            typeRoots: [`${tools}/node_modules/@types`],
          },
          files: ["typed.ts"],
        }),
      );
      await runCommand(await installRuntime("node"), [
        `${tools}/node_modules/typescript/bin/tsc`,
        "-p",
        config,
      ]);
    });
  }
}

/** Builds a page with Vite, and gives what it reports in Chromium. */
async function runPage(name: string, files: Record<string, string>): Promise<string> {
  const tools = await installPackages(TOOLS);
  const page = await makeProject(name, {
    "index.html": '<!doctype html><script type="module" src="/main.js"></script>',
    "vite.config.js": 'export default { worker: { format: "es" }, build: { target: "esnext" } };\n',
    ...files,
  });
  const node = await installRuntime("node");
  await runCommand(node, [`${tools}/node_modules/vite/bin/vite.js`, "build", "--logLevel=error"], {
    cwd: page,
  });
  const reported = Promise.withResolvers<string>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname;
      if (path === "/report") {
        reported.resolve(await request.text());
        return new Response("thanks");
      }
      if (path === "/formats.tar") return new Response(formatShard);
      const file = `${page}/dist${path === "/" ? "/index.html" : path}`;
      const type = /\.js$/.test(file)
        ? "text/javascript"
        : /\.html$/.test(file)
        ? "text/html"
        : "application/octet-stream";
      const bytes = await Deno.readFile(file).catch(() => undefined);
      return bytes === undefined
        ? new Response("not found", { status: 404 })
        : new Response(bytes, { headers: { "content-type": type } });
    },
  );
  try {
    await runCommand(node, [
      `${ROOT}test/runtimes/host_browser.mjs`,
      `${tools}/node_modules/playwright-core/index.js`,
      await findChromium(),
      `http://127.0.0.1:${server.addr.port}/`,
    ]);
    return await reported.promise;
  } finally {
    await server.shutdown();
  }
}

await check("Vite bundles it, and Chromium runs the bundle, alone and with workers", async () => {
  const text = await runPage("vite", {
    "digests.js": PROGRAM,
    "main.js": `import { digests } from "./digests.js";
import { sampleShard } from "@wdstream/wdstream";
let text;
try {
  const alone = await digests(sampleShard(), 0);
  const together = await digests(sampleShard(), 2);
  text = alone.join() === together.join() ? alone.join("\\n") : "workers give other tensors";
} catch (error) {
  text = String(error);
}
await fetch("/report", { method: "POST", body: text });
`,
  });
  compare(text.split("\n"));
});

await check(
  "Vite bundles the formats, and Chromium reads all, alone and with workers",
  async () => {
    const text = await runPage("vite-formats", {
      "formats.js": FORMATS_PROGRAM,
      "main.js": `import { describe } from "./formats.js";
let text;
try {
  const shard = new Uint8Array(await (await fetch("/formats.tar")).arrayBuffer());
  const alone = await describe(shard, 0);
  const together = await describe(shard, 2);
  text = alone.join() === together.join() ? alone.join("\\n") : "workers give other tensors";
} catch (error) {
  text = String(error.stack);
}
await fetch("/report", { method: "POST", body: text });
`,
    });
    compareFormats(text);
  },
);

/** A Worker's project, with what wrangler bundled in its folder `out`. */
async function bundleWorker(name: string, files: Record<string, string>): Promise<string> {
  const { wrangler } = WRANGLER;
  const own = await installPackages({ wrangler });
  const worker = await makeProject(name, files);
  await runCommand(await installRuntime("node"), [
    `${own}/node_modules/wrangler/bin/wrangler.js`,
    "deploy",
    "--dry-run",
    "--outdir=out",
  ], { cwd: worker, env: { WRANGLER_SEND_METRICS: "false", CI: "true" } });
  return worker;
}

await check("wrangler bundles the formats in a Worker, and workerd reads all", async () => {
  const worker = await bundleWorker("worker-formats", {
    "wrangler.toml": 'name = "formats"\nmain = "worker.js"\ncompatibility_date = "2026-01-01"\n',
    "formats.js": FORMATS_PROGRAM,
    "worker.js": `import "@wdstream/wdstream/workerd";
import { initAvif, initJxl, initWebp } from "@wdstream/wdstream/formats";
import avif from "@jsquash/avif/codec/dec/avif_dec.wasm";
import jxl from "@jsquash/jxl/codec/dec/jxl_dec.wasm";
import webp from "@jsquash/webp/codec/dec/webp_dec.wasm";
import { describe } from "./formats.js";
export default {
  async fetch(request) {
    await Promise.all([initAvif(avif), initJxl(jxl), initWebp(webp)]);
    const lines = await describe(new Uint8Array(await request.arrayBuffer()), 0);
    return new Response(lines.join("\\n"));
  },
};
`,
  });
  const tools = await installPackages(TOOLS);
  compareFormats(
    await runCommand(await installRuntime("node"), [
      `${ROOT}test/packaging/host_formats.mjs`,
      `${tools}/node_modules/miniflare/dist/src/index.js`,
      `${worker}/out`,
      `${project}/formats.tar`,
    ]),
  );
});

await check("wrangler bundles a Worker, and workerd runs the bundle", async () => {
  const tools = await installPackages(TOOLS);
  const worker = await bundleWorker("worker", {
    "wrangler.toml": 'name = "shards"\nmain = "worker.js"\ncompatibility_date = "2026-01-01"\n' +
      '[[r2_buckets]]\nbinding = "BUCKET"\nbucket_name = "shards"\n',
    "worker.js": readExamples()[0],
  });
  const node = await installRuntime("node");
  const text = await runCommand(node, [
    `${ROOT}test/packaging/host_bundle.mjs`,
    `${tools}/node_modules/miniflare/dist/src/index.js`,
    `${worker}/out`,
    `${ROOT}src/dataset/sample.tar`,
    String(EXPECTED.length),
  ]);
  compare(
    (JSON.parse(text.trimEnd().split("\n").at(-1) ?? "") as string[])
      .map((digest, i) => `${Object.keys(golden.samples)[i]} ${digest}`),
  );
});

for (const [name, example, command] of SERVERS) {
  await check(`the README's server runs on ${name}`, async () => {
    await Deno.writeTextFile(`${project}/server.js`, readExamples()[example]);
    await Deno.mkdir(`${project}/shards`, { recursive: true });
    await Deno.copyFile(`${ROOT}src/dataset/sample.tar`, `${project}/shards/sample.tar`);
    const port = String(20_000 + Math.floor(Math.random() * 20_000));
    const [binary, ...args] = await command(port);
    const child = new Deno.Command(binary, {
      args,
      cwd: project,
      env: { PORT: port },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const digest = await askTensor(`http://127.0.0.1:${port}/v1/all/0/0?as=f32`);
      if (`${Object.keys(golden.samples)[0]} ${digest}` !== EXPECTED[0]) throw new Error(digest);
    } finally {
      child.kill();
      await child.status;
    }
  });
}

await Deno.remove(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 || passed === 0 ? 1 : 0);
