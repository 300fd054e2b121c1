/** What is read over real connections from the hosts of `hosts.ts`. */

import { meetFaults } from "../storage/faulty_reading.ts";
import { useBucket } from "../storage/s3_reading.ts";
import { type CaseResult, limited } from "./portable.ts";

/** Reads from the hosts that a query names. */
export async function readHosts(query: URLSearchParams): Promise<CaseResult[]> {
  return [
    await check("a shard on a host that fails is exact or one typed error", async () => {
      const codes = await meetFaults(query.get("faults")!, 67);
      if (!(codes.whole > 200 && codes["tar/not-tar"] > 9 && codes["source/changed"] > 9)) {
        throw new Error(JSON.stringify(codes));
      }
    }),
    await check("s3: a bucket that demands signatures", () => useBucket(query.get("bucket")!)),
  ];
}

async function check(name: string, work: () => Promise<void>): Promise<CaseResult> {
  try {
    await limited(work());
    return { group: "source", name, status: "passed" };
  } catch (error) {
    const text = error instanceof Error ? `${error.stack ?? error}` : String(error);
    return { group: "source", name, status: "failed", error: text.slice(0, 2000) };
  }
}
