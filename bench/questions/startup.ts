/** How long after its start has a process decoded its first image? */
import type { Contestant, Cost, Effort, Question } from "./contestant.ts";
import { loadCorpus } from "./corpus.ts";
import { versionOf } from "./versions.ts";

const EMPTY = "empty Deno script";
const MOST_MS = 25;
// The shell's own clock, which counts a child's user and system time too.
const TIMED = 'TIMEFORMAT="%R %U %S"; time "$@"';

export async function makeQuestion({ quick }: Effort): Promise<Question> {
  const { images } = await loadCorpus(1);
  const file = await Deno.makeTempFile();
  await Deno.writeFile(file, images[0]);
  const starts = quick ? 2 : 8;
  const start = (script: string) => (): Promise<Cost> => runScript(script, file, starts);
  const contestants: Contestant[] = [
    { name: "wdstream, the whole module", pass: start("first_image.ts") },
    { name: "wdstream, its JPEG entry point", pass: start("first_image_jpeg.ts") },
    { name: `@jsquash/jpeg ${versionOf("@jsquash/jpeg")}`, pass: start("first_image_jsquash.ts") },
    { name: EMPTY, pass: start("empty.ts") },
  ];
  const value = (empty: Cost, ours: Cost): number =>
    (ours.wallSeconds - empty.wallSeconds) / starts * 1000;
  return {
    title: "Start of a process",
    task: `Processes of Deno that load a library, read an image of ${
      Math.round(images[0].length / 1000)
    } kB from disk, decode it and end; caches are warm`,
    unit: "starts",
    amount: starts,
    contestants,
    aims: contestants.slice(0, 2).map(({ name }) => ({
      what: `first decoded image after start, ${name.slice(10)}`,
      against: EMPTY,
      ours: name,
      goal: `at most ${MOST_MS} ms more`,
      most: MOST_MS,
      unit: "ms",
      value,
    })),
    close: () => Deno.removeSync(file),
  };
}

async function runScript(script: string, file: string, starts: number): Promise<Cost> {
  // Only a competitor needs a manifest, to be found by its name.
  const config = script.includes("jsquash")
    ? ["--config", new URL("./deno.json", import.meta.url).pathname]
    : ["--no-config"];
  const path = new URL(`./startup/${script}`, import.meta.url).pathname;
  const run = [Deno.execPath(), "run", ...config, "--allow-read", path, file];
  let [wallSeconds, cpuSeconds] = [0, 0];
  for (let i = 0; i < starts; i++) {
    const { success, stderr } = await new Deno.Command("bash", {
      args: ["-c", TIMED, "bash", ...run],
      stdout: "null",
      env: { NO_COLOR: "1", LC_ALL: "C" },
    }).output();
    const text = new TextDecoder().decode(stderr).trim();
    if (!success) throw new Error(`${script} failed: ${text}`);
    const [wall, user, system] = (text.split("\n").at(-1) as string).split(" ").map(Number);
    wallSeconds += wall;
    cpuSeconds += user + system;
  }
  return { wallSeconds, cpuSeconds };
}
