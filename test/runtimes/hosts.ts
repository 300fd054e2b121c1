/** Hosts on loopback that runtimes without files and sockets of their own read from: `read_hosts.ts` is what reads. */

import { startFaultServer } from "../storage/fault_server.ts";
import { makeFaultyShard } from "../storage/faulty_reading.ts";
import { S3Host } from "../storage/s3_host.ts";
import { KEYS, makeBucket } from "../storage/s3_reading.ts";
import { startS3Server } from "../storage/s3_server.ts";
import type { CaseResult } from "./portable.ts";

/** Hosts that run. */
export interface Hosts {
  /** Names and values of a query, for who reads from them. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** What the hosts have seen. */
  check(): CaseResult[];
  close(): Promise<void>;
}

/** Starts one that fails, and a bucket. */
export async function startHosts(): Promise<Hosts> {
  const faults = await startFaultServer(await makeFaultyShard());
  const bucket = new S3Host(await makeBucket(), { keys: KEYS, pageSize: 1 });
  const server = await startS3Server(bucket);
  return {
    query: [["faults", faults.origin], ["bucket", server.origin]],
    check() {
      const tell = (name: string, wrong: readonly string[], most = 0): CaseResult => ({
        group: "source",
        name,
        ...(wrong.length <= most
          ? { status: "passed" }
          : { status: "failed", error: wrong.slice(0, 5).join() }),
      });
      return [
        tell("a token goes to no other origin", faults.leaks),
        tell("no cache of the runtime's own asks for the rest of a version", faults.conditions),
        tell("but for one wrong secret, signatures are those of AWS's package", bucket.faults, 1),
      ];
    },
    async close() {
      await Promise.all([faults.close(), server.close()]);
    },
  };
}
