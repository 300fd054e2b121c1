/** Shards on a host that fails in every way a host can, over real connections. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { makeShard } from "../dataset/shards.ts";
import { makeNoise } from "./bytes.ts";
import { startFaultServer } from "./fault_server.ts";
import { HOST_FAULTS } from "./faulty_reading.ts";
import { readFaulty, textOf } from "./faulty_reading.ts";

// As small as a shard can be: one member, and no end.
const shard = (await makeShard([["a.bin", makeNoise(300)]])).slice(0, 1024);

/** Readings at one time. */
const READERS = 24;

/** Connections that may be kept for the next request, to either origin. */
const MOST_KEPT = 2 * READERS + 8;

/** Meets each fault at every so-many-th byte, and gives how often what came of it. */
export async function meetFaults(every: number, first = 0): Promise<Record<string, number>> {
  const expected = await textOf(webdataset(shard, { endOfArchive: "optional" }));
  const host = await startFaultServer(shard);
  const codes: Record<string, number> = {};
  try {
    const places: [fault: string, at: number][] = [];
    for (const fault of HOST_FAULTS) {
      for (let at = first; at < shard.length; at += every) places.push([fault, at]);
    }
    await Promise.all(Array.from({ length: READERS }, async () => {
      for (let place = places.pop(); place !== undefined; place = places.pop()) {
        const code = await readFaulty(host.origin, ...place, [expected]);
        codes[code] = (codes[code] ?? 0) + 1;
      }
    }));
    assert.deepEqual(host.leaks, [], "credentials went to another origin");
    // Connections that stay open for the next request are none that leak.
    for (let i = 0; i < 300 && host.connections > MOST_KEPT; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.isAtMost(host.connections, MOST_KEPT);
  } finally {
    await host.close();
  }
  return codes;
}

export const cases: TestCase[] = [
  {
    name:
      "a shard on a host that fails, each fault at bytes all over it, is exact or one typed error",
    async run() {
      const codes = await meetFaults(67);
      assert.isAbove(codes.whole, 200);
      assert.isAbove(codes["tar/not-tar"], 9);
      assert.isAbove(codes["source/redirect"], 9);
    },
  },
];
