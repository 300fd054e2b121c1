/**
 * Tables of what each stage costs, beside how little it could cost.
 *
 * @module
 */
import { generateIdct } from "../../wasm/jpeg/idct_gen.ts";
import type { Conclusion, Cost } from "../harness/question.ts";
import type { MachineLimits } from "./machine_limits.ts";
import { formatSpread, spread } from "../harness/spread.ts";
import type { StageWork } from "./count_work.ts";
import type { Stage } from "./leave_out.ts";
import { formatTable } from "../harness/table.ts";

/** What the stages' costs are computed from. */
export interface StageCosts {
  readonly orders: Readonly<Record<string, readonly Stage[]>>;
  readonly costs: ReadonlyMap<string, readonly Cost[]>;
  readonly images: number;
  /** Bytes that a pass over the shards reads. */
  readonly shardBytes: number;
  readonly work: StageWork;
  readonly limits: MachineLimits;
}

/** A floor in nanoseconds an image, and how it is made up. */
interface Bound {
  readonly nanoseconds: number;
  readonly why: string;
}

/** One row of a table of stages, in nanoseconds an image. */
interface StageRow {
  readonly name: string;
  /** By round. */
  readonly nanoseconds: readonly number[];
  readonly bound?: Bound;
}

/** Tables of what each stage costs, beside its bound. */
export function makeStageConclusion(given: StageCosts): Conclusion {
  const { orders, work, limits } = given;
  const text: string[] = [];
  const data: Record<string, unknown> = { work, limits };
  for (const [task, order] of Object.entries(orders)) {
    const rows = listRows(given, task, order);
    data[task] = rows.map(({ name, nanoseconds, bound }) => ({
      name,
      nanoseconds: spread(nanoseconds),
      bound,
    }));
    text.push(`### ${task === "decode" ? "Decoding to RGB" : "Evaluation 256/224 to float32"}`, "");
    text.push(...formatRows(rows, work.pixels), "");
    const next = findNext(rows);
    if (next !== undefined) {
      text.push(
        `Most is to be gained at: ${next}, the stage that is farthest above its bound.`,
        "",
      );
    }
  }
  text.push(
    `An image of the average has ${
      Math.round(work.symbols / 1000)
    } thousand Huffman symbols; of it, ` +
      `${
        Math.round(work.needed / 1000)
      } thousand pixels are needed for the crop. Steps of this machine at ` +
      `their best, through WebAssembly: a table look-up that waits for the one before ` +
      `${limits.lookUp.toFixed(2)} ns, a vector of eight products with its sum ` +
      `${limits.product.toFixed(2)} ns, a byte copied within the L1 cache ${
        (limits.byte * 1000).toFixed(1)
      } ps. Clearing the coefficients counts as entropy decoding; the bound of entropy decoding assumes ` +
      "that every look-up yields two symbols. A bound leaves out what a stage does beside the steps that it names.",
  );
  return { text: text.join("\n"), data };
}

function listRows(given: StageCosts, task: string, order: readonly Stage[]): StageRow[] {
  const { costs, images } = given;
  const perImage = (name: string): number[] =>
    (costs.get(name) ?? []).map(({ cpuSeconds }) => cpuSeconds / images * 1e9);
  const without = (count: number): number[] =>
    perImage(`${task}, without ${order.slice(0, count).join(", ") || "nothing"}`);
  const bounds = listBounds(given, task);
  const stages = order.map((name, index): StageRow => {
    const [before, after] = [without(index), without(index + 1)];
    return {
      name,
      nanoseconds: before.map((cost, round) => cost - after[round]),
      bound: bounds[name],
    };
  }).reverse();
  const rows: StageRow[] = [
    { name: "the rest: markers, tables, the host", nanoseconds: without(order.length) },
    ...stages,
    { name: "all", nanoseconds: without(0) },
    { name: "all, kernel as published", nanoseconds: perImage(`${task}, as published`) },
  ];
  if (task !== "evaluation") return rows;
  // What an image's own bytes cost on their way from the disk.
  const scale = given.work.bytes / given.shardBytes;
  const perFile = (name: string): number[] =>
    (costs.get(name) ?? []).map(({ cpuSeconds }) => cpuSeconds * 1e9 * scale);
  const [stream, both] = [perFile("stream"), perFile("stream and tar")];
  return [
    ...rows,
    { name: "before: stream from disk", nanoseconds: stream },
    { name: "before: tar", nanoseconds: both.map((cost, round) => cost - stream[round]) },
  ];
}

