/** Image processors against what Python makes of the images beside the repository. */

import { assert } from "chai";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import { processor } from "../../src/image/transform/processor.ts";
import { readRecipe } from "../../src/image/transform/recipes/mod.ts";
import { transformImage, transformPixels } from "../../src/image/transform/transform.ts";
import { readTar } from "../../src/tar/mod.ts";
import type { TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";
import { listShared, readShared, readSharedJson, sharedSkip } from "../shared_data.ts";
import { channelsFirst } from "./channels_first.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Shape and digests of the uint8 and of the finished tensor; the first is absent where padding comes last. */
type Row = readonly [shape: [number, number, number], pixels: string | null, result: string];

interface Golden {
  readonly processors: Record<
    string,
    { readonly backend: "torchvision" | "pil"; readonly config: Record<string, unknown> }
  >;
  readonly files: Record<string, Record<string, Row | number | string>>;
}

async function* readImages(names: ReadonlySet<string>): AsyncGenerator<[string, Bytes]> {
  for (const shard of await listShared("imagenet")) {
    if (!shard.endsWith(".tar")) continue;
    for await (
      const { path, bytes } of readTar(new Blob([await readShared(`imagenet/${shard}`)]).stream())
    ) {
      if (names.has(path)) yield [path, bytes.slice()];
    }
  }
  for (const name of names) {
    if (name.includes("/")) yield [name, await readShared(name)];
  }
}

export const cases: TestCase[] = [
  {
    name: "processor() makes what transformers makes of ImageNet's and others' images",
    skip: sharedSkip,
    async run() {
      await init();
      const { processors, files } = await readSharedJson<Golden>("imagenet.processors.golden.json");
      const counts = { files: 0, tensors: 0 };
      for await (const [name, bytes] of readImages(new Set(Object.keys(files)))) {
        const pixels = decodeJpeg(bytes);
        for (const [key, { backend, config }] of Object.entries(processors)) {
          const row = files[name][key] as Row | undefined;
          if (row === undefined) continue;
          const [shape, u8, result] = row;
          const what = `${name} ${key}`;
          const kept = transformImage(bytes, processor(config, { backend, type: "uint8" }));
          assert.deepEqual(kept.shape, [shape[1], shape[2], 3], what);
          const planes = channelsFirst(kept);
          if (u8 !== null) assert.equal(await sha256(planes), u8, what);
          // Python leaves it uint8 where there is nothing to be done to it.
          if (config.do_rescale === false && config.do_normalize === false) {
            assert.equal(await sha256(planes), result, what);
            continue;
          }
          const transform = processor(config, { backend });
          const made = transformImage(bytes, transform);
          assert.deepEqual(made.shape, shape, what);
          assert.equal(await sha256(made.data), result, what);
          if (counts.files % 16 === 0) {
            const same = transformPixels(pixels, readRecipe(transform), {});
            assert.equal(await sha256(same.data), result, `${what}, of pixels`);
          }
          counts.tensors++;
        }
        counts.files++;
      }
      assert.equal(counts.files, 67);
      assert.isAbove(counts.tensors, 2000);
    },
  },
];
