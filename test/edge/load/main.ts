/**
 * Puts the load of many visitors on the handler, on every server that it is made for, over storage that fails now and
 * then: `deno task test:load [SECONDS] [CLIENTS] [RUNTIMES…]`. Prints the figures, and what of them is wrong.
 */
import { fileURLToPath } from "node:url";
import { indexShard } from "../../../src/index/mod.ts";
import { sharedPath, sharedSkip } from "../../shared_data.ts";
import { installRuntime } from "../../runtimes/install.ts";
import { bundleEntry, installPackages, runCommand, TOOLS } from "../../runtimes/tools.ts";

const [seconds = "15", clients = "64", ...chosen] = Deno.args;
/** One call in so many to the storage fails. */
const FAULTS = "50";
const RUNTIMES = ["workerd", "deno", "node", "bun"] as const;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const here = `${root}test/edge/load/`;
const shards = [
  `${root}src/dataset/sample.tar`,
  ...(sharedSkip === undefined ? [sharedPath("imagenet/imagenet1k-validation-00.tar")] : []),
];
const node = await installRuntime("node");

/** Every route and every form, of several samples of each shard. */
async function listPaths(): Promise<string[]> {
  const paths = ["/v1", "/v1/all/samples", "/v1/all/samples?index=10&count=20"];
  for (const [shard, path] of shards.entries()) {
    const { samples } = await indexShard(path);
    for (let index = 0; index < Math.min(samples.length, 24); index++) {
      const at = `/v1/all/${shard}/${index}`;
      paths.push(`${at}?size=160&fit=cover`, `${at}?as=jpeg`, `${at}?as=json`);
      paths.push(`${at}?size=224&fit=evaluation`, `${at}?as=f32`);
      if (index % 4 === 0) paths.push(`${at}?as=rgb`, at, `${at}?as=npy&size=64`);
      if (index % 4 === 1) paths.push(`${at}?as=jpeg&size=128`);
    }
  }
  paths.push("/v1/all/batch?start=3&count=8&size=96", "/v1/all/batch?start=0&count=36&size=224");
  return paths;
}

async function startServer(runtime: typeof RUNTIMES[number], folder: string) {
  const tools = runtime === "workerd" ? await installPackages(TOOLS) : "";
  const [binary, ...args] = runtime === "deno"
    ? [Deno.execPath(), "run", "--no-check", "--allow-all", `${here}serve.ts`, FAULTS]
    : runtime === "workerd"
    ? [
      node,
      `${here}serve_workerd.mjs`,
      FAULTS,
      `${tools}/node_modules/miniflare/dist/src/index.js`,
      await bundleEntry(tools, `${root}test/edge/entry_r2.ts`, folder),
      `${root}src/kernel/wdstream.wasm`,
    ]
    : [runtime === "node" ? node : await installRuntime(runtime), `${here}serve.ts`, FAULTS];
  const server = new Deno.Command(binary, {
    args: [...args, ...shards],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  return server;
}

async function readLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>;
  const reader = stream.pipeThrough(decoder).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("the server did not start");
    text += value;
  }
  // What else is printed is read on, so that a full pipe stops nobody.
  void (async () => {
    while (!(await reader.read()).done);
  })();
  return text.split("\n")[0];
}

/** Peak of the resident memory of a process and its children, where the system tells. */
function watchMemory(pid: number): { stop(): number } {
  let most = 0;
  const sum = (id: number): number => {
    try {
      const status = Deno.readTextFileSync(`/proc/${id}/status`);
      const children = Deno.readTextFileSync(`/proc/${id}/task/${id}/children`);
      const own = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      return children.trim().split(/\s+/).filter((each) => each !== "").map(Number)
        .reduce((total, child) => Math.max(total, sum(child)), own);
    } catch {
      return 0;
    }
  };
  const timer = setInterval(() => most = Math.max(most, sum(pid)), 500);
  return {
    stop(): number {
      clearInterval(timer);
      return Math.round(most);
    },
  };
}

let passed = 0;
let failed = 0;
const paths = JSON.stringify(await listPaths());
for (const runtime of RUNTIMES) {
  if (chosen.length > 0 && !chosen.includes(runtime)) continue;
  const folder = await Deno.makeTempDir();
  const server = await startServer(runtime, folder);
  const told = new Response(server.stderr).text();
  let hasEnded = false;
  void server.status.then(() => hasEnded = true);
  const checks: [string, boolean][] = [];
  let figures: Record<string, unknown> = {};
  try {
    const origin = await readLine(server.stdout);
    const memory = watchMemory(server.pid);
    const args = [`${here}clients.ts`, origin, seconds, clients, paths];
    figures = JSON.parse(await runCommand(node, args));
    figures.peakMb = memory.stop();
    checks.push(
      ["the server lives", !hasEnded],
      ["no answer is wrong, is an error of 500, or looks whole and is not", figures.wrong === 0],
      ["answers come", Number(figures.answers) > 0],
      ["clients have left", Number(figures.left) > 0],
      ["each request alone is answered afterwards", (figures.lone as string[]).length === 0],
    );
  } catch (error) {
    checks.push([`the load can be put on: ${error}`, false]);
  } finally {
    // Asked first, for that of workerd then ends the process of its own.
    if (!hasEnded) server.kill("SIGTERM");
    const late = setTimeout(() => server.kill("SIGKILL"), 10_000);
    await server.status;
    clearTimeout(late);
    await Deno.remove(folder, { recursive: true });
  }
  console.log(`${runtime}: ${JSON.stringify(figures)}`);
  for (const [what, isMet] of checks) {
    console.log(`${isMet ? "ok" : "FAILED"}: ${runtime}: ${what}`);
  }
  if (checks.some(([, isMet]) => !isMet)) console.log((await told).slice(-3000));
  passed += checks.filter(([, isMet]) => isMet).length;
  failed += checks.filter(([, isMet]) => !isMet).length;
}
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
