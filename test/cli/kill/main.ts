/**
 * Two processes of `wdstream stream` share three epochs over a host, are killed at random moments, and go on from the
 * lines that they printed: each sample comes exactly once in each epoch. `deno task test:kill [KILLS] [SEED]`.
 */
import { createServer } from "node:http";
import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../../../src/numbers/mod.ts";
import { writeTar } from "../../../src/tar/mod.ts";
import { fixturePath } from "../../fixtures.ts";

const [kills, seed] = [Number(process.argv[2] ?? 50), Number(process.argv[3] ?? 1)];
const SHARDS = 48;
const SAMPLES = 11;
const EPOCHS = 3;
const WORLD = 2;

/** A host's time to answer, so that an epoch lasts as long as a few processes live. */
const ANSWER_MS = 60;

const picture = new Uint8Array(await readFile(fixturePath("jpeg/baseline/420_42x32.jpg")));

async function makeShard(shard: number): Promise<Uint8Array> {
  const members = Array.from({ length: SAMPLES }, (_, i) => ({
    path: `s${shard}-${i}.jpg`,
    bytes: picture,
  }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(members)) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

const shards = await Promise.all(Array.from({ length: SHARDS }, (_, i) => makeShard(i)));

const server = createServer((request, response) => {
  const match = /^\/s-(\d+)\.tar$/.exec(request.url ?? "");
  const bytes = match === null ? undefined : shards[Number(match[1])];
  setTimeout(() => {
    if (bytes === undefined) return response.writeHead(404).end();
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const from = Number(range?.[1] ?? 0);
    const to = Math.min(range?.[2] ? Number(range[2]) : Infinity, bytes.length - 1);
    response.writeHead(range === null ? 200 : 206, {
      "content-length": to - from + 1,
      "accept-ranges": "bytes",
      etag: '"of the shard"',
      ...(range === null ? {} : { "content-range": `bytes ${from}-${to}/${bytes.length}` }),
    });
    response.end(bytes.subarray(from, to + 1));
  }, ANSWER_MS);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as { port: number };

const random = seededRandom(seed, { epoch: 0, shard: 0, index: 0 });
const folder = await mkdtemp(join(tmpdir(), "wdstream-kill-"));
let left = kills;
let starts = 0;

/** Starts a process; gives what it printed as a whole, and whether it ended by itself. */
function start(rank: number, file: string): Promise<{ text: string; ended: boolean }> {
  starts++;
  const script = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
  const runtime = "Deno" in globalThis ? ["run", "--quiet", "--no-check", "--allow-all"] : [];
  const child = spawn(process.execPath, [
    ...runtime,
    script,
    "stream",
    `http://127.0.0.1:${port}/s-{0..${SHARDS - 1}}.tar`,
    ...["--shuffle", "--seed", "5", "--lanes", "4", "--window", "3"],
    ...["--epochs", `${EPOCHS}`, "--rank", `${rank}`, "--world", `${WORLD}`],
    ...["--resize", "8", "--size", "8", "--batch", "2", "--json", "--resume", file],
  ], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  let text = "";
  let notes = "";
  let printed = false;
  let killed = false;
  child.stdout.on("data", (chunk) => {
    text += chunk;
    if (printed) return;
    printed = true;
    if (left === 0) return;
    left--;
    killed = true;
    // From the first line on, for a process that has not begun to read cannot lose anything.
    setTimeout(() => child.kill("SIGKILL"), random.uniform(0, 60));
  });
  child.stderr.on("data", (chunk) => notes += chunk);
  return new Promise((resolve, reject) =>
    child.on("close", (code, signal) => {
      if (code === 0) resolve({ text, ended: true });
      else if (killed && signal === "SIGKILL") resolve({ text, ended: false });
      else reject(new Error(`rank ${rank} ended with ${code ?? signal}: ${notes}`));
    })
  );
}

/** Runs a rank to its end; gives the keys that it was given, by epoch. */
async function runRank(rank: number): Promise<string[][]> {
  const file = join(folder, `${rank}.jsonl`);
  for (let ended = false; !ended;) {
    const run = await start(rank, file);
    // What a consumer does: it takes whole lines alone.
    await appendFile(file, run.text.slice(0, run.text.lastIndexOf("\n") + 1));
    ended = run.ended;
  }
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const epochs: string[][] = Array.from({ length: EPOCHS }, () => []);
  for (const line of lines) {
    const { epoch, keys } = JSON.parse(line);
    epochs[epoch].push(...keys);
  }
  return epochs;
}

/** Runs of all epochs within which processes are killed often enough. */
const MOST_RUNS = 20;

let failed = 0;

async function runAll(): Promise<void> {
  const ranks = await Promise.all(Array.from({ length: WORLD }, (_, rank) => runRank(rank)));
  const all = shards.flatMap((_, shard) =>
    Array.from({ length: SAMPLES }, (_, i) => `s${shard}-${i}`)
  ).sort();
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const keys = ranks.flatMap((epochs) => epochs[epoch]).sort();
    const isExact = keys.length === all.length && keys.every((key, i) => key === all[i]);
    if (!isExact) wrong.add(epoch);
    const unique = new Set(keys).size;
    console.log(
      `${
        isExact ? "ok" : "FAILED"
      }: epoch ${epoch}: ${keys.length} of ${all.length} samples, ${unique} different`,
    );
  }
}

/** Epochs in which samples were lost or came twice. */
const wrong = new Set<number>();
try {
  // Where a machine is busy and kills come late, processes are through before enough of them were killed: then others are.
  for (let again = 0; again === 0 || (left > 0 && again < MOST_RUNS); again++) {
    for (let rank = 0; rank < WORLD; rank++) {
      await rm(join(folder, `${rank}.jsonl`), { force: true });
    }
    await runAll();
  }
  failed = wrong.size;
  if (left > 0) {
    failed++;
    console.log(`FAILED: only ${kills - left} of ${kills} were killed`);
  }
} catch (error) {
  failed++;
  console.log(`FAILED: ${error instanceof Error ? error.message : error}`);
} finally {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
}
console.log(`${starts} processes, ${kills - left} of them killed`);
console.log(`${EPOCHS + 1 - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
