/** What `collectStatistics()` counts: what NumPy and Pillow do. */

import { assert } from "chai";
import { toSource } from "../../src/storage/mod.ts";
import { findMedian, listCommonest, makeBins } from "../../src/tools/distribution.ts";
import { estimateQuality, quantisationTable, readJpegFacts } from "../../src/tools/jpeg_facts.ts";
import {
  collectStatistics,
  type DatasetStatistics,
  describeChannels,
  formatStatistics,
  formatStatisticsPage,
  mergeStatistics,
} from "../../src/tools/mod.ts";
import { NO_STATISTICS } from "../../src/tools/statistics.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { allWithFormats } from "../with_formats.ts";

interface Golden {
  readonly sample: {
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly sum: readonly string[];
    readonly squares: readonly string[];
    readonly histogram: readonly (readonly number[])[];
    readonly [name: string]: unknown;
  };
  readonly tables: readonly (readonly number[])[];
  readonly jpegs: Readonly<
    Record<string, {
      readonly factors: readonly (readonly [number, number])[];
      readonly progressive: boolean;
      readonly quality?: readonly [number, boolean];
    }>
  >;
}

async function readGolden(fixtures: Fixtures): Promise<Golden> {
  const bytes = await fixtures.read("statistics/golden.json");
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** What of the sample comes in two shards, and in one. */
async function makeParts(): Promise<{ parts: Uint8Array[]; whole: Uint8Array }> {
  const members = Array.from(
    { length: 7 },
    (_, i): [string, string][] => [[`${i}.cls`, `${i % 3}`], [`${i}.txt`, "x".repeat(i * i)]],
  );
  return {
    parts: [await makeShard(members.slice(0, 3).flat()), await makeShard(members.slice(3).flat())],
    whole: await makeShard(members.flat()),
  };
}

export const cases: TestCase[] = allWithFormats([
  {
    name: "collectStatistics() counts in the built-in sample what NumPy and Pillow do",
    async run(fixtures): Promise<void> {
      const { sample } = await readGolden(fixtures);
      const statistics = await collectStatistics(await fixtures.read("sample.tar"));
      for (const name of ["widths", "heights", "ratios", "classes", "formats", "fields"] as const) {
        assert.deepEqual(statistics[name], sample[name] as never, name);
      }
      assert.equal(statistics.images, 36);
      assert.deepEqual(statistics.pixels, sample.histogram);
      for (const [i, { mean, std, sum, squares }] of describeChannels(statistics).entries()) {
        assert.equal(`${sum}`, sample.sum[i]);
        assert.equal(`${squares}`, sample.squares[i]);
        // NumPy adds millions of rounded quotients.
        assert.closeTo(mean, sample.mean[i], 1e-14);
        assert.closeTo(std, sample.std[i], 1e-14);
      }
    },
  },
  {
    name:
      "quantisationTable() makes the tables that libjpeg makes, and estimateQuality() finds them",
    async run(fixtures): Promise<void> {
      const { tables } = await readGolden(fixtures);
      for (const [i, table] of tables.entries()) {
        assert.deepEqual(quantisationTable(i + 1), table as number[], `${i + 1}`);
        const [quality, isStandard] = estimateQuality(table);
        assert.isTrue(isStandard);
        assert.equal(quality, i + 1);
      }
    },
  },
  {
    name: "readJpegFacts() tells what Pillow does of sampling, progression and tables",
    async run(fixtures): Promise<void> {
      const { jpegs } = await readGolden(fixtures);
      const names: Readonly<Record<string, string>> = {
        "2,2 1,1 1,1": "4:2:0",
        "2,1 1,1 1,1": "4:2:2",
        "1,2 1,1 1,1": "4:4:0",
        "1,1 1,1 1,1": "4:4:4",
        "4,1 1,1 1,1": "4:1:1",
        "4,2 1,1 1,1": "4:1:0",
        "2,2 2,1 2,1": "4:4:0",
        "1,1": "grey",
      };
      let seen = 0;
      for (const [name, { factors, progressive, quality }] of Object.entries(jpegs)) {
        const facts = readJpegFacts(await fixtures.read(`jpeg/${name}`))!;
        assert.equal(facts.isProgressive, progressive, name);
        const expected = names[factors.join(" ")];
        if (expected !== undefined) {
          seen++;
          assert.equal(facts.sampling, expected, name);
        }
        if (quality !== undefined) {
          assert.deepEqual([facts.quality, facts.isStandard], quality, name);
        }
      }
      assert.isAbove(seen, 10);
    },
  },
  {
    name: "mergeStatistics() of parts gives those of the whole, in whatever order",
    async run(fixtures): Promise<void> {
      const { parts, whole } = await makeParts();
      const [a, b] = await Promise.all(parts.map((part) => collectStatistics(part)));
      const all = await collectStatistics(whole);
      const sorted = (statistics: DatasetStatistics): unknown => ({ ...statistics, shards: 0 });
      assert.deepEqual(sorted(mergeStatistics(a, b)), sorted(all));
      assert.deepEqual(sorted(mergeStatistics(b, a)), sorted(all));
      assert.deepEqual(all.captions, { 0: 1, 1: 1, 4: 1, 9: 1, 16: 1, 25: 1, 36: 1 });
      const sample = await collectStatistics(await fixtures.read("sample.tar"));
      const twice = mergeStatistics(sample, JSON.parse(JSON.stringify(sample)));
      assert.deepEqual(
        describeChannels(twice).map(({ mean, std }) => [mean, std]),
        describeChannels(sample).map(({ mean, std }) => [mean, std]),
      );
      assert.deepEqual(mergeStatistics(NO_STATISTICS, sample), sample);
      const strange = { ...sample, version: 2 } as unknown as DatasetStatistics;
      assert.throws(() => mergeStatistics(sample, strange), /no statistics of version 1/);
      assert.throws(() => mergeStatistics(sample, { samples: 3 } as never), /no statistics/);
    },
  },
  {
    name: "describeChannels() stays exact beyond 2^53, and gives 0 for one colour",
    run(): void {
      const counts = new Array(256).fill(0);
      counts[255] = 2 ** 52;
      counts[254] = 2 ** 52;
      const [{ mean, std, sum }] = describeChannels({
        ...NO_STATISTICS,
        pixels: [counts, counts, counts],
      });
      assert.equal(sum, 509n * 2n ** 52n);
      assert.equal(mean, 254.5 / 255);
      assert.equal(std, 0.5 / 255);
      const one = new Array(256).fill(0);
      one[77] = 3;
      const [flat] = describeChannels({ ...NO_STATISTICS, pixels: [one, one, one] });
      assert.deepEqual([flat.mean, flat.std], [77 / 255, 0]);
    },
  },
  {
    name: "collectStatistics() goes on behind faults, and tells of them",
    async run(fixtures): Promise<void> {
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const bytes = await makeShard([
        ["a.jpg", picture],
        ["b.jpg", picture.subarray(0, picture.length >> 1)],
        ["c.txt", "no image"],
        ["d.jpg", picture],
      ]);
      const told: string[] = [];
      // The last sample's header is cut into.
      const end = bytes.findLastIndex((byte) => byte !== 0);
      const shard = toSource(bytes.subarray(0, end - 600), { name: "x.tar" });
      const { samples, images, failed, faults } = await collectStatistics(shard, {
        onFault: ({ code, key }) => told.push(`${code} ${key}`),
      });
      assert.deepEqual([samples, images, faults], [3, 1, 1]);
      assert.deepEqual(failed, { "jpeg/truncated": 1 });
      assert.deepEqual(told, ["jpeg/truncated b", "tar/truncated d.jpg"]);
      const limited = await collectStatistics(toSource(bytes, { name: "x.tar" }), { limit: 1 });
      assert.deepEqual([limited.samples, limited.images], [1, 1]);
    },
  },
  {
    name: "makeBins(), listCommonest() and findMedian() leave nothing out",
    run(): void {
      const counts = Object.fromEntries(
        Array.from({ length: 400 }, (_, i) => [i * 3 + 7, i % 5 + 1]),
      );
      const sum = Object.values(counts).reduce((a, b) => a + b, 0);
      for (const most of [1, 2, 7, 24, 5000]) {
        const bins = makeBins(counts, most);
        assert.isAtMost(bins.length, most);
        assert.equal(bins.reduce((total, [, count]) => total + count, 0), sum);
        const rows = listCommonest(counts, most);
        assert.isAtMost(rows.length, most);
        assert.equal(rows.reduce((total, [, count]) => total + count, 0), sum);
      }
      assert.deepEqual(makeBins({ 3: 1, 5: 2 }, 10), [["3", 1], ["4", 0], ["5", 2]]);
      assert.deepEqual(makeBins({ 98: 1, 214: 2 }, 3), [["0–99", 1], ["100–199", 0], [
        "200–299",
        2,
      ]]);
      assert.equal(findMedian({ 1: 5, 9: 4 }), 1);
      assert.isUndefined(findMedian({}));
    },
  },
  {
    name: "formatStatistics() and formatStatisticsPage() show what keys and labels hold as text",
    async run(fixtures): Promise<void> {
      const shard = await makeShard([["a.<b>", "x"], ["a.cls", "1"]]);
      const statistics = await collectStatistics(toSource(shard, { name: "x.tar" }));
      const page = formatStatisticsPage(statistics);
      assert.notInclude(page, "<b>x");
      assert.include(page, "&#60;b&#62;");
      assert.notMatch(page, /https?:|<script/);
      const lines = formatStatistics(await collectStatistics(await fixtures.read("sample.tar")));
      const text = lines.join("\n");
      assert.match(text, /Chroma sampling of JPEG files\n {2}4:4:4 +█+ +20 +55\.6%/);
      assert.match(text, / red +0\.\d{6} +0\.\d{6}/);
    },
  },
]);
