import { assert } from "chai";
import { readFile } from "node:fs/promises";
import { sampleShard, webdataset } from "../../src/dataset/mod.ts";
import { imagenetLabels } from "../../src/imagenet/mod.ts";
import { init } from "../../src/image/mod.ts";
import type { TestCase } from "../case.ts";
import { makeSample } from "../fixtures/sample/make_sample.ts";
import { assertSamePixels, decodeByJsquash } from "../image/jsquash.ts";
import { collect } from "./shards.ts";

export const cases: TestCase[] = [
  {
    name: "sampleShard() is what its maker makes, byte for byte",
    async run(): Promise<void> {
      const committed = await readFile(sampleShard());
      const made = await makeSample();
      assert.isTrue(committed.equals(made), "run `deno task make:sample`");
      assert.isBelow(made.length, 2_000_000);
    },
  },
  {
    name: "sampleShard() is laid out as the shards of timm/imagenet-1k-wds",
    async run(): Promise<void> {
      const labels = await imagenetLabels();
      const samples = await collect(webdataset(sampleShard()).decode({ fields: ["cls", "json"] }));
      assert.isAtLeast(samples.length, 32);
      for (const [index, { key, fields, bytes, offsets }] of samples.entries()) {
        assert.deepEqual(Object.keys(bytes), ["cls", "jpg", "json"]);
        const label = fields.cls as number;
        assert.equal(key, `${labels[label].synset}_${String(index).padStart(8, "0")}`);
        const facts = fields.json as Record<string, unknown>;
        assert.deepInclude(facts, { label, filename: `${key}.JPEG` });
        assert.isBelow(offsets.cls, offsets.jpg);
      }
    },
  },
  {
    name: "decodeJpeg() equals MozJPEG on every picture of the built-in sample",
    async run(): Promise<void> {
      await init();
      for await (const { key, bytes } of webdataset(sampleShard())) {
        assertSamePixels(key, bytes.jpg, await decodeByJsquash(bytes.jpg));
      }
    },
  },
];
