/**
 * How long after its start has a process decoded its first image? By the package as it is published.
 *
 * @module
 */
import { versionOf } from "../contestants/versions.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { type Checkout, HERE, publish } from "../harness/checkout.ts";
import type { Contestant, Cost, Effort, OurSide, Question } from "../harness/question.ts";

const EMPTY = "empty Deno script";
// More than an empty script, on the machine on which the aims were set.
const MOST_MS = [12, 12, 3];
// The shell's own clock, which counts a child's user and system time too.
const TIMED = 'TIMEFORMAT="%R %U %S"; time "$@"';

const COMPETITOR = `
import decode, { init } from "@jsquash/jpeg/decode.js";

const url = new URL("codec/dec/mozjpeg_dec.wasm", import.meta.resolve("@jsquash/jpeg/decode.js"));
await init(await WebAssembly.compile(await Deno.readFile(url)));
await decode((await Deno.readFile(Deno.args[0])).buffer);
`;

const urlOf = (path: string): string => JSON.stringify(`file://${encodeURI(path)}`);

/** What ours does with an entry point. */
function writeOurs(entry: string): string {
  return `
import { decodeJpeg, init } from ${urlOf(entry)};

await init();
decodeJpeg(await Deno.readFile(Deno.args[0]));
`;
}

/** Scripts in a folder of their own, and the image that they read. */
class Scripts {
  readonly #folder: string;
  readonly #starts: number;
  readonly imageBytes: number;

  private constructor(folder: string, starts: number, imageBytes: number) {
    this.#folder = folder;
    this.#starts = starts;
    this.imageBytes = imageBytes;
  }

  static async make(starts: number): Promise<Scripts> {
    const { images: [image] } = await loadCorpus(1);
    const folder = await Deno.makeTempDir({ prefix: "wdstream-bench-" });
    await Deno.writeFile(`${folder}/image.jpg`, image);
    return new Scripts(folder, starts, image.length);
  }

  /** Processes that run a script and end, one after the other. */
  async contestant(name: string, script: string, config?: string): Promise<Contestant> {
    const path = `${this.#folder}/${name.replaceAll(/[^a-z0-9]/gi, "_")}.ts`;
    await Deno.writeTextFile(path, script);
    const how = config === undefined ? ["--no-config"] : ["--config", config];
    const run = [Deno.execPath(), "run", "--no-check", ...how, "--allow-read", path];
    return { name, pass: () => timeStarts([...run, `${this.#folder}/image.jpg`], this.#starts) };
  }

  /** A folder for what is to be measured; it goes with the scripts. */
  async makeFolder(): Promise<string> {
    return await Deno.makeTempDir({ dir: this.#folder });
  }

  close(): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

const countStarts = ({ short }: Effort): number => short ? 2 : 8;

export async function startOurs(effort: Effort, checkout: Checkout): Promise<OurSide> {
  const starts = countStarts(effort);
  const scripts = await Scripts.make(starts);
  const published = await publish(checkout, await scripts.makeFolder());
  const ours = [
    scripts.contestant("wdstream, the whole module", writeOurs(published("."))),
    scripts.contestant("wdstream, its JPEG entry point", writeOurs(published("./jpeg"))),
    scripts.contestant("wdstream, an import alone", `import ${urlOf(published("."))};\n`),
  ];
  return {
    title: "Start of a process",
    task: `Processes of Deno that load a library as it is published, read an image of ${
      Math.round(scripts.imageBytes / 1000)
    } kB from disk, decode it and end; caches are warm`,
    unit: "starts",
    amount: starts,
    contestants: await Promise.all(ours),
    close: () => scripts.close(),
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const starts = countStarts(effort);
  const ours = await startOurs(effort, HERE);
  const scripts = await Scripts.make(starts);
  const value = (empty: Cost, ours: Cost): number =>
    (ours.wallSeconds - empty.wallSeconds) / starts * 1000;
  return {
    ...ours,
    contestants: [
      ...ours.contestants,
      await scripts.contestant(
        `@jsquash/jpeg ${versionOf("@jsquash/jpeg")}`,
        COMPETITOR,
        decodeURIComponent(new URL("../deno.json", import.meta.url).pathname),
      ),
      await scripts.contestant(EMPTY, "export {};\n"),
    ],
    aims: ours.contestants.map(({ name }, i) => ({
      what: `first decoded image after start, ${name.slice(10)}`,
      against: EMPTY,
      ours: name,
      goal: `at most ${MOST_MS[i]} ms more`,
      most: MOST_MS[i],
      unit: "ms",
      value,
    })),
    close: () => [ours, scripts].forEach((each) => each.close()),
  };
}

async function timeStarts(run: readonly string[], starts: number): Promise<Cost> {
  const itemSeconds: number[] = [];
  let cpuSeconds = 0;
  for (let i = 0; i < starts; i++) {
    const { success, stderr } = await new Deno.Command("bash", {
      args: ["-c", TIMED, "bash", ...run],
      stdout: "null",
      env: { NO_COLOR: "1", LC_ALL: "C" },
    }).output();
    const text = new TextDecoder().decode(stderr).trim();
    if (!success) throw new Error(`A script failed: ${text}`);
    const [wall, user, system] = (text.split("\n").at(-1) as string).split(" ").map(Number);
    itemSeconds.push(wall);
    cpuSeconds += user + system;
  }
  const wallSeconds = itemSeconds.reduce((sum, seconds) => sum + seconds, 0);
  return { wallSeconds, cpuSeconds, itemSeconds };
}
