/**
 * Embeddings of a dataset as a job: a user's module with ONNX Runtime, three workers that are killed at random, and one
 * process that is not.
 */

/** The user's module, as a file of the project. */
const MODULE = `
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";
import { evaluation, init, transformImage } from "@wdstream/wdstream";
import { encodeField } from "@wdstream/wdstream/writing";

const transform = evaluation({ size: 224 });
let session;

export default async function* (samples, { signal }) {
  await init();
  session ??= await ort.InferenceSession.create(new Uint8Array(await readFile("model.onnx")));
  const rows = [];
  for await (const { fields } of samples) {
    signal.throwIfAborted();
    const { data, shape } = transformImage(fields.jpg, transform);
    const { output } = await session.run({ input: new ort.Tensor("float32", data, [1, ...shape]) });
    rows.push(...output.data);
  }
  const data = Float32Array.from(rows);
  yield encodeField("npy", { data, shape: [data.length / 3, 3], dtype: "f4", fortranOrder: false });
}
`;

/** A worker, as a file of the project. */
const WORKER = `
import { openJob, runJob } from "@wdstream/wdstream/jobs";

const [plan, rank, world, last] = process.argv.slice(2);
let seen = 0;
// It is killed some milliseconds after a sample, with others still to do: a clock of its parent's may come too late.
const onProgress = () => {
  if (++seen !== Number(last)) return;
  setTimeout(() => process.kill(process.pid, "SIGKILL"), 20 * Math.random());
};
const { failed } = await runJob(await openJob(plan), { rank: Number(rank), world: Number(world), onProgress });
for (const { message } of failed) console.error(message);
process.exit(failed.length);
`;

/** The check. */
export const EMBEDDINGS = `
import { spawn } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { sampleShard } from "@wdstream/wdstream";
import { planJob } from "@wdstream/wdstream/jobs";

const SHARDS = 9;
await writeFile("embed.mjs", ${JSON.stringify(MODULE)});
await writeFile("worker.mjs", ${JSON.stringify(WORKER)});
await mkdir("embedded", { recursive: true });
for (let i = 0; i < SHARDS; i++) await copyFile(sampleShard(), "embedded/s" + i + ".tar");
let kills = 0;

async function work(plan, rank, world, times) {
  for (let killed = 0;;) {
    const last = killed < times ? 1 + Math.floor(20 * Math.random()) : -1;
    const child = spawn(process.execPath, ["worker.mjs", plan, rank, world, last], { stdio: "inherit" });
    const [code, signal] = await new Promise((resolve) => child.on("close", (...ended) => resolve(ended)));
    if (signal !== "SIGKILL") {
      if (code !== 0) throw new Error("a worker ended with " + code);
      return;
    }
    killed++;
    kills++;
  }
}

async function embed(out, world, times) {
  const options = { suffix: ".npy" };
  await planJob(["embedded/s{0..8}.tar"], out, { operation: "map", module: "embed.mjs", options });
  const plan = out + "/.wdstream/plan.json";
  const ranks = Array.from({ length: world }, (_, rank) => work(plan, rank, world, times));
  await Promise.all(ranks);
  const files = (await readdir(out)).filter((name) => name.endsWith(".npy")).sort();
  return await Promise.all(files.map(async (name) => name + " " + (await readFile(out + "/" + name)).toString("hex")));
}

const whole = await embed("embeddings-one", 1, 0);
const killed = await embed("embeddings-three", 3, 2);
if (whole.length !== SHARDS || whole[0].length < 36 * 3 * 4) throw new Error(whole.length + " files");
if (whole.join() !== killed.join()) throw new Error("the embeddings of killed workers are others");
if (kills !== 6) throw new Error(kills + " workers were killed, not 6");
console.log(kills + " kills, the same bytes");
`;
