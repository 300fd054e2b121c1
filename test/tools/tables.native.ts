/** `pack()` by tables of captions; what reads CSV and Parquet are packages, which pages do not find by their names. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { findCompressors } from "../../src/tools/parquet_compressors.ts";
import { loadPackage } from "../../src/tools/table_packages.ts";
import { losesBytes, toPlain } from "../../src/tools/table.ts";
import { rejection } from "../storage/bytes.ts";
import { fill, Folder, packed, readGolden, text } from "./pack.cases.ts";

const TABLES = [
  ...["plain.parquet", "snappy.parquet", "gzip.parquet", "zstd.parquet"],
  ...["table.jsonl", "table.csv"],
];

export const cases: TestCase[] = [
  ...TABLES.map((table): TestCase => ({
    name: `pack() reads ${table} as Python does`,
    async run(fixtures) {
      const golden = await readGolden(fixtures);
      const rows = table.endsWith(".csv") ? golden.csv : golden.parquet;
      const folder = fill(rows.map(({ file_name: name }) => name as string));
      folder.files.set(table, await fixtures.read(`tables/${table}`));
      const { samples, report } = await packed(folder, { captions: table, order: "as-is" });
      assert.equal(report.layout, "captions");
      assert.deepEqual(
        samples.map(({ fields }) => fields.json),
        rows.map((row) => {
          const { file_name: _, ...rest } = row;
          return rest;
        }),
      );
      assert.deepEqual(
        samples.map(({ key, fields }) => [key, fields.txt]),
        rows.map(({ file_name: name, caption }) => [
          (name as string).replace(/\.[a-z]+$/, "").replace(".", "_"),
          caption,
        ]),
      );
      assert.deepEqual(samples.map(({ fields }) => fields.cls).slice(0, 2), [3, 0]);
      assert.equal(text(samples[1].bytes.png), "a/two.v2.png");
    },
  })),
  {
    name: "pack() finds the table by itself, and says what is wrong with one",
    async run() {
      const row = '{"image": "a.jpg", "text": "x"}\n';
      const found = await packed(new Folder({ "metadata.jsonl": row, "a.jpg": "1", "b.jpg": "2" }));
      assert.deepInclude(found.report, { samples: 1, ignored: 1, layout: "captions" });
      assert.equal(found.samples[0].fields.txt, "x");
      const faults: readonly (readonly [string, string | Uint8Array, string, RegExp])[] = [
        ["captions.parquet", "PAR", "sample/bad-field", /parquet/],
        ["captions.jsonl", '{"file_name": "a.jpg"}\n[1]\n', "sample/bad-field", /line 2 is no/],
        ["captions.csv", "file_name,caption\na.jpg\n", "sample/bad-field", /row 1: Too few/],
        ["captions.csv", "name,caption\na.jpg,x\n", "sample/no-field", /none of its columns/],
        ["captions.tsv", "file\tcaption\n\tx\n", "sample/no-field", /row 1 names no file/],
        ["captions.csv", "file,text\nc.jpg,x\n", "source/not-found", /c\.jpg/],
      ];
      for (const [name, body, code, message] of faults) {
        const error = await rejection(
          packed(new Folder({ [name]: body, "a.jpg": "1" })),
        ) as WdsError;
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
      }
      const column = new Folder({ "captions.csv": "file,text\na.jpg,x\n", "a.jpg": "1" });
      const lacking = await rejection(packed(column, { captionColumn: "alt" })) as WdsError;
      assert.match(lacking.message, /no column "alt", but file, text/);
      const some = new Folder({ "captions.csv": "file,text\nc.jpg,x\na.jpg,y\n", "a.jpg": "1" });
      const skipping = await packed(some, { onError: "skip" });
      assert.deepInclude(skipping.report, { samples: 1, skipped: 1 });
    },
  },
  {
    name: "pack() takes captions that are no texts as JSON",
    async run() {
      const rows = [["one", "two"], { en: "x" }, 7, null];
      const lines = rows.map((caption, i) => JSON.stringify({ file_name: `${i}.jpg`, caption }));
      const files = Object.fromEntries(rows.map((_, i) => [`${i}.jpg`, "1"]));
      const folder = new Folder({ ...files, "metadata.jsonl": lines.join("\n") });
      const { samples } = await packed(folder, { order: "as-is" });
      assert.deepEqual(
        samples.map(({ fields }) => fields.txt),
        ['["one","two"]', '{"en":"x"}', "7", undefined],
      );
    },
  },
  {
    name: "a table that takes a package that is not installed says which",
    async run() {
      const error = await rejection(
        loadPackage("brotli-of-nobody", "a.parquet", () => {
          return Promise.reject(new TypeError("Cannot find package"));
        }, "its columns are packed with BROTLI"),
      ) as WdsError;
      assert.equal(error.code, "source/unsupported");
      assert.match(
        error.message,
        /^Cannot read "a.parquet" as a table: its columns are packed with BROTLI, and the package "brotli-of-nobody" cannot be loaded; is it installed\?$/,
      );
      assert.deepEqual(await findCompressors(new Set(["UNCOMPRESSED", "SNAPPY"]), "a"), {});
      const { ZSTD } = await findCompressors(new Set(["ZSTD"]), "a.parquet");
      assert.throws(() => ZSTD(new Uint8Array(9), 2 ** 31), /beyond the limit/);
    },
  },
  {
    name: "values of Parquet become what JSON has",
    run() {
      const cells = {
        ...{ big: 2n ** 62n, none: null, time: new Date(1.5e12), late: new Date(8.64e15 + 1) },
        ...{ list: [[new Uint8Array([0x63, 0xc3, 0xa9])], []], bytes: new Uint8Array([0xff]) },
        floats: new Float32Array([0.5, 2]),
      };
      assert.deepEqual(toPlain(cells), {
        ...{ big: 2n ** 62n, none: null, time: "2017-07-14T02:40:00.000Z", late: null },
        ...{ list: [["c\u00e9"], []], bytes: undefined, floats: [0.5, 2] },
      });
      assert.deepEqual([cells, cells.list, cells.floats].map(losesBytes), [true, false, false]);
    },
  },
];
