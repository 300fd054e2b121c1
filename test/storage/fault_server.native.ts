/** Shards on a host that fails in every way a host can, over real connections. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { startFaultServer } from "./fault_server.ts";
import { makeFaultyShard, meetFaults, READERS } from "./faulty_reading.ts";

/** Connections that may be kept for the next request, to either origin. */
const MOST_KEPT = 2 * READERS + 8;

/** Meets each fault at every so-many-th byte, and gives how often what came of it; nothing may be open afterwards. */
export async function meetAllFaults(every: number): Promise<Record<string, number>> {
  const host = await startFaultServer(await makeFaultyShard());
  try {
    const codes = await meetFaults(host.origin, every);
    assert.deepEqual(host.leaks, [], "credentials went to another origin");
    // Connections that stay open for the next request are none that leak.
    for (let i = 0; i < 2000 && host.connections > MOST_KEPT; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.isAtMost(host.connections, MOST_KEPT);
    return codes;
  } finally {
    await host.close();
  }
}

export const cases: TestCase[] = [
  {
    name:
      "a shard on a host that fails, each fault at bytes all over it, is exact or one typed error",
    async run() {
      const codes = await meetAllFaults(67);
      assert.isAbove(codes.whole, 200);
      assert.isAbove(codes["tar/not-tar"], 9);
      assert.isAbove(codes["source/redirect"], 9);
    },
  },
];
