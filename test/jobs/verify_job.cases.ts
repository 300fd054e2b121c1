/** Verification as a job: findings of each shard, and keys that two shards have. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { planJob, runJob } from "../../src/jobs/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { verifyShards } from "../../src/tools/mod.ts";
import { makeShard, makeTextShard } from "../dataset/shards.ts";
import { opener } from "./inputs.ts";
import { JobStore } from "./job_store.ts";

const decode = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

export const cases: TestCase[] = [
  {
    name: "verify as a job finds in each shard what one pass finds in it",
    async run() {
      const good = await makeTextShard("k", 4);
      const damaged = good.slice();
      damaged[512 * 4 + 150] ^= 1;
      const labelled = await makeShard([["a.cls", "12"], ["a.txt", "x"], ["b.cls", "3"]]);
      // Keys of two shards, of which one comes twice in its own, too.
      const again = await makeShard([["n.cls", "1"], ["k2.cls", "2"], ["n.txt", "x"]]);
      const inputs = new Map([
        ["g.tar", good],
        ["d.tar", damaged],
        ["l.tar", labelled],
        ["a.tar", again],
      ]);
      const store = new JobStore();
      const options = { classes: 10, fields: ["cls", "txt"] };
      const job = await planJob([...inputs.keys()], store.process(), {
        operation: "verify",
        options,
        open: opener(inputs),
      });
      const { merged } = await runJob(job);
      const report = JSON.parse(decode(store.files.get("verify.json")));
      const found: unknown[] = [];
      for (const [name, bytes] of inputs) {
        const { findings } = await verifyShards(toSource(bytes, { name }), options);
        found.push(...JSON.parse(JSON.stringify(findings)));
      }
      assert.isAbove(found.length, 2);
      type Found = { shard: string; index?: number; message: string };
      const isDouble = ({ message }: Found): boolean => /: "[adgl]\.tar" has one/.test(message);
      assert.deepEqual(report.findings.filter((each: Found) => !isDouble(each)), found);
      // And of the keys of two shards what one pass over all finds.
      const whole = await verifyShards(
        [...inputs].map(([name, bytes]) => toSource(bytes, { name })),
        options,
      );
      const list = (findings: readonly Found[]): string[] =>
        findings.filter(isDouble).map(({ shard, index, message }) =>
          `${shard} ${index} ${/"[adgl]\.tar"/.exec(message)}`
        );
      assert.isAbove(list(whole.findings).length, 2);
      assert.deepEqual(list(report.findings), list(whole.findings));
      assert.equal(merged!.counts.findings, report.findings.length);
      assert.equal(report.counts.keys, whole.counts.keys);
      const bad = report.shards.map(({ badSamples }: { badSamples: number[] }) => badSamples);
      assert.deepEqual(
        bad,
        [...inputs.keys()].map((_, number) =>
          [...whole.badSamples.get(number) ?? []].sort((a, b) => a - b)
        ),
      );
      assert.equal(merged!.counts.badSamples, bad.flat().length);
      assert.deepEqual(report.shards.map(({ name }: { name: string }) => name), [...inputs.keys()]);
      assert.isFalse(report.isCut);
    },
  },
];
