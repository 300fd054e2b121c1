/** `packTables()`, and `pack()` of folders with Parquet files, on files that pyarrow and datasets write. */

import { assert } from "chai";
import { createHash } from "node:crypto";
import type { Fixtures, TestCase } from "../case.ts";
import { SourceError, WdsError } from "../../src/errors.ts";
import { randomFor } from "../../src/order/mod.ts";
import { parseJsonText } from "../../src/sample/json.ts";
import type { ShardInput, Source } from "../../src/storage/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { packTables, type PackTablesOptions } from "../../src/tools/mod.ts";
import { rejection } from "../storage/bytes.ts";
import { runUntilDone } from "./stopped_runs.ts";
import { MemoryStore } from "../writing/memory_store.ts";
import { type Decoded, Folder, packed, readBack, text } from "./pack.cases.ts";

interface Golden {
  readonly names: readonly string[];
  readonly hf: readonly {
    readonly key: string;
    readonly extension: string;
    readonly sha256: string;
    readonly depth: string | null;
    readonly cls: number | null;
    readonly txt: string | null;
    readonly json: unknown;
  }[];
  readonly bytes: readonly { readonly sha256: string; extension: string; id: bigint }[];
  readonly lists: readonly { readonly images: readonly string[]; readonly texts: unknown }[];
  readonly beside: string;
  readonly codecs: string;
}

/** What Python reads of the files. */
export const readGolden = async ({ read }: Fixtures): Promise<Golden> =>
  parseJsonText(text(await read("tables/parquet.json"))) as Golden;

const HF = ["hf-00000-of-00002.parquet", "hf-00001-of-00002.parquet"];
const CODECS = ["none", "snappy", "gzip", "zstd", "lz4", "brotli"];
const IMAGE = /^(jpg|png|webp|wav)$/;

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const open = async ({ read }: Fixtures, name: string): Promise<Source> =>
  toSource(await read(`tables/${name}`), { name });

async function made(
  tables: ShardInput | readonly ShardInput[],
  options: PackTablesOptions = {},
): Promise<
  { samples: Decoded[]; report: Awaited<ReturnType<typeof packTables>>; out: MemoryStore }
> {
  const out = new MemoryStore();
  const report = await packTables(tables, out, { order: "as-is", ...options });
  return { samples: await readBack(out), report, out };
}

const fault = async (work: Promise<unknown>): Promise<string> => {
  const { code, message } = await rejection(work) as WdsError;
  return `${code}: ${message}`;
};

/** The extension and digest of a sample's image. */
function imageOf({ bytes }: Decoded): readonly [extension: string, sha256: string] {
  const [extension] = Object.keys(bytes).filter((name) => IMAGE.test(name));
  return [extension, sha256(bytes[extension])];
}

