/** What a plan says of requests is what an epoch then sends. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import { formatIndex, indexShard } from "../../src/index/mod.ts";
import { makeShard } from "../dataset/shards.ts";
import { MemoryHost } from "./memory_host.ts";

/** Samples of a megabyte that each shard has. */
const COUNTS = [1, 9, 4, 13, 6];

async function makeHost(): Promise<MemoryHost> {
  const objects: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [i, count] of COUNTS.entries()) {
    const members = Array.from({ length: count }, (_, j): [string, Uint8Array] => [
      `${i}-${j}.bin`,
      new Uint8Array(1 << 20).fill(10 * i + j + 1),
    ]);
    const shard = await makeShard(members);
    objects[`/${i}.tar`] = shard;
    const index = formatIndex(await indexShard(shard, { name: `${i}.tar` }));
    objects[`/${i}.tar.idx`] = new TextEncoder().encode(index);
  }
  // In pieces as a network has them: Node counts every promise of a test.
  return new MemoryHost(objects, { chunkBytes: 1 << 16 });
}

export const cases: TestCase[] = [
  {
    name: "an epoch sends the requests that its plan says",
    async run() {
      const host = await makeHost();
      const dataset = webdataset(`https://host.test/{0..${COUNTS.length - 1}}.tar`, {
        fetch: host.fetch,
      });
      const count = async (samples: typeof dataset): Promise<[planned: number, sent: number]> => {
        const { share } = await samples.explain();
        host.seen.length = 0;
        for await (const _ of samples);
        const { requests } = samples.stats.network;
        const sent = host.seen.filter((line) => !line.includes(".idx")).length;
        assert.isAtLeast(requests, sent);
        return [share.requests!, sent];
      };
      const [planned, sent] = await count(dataset);
      assert.equal(sent, planned);
      for (const lanes of [1, 3, 8]) {
        for (const world of [1, 2]) {
          for (let rank = 0; rank < Math.min(world, lanes); rank++) {
            if (lanes % world > 0) continue;
            const share = dataset.shuffle({ seed: 3, lanes }).split({ rank, world });
            const [planned, sent] = await count(share);
            // Where in a shard a lane begins is taken from the mean size of its samples; in isolates eight lanes have
            // segments half as large, and two of them are off by one.
            assert.closeTo(
              sent,
              planned,
              lanes > 4 ? 2 : 1,
              `${lanes} lanes, rank ${rank} of ${world}`,
            );
          }
        }
      }
    },
  },
];
