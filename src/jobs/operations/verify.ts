/**
 * `verify` as a job: what is wrong with each shard.
 *
 * @module
 */
import { checkCount } from "../../check.ts";
import { type Check, CHECKS, type Finding } from "../../tools/findings.ts";
import { toBase64 } from "../../tools/describe_sample.ts";
import { KeyLog, KeyTable, readKeyLog } from "../../tools/key_table.ts";
import { verifyBeside, type VerifyOptions } from "../../tools/verify.ts";
import { canonicalJson, type Json, type JsonObject } from "../canonical.ts";
import type { MergeContext, Operation } from "../operation.ts";
import { putMerged } from "./put_merged.ts";
import { checkNames, readEnd } from "./read_options.ts";

/** Findings that a receipt has of its shard, and the report of all. */
const MAX_SHARD_FINDINGS = 1000;
const MAX_FINDINGS = 10_000;

/** Keys that are compared with those of other shards: 16 bytes each, of a shard in its receipt, of all in the merge. */
const MAX_SHARD_KEYS = 100_000;
const MAX_KEYS = 10_000_000;

/** Name of the report. */
const REPORT = "verify.json";

const MANY_KEYS =
  "Of some shards not all keys were compared with those of the others: there are too many";

const NAMES = [
  "classes",
  "fields",
  "image",
  "emptyDeviation",
  "skip",
  "endOfArchive",
  "maxEntryBytes",
];

/** Looks through shards for what is wrong with them, each by itself; the merge compares the keys of all. */
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
    const { plan, source, workers, signal, step, watch, number } = task;
    let seen = 0;
    const options = plan.options as unknown as VerifyOptions;
    const keys = new KeyLog(
      Math.min(MAX_SHARD_KEYS, Math.floor(MAX_KEYS / plan.inputs.length)),
    );
    const { samples, images, bytes, counts, findings, isCut, badSamples, notes } =
      await verifyBeside(source, {
        ...options,
        workers,
        signal,
        onFinding({ check }) {
          // What could not be read is no finding: the next try may.
          if (check === "access") throw task.lastFault;
        },
        onProgress: ({ samples }, states) => {
          watch(states);
          const more = samples - seen;
          seen = samples;
          return step(more);
        },
      }, keys);
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
        notes: keys.isCut ? [...notes, MANY_KEYS] : notes,
        ...(options.skip?.includes("keys") ? {} : { keys: toBase64(keys.toBytes()) }),
      },
    };
  },
  async merge(merging: MergeContext) {
    const { receipts } = merging;
    const counts: Partial<Record<Check, number>> = {};
    const findings: Finding[] = [];
    const sums = { samples: 0, images: 0, bytes: 0 };
    let isCut = false;
    let [double, worse] = [0, 0];
    const table = new KeyTable();
    const names = receipts.map(({ result }) => String(result!.shard));
    const shards = receipts.map(({ counts: own, result }, number) => {
      const { shard, findings: found, isCut: isOwnCut, keys } = result!;
      const checks = { ...result!.checks as Record<string, number> };
      const again = typeof keys === "string" ? compareKeys(keys, number, names, table) : [];
      if (again.length > 0) checks.keys = (checks.keys ?? 0) + again.length;
      const bad = new Set(result!.badSamples as number[]);
      for (const { index } of again) bad.add(index!);
      const badSamples = [...bad].sort((a, b) => a - b);
      double += again.length;
      worse += badSamples.length - own.badSamples;
      for (const [check, count] of Object.entries(checks)) {
        counts[check as Check] = (counts[check as Check] ?? 0) + count;
      }
      for (const name of ["samples", "images", "bytes"] as const) sums[name] += own[name];
      const room = MAX_FINDINGS - findings.length;
      const all = [...found as unknown as readonly Finding[], ...again];
      findings.push(...all.slice(0, room));
      isCut ||= isOwnCut === true || all.length > room;
      return { name: shard, samples: own.samples, counts: checks, badSamples };
    });
    const notes = [...new Set(receipts.flatMap(({ result }) => result!.notes as string[]))];
    const report = { ...sums, counts, isCut, notes, shards, findings };
    await putMerged(merging, REPORT, `${JSON.stringify(report, undefined, 2)}\n`);
    return { findings: double, badSamples: worse };
  },
};

/** Finds the samples of a shard whose keys those before it have. The keys are not known here: who looks at one sees it. */
function compareKeys(
  log: string,
  number: number,
  names: readonly string[],
  table: KeyTable,
): Finding[] {
  const bytes = Uint8Array.from(atob(log), (letter) => letter.charCodeAt(0));
  const findings: Finding[] = [];
  for (const { low, high, index } of readKeyLog(bytes)) {
    const before = table.addHash(low, high, number);
    if (before === undefined || before === number) continue;
    const message = `the key of sample ${index} comes again: "${
      names[before]
    }" has one of that key`;
    findings.push({ check: "keys", shard: names[number], index, message });
  }
  return findings;
}
