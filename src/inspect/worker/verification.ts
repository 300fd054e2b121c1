/**
 * The second step, for whoever wants to know: all of the shard is read, and every image decoded.
 *
 * @module
 */
import type { Source } from "../../storage/source.ts";
import { wrap } from "../../storage/wrap.ts";
import { countBytes } from "../../steps/read.ts";
import type { VerifyReport } from "../../tools/findings.ts";
import { verifyShards } from "../../tools/verify.ts";
import type { FoundFault, Verifying } from "../messages.ts";

/** Findings that are listed; all are counted. */
const MOST_LISTED = 1000;

/** What {@linkcode verify} takes. */
export interface VerificationOptions {
  readonly signal: AbortSignal;
  /** Is told how far it is, now and then, and at the end. */
  onState(state: Verifying): void;
  /** Whether somebody wants to know how far it is by now. */
  isDue(): boolean;
}

/** A shard that is verified. */
export interface ToVerify {
  /** The number that the page has given it. */
  readonly shard: number;
  readonly name: string;
  /** Absent where it could not even be opened. */
  readonly source: Source | undefined;
}

/** Looks through shards for all that is wrong with them. It never throws: what ends it, it says. */
export async function verify(
  given: readonly ToVerify[],
  options: VerificationOptions,
): Promise<void> {
  const { signal, onState, isDue } = options;
  let [readBytes, samples, images, listed] = [0, 0, 0, 0];
  let counts: Verifying["counts"] = {};
  let shards: Verifying["shards"] = [];
  let findings: FoundFault[] = [];
  const tell = (phase: Verifying["phase"]): void => {
    onState({ phase, readBytes, samples, images, shards, counts: { ...counts }, findings });
    findings = [];
  };
  const numbers = new Map<string, number>();
  const sources: Source[] = [];
  for (const { shard, name: own, source } of given) {
    if (source === undefined) continue;
    // Files of two folders may have one name; findings tell them apart.
    let name = own;
    for (let i = 2; numbers.has(name); i++) name = `${own} (${i})`;
    numbers.set(name, shard);
    sources.push(wrap(source, {
      name,
      async open(given, plain) {
        const opened = await plain.open(given);
        const body = countBytes(opened.body, (bytes) => {
          readBytes += bytes;
          // Between two samples there may be gigabytes.
          if (isDue()) tell("verifying");
        });
        return { ...opened, body };
      },
    }));
  }
  const take = (report: VerifyReport): void => {
    ({ samples, images, counts } = report);
    shards = report.shards.map(({ name, samples, counts }) => ({
      shard: numbers.get(name)!,
      samples,
      faults: Object.values(counts).reduce((sum, count) => sum + count, 0),
    }));
  };
  try {
    const report = await verifyShards(sources, {
      signal,
      // These are of what lies beside a shard, which a page is not given.
      skip: ["count", "index"],
      onFinding({ check, message, key, offsetBytes, shard }) {
        if (listed++ >= MOST_LISTED) return;
        findings.push({ check, message, key, offsetBytes, shard: numbers.get(shard ?? "") });
      },
      onProgress(report) {
        take(report);
        if (isDue()) tell("verifying");
      },
    });
    take(report);
  } catch (error) {
    if (signal.aborted) return tell("stopped");
    addAccess(error instanceof Error ? error.message : String(error));
  }
  for (const { shard, name, source } of given) {
    if (source !== undefined) continue;
    addAccess(`"${name}" could not be opened`, shard);
    shards = [...shards, { shard, samples: 0, faults: 1 }];
  }
  tell(counts.access === undefined ? "done" : "failed");

  function addAccess(message: string, shard?: number): void {
    findings.push({ check: "access", message, shard });
    counts = { ...counts, access: (counts.access ?? 0) + 1 };
  }
}
