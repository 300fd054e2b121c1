/** `pack()`: what becomes of a folder, and how it goes on. */

import { assert } from "chai";
import type { Fixtures, TestCase } from "../case.ts";
import type { WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { parseJsonText } from "../../src/sample/json.ts";
import type { DecodedSample } from "../../src/sample/schema.ts";
import type { StoredObject } from "../../src/storage/mod.ts";
import { pack, type PackOptions } from "../../src/tools/mod.ts";
import { rejection } from "../storage/bytes.ts";
import { runUntilDone } from "./stopped_runs.ts";
import { MemoryStore } from "../writing/memory_store.ts";

interface Golden {
  readonly parquet: readonly Record<string, unknown>[];
  readonly csv: readonly Record<string, string>[];
  readonly names: readonly string[];
  readonly classes: readonly string[];
  readonly samples: readonly (readonly [name: string, cls: number])[];
}

/** What Python makes of the tables and folders. */
export const readGolden = async ({ read }: Fixtures): Promise<Golden> =>
  parseJsonText(new TextDecoder().decode(await read("tables/golden.json"))) as Golden;

/** A folder in memory. */
export class Folder extends MemoryStore {
  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    super();
    for (const [name, body] of Object.entries(files)) {
      this.files.set(name, typeof body === "string" ? new TextEncoder().encode(body) : body);
    }
  }
  async *list(): AsyncGenerator<StoredObject> {
    for (const name of [...this.files.keys()].sort()) yield { name };
  }
}

/** A sample as it is read back. */
export type Decoded = DecodedSample<Record<string, unknown>>;

/** The samples of the shards that were written. */
export async function readBack(store: MemoryStore): Promise<Decoded[]> {
  const samples: Decoded[] = [];
  for (const [, bytes] of store.tars) {
    for await (const sample of webdataset(bytes).decode({ fields: ["cls", "txt", "json"] })) {
      samples.push(sample as Decoded);
    }
  }
  return samples;
}

/** Packs a folder, and reads what was written. */
export async function packed(
  folder: Folder,
  options: PackOptions = {},
): Promise<{ samples: Decoded[]; report: Awaited<ReturnType<typeof pack>>; out: MemoryStore }> {
  const out = new MemoryStore();
  const report = await pack(folder, out, options);
  return { samples: await readBack(out), report, out };
}

/** Bytes as text. */
export const text = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array);

/** Files that are named, each with its name in it. */
export const fill = (names: readonly string[]): Folder =>
  new Folder(Object.fromEntries(names.map((name) => [name, name])));

export const cases: TestCase[] = [
  {
    name: "pack() numbers class folders and lists their images as torchvision's ImageFolder does",
    async run(fixtures) {
      const { names, classes, samples } = await readGolden(fixtures);
      const options = { order: "as-is", layout: "classes", keys: "numbered" } as const;
      const made = await packed(fill(names), options);
      const listed = made.samples.map(({ fields, bytes }) => {
        const [name] = Object.keys(bytes).filter((extension) => extension !== "cls");
        return [text(bytes[name]), fields.cls];
      });
      assert.deepEqual(listed, samples.map((sample) => [...sample]));
      assert.deepEqual(made.report.classes, classes);
      const list = text(made.out.files.get("train.classes.txt"));
      assert.equal(list, classes.map((name) => `${name}\n`).join(""));
      // One text file; what is hidden does not count.
      assert.equal(made.report.ignored, 1);
    },
  },
  {
    name: "pack() makes keys of paths, and takes the classes of another split",
    async run() {
      const folder = fill(["cat/1.v2.jpg", "dog/x.PNG"]);
      const classes = ["ant", "dog", "cat"];
      const { samples } = await packed(folder, { classes, order: "as-is" });
      assert.deepEqual(samples.map(({ key, fields }) => [key, fields.cls, Object.keys(fields)]), [
        ["cat/1_v2", 2, ["cls", "jpg"]],
        ["dog/x", 1, ["cls", "png"]],
      ]);
      const lacking = await rejection(packed(folder, { classes: ["dog"] })) as WdsError;
      assert.equal(lacking.code, "sample/no-label");
      const twins = fill(["cat/1.jpg", "cat/1.png"]);
      assert.equal((await rejection(packed(twins)) as WdsError).code, "sample/unwritable");
      assert.lengthOf((await packed(twins, { keys: "numbered" })).samples, 2);
    },
  },
  {
    name: "pack() makes one sample of the files of one name in a flat folder",
    async run() {
      const folder = fill([
        "b.jpg",
        "a.txt",
        "a.JPG",
        "a.seg.png",
        "sub/a.jpg",
        ".DS_Store",
        "none",
      ]);
      const { samples, report } = await packed(folder, { order: "as-is" });
      assert.deepEqual(samples.map(({ key, bytes }) => [key, Object.keys(bytes)]), [
        ["a", ["jpg", "seg.png", "txt"]],
        ["b", ["jpg"]],
        ["sub/a", ["jpg"]],
      ]);
      assert.equal(samples[0].fields.txt, "a.txt");
      assert.deepInclude(report, { layout: "flat", ignored: 1 });
      const twice = await rejection(packed(fill(["a.jpg", "a.JPG"]))) as WdsError;
      assert.equal(twice.code, "sample/duplicate-field");
      assert.equal((await rejection(packed(fill(["none"]))) as WdsError).code, "sample/empty");
    },
  },
  {
    name:
      "pack() mixes all samples by the seed, and goes on where it was stopped with the same bytes",
    async run() {
      const names = Array.from({ length: 50 }, (_, i) => `${i % 5}/${i}.jpg`);
      const options = { seed: 3, maxCount: 7, info: true };
      const whole = await packed(fill(names), options);
      const keys = whole.samples.map(({ key }) => key);
      assert.notDeepEqual(
        keys,
        (await packed(fill(names), { seed: 4 })).samples.map(({ key }) => key),
      );
      assert.lengthOf(new Set(keys), 50);
      // Of five classes in turns, some come twice in a row: they are not sorted, nor dealt.
      assert.isAbove(new Set(keys.slice(0, 10).map(([cls]) => cls)).size, 2);
      const out = new MemoryStore();
      const starts = await runUntilDone(
        out,
        (store, signal) => pack(fill(names), store, { ...options, signal }),
      );
      assert.isAbove(starts, 4);
      assert.deepEqual([...out.files.keys()].sort(), [...whole.out.files.keys()].sort());
      for (const [name, bytes] of out.files) {
        assert.deepEqual(whole.out.files.get(name), bytes, name);
      }
      const other = await rejection(pack(fill(names.slice(1)), out, options)) as WdsError;
      assert.equal(other.code, "order/changed");
    },
  },
];
