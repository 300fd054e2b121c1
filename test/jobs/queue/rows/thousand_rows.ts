/** A job over as many shards as ImageNet has, by ranks without a server. */
import { deepEqual, equal } from "node:assert/strict";
import { type MapFunction, planJob, readStatus, runJob } from "../../../../src/jobs/mod.ts";
import { toSource } from "../../../../src/storage/mod.ts";
import { makeTextShard } from "../../../dataset/shards.ts";
import { JobStore } from "../../job_store.ts";
import type { Row } from "../context.ts";

/** As ImageNet's shards are called: 1,024 of training and 64 of validation. */
const NAMES = Array.from(
  { length: 1088 },
  (_, i) =>
    i < 1024
      ? `imagenet1k-train-${String(i).padStart(4, "0")}.tar`
      : `imagenet1k-validation-${String(i - 1024).padStart(2, "0")}.tar`,
);

const lengthOf = (name: string): number => Number(/(\d)\.tar$/.exec(name)![1]) % 3 + 1;

const copy: MapFunction = (samples) => samples;

/** Copies the shards by so many ranks at once; gives what is there then, ledger included. */
async function copyShards(shards: readonly Uint8Array[], world: number): Promise<JobStore> {
  const store = new JobStore();
  const job = await planJob(NAMES, store.process(), {
    operation: "map",
    options: { info: true },
    module: "memory:copy.ts",
    loadModule: () => Promise.resolve({ default: copy }),
    open: (name) => toSource(shards[lengthOf(name) - 1], { name }),
  });
  const reports = await Promise.all(
    Array.from({ length: world }, (_, rank) => runJob(job, { rank, world })),
  );
  equal(reports.reduce((sum, { made }) => sum + made, 0), NAMES.length);
  const { done, isMerged } = await readStatus(job);
  deepEqual([done, isMerged, store.drafts.size], [NAMES.length, true, 0]);
  return store;
}

export const rows: Row[] = [
  {
    name:
      "1,088 shards are copied by five ranks: the lists that their lengths make, the bytes of one",
    isQuick: true,
    needs: [],
    async run() {
      const shards = await Promise.all([1, 2, 3].map((count) => makeTextShard("k", count)));
      const five = await copyShards(shards, 5);
      const one = await copyShards(shards, 1);
      deepEqual([...five.files.keys()].sort(), [...one.files.keys()].sort());
      for (const [name, bytes] of five.files) deepEqual(one.files.get(name), bytes, name);
      const lengths = NAMES.map(lengthOf);
      deepEqual(JSON.parse(new TextDecoder().decode(five.files.get("_info.json"))), {
        splits: {
          train: {
            name: "train",
            num_samples: lengths.reduce((sum, length) => sum + length),
            filenames: NAMES,
            shard_lengths: lengths,
          },
        },
      });
      return `${five.files.size} objects alike`;
    },
  },
];
