/**
 * Decodes damaged files here and by Pillow, as they are and filled, and reports where the pixels or the
 * verdicts differ.
 *
 * Usage: deno task fuzz:pillow [--count N] [--seed S] [--first N] [--shared] [--python PATH] [--keep FOLDER]
 *
 * PATH is any Python that has a Pillow; which Pillow is followed is chosen by its libjpeg-turbo. Exits with 1 where
 * pixels differ.
 */
import { parseArgs } from "node:util";
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import type { Reference } from "../../src/image/types.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import { sha256 } from "../reference/digest.ts";
import { readCorpus } from "./corpus.ts";
import { pick } from "./edit.ts";
import { mutate } from "./mutate.ts";

const MAX_PIXELS = 3_000_000;

/** What Pillow makes of a file: the digest of its pixels in its mode, or the error. */
interface Verdict {
  readonly digest?: string;
  readonly error?: string;
}

/** Pillow's line: by itself, with LOAD_TRUNCATED_IMAGES, or why the file is not compared. */
interface Answer {
  readonly plain: Verdict;
  readonly filled: Verdict;
  readonly skip?: boolean;
}

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "5000" },
    seed: { type: "string", default: "1" },
    first: { type: "string", default: "0" },
    shared: { type: "boolean", default: false },
    python: { type: "string", default: "/usr/bin/python3" },
    keep: { type: "string" },
    show: { type: "string", default: "5" },
  },
});

const worker = new Deno.Command(values.python, {
  args: [new URL("./pillow_worker.py", import.meta.url).pathname, String(MAX_PIXELS)],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const writer = worker.stdin.getWriter();
const lines = worker.stdout.pipeThrough(new TextDecoderStream()).getReader();
let pending = "";

async function readLine(): Promise<string> {
  while (!pending.includes("\n")) {
    const { value, done } = await lines.read();
    if (done) throw new Error("Pillow's process ended");
    pending += value;
  }
  const end = pending.indexOf("\n");
  const line = pending.slice(0, end);
  pending = pending.slice(end + 1);
  return line;
}

async function ask(bytes: Uint8Array): Promise<Answer> {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, bytes.length);
  await writer.write(head);
  await writer.write(bytes);
  return JSON.parse(await readLine()) as Answer;
}

const versions = JSON.parse(await readLine()) as { pillow: string; libjpeg_turbo: string | null };
const reference: Reference = parseFloat(versions.libjpeg_turbo ?? "0") >= 3
  ? "pillow-12.2"
  : "pillow-9.4";
console.log(
  `Pillow ${versions.pillow} with libjpeg-turbo ${versions.libjpeg_turbo}: ${reference} is followed`,
);

async function decode(bytes: Uint8Array, truncated: "error" | "fill"): Promise<Verdict> {
  try {
    const image = decodeJpeg(bytes, { truncated, as: "native", maxScans: 1e6, reference });
    return { digest: await sha256(image.data) };
  } catch (error) {
    if (!(error instanceof WdsError)) throw error;
    return { error: `${error.code} ${error.message}` };
  }
}

function compare(ours: Verdict, theirs: Verdict): string {
  if (ours.digest && theirs.digest) {
    return ours.digest === theirs.digest ? "same pixels" : "OTHER PIXELS";
  }
  if (ours.digest) return "read, but not by Pillow";
  return theirs.digest ? "refused, but read by Pillow" : "refused by both";
}

await init();
const origins = await readCorpus(values.shared);
const [seed, first, count] = [values.seed, values.first, values.count].map(Number);
const counts = new Map<string, number>();
for (let n = first; n < first + count; n++) {
  const random = seededRandom(9, { epoch: seed, shard: 0, index: n });
  const { name, bytes } = pick(random, origins);
  const mutant = mutate(bytes, pick(random, origins).bytes, random);
  const answer = await ask(mutant.bytes);
  if (answer.skip) {
    counts.set("not compared", (counts.get("not compared") ?? 0) + 1);
    continue;
  }
  for (const mode of ["plain", "filled"] as const) {
    const ours = await decode(mutant.bytes, mode === "plain" ? "error" : "fill");
    const verdict = `${mode}: ${compare(ours, answer[mode])}`;
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    if (/same|both/.test(verdict)) continue;
    if (counts.get(verdict)! <= Number(values.show)) {
      const details = [answer[mode].error, ours.error].filter(Boolean).join(" | ");
      console.log(`${n} of ${name} (${mutant.history.join(", ")}): ${verdict} ${details}`);
    }
    if (values.keep) await Deno.writeFile(`${values.keep}/${seed}-${n}-${mode}.jpg`, mutant.bytes);
  }
}
await writer.close();
for (const [verdict, times] of [...counts].sort((a, b) => b[1] - a[1])) {
  console.log(`${String(times).padStart(7)} ${verdict}`);
}
if ([...counts.keys()].some((verdict) => verdict.includes("OTHER"))) Deno.exit(1);
