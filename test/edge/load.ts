/**
 * Puts a load on the handler in workerd, and fails where an answer is wrong or memory grows:
 * `deno task test:load [SECONDS] [CLIENTS]`.
 */
import { fileURLToPath } from "node:url";
import { sharedPath, sharedSkip } from "../shared_data.ts";
import { installRuntime } from "../runtimes/install.ts";
import { bundleEntry, installPackages, runCommand, TOOLS } from "../runtimes/tools.ts";

const [seconds = "60", clients = "50"] = Deno.args;
/** Memory may differ by as much between two quarters of the time: the collector's own rhythm. */
const MAX_GROWTH = 1.1;

const root = fileURLToPath(new URL("../../", import.meta.url));
const shards = sharedSkip === undefined
  ? ["imagenet1k-validation-00.tar", "imagenet1k-validation-01.tar"].map((name) =>
    sharedPath(`imagenet/${name}`)
  )
  : [`${root}src/dataset/sample.tar`];
const folder = await Deno.makeTempDir();
const tools = await installPackages(TOOLS);
const text = await runCommand(await installRuntime("node"), [
  `${root}test/edge/load.mjs`,
  seconds,
  clients,
  `${tools}/node_modules/miniflare/dist/src/index.js`,
  await bundleEntry(tools, `${root}test/edge/entry_r2.ts`, folder),
  `${root}src/kernel/wdstream.wasm`,
  ...shards,
]);
await Deno.remove(folder, { recursive: true });
const figures = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
console.log(JSON.stringify(figures, undefined, 2));
const growth = figures.rssMb.lastQuarter / figures.rssMb.thirdQuarter;
const checks: [string, boolean][] = [
  ["every answer is right, or says that the handler is busy", figures.errors === 0],
  ["answers come", figures.answers > 0],
  [`memory is flat (last quarter ${growth.toFixed(3)} times the one before)`, growth < MAX_GROWTH],
];
for (const [what, isMet] of checks) console.log(`${isMet ? "ok" : "FAILED"}: ${what}`);
const failed = checks.filter(([, isMet]) => !isMet).length;
console.log(`${checks.length - failed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
