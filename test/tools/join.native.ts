/** `reshard()` and `wdstream reshard` with a table that is joined; Parquet and CSV are read by packages. */

import { assert } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { type Source, toSource } from "../../src/storage/mod.ts";
import { RowStore } from "../../src/tools/row_store.ts";
import { readTable } from "../../src/tools/table.ts";
import { type JoinOptions, reshard, type ReshardOptions } from "../../src/tools/mod.ts";
import { runCli } from "../cli/capture.ts";
import { makeShard } from "../dataset/shards.ts";
import { rejection } from "../storage/bytes.ts";
import { withFolder } from "../temporary.ts";
import { MemoryStore } from "../writing/memory_store.ts";
import { text } from "./pack.cases.ts";

const KEYS = ["a", "b", "c"];

const makeSamples = (keys = KEYS): Promise<Uint8Array<ArrayBuffer>> =>
  makeShard(keys.map((key) => [`${key}.jpg`, key]));

const table = (name: string, body: string): Source =>
  toSource(new TextEncoder().encode(body), { name });

/** What is in the samples that are written, as texts. */
async function joined(
  from: JoinOptions,
  options: ReshardOptions = {},
  keys = KEYS,
): Promise<{
  samples: Record<string, Record<string, string>>;
  report: Awaited<ReturnType<typeof reshard>>;
  out: MemoryStore;
}> {
  const out = new MemoryStore();
  const all = { order: "as-is", ...options, addFrom: from } as const;
  const report = await reshard(await makeSamples(keys), out, all);
  const samples: Record<string, Record<string, string>> = {};
  for (const [, bytes] of out.tars) {
    for await (const { key, fields: { jpg: _, ...fields } } of webdataset(bytes)) {
      const texts = Object.entries(fields).map(([name, body]) => [name, text(body)]);
      samples[key] = Object.fromEntries(texts);
    }
  }
  return { samples, report, out };
}

const CSV = 'key,caption,score\na,of a,0.50\nb,"of b, or not",9\nc,,1e1\n';

