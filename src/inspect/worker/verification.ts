/**
 * The second step, for whoever wants to know: all of the shard is read, and every image decoded.
 *
 * @module
 */
import type { Source } from "../../storage/source.ts";
import { wrap } from "../../storage/wrap.ts";
import { countBytes } from "../../steps/read.ts";
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

/** Looks through a shard for all that is wrong with it. It never throws: what ends it, it says. */
export async function verify(source: Source, options: VerificationOptions): Promise<void> {
  const { signal, onState, isDue } = options;
  let [readBytes, samples, images, listed] = [0, 0, 0, 0];
  let counts: Verifying["counts"] = {};
  let findings: FoundFault[] = [];
  const tell = (phase: Verifying["phase"]): void => {
    onState({ phase, readBytes, samples, images, counts: { ...counts }, findings });
    findings = [];
  };
  const counted = wrap(source, {
    async open(given, plain) {
      const opened = await plain.open(given);
      const body = countBytes(opened.body, (bytes) => {
        readBytes += bytes;
        // Between two samples there may be gigabytes.
        if (isDue()) tell("verifying");
      });
      return { ...opened, body };
    },
  });
  try {
    const report = await verifyShards(counted, {
      signal,
      // These are of what lies beside a shard, which a page is not given.
      skip: ["count", "index"],
      onFinding({ check, message, key, offsetBytes }) {
        if (listed++ < MOST_LISTED) findings.push({ check, message, key, offsetBytes });
      },
      onProgress(report) {
        ({ samples, images, counts } = report);
        if (isDue()) tell("verifying");
      },
    });
    ({ samples, images, counts } = report);
    tell(counts.access === undefined ? "done" : "failed");
  } catch (error) {
    if (signal.aborted) return tell("stopped");
    const message = error instanceof Error ? error.message : String(error);
    findings.push({ check: "access", message });
    counts = { ...counts, access: 1 };
    tell("failed");
  }
}
