/**
 * How fast are shards made smaller and verified, beside a script with Pillow?
 *
 * @module
 */
import { PythonWorkers } from "../contestants/python.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { countImages, listShards } from "../corpus/imagenet.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import type { Aim, Contestant, Effort, OurSide, Question } from "../harness/question.ts";

const RESIZE = "resize";
const VERIFY = "verify";
const RESIZE_TWO = "resize, 2 workers";
const VERIFY_TWO = "verify, 2 workers";
const SETTINGS = { short: 256, quality: 90 };

interface Shards {
  readonly paths: readonly string[];
  readonly images: number;
  /** Takes the names away. */
  close(): void;
}

/** The shards, several times by other names: about as many images as one of ImageNet's has, for what starts counts. */
async function listPaths({ short }: Effort): Promise<Shards> {
  const shards = await listShards();
  const once = await countImages(shards);
  const repeats = Math.max(1, Math.round((short ? 200 : 1251) / once));
  const folder = await Deno.makeTempDir({ prefix: "wdstream-tools-" });
  const paths: string[] = [];
  for (let turn = 0; turn < repeats; turn++) {
    for (const [i, { pathname }] of shards.entries()) {
      const path = `${folder}/${turn}-${i}.tar`;
      await Deno.symlink(decodeURIComponent(pathname), path);
      paths.push(path);
    }
  }
  const close = (): void => Deno.removeSync(folder, { recursive: true });
  return { paths, images: once * repeats, close };
}

export async function startOurs(
  effort: Effort,
  checkout: Checkout,
  given?: Shards,
): Promise<OurSide> {
  const { paths, images, close } = given ?? await listPaths(effort);
  const deno = await Wdstream.start([], { checkout });
  const contestant = (name: string, task: string, workers: number): Contestant => ({
    name,
    pass: async () => {
      const cost = await deno.work(task, { settings: { shards: paths, workers, ...SETTINGS } });
      if (cost.images !== images) throw new Error(`${cost.images} images, not ${images}`);
      return cost;
    },
  });
  return {
    title: "Tools",
    task:
      `${images} images of ${paths.length} shards, each shard read as a whole: resized to ${SETTINGS.short} pixels at the ` +
      `shorter edge (bicubic) and saved with quality ${SETTINGS.quality}, or verified`,
    unit: "images",
    amount: images,
    rounds: effort.short ? 2 : 7,
    contestants: [
      contestant(RESIZE, "resize", 0),
      contestant(RESIZE_TWO, "resize", 2),
      contestant(VERIFY, "verify", 0),
      { ...contestant(VERIFY_TWO, "verify", 2), of: VERIFY },
    ],
    close() {
      deno.close();
      close();
    },
  };
}

export async function makeQuestion(effort: Effort): Promise<Question> {
  const shards = await listPaths(effort);
  const { paths } = shards;
  const ours = await startOurs(effort, HERE, shards);
  const python = await PythonWorkers.start([]);
  const theirs = (task: string, name: string, of: string, note: string): Contestant[] =>
    python.each((process, { path }) =>
      process.facts.pillow === undefined ? [] : [{
        name: `${name} ${process.facts.pillow}`,
        of,
        note,
        pass: () => process.work(task, { settings: { shards: paths.map(path), ...SETTINGS } }),
      }]
    );
  const resizing = "resize by a script with Pillow";
  const loading = "load() of every image, Pillow";
  const aim = (
    against: string,
    ours: string,
    least: number,
    by: "cpuSeconds" | "wallSeconds" = "cpuSeconds",
  ): Aim => ({
    what: `${ours}, by ${by === "cpuSeconds" ? "CPU time" : "the wall clock"}`,
    against: `${against}*`,
    ours,
    goal: `at least ${least}`,
    least,
    value: (theirs, ours) => theirs[by] / ours[by],
  });
  return {
    ...ours,
    contestants: [
      ...ours.contestants,
      ...theirs("resize_pillow", resizing, RESIZE, "one process; the same bytes of JPEG files"),
      ...theirs("verify_pillow", loading, VERIFY, "one process; looks at nothing but images"),
    ],
    absent: python.missing("pillow", "Pillow"),
    aims: [
      aim(resizing, RESIZE, 2),
      aim(loading, VERIFY, 4),
      aim(loading, VERIFY_TWO, 4, "wallSeconds"),
    ],
    close: () => [ours, python].forEach((each) => each.close()),
  };
}
