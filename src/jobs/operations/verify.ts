/**
 * `verify` as a job: what is wrong with each shard.
 *
 * @module
 */
import { checkCount } from "../../check.ts";
import { type Check, CHECKS, type Finding } from "../../tools/findings.ts";
import { type VerifyOptions, verifyShards } from "../../tools/verify.ts";
import { canonicalJson, type Json, type JsonObject } from "../canonical.ts";
import type { MergeContext, Operation } from "../operation.ts";
import { putMerged } from "./put_merged.ts";
import { checkNames, readEnd } from "./read_options.ts";

/** Findings that a receipt has of its shard, and the report of all. */
const MAX_SHARD_FINDINGS = 1000;
const MAX_FINDINGS = 10_000;

/** Name of the report. */
const REPORT = "verify.json";

const NAMES = [
  "classes",
  "fields",
  "image",
  "emptyDeviation",
  "skip",
  "endOfArchive",
  "maxEntryBytes",
];

/** Looks through shards for what is wrong with them, each by itself. */
export const operation: Operation = {
  usesKernel: true,
  readOptions(options) {
    checkNames(options, NAMES);
    const { classes, emptyDeviation = 2, skip = [] } = options;
    if (classes !== undefined) checkCount("classes", classes as number, 1);
    for (const check of skip as string[]) {
      if (!Object.hasOwn(CHECKS, check)) throw new TypeError(`there is no check "${check}"`);
    }
    return { ...options, emptyDeviation, skip, endOfArchive: readEnd(options) };
  },
  nameOutputs: () => [],
  isExact: () => true,
  async run(task) {
    const { plan, source, workers, signal, step, number } = task;
    let seen = 0;
    const { samples, images, bytes, counts, findings, isCut, badSamples, notes } =
      await verifyShards(source, {
        ...plan.options as unknown as VerifyOptions,
        workers,
        signal,
        onFinding({ check }) {
          // What could not be read is no finding: the next try may.
          if (check === "access") throw task.lastFault;
        },
        onProgress: ({ samples }) => {
          const more = samples - seen;
          seen = samples;
          return step(more);
        },
      });
    const told = findings.slice(0, MAX_SHARD_FINDINGS) as unknown as Json;
    const found = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const bad = [...badSamples.get(0) ?? []].sort((a, b) => a - b);
    return {
      counts: { samples, images, bytes, findings: found, badSamples: bad.length },
      result: {
        shard: plan.inputs[number].url,
        checks: counts as unknown as JsonObject,
        // As it would be read back: what is undefined is absent.
        findings: JSON.parse(canonicalJson(told)),
        isCut: isCut || findings.length > MAX_SHARD_FINDINGS,
        badSamples: bad,
        notes,
      },
    };
  },
  async merge(merging: MergeContext) {
    const { receipts } = merging;
    const counts: Partial<Record<Check, number>> = {};
    const findings: Finding[] = [];
    const sums = { samples: 0, images: 0, bytes: 0 };
    let isCut = false;
    const shards = receipts.map(({ counts: own, result }) => {
      const { shard, checks, findings: found, isCut: isOwnCut, badSamples } = result!;
      for (const [check, count] of Object.entries(checks as JsonObject)) {
        counts[check as Check] = (counts[check as Check] ?? 0) + (count as number);
      }
      for (const name of ["samples", "images", "bytes"] as const) sums[name] += own[name];
      const room = MAX_FINDINGS - findings.length;
      const all = found as unknown as readonly Finding[];
      findings.push(...all.slice(0, room));
      isCut ||= isOwnCut === true || all.length > room;
      return { name: shard, samples: own.samples, counts: checks, badSamples };
    });
    const notes = [...new Set(receipts.flatMap(({ result }) => result!.notes as string[]))];
    const report = { ...sums, counts, isCut, notes, shards, findings };
    await putMerged(merging, REPORT, `${JSON.stringify(report, undefined, 2)}\n`);
  },
};