function listBounds({ work, limits }: StageCosts, task: string): Partial<Record<Stage, Bound>> {
  const copied = (bytes: number, why: string): Bound => ({
    nanoseconds: bytes * limits.byte,
    why: `${why} at the L1 cache's speed`,
  });
  const multiplied = (products: number, why: string): Bound => ({
    nanoseconds: products * limits.product,
    why: `${Math.round(products / 1000)} thousand vector products: ${why}`,
  });
  // The transform runs on the whole image where all of it is decoded.
  const share = task === "decode" ? work.pixels / work.needed : 1;
  const { full, tall, wide, quarter, row } = work.blocks;
  const products = full * countProducts("idctFull") + tall * countProducts("idctTall") +
    wide * countProducts("idctWide") + quarter * countProducts("idctQuarter") +
    row * countProducts("idctRow");
  return {
    unstuff: copied(work.bytes, "the file's bytes"),
    entropy: {
      nanoseconds: work.symbols / 2 * limits.lookUp,
      why: "half as many look-ups as symbols, one after the other",
    },
    idct: multiplied(products * share, "those of the blocks that are not flat"),
    colour: copied(3 * work.needed * share, "three bytes a pixel"),
    horizontal: multiplied(work.horizontal, "two for each four taps of four rows"),
    transposition: copied(work.intermediate, "the narrowed rows"),
    vertical: multiplied(work.vertical, "two for each pair of taps of four bytes"),
    normalise: copied(work.outputBytes, "the tensor's bytes"),
  };
}

// In the kernel's own text, where each transform is straight-line code.
function countProducts(name: string): number {
  const source = generateIdct();
  const from = source.indexOf(`function ${name}One(`);
  const count = source.slice(from, source.indexOf("\n}", from)).split("dot_i16x8_s").length - 1;
  if (from < 0 || count === 0) throw new Error(`The kernel has no products in ${name}`);
  return count;
}

function findNext(rows: readonly StageRow[]): string | undefined {
  const gaps = rows.filter(({ bound }) => bound !== undefined).map((
    { name, nanoseconds, bound },
  ) => ({
    name,
    gap: spread(nanoseconds).median - (bound?.nanoseconds ?? 0),
  }));
  return gaps.sort((a, b) => b.gap - a.gap)[0]?.name;
}

function formatRows(rows: readonly StageRow[], pixels: number): string[] {
  const total = spread(rows.find(({ name }) => name === "all")?.nanoseconds ?? []).median;
  const cells = rows.map(({ name, nanoseconds, bound }) => {
    const { median } = spread(nanoseconds);
    return [
      name,
      formatSpread(spread(nanoseconds.map((value) => value / 1000)), 0),
      (median / pixels).toFixed(2),
      name.startsWith("before") ? "" : `${Math.round(median / total * 100)}%`,
      bound === undefined ? "" : (bound.nanoseconds / 1000).toFixed(0),
      bound === undefined ? "" : (median / bound.nanoseconds).toFixed(1),
    ];
  });
  const header = ["stage", "us an image", "ns a pixel", "share", "bound, us", "times its bound"];
  const reasons = rows.filter(({ bound }) => bound).map(({ name, bound }) =>
    `- ${name}: ${bound?.why}.`
  );
  return [...formatTable([header, ...cells]), "", "Bounds:", "", ...reasons];
}