export const cases: TestCase[] = [
  {
    name: "reshard() adds captions, classes and all else of a table by keys",
    async run(fixtures) {
      const parquet = toSource(await fixtures.read("tables/join.parquet"), { name: "j.parquet" });
      const { samples, report } = await joined({ table: parquet });
      assert.deepEqual(report.joined, { missing: 0, unused: 0 });
      assert.deepEqual(samples, {
        a: { txt: "of a", cls: "2", json: '{"nested":[[1,2],[]],"big":4611686018427387904}' },
        // What is no number of a class is kept, too.
        b: {
          txt: "of b",
          json: '{"label":9007199254740993,"nested":null,"big":-4611686018427387904}',
        },
        c: { cls: "0", json: '{"nested":[[3]],"big":0}' },
      });
      const lines = '{"key": "a", "tags": [["x"]]}\n\n{"key": "b"}\n{"key": "c", "tags": null}\n';
      assert.deepEqual((await joined({ table: table("t.jsonl", lines) })).samples, {
        a: { json: '{"tags":[["x"]]}' },
        b: {},
        c: { json: '{"tags":null}' },
      });
    },
  },
  {
    name: "reshard() knows columns of a table in conditions and in fields that are added",
    async run() {
      const from = { table: table("t.csv", CSV) };
      const addFields = { "old.txt": "row.caption", id: "row.score" };
      const { samples } = await joined(from, { addFields, where: "row.score > 0.5" });
      assert.deepEqual(samples, {
        b: { "old.txt": "of b, or not", id: "9" },
        c: { "old.txt": "", id: "1e1" },
      });
      const numbers: readonly (readonly [where: string, keys: string])[] = [
        ["row.score == 9", "b"],
        ["9 < row.score", "c"],
        ["row.score in [0.5, 10]", "a c"],
        ["row.score * 2 == 1", "a"],
        ["row.score == '9'", "b"],
        ["row.caption > 1 or row.nothing != null", ""],
        ["'of' in row.caption and row.key == key", "a b"],
      ];
      for (const [where, keys] of numbers) {
        const found = await joined(from, { where, addFields: { txt: "row.key" } });
        assert.equal(Object.keys(found.samples).join(" "), keys, where);
      }
      const dotted = '{"key": "a", "v1.x": {"y": 7}}\n{"key": "b"}\n{"key": "c"}\n';
      const { samples: nested } = await joined({ table: table("t.jsonl", dotted) }, {
        addFields: { id: "row.v1.x.y" },
        where: "row.v1.x.y == 7",
      });
      assert.deepEqual(nested, { a: { id: "7" } });
    },
  },
  {
    name: "reshard() ends at a sample without a row, leaves it out, or keeps it as it is",
    async run() {
      const from = { table: table("t.csv", CSV) };
      const keys = ["a", "x", "c"];
      const error = await rejection(joined(from, {}, keys)) as WdsError;
      assert.equal(error.code, "sample/no-field");
      assert.equal(error.key, "x");
      assert.match(
        error.message,
        /"x" of .*: "t.csv" has no row of its key, but of "a", "b", "c"$/,
      );
      const skipped = await joined({ ...from, missing: "skip" }, {}, keys);
      assert.deepEqual(Object.keys(skipped.samples), ["a", "c"]);
      assert.deepInclude(skipped.report, { samples: 2, dropped: 1 });
      assert.deepEqual(skipped.report.joined, { missing: 1, unused: 1 });
      const addFields = { txt: "row.caption", id: "key" };
      const kept = await joined({ ...from, missing: "keep" }, { addFields }, keys);
      assert.deepEqual(kept.samples, {
        a: { txt: "of a", id: "a" },
        x: { id: "x" },
        c: { txt: "", id: "c" },
      });
      assert.deepEqual(kept.report.joined, { missing: 1, unused: 1 });
      // A row that is missing is not there for a condition either, whatever fields are called.
      const where = "row.score == null";
      const only = await joined({ ...from, missing: "keep" }, { where, addFields }, keys);
      assert.deepEqual(Object.keys(only.samples), ["x"]);
      const wrong = { ...from, missing: "drop" } as unknown as JoinOptions;
      assert.match(String(await rejection(joined(wrong))), /missing must be one of error, skip/);
    },
  },
  {
    name: "reshard() finds the column of keys, and says what is wrong with a table",
    async run(fixtures) {
      const files = table("t.tsv", "file_name\tcaption\nf/a.v2.jpg\tx\n./f/b.PNG\ty\n");
      const keys = ["f/a_v2", "f/b"];
      assert.deepEqual((await joined({ table: files }, {}, keys)).samples, {
        "f/a_v2": { txt: "x" },
        "f/b": { txt: "y" },
      });
      const numbers = table("t.jsonl", '{"id": 7, "text": "x"}\n{"id": 12345678901234567890}\n');
      const found = await joined({ table: numbers, keyColumn: "id" }, {}, [
        "7",
        "12345678901234567890",
      ]);
      assert.deepEqual(found.samples, { "7": { txt: "x" }, "12345678901234567890": {} });
      const parquet = await fixtures.read("tables/join.parquet");
      const cut = toSource(parquet.slice(0, 2000), { name: "cut.parquet" });
      const faults: readonly (readonly [JoinOptions, string, RegExp])[] = [
        [{ table: cut }, "sample/bad-field", /"cut.parquet" as a table: /],
        [{ table: table("t.csv", "") }, "sample/empty", /holds no rows/],
        [{ table: table("t.csv", "key,caption\n") }, "sample/empty", /holds no rows/],
        [{ table: table("t.txt", CSV) }, "sample/bad-field", /ends in none of \.csv/],
        [{ table: table("t.csv", CSV), keyColumn: "id" }, "sample/no-field", /"id", but key, cap/],
        [{ table: numbers }, "sample/no-field", /none of its columns id, text has keys/],
        [
          { table: table("t.csv", `${CSV}a,again,1\n`) },
          "sample/bad-field",
          /rows 1 and 4 have .*"a"/,
        ],
        [
          { table: table("t.csv", `${CSV},no,1\n`) },
          "sample/bad-field",
          /row 4 has no key in "key"/,
        ],
        [{ table: table("t.jsonl", '{"key": ["a"]}') }, "sample/bad-field", /row 1 has no key/],
        [{ table: "./missing/t.csv" }, "source/not-found", /missing\/t\.csv/],
      ];
      for (const [from, code, message] of faults) {
        const error = await rejection(joined(from)) as WdsError;
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
      }
      const has = await rejection(
        joined({ table: table("t.csv", CSV) }, { addFields: { txt: "key" } }),
      );
      assert.match(has.message, /Cannot add the field "txt" to sample "a" .*it has one/);
    },
  },
  {
    name: "reshard() holds the columns that are asked for alone, and no more than it may",
    async run() {
      const junk = "x".repeat(2_000_000);
      const body = KEYS.map((key) => `${key},of ${key},${junk}\n`).join("");
      const from = { table: table("t.csv", `key,caption,junk\n${body}`), maxBytes: 5_000_000 };
      const error = await rejection(joined(from)) as WdsError;
      assert.equal(error.code, "source/too-large");
      assert.match(
        error.message,
        /"t.csv" as a table: the first \d of its rows take more than the/,
      );
      const { samples } = await joined(from, { addFields: { txt: "row['caption']" } });
      assert.deepEqual(samples, { a: { txt: "of a" }, b: { txt: "of b" }, c: { txt: "of c" } });
      // What a condition asks for is held, too.
      const where = { addFields: { txt: "row.caption" }, where: "row.junk != ''" };
      assert.match((await rejection(joined(from, where))).message, /limit of 5000000 bytes/);
      const limits = { ...from, maxBytes: 0 };
      assert.match(String(await rejection(joined(limits))), /RangeError: maxBytes/);
    },
  },
  {
    name: "tables are read part by part: lines, and rows with line breaks in quotes",
    async run() {
      const count = 120_000;
      for (const newline of ["\n", "\r\n"]) {
        const rows = Array.from(
          { length: count },
          (_, i) => `k${i},"line ${i},${newline}""second"" ${"y".repeat(i % 97)}",${i}`,
        );
        const csv = table("t.csv", ["key,caption,n", ...rows, ""].join(newline));
        const read = await readTable(csv, undefined);
        assert.lengthOf(read, count);
        for (const i of [0, 1, 7, 50_000, 77_777, count - 1]) {
          const caption = `line ${i},${newline}"second" ${"y".repeat(i % 97)}`;
          assert.deepEqual(read[i], { key: `k${i}`, caption, n: String(i) });
        }
        const bad = table("t.csv", ["key,caption,n", ...rows, "more,x"].join(newline));
        const error = await rejection(readTable(bad, undefined));
        assert.match(error.message, new RegExp(`row ${count + 1}: Too few`));
        const open = table("t.csv", ["key,caption,n", ...rows, 'more,"x'].join(newline));
        assert.match((await rejection(readTable(open, undefined))).message, /row \d+: Quoted/);
      }
      const lines = Array.from(
        { length: count },
        (_, i) => `{"key": ${i}, "t": "${"z".repeat(40)}"}`,
      );
      const read = await readTable(table("t.jsonl", lines.join("\n")), undefined);
      assert.deepEqual([read.length, read[count - 1].key], [count, count - 1]);
      const damaged = table("t.jsonl", [...lines, "{"].join("\n"));
      const error = await rejection(readTable(damaged, undefined));
      assert.match(error.message, new RegExp(`line ${count + 1}: `));
    },
  },
  {
    name: "rows by their keys come back as they were",
    run(): void {
      const store = new RowStore();
      const rows = new Map<string, Record<string, unknown>>([
        ["", { a: NaN, b: Infinity, c: -Infinity, d: null, e: true, f: "\ufeffü\u2028" }],
        ["é/ü", { list: [1, [2n ** 62n], { x: null }], "a b": -0.5, ["__proto__"]: "own" }],
        ["none", {}],
        ["long", { text: "x".repeat(5_000_000) }],
      ]);
      for (let i = 0; i < 5000; i++) rows.set(`k${i}`, i % 2 === 0 ? { i } : { other: String(i) });
      for (const [key, row] of rows) assert.isUndefined(store.add(key, row));
      assert.equal(store.size, rows.size);
      assert.isBelow(store.bytes, 14_000_000);
      let used = 0;
      for (const [key, row] of rows) {
        assert.deepEqual(store.find(key), row, key);
        assert.equal(store.usedCount, ++used);
      }
      assert.deepEqual(store.find("none"), {});
      assert.equal(store.usedCount, rows.size);
      assert.isUndefined(store.find("k5000"));
      assert.equal(store.add("é/ü", {}), 1);
      assert.deepEqual(store.listKeys(3), ["", "é/ü", "none"]);
      const [own] = [store.find("é/ü")!];
      assert.isTrue(Object.hasOwn(own, "__proto__"));
      const without = new RowStore();
      without.add("k", { a: undefined, b: [{ c: undefined }] });
      assert.deepEqual(without.find("k"), { b: [{}] });
      assert.deepEqual(without.listKeys(3), ["k"]);
    },
  },
  {
    name: "reshard() with another table is another run",
    async run() {
      const from = { table: table("t.csv", CSV) };
      const { out } = await joined(from);
      const shards = await makeSamples();
      const options = { order: "as-is" } as const;
      const again = await reshard(shards, out, { ...options, addFrom: from });
      assert.deepInclude(again, { kept: 1, samples: 3 });
      assert.isUndefined(again.joined);
      const others: ReshardOptions[] = [
        { addFrom: { table: table("t.csv", CSV.replace("of a", "of A")) } },
        { addFrom: { ...from, missing: "skip" } },
        {},
      ];
      for (const other of others) {
        const error = await rejection(reshard(shards, out, { ...options, ...other })) as WdsError;
        assert.equal(error.code, "order/changed");
      }
    },
  },
  {
    name: "wdstream reshard --add-from joins a table, and counts what has no counterpart",
    async run() {
      await withFolder(async (folder) => {
        const [shard, csv] = ["in.tar", "t.csv"].map((name) => join(folder, name));
        await writeFile(shard, await makeSamples(["a", "x", "c"]));
        await writeFile(csv, CSV);
        const out = (name: string): string => join(folder, name);
        const command = ["reshard", shard, out("1"), "--add-from", csv];
        const failed = await runCli(...command);
        assert.equal(failed.code, 1);
        assert.match(failed.notes.join(), /no row of its key, but of "a", "b", "c"/);
        const skipped = await runCli(...command, "--missing", "skip", "--where", "row.score > 0");
        assert.equal(skipped.code, 0, skipped.notes.join());
        assert.deepEqual(skipped.notes, ["1 sample without a row left out, 1 row of no sample"]);
        const kept = await runCli(
          "reshard",
          shard,
          out("2"),
          "--add-from",
          csv,
          "--missing",
          "keep",
        );
        assert.deepEqual(kept.notes, ["1 sample without a row kept, 1 row of no sample"]);
        const mistakes: readonly (readonly [args: readonly string[], message: RegExp])[] = [
          [["--missing", "skip"], /--missing takes a table, --add-from/],
          [["--key-column", "id"], /--key-column takes a table/],
          [["--max-table-bytes", "9"], /--max-table-bytes takes a table/],
          [["--where", "row.score > 1"], /--where has a column of a table, and there is no --add-/],
          [["--add", "txt=row.caption"], /--add has a column of a table/],
          [["--add-from", "t.xlsx"], /--add-from takes a \.csv, .*not "t\.xlsx"/],
          [["--add-from", csv, "--missing", "drop"], /--missing takes error, skip, keep/],
        ];
        for (const [args, message] of mistakes) {
          const { code, notes } = await runCli("reshard", shard, out("3"), ...args);
          assert.equal(code, 2, args.join(" "));
          assert.match(notes[0], message);
        }
      });
    },
  },
];
