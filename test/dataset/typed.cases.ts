/** Fields that the compiler knows: what does not compile here is tested by checking this file. */

import { assert } from "chai";
import { evaluation, type FieldSchema, type SampleError, webdataset } from "../../mod.ts";
import type { TestCase } from "../case.ts";
import { catchError, collect, makeShard } from "./shards.ts";

/** Of captions: an interface, because such have no index signature. */
interface Caption {
  txt: string;
  json: { width: number };
}

/** A schema as libraries make them, which counts the letters of captions. */
const schema: FieldSchema<{ txt: number; json: { width: number } }> = {
  "~standard": {
    version: 1,
    vendor: "by hand",
    validate(value) {
      const { txt, json } = value as Partial<Caption>;
      if (typeof txt !== "string") return { issues: [{ message: "no text", path: ["txt"] }] };
      if (typeof json?.width !== "number") {
        return {
          issues: [{ message: "no number", path: ["json", { key: "width" }] }, { message: "x" }],
        };
      }
      return { value: { txt: txt.length, json } };
    },
  },
};

const makeCaptions = (width: string): Promise<Uint8Array<ArrayBuffer>> =>
  makeShard([
    ["a.bin", "x"],
    ["a.txt", "a cat"],
    ["a.json", '{"width": 3}'],
    ["b.txt", "two"],
    ["b.json", `{"width": ${width}}`],
  ]);

export const cases: TestCase[] = [
  {
    name: "decode() has the types that it was told, and a misspelt field does not compile",
    async run(): Promise<void> {
      const typed = webdataset(await makeCaptions("4")).decode<Caption>();
      const widths = typed.filter(({ fields }) => fields.txt.startsWith("a"))
        .map(({ fields, key }) => `${key} ${fields.json.width}`);
      assert.deepEqual(await collect(widths), ["a 3"]);
      // @ts-expect-error: there is no such field
      typed.map(({ fields }) => fields.text);
      // @ts-expect-error: it is a text
      typed.map(({ fields }) => fields.txt * 2);
      const untyped = webdataset(await makeCaptions("4")).decode();
      // @ts-expect-error: what nobody said is unknown
      untyped.map(({ fields }) => fields.txt.length);
      assert.doesNotThrow(() => typed.transform(evaluation({ size: 8 })));
    },
  },
  {
    name: "decode() gives what a schema makes of fields, with its types, and leaves others alone",
    async run(): Promise<void> {
      const typed = webdataset(await makeCaptions("4")).decode({ schema });
      const lengths = typed.map(({ fields }) => fields.txt + fields.json.width);
      assert.deepEqual(await collect(lengths), [8, 7]);
      // @ts-expect-error: there is no such field
      typed.map(({ fields }) => fields.caption);
      const [{ fields }] = await collect(typed);
      assert.deepEqual(Object.keys(fields).sort(), ["bin", "json", "txt"]);
      assert.equal((await typed.at(1)).fields.txt, 3);
      const [step] = (await typed.explain()).steps;
      assert.deepInclude(step.settings, { schema: "by hand" });
    },
  },
  {
    name: "a sample that its schema refuses is a fault of the field that the schema names",
    async run(): Promise<void> {
      const shard = await makeCaptions('"4"');
      const open = (onError: "throw" | "skip") =>
        webdataset(shard, { name: "s.tar", onError }).decode({ schema });
      const error = await catchError(collect(open("throw"))) as SampleError;
      assert.deepInclude(error, { code: "sample/bad-field", key: "b", field: "json" });
      assert.equal(
        error.message,
        'Cannot decode "b.json" of "s.tar": its schema refuses it: width: no number, and 1 more',
      );
      assert.deepEqual((await collect(open("skip"))).map(({ key }) => key), ["a"]);
      // @ts-expect-error: no schema
      assert.throws(() => webdataset(shard).decode({ schema: {} }), TypeError, /Standard Schema/);
    },
  },
];
