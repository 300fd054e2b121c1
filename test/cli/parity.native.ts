import { assert } from "chai";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { fileFixtures } from "../fixtures.ts";
import { listShared, readSharedJson, sharedPath, sharedSkip } from "../shared_data.ts";
import { runCli, runShell } from "./capture.ts";

interface Row {
  readonly key: string;
  readonly sha256?: string;
  readonly error?: { readonly code: string };
}

type Golden = ReadonlyMap<string, string>;

/** Digests by key as the command line prints them. */
async function digest(files: readonly string[], options: readonly string[]): Promise<Golden> {
  const { lines } = await runCli("digest", ...files, ...options);
  const rows = lines.map((line) => JSON.parse(line) as Row);
  return new Map(rows.map(({ key, sha256, error }) => [key, sha256 ?? error?.code ?? "nothing"]));
}

/** Fails with the number and the first of the images that differ. */
function assertSame(actual: Golden, expected: Golden, what: string): void {
  const wrong = [...expected].filter(([key, sha256]) => actual.get(key) !== sha256);
  const [first] = wrong;
  assert.lengthOf(
    wrong,
    0,
    `${what}: ${wrong.length} of ${expected.size} differ, first ${first?.[0]}: ${
      actual.get(first?.[0] ?? "")
    }`,
  );
  assert.equal(actual.size, expected.size, what);
}

const COMBINATION = /^(nearest|box|bilinear|hamming|bicubic|lanczos)-([0-9]+)-([0-9]+)$/;

/** Digests of one image by Python: of its pixels, and by combination of its crop and its tensor. */
interface GoldenRow {
  readonly rgb: string;
  readonly [combination: string]: unknown;
}

/** Compares every image's pixels, crops and tensors. `fields` are the golden file's names of u8 and f32. */
async function compareAll(
  files: readonly string[],
  rows: readonly (readonly [key: string, row: GoldenRow])[],
  fields: { readonly u8: string; readonly f32: string },
): Promise<number> {
  const rgb = new Map(rows.map(([key, row]) => [key, row.rgb]));
  assertSame(await digest(files, ["--as", "rgb"]), rgb, "rgb");
  const combinations = Object.keys(rows[0][1]).filter((name) => COMBINATION.test(name));
  for (const name of combinations) {
    const [, interpolation, resize, size] = COMBINATION.exec(name)!;
    const options = ["--interpolation", interpolation, "--resize", resize, "--size", size];
    for (const format of ["u8", "f32"] as const) {
      const expected = new Map(
        rows.map(([key, row]) => [key, (row[name] as Record<string, string>)[fields[format]]]),
      );
      assertSame(
        await digest(files, ["--as", format, ...options]),
        expected,
        `${format} ${name}`,
      );
    }
  }
  return combinations.length;
}

export const cases: TestCase[] = [
  {
    name: "wdstream digest equals Pillow and torchvision on the built-in sample",
    async run(): Promise<void> {
      const text = new TextDecoder().decode(await fileFixtures.read("sample/golden.json"));
      const { samples } = JSON.parse(text) as { samples: Record<string, GoldenRow> };
      const rows = Object.entries(samples);
      assert.lengthOf(rows, 36);
      const combinations = await compareAll([fileURLToPath(sampleShard())], rows, {
        u8: "u8",
        f32: "f32",
      });
      assert.equal(combinations, 4);
    },
  },
  {
    name: "wdstream digest equals Pillow and torchvision on ImageNet, 202 of 202",
    skip: sharedSkip,
    async run(): Promise<void> {
      const { files } = await readSharedJson<{ files: Record<string, GoldenRow> }>(
        "imagenet.golden.json",
      );
      const shards = (await listShared("imagenet")).filter((name) => name.endsWith(".tar"));
      const paths = shards.map((name) => sharedPath(`imagenet/${name}`));
      const rows = Object.entries(files).map(([name, row]) => [name.slice(0, -4), row] as const);
      assert.lengthOf(rows, 202);
      const combinations = await compareAll(paths, rows, { u8: "u8_hwc", f32: "f32_chw" });
      assert.equal(combinations, 5);
    },
  },
  {
    name: "wdstream digest as a process prints the same digests",
    async run(): Promise<void> {
      const file = fileURLToPath(sampleShard());
      const here = await runCli("digest", file, "--as", "rgb");
      const there = await runShell('exec "$@"', "digest", file, "--as", "rgb");
      assert.deepEqual(there.notes, []);
      assert.equal(there.code, 0);
      assert.deepEqual(there.lines, here.lines);
    },
  },
];