export const cases: TestCase[] = [
  {
    name: "packTables() makes of Hugging Face's files what datasets reads of them",
    async run(fixtures) {
      const { hf, names } = await readGolden(fixtures);
      const { samples, report, out } = await made(
        await Promise.all(HF.map((name) => open(fixtures, name))),
      );
      assert.deepEqual(report.classes, names);
      assert.equal(report.keyOrigin, "path");
      assert.equal(text(out.files.get("train.classes.txt")), "cat\ndog\nemu\n");
      const found = samples.map((sample) => {
        const { key, fields, bytes } = sample;
        const [extension, digest] = imageOf(sample);
        const depth = bytes["depth.png"];
        return {
          ...{ key, extension, sha256: digest, depth: depth === undefined ? null : sha256(depth) },
          ...{ cls: fields.cls ?? null, txt: fields.txt ?? null, json: fields.json },
        };
      });
      assert.deepEqual(found, hf as unknown[] as typeof found);
    },
  },
  {
    name: "packTables() takes lists of images, and says which bytes have no place",
    async run(fixtures) {
      const { lists } = await readGolden(fixtures);
      const table = await open(fixtures, "lists.parquet");
      assert.match(
        await fault(made(table)),
        /^sample\/no-image: Cannot pack row 1 of "lists.parquet": its column "images" is a list of none/,
      );
      const { samples, report } = await made(table, { onError: "skip" });
      assert.deepEqual(report.leftOut, ["features"]);
      assert.deepInclude(report, { skipped: 1, keyOrigin: "row" });
      const found = samples.map(({ bytes }) =>
        Object.entries(bytes).filter(([name]) => name.startsWith("images.")).map(([name, body]) =>
          `${name} ${sha256(body)}`
        )
      );
      const endings = ["jpg", "png", "webp"];
      const expected = lists.slice(1).map(({ images }) =>
        images.map((digest, i) => `images.${i}.${endings[i]} ${digest}`)
      );
      assert.deepEqual(found, expected);
      assert.deepEqual(samples.map(({ fields }) => fields.json), [
        { images: ["0.x"], texts: lists[1].texts },
        { texts: lists[2].texts },
        { texts: lists[3].texts },
      ]);
    },
  },
  ...CODECS.flatMap((codec) => ["1", "2"].map((version) => `codec_${codec}_${version}`)).map(
    (name): TestCase => ({
      name: `pack() reads ${name}.parquet as Python does`,
      async run(fixtures) {
        const { codecs } = await readGolden(fixtures);
        const table = await fixtures.read(`tables/${name}.parquet`);
        const files = Array.from({ length: 300 }, (_, i) => [`${i}.jpg`, "x"]);
        const folder = new Folder({ ...Object.fromEntries(files), "captions.parquet": table });
        const { samples } = await packed(folder, { order: "as-is" });
        const rows = samples.map(({ fields }) => fields.json as Record<string, unknown>);
        const columns = {
          file_name: samples.map(({ key }) => `${key}.jpg`),
          caption: rows.map(({ caption }) => caption),
          label: rows.map(({ label }) => label),
        };
        assert.equal(sha256(new TextEncoder().encode(JSON.stringify(columns))), codecs);
      },
    }),
  ),
  {
    name: "packTables() takes columns of bytes, labels that are names, and keys of a column",
    async run(fixtures) {
      const { bytes } = await readGolden(fixtures);
      const table = await open(fixtures, "bytes.parquet");
      const plain = await made(table);
      assert.equal(plain.report.keyOrigin, "row");
      assert.isUndefined(plain.report.classes);
      assert.deepEqual(plain.report.leftOut, ["hash"]);
      assert.deepEqual(
        plain.samples.map(imageOf),
        bytes.map(({ extension, sha256 }) => [extension, sha256]),
      );
      assert.deepEqual(plain.samples.map(({ key }) => key).slice(0, 2), ["000000000", "000000001"]);
      // What is no text has no place in JSON.
      assert.deepEqual(plain.samples[4].fields.json, { species: null, id: bytes[4].id });
      const options = { labelColumn: "species", keyColumn: "id" };
      const named = await made(table, options);
      assert.deepEqual(named.report.classes, ["ant", "bee", "emu"]);
      assert.deepEqual(named.samples.map(({ fields }) => fields.cls), [2, 0, 2, 1, undefined, 0]);
      assert.deepEqual(named.samples.map(({ key }) => key), bytes.map(({ id }) => String(id)));
      const listed = await made(table, { ...options, classes: ["bee", "emu", "ant"] });
      assert.deepEqual(listed.samples.map(({ fields }) => fields.cls), [1, 2, 1, 0, undefined, 2]);
      assert.match(
        await fault(made(table, { ...options, classes: ["ant"] })),
        /^sample\/no-label: Cannot pack row 1 of "bytes.parquet": .*"emu", which is not in the list/,
      );
    },
  },
  {
    name: "packTables() numbers classes by another split's names, and says which number has none",
    async run(fixtures) {
      const tables = await Promise.all(HF.map((name) => open(fixtures, name)));
      const { samples, report } = await made(tables, { classes: ["emu", "fox", "dog", "cat"] });
      const expected = [3, 2, 0, -1, undefined];
      assert.deepEqual(samples.map(({ fields }) => fields.cls), [...expected, ...expected]);
      assert.lengthOf(report.classes!, 4);
      assert.match(
        await fault(made(await open(fixtures, "labels.parquet"))),
        /^sample\/no-label: Cannot pack row 2 of .* 1, and there are the names of 1 classes/,
      );
      assert.match(
        await fault(made([await open(fixtures, "labels.parquet"), tables[0]])),
        /^sample\/no-field: .*its classes in "label" are not those of "labels.parquet"/,
      );
    },
  },
  {
    name:
      "packTables() reads a file beside in the place of bytes, and names each row without an image",
    async run(fixtures) {
      const { beside } = await readGolden(fixtures);
      const folder = new Folder({
        "data/faults.parquet": await fixtures.read("tables/faults.parquet"),
        "data/more/beside.png": await fixtures.read("tables/beside.png"),
        "outside.png": "never",
      });
      assert.match(
        await fault(packed(folder, { layout: "parquet", order: "as-is" })),
        /^sample\/no-image: Cannot pack row 3 of "data\/faults.parquet": .*neither bytes nor the path/,
      );
      const skipped: string[] = [];
      const { samples, report } = await packed(folder, {
        layout: "parquet",
        order: "as-is",
        onError: "skip",
        onSkip: ({ code, message }) => skipped.push(`${code} ${message}`),
      });
      assert.deepInclude(report, { layout: "parquet", keyOrigin: "row", skipped: 4, ignored: 2 });
      assert.deepEqual(samples.map(({ key, fields }) => [key, fields.txt]), [
        ["000000000", "0"],
        ["000000001", "1"],
        ["000000005", "5"],
      ]);
      assert.deepEqual(imageOf(samples[1]), ["png", beside]);
      assert.deepEqual(samples[1].fields.json, { image: "more/beside.png" });
      assert.equal(imageOf(samples[2])[0], "wav");
      assert.deepEqual(skipped.map((each) => / row (\d)/.exec(each)?.[1]), ["3", "4", "5", "7"]);
      assert.match(skipped[1], /^sample\/bad-field .* 4 bytes of no known image format/);
      assert.match(skipped[2], /^sample\/no-image .*"\.\.\/outside\.png" is no file in/);
      // Of bytes in memory nothing lies beside.
      const alone = await open(fixtures, "faults.parquet");
      assert.match(await fault(made(alone)), /row 2 of .*"more\/beside.png" is no file in/);
    },
  },
  {
    name: "packTables() numbers rows whose paths are not their own, and refuses keys that are not",
    async run(fixtures) {
      const table = await open(fixtures, "twins.parquet");
      const { samples, report } = await made([table, table]);
      assert.equal(report.keyOrigin, "row");
      assert.deepEqual(samples.at(-1)!.key, "000000007");
      assert.deepEqual(samples.at(-1)!.fields.json, { image: "image.jpg", name: "c", empty: "c" });
      assert.match(
        await fault(made(table, { keyColumn: "name" })),
        /^sample\/unwritable: Cannot pack row 3 of "twins.parquet": another row has the key "a_b"/,
      );
      assert.match(
        await fault(made(table, { keyColumn: "empty" })),
        /^sample\/bad-field: Cannot pack row 3 of "twins.parquet": "empty" is empty/,
      );
      const numbered = await made(table, { keyColumn: "name", keys: "numbered" });
      assert.lengthOf(numbered.samples, 4);
    },
  },
  {
    name: "packTables() says what is wrong with files and columns",
    async run(fixtures) {
      const table = await open(fixtures, "bytes.parquet");
      const twins = await open(fixtures, "twins.parquet");
      const whole = await fixtures.read("tables/bytes.parquet");
      const cut = toSource(whole.slice(0, whole.length - 100), { name: "cut.parquet" });
      const damaged = whole.slice();
      damaged.fill(0xff, 4, 400);
      const [none, join] = [
        await open(fixtures, "none.parquet"),
        await open(fixtures, "join.parquet"),
      ];
      const faults: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
        [() => made(cut), /^sample\/bad-field: Cannot read "cut.parquet" as a table: .*PAR1/],
        [() => made(new Uint8Array()), /^sample\/bad-field: /],
        [() => made([]), /^sample\/empty: Cannot pack tables: there are none/],
        [() => made(none), /^sample\/empty: .*they hold no rows/],
        [
          () => made(table, { imageColumn: "alt" }),
          /^sample\/no-field: .*"alt", but img, species, id, hash/,
        ],
        [
          () => made(table, { imageColumn: "id" }),
          /^sample\/no-field: .*"id" holds neither images nor/,
        ],
        [
          () => made(table, { labelColumn: "img" }),
          /^sample\/no-field: .*"img" holds neither whole/,
        ],
        [() => made(table, { keyColumn: "img" }), /^sample\/no-field: .*"img" holds neither texts/],
        [
          () => made(join),
          /^sample\/no-field: .*none of its columns __key__/,
        ],
        [
          () => made([twins, table]),
          /^sample\/no-field: .*"bytes.parquet": it has no column "image"/,
        ],
        [() => made(damaged), /^sample\/bad-field: .*rows 1 to 2: /],
        [() => made("./missing/a.parquet"), /^source\/not-found: /],
      ];
      for (const [work, expected] of faults) assert.match(await fault(work()), expected);
      const skipped: string[] = [];
      const rest = await made(toSource(damaged, { name: "damaged.parquet" }), {
        onError: "skip",
        onSkip: ({ message }) => skipped.push(message),
      });
      assert.deepEqual(rest.samples.map(({ key }) => key), [
        "000000002",
        "000000003",
        "000000004",
        "000000005",
      ]);
      assert.lengthOf(skipped, 1);
      assert.match(String(await rejection(made(table, { maxBufferedBytes: 0 }))), /RangeError/);
    },
  },
  {
    name:
      "packTables() tells of 300 damaged footers and of a source that fails, and of nothing else",
    async run(fixtures) {
      const random = randomFor(5, { purpose: "sample" });
      const whole = await fixtures.read(`tables/${HF[0]}`);
      const footerBytes = new DataView(whole.buffer, whole.byteOffset).getUint32(
        whole.length - 8,
        true,
      );
      let faults = 0;
      for (let i = 0; i < 300; i++) {
        const bytes = whole.slice();
        for (let k = random.below(3); k >= 0; k--) {
          bytes[whole.length - 9 - random.below(footerBytes)] = random.below(256);
        }
        try {
          await made(toSource(bytes, { name: "a.parquet" }));
        } catch (error) {
          assert.instanceOf(error, WdsError, String((error as Error).stack));
          faults++;
        }
      }
      assert.isAbove(faults, 100);
      const source = toSource(whole, { name: "a.parquet" });
      for (let failing = 0; failing < 30; failing++) {
        let opened = 0;
        const failed: Source = {
          name: "a.parquet",
          stat: () => Promise.resolve({ sizeBytes: whole.length }),
          open(options) {
            if (opened++ !== failing) return source.open(options);
            const place = { action: 'read "a.parquet"', reason: "the host is gone" };
            return Promise.reject(new SourceError("source/network", place));
          },
        };
        const work = made(failed).then(() => "well", ({ code, message }) => `${code} ${message}`);
        const told = await work;
        if (told !== "well") {
          assert.equal(told, 'source/network Cannot read "a.parquet": the host is gone');
        }
        assert.equal(told === "well", opened <= failing);
      }
    },
  },
  {
    name: "packTables() mixes row groups and rows by the seed, and goes on where it was stopped",
    async run(fixtures) {
      const tables = await Promise.all(HF.map((name) => open(fixtures, name)));
      for (const maxBufferedBytes of [1, 1500, 1e9]) {
        const options = { order: "mixed", seed: 3, maxCount: 3, maxBufferedBytes } as const;
        const whole = await made(tables, options);
        const keys = whole.samples.map(({ key }) => key);
        assert.lengthOf(new Set(keys), 10);
        const other = await made(tables, { ...options, seed: 4 });
        assert.notDeepEqual(other.samples.map(({ key }) => key), keys);
        const out = new MemoryStore();
        await runUntilDone(
          out,
          (store, signal) => packTables(tables, store, { ...options, signal }),
        );
        assert.deepEqual([...out.files.keys()].sort(), [...whole.out.files.keys()].sort());
        for (const [name, bytes] of out.files) {
          assert.deepEqual(whole.out.files.get(name), bytes, name);
        }
        assert.match(await fault(packTables(tables[0], out, options)), /^order\/changed/);
      }
    },
  },
  {
    name: "pack() takes the Parquet files of a folder that are of the split, if all are there",
    async run(fixtures) {
      const [first, second] = await Promise.all(HF.map((name) => fixtures.read(`tables/${name}`)));
      const folder = new Folder({
        "README.md": "a card",
        "data/train-00000-of-00002.parquet": first,
        "data/test-00000-of-00001-0a1b2c3d4e5f.parquet": second,
        "data/train-00001-of-00002.parquet": second,
      });
      const { report, samples } = await packed(folder);
      assert.deepInclude(report, { layout: "parquet", samples: 10, ignored: 2 });
      assert.lengthOf(samples, 10);
      assert.equal((await packed(folder, { split: "test" })).report.samples, 4);
      assert.match(
        await fault(packed(folder, { split: "validation" })),
        /^source\/not-found: .*files of test, train alone/,
      );
      folder.files.delete("data/train-00001-of-00002.parquet");
      assert.match(
        await fault(packed(folder)),
        /^source\/not-found: .*train-00001-of-00002.parquet is missing/,
      );
      // As the Hub converts datasets, and as people call files.
      const converted = new Folder({
        "default/train/0000.parquet": first,
        "default/train/0001.parquet": second,
        "default/val/0000.parquet": second,
      });
      assert.equal((await packed(converted)).report.samples, 10);
      assert.equal((await packed(converted, { split: "val" })).report.samples, 4);
      const others = new Folder({ "b.parquet": second, "a.parquet": first });
      const { samples: inOrder } = await packed(others, { order: "as-is" });
      assert.deepEqual(inOrder.map(({ key }) => key)[9], "set/9_some");
    },
  },
];
