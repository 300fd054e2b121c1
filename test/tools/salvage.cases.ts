/** Archives that are damaged at random: what `walkShard()` gives of them, and `verifyShards()` calls sound. */

import { assert } from "chai";
import { pythonRandom } from "../../src/numbers/mersenne_twister.ts";
import type { Sample } from "../../src/sample/sample.ts";
import { toSource } from "../../src/storage/mod.ts";
import { readTar } from "../../src/tar/mod.ts";
import { verifyShards } from "../../src/tools/mod.ts";
import { walkShard } from "../../src/tools/walk_shard.ts";
import type { TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";

type Member = readonly [path: string, body: string];

const SAMPLES = 12;

/** Samples of three fields; every third has a name that takes pax records. */
const MEMBERS: readonly Member[] = Array.from({ length: SAMPLES }, (_, i): Member[] => {
  const key = i % 3 === 0 ? `s${i}${"-\u00e9".repeat(70)}` : `s${i}`;
  return [
    [`${key}.cls`, String(i)],
    [`${key}.json`, `{"id": ${i}}`],
    [`${key}.txt`, `text ${i} `.repeat(40 + 40 * (i % 5))],
  ];
}).flat();

async function walk(bytes: Uint8Array): Promise<{ samples: Sample[]; codes: string[] }> {
  const samples: Sample[] = [];
  const codes: string[] = [];
  for await (const walked of walkShard(toSource(bytes, { name: "x.tar" }), {})) {
    if (walked.kind === "sample") samples.push(walked.sample);
    if (walked.kind === "fault") codes.push(walked.fault.code);
  }
  return { samples, codes };
}

/** Offsets of all blocks that tell of members: headers, and records before them. */
async function listHeads(bytes: Uint8Array<ArrayBuffer>): Promise<number[]> {
  const heads: number[] = [];
  for await (const { startOffsetBytes, bodyOffsetBytes } of readTar(new Blob([bytes]).stream())) {
    for (let at = startOffsetBytes; at < bodyOffsetBytes; at += 512) heads.push(at);
  }
  return heads;
}

export const cases: TestCase[] = [
  {
    name:
      "verifyShards() calls no sample sound that is not what was written, whatever header is damaged",
    async run(): Promise<void> {
      const whole = await makeShard(MEMBERS);
      const bodies = new Map(MEMBERS);
      const heads = await listHeads(whole);
      const random = pythonRandom(19);
      let sound = 0;
      for (let run = 0; run < 150; run++) {
        const bytes = whole.slice();
        const count = 1 + random.below(3);
        for (let i = 0; i < count; i++) {
          const head = heads[random.below(heads.length)];
          bytes[head + random.below(512)] ^= 1 << random.below(8);
        }
        const { samples } = await walk(bytes);
        const shard = toSource(bytes, { name: "x.tar" });
        const { badSamples, findings } = await verifyShards(shard, {
          fields: ["cls", "json", "txt"],
        });
        for (const { key, index, bytes: fields } of samples) {
          if (badSamples.get(0)?.has(index)) continue;
          sound++;
          for (const [field, body] of Object.entries(fields)) {
            const expected = bodies.get(`${key}.${field}`);
            assert.equal(new TextDecoder().decode(body), expected, `run ${run}: ${key}.${field}`);
          }
        }
        const lost = SAMPLES - samples.length + (badSamples.get(0)?.size ?? 0);
        if (lost > 0) assert.isNotEmpty(findings, `run ${run}`);
        // Each damaged header costs its own sample, and that before it where it is not known to be whole.
        assert.isAtMost(lost, 2 * count, `run ${run}`);
      }
      assert.isAbove(sound, 150 * (SAMPLES - 5));
    },
  },
  {
    name: "walkShard() goes through archives that are cut, shifted and filled at random, and ends",
    async run(): Promise<void> {
      const whole = await makeShard(MEMBERS);
      const bodies = new Map(MEMBERS);
      const random = pythonRandom(20);
      const pick = (below: number): number => random.below(below);
      for (let run = 0; run < 150; run++) {
        const at = pick(whole.length);
        const length = pick(3000);
        const head = whole.subarray(0, at);
        const rest = run % 3 === 0 ? at + length : at;
        const filling = run % 3 === 1 ? Uint8Array.from({ length }, () => pick(256)) : [];
        const bytes = Uint8Array.from(
          run % 3 === 2 ? head : [...head, ...filling, ...whole.subarray(rest)],
        );
        if (bytes.length === 0) continue;
        const first = await walk(bytes);
        const again = await walk(bytes);
        assert.deepEqual(again, first, `run ${run}`);
        // What lies whole before the damage comes.
        const before = first.samples.filter(({ offsets, bytes: fields }) =>
          Object.entries(offsets).every(([field, offset]) =>
            offset + 512 + fields[field].length <= at - 512
          )
        );
        for (const { key, bytes: fields } of before) {
          for (const [field, body] of Object.entries(fields)) {
            assert.equal(
              new TextDecoder().decode(body),
              bodies.get(`${key}.${field}`),
              `run ${run}`,
            );
          }
        }
      }
    },
  },
  {
    name:
      "walkShard() leaves out a member whose records are damaged, and does not take it by its short name",
    async run(): Promise<void> {
      const whole = await makeShard(MEMBERS);
      const records = new TextDecoder("latin1").decode(whole).indexOf(" path=s3");
      const bytes = whole.slice();
      // The length of a record is no number then.
      bytes[records - 1] = 0x78;
      const { samples, codes } = await walk(bytes);
      assert.deepEqual(codes, ["tar/bad-pax"]);
      const keys = new Set(MEMBERS.map(([path]) => path.slice(0, path.indexOf("."))));
      for (const { key } of samples) assert.isTrue(keys.has(key), key);
      assert.isAtLeast(samples.length, SAMPLES - 1);
    },
  },
];
