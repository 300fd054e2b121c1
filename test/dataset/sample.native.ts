import { assert } from "chai";
import { readFile } from "node:fs/promises";
import { sampleShard, webdataset } from "../../src/dataset/mod.ts";
import { imagenetLabels } from "../../src/imagenet/mod.ts";
import { decodeJpeg, init, toRgb } from "../../src/image/mod.ts";
import type { TestCase } from "../case.ts";
import { makeSample } from "../fixtures/sample/make_sample.ts";
import { decodeByJsquash } from "../image/jsquash.ts";
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
    name: "decodeJpeg() equals MozJPEG as @jsquash/jpeg has it, on the built-in sample",
    async run(): Promise<void> {
      await init();
      for await (const { key, bytes } of webdataset(sampleShard())) {
        const theirs = await decodeByJsquash(bytes.jpg);
        const ours = toRgb(decodeJpeg(bytes.jpg));
        assert.deepEqual([ours.width, ours.height], [theirs.width, theirs.height], key);
        for (let from = 0, to = 0; from < ours.data.length; from++, to += from % 3 === 0 ? 2 : 1) {
          if (ours.data[from] === theirs.data[to]) continue;
          const pixel = Math.floor(from / 3);
          const at = `(${pixel % ours.width}, ${Math.floor(pixel / ours.width)}, ${from % 3})`;
          assert.fail(`${key} differs first at ${at}: ${ours.data[from]}, not ${theirs.data[to]}`);
        }
      }
    },
  },
];
