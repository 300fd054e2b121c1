/** Faults at scale: what a report says was left out, and what is read again before. */

import { assert } from "chai";
import { makeDataset } from "../../src/dataset/builder.ts";
import {
  type Dataset,
  type DatasetOptions,
  mix,
  type WebDataset,
  webdataset,
} from "../../src/dataset/mod.ts";
import { SourceError, type WdsError } from "../../src/errors.ts";
import { evaluation } from "../../src/image/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import type { OpenOptions, Source } from "../../src/storage/source.ts";
import type { TestCase } from "../case.ts";
import { makeLaned, makeShards } from "./lanes.ts";
import { catchError, collect, makeShard } from "./shards.ts";

const keysOf = async (dataset: Dataset<Sample>): Promise<string[]> =>
  (await collect(dataset)).map(({ key }) => key);

/** Spoils the header of a sample's first member: two members of 1 KB each make a sample. */
function spoil(shard: Uint8Array<ArrayBuffer>, index: number): Uint8Array<ArrayBuffer> {
  return shard.fill(7, index * 2048, index * 2048 + 400);
}

/** A local shard that is spoilt, or cannot be had, the first times that it is opened. */
class FlakySource implements Source {
  readonly name: string;
  readonly isLocal = true;
  readonly #bytes: Uint8Array;
  readonly #spoilt: Uint8Array | undefined;
  opened = 0;
  /** How often it fails. */
  failures: number;

  constructor(name: string, bytes: Uint8Array, failures: number, spoilt?: Uint8Array) {
    this.name = name;
    this.#bytes = bytes;
    this.#spoilt = spoilt;
    this.failures = failures;
  }

  open({ offset = 0, length = Infinity }: OpenOptions = {}) {
    this.opened++;
    const isSpoilt = this.failures > 0 && this.failures-- > 0;
    if (isSpoilt && this.#spoilt === undefined) {
      throw new SourceError("source/network", {
        action: "read",
        subject: this.name,
        reason: "gone",
      });
    }
    const bytes = isSpoilt ? this.#spoilt! : this.#bytes;
    const part = bytes.slice(offset, Math.min(bytes.length, offset + length));
    return { body: new Blob([part]).stream(), sizeBytes: bytes.length };
  }
}

/** Ways to read shards: in their own order, in lanes, and in lanes of lengths that are not known. */
const WAYS: readonly [string, (dataset: WebDataset) => WebDataset, isKnown: boolean][] = [
  ["plain", (dataset) => dataset, true],
  ["plain, not known", (dataset) => dataset, false],
  ["lanes", (dataset) => dataset.shuffle({ lanes: 2, window: 3 }), true],
  ["dealt", (dataset) => dataset.shuffle({ lanes: 2, window: 2 }), false],
];

function make(
  sources: readonly Source[],
  lengths: readonly number[] | undefined,
  options: DatasetOptions,
): WebDataset {
  const given = lengths === undefined
    // What is not local is not looked through.
    ? sources.map((source) => ({ name: source.name, open: source.open.bind(source) }))
    : sources;
  return makeDataset(() => Promise.resolve({ sources: given, shardLengths: lengths }), options);
}

export const cases: TestCase[] = [
  {
    name:
      "one damaged shard among a thousand ends no epoch where faults are skipped, and is reported",
    async run(): Promise<void> {
      const lengths = Array.from({ length: 1000 }, () => 2);
      const shards = await makeShards(lengths);
      spoil(shards[417], 1);
      shards[800] = shards[800].slice(0, 100);
      for (const order of [undefined, { lanes: 16, window: 4 }]) {
        const open = (options: DatasetOptions): WebDataset => {
          const dataset = makeLaned(shards, lengths, options);
          return order === undefined ? dataset : dataset.shuffle(order);
        };
        const dataset = open({ onError: "skip" }).epochs(2);
        assert.isEmpty(dataset.faults.shards);
        const keys = await keysOf(dataset);
        // What is before a spoilt header may lack members, and is left out with the rest.
        assert.lengthOf(keys, 2 * 1996);
        const { shards: list, ...totals } = dataset.faults;
        assert.deepEqual(totals, {
          samples: 8,
          rests: 0,
          codes: { "tar/bad-header": 2, "tar/truncated": 2 },
          unlisted: 0,
        });
        assert.deepEqual(JSON.parse(JSON.stringify(dataset.faults)), dataset.faults);
        const told = list.map(({ shard, epoch, code, samples, ranges }) =>
          [shard, epoch, code, samples, ranges.join(";")].join(" ")
        );
        assert.sameMembers(
          told,
          [0, 1].flatMap((epoch) => [
            `417.tar ${epoch} tar/bad-header 2 0,2`,
            `800.tar ${epoch} tar/truncated 2 0,2`,
          ]),
        );
        const error = await catchError(collect(open({}))) as WdsError;
        assert.include(["tar/bad-header", "tar/truncated"], error.code);
        // The shares of ranks report what they lack, each sample once.
        if (order === undefined) continue;
        let lost = 0;
        for (const rank of [0, 1, 2]) {
          const share = open({ onError: "skip" }).split({ rank, world: 3 });
          await collect(share);
          lost += share.faults.samples;
        }
        assert.equal(lost, 4);
      }
    },
  },
  {
    name: "a report is bounded, and its totals are exact",
    async run(): Promise<void> {
      const lengths = Array.from({ length: 1100 }, () => 1);
      const shards = (await makeShards(lengths)).map((shard, i) =>
        i === 0 ? shard : spoil(shard, 0)
      );
      const dataset = makeLaned(shards, lengths, { onError: "skip" });
      assert.lengthOf(await collect(dataset.shuffle({ lanes: 4 })), 1);
      const { samples, shards: list, unlisted, codes } = dataset.faults;
      assert.deepEqual([samples, list.length, unlisted], [1099, 1000, 99]);
      assert.deepEqual(codes, { "tar/bad-header": 1099 });
      // Every other sample of a long shard: more ranges than are listed.
      const members = Array.from({ length: 200 }, (_, i): [string, string][] => [
        [`${i}.cls`, "1"],
        ...(i % 2 === 0 ? [] : [[`${i}.cls`, "again"] as [string, string]]),
      ]).flat();
      const long = webdataset([await makeShard(members)], { onError: "skip" });
      assert.lengthOf(await collect(long), 100);
      const [{ ranges, keys }] = long.faults.shards;
      assert.deepEqual([long.faults.samples, ranges.length, long.faults.unlisted], [100, 64, 36]);
      assert.deepEqual([keys.length, keys[0], ranges[1]], [16, "1", [3, 4]]);
    },
  },
  {
    name:
      "what steps cannot decode is reported with its key, by workers in its turn, and of mixes by part",
    async run(fixtures): Promise<void> {
      const jpeg = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const make = async (count: number, bad: number) =>
        await makeShard(
          Array.from({ length: count }, (_, i): [string, string | Uint8Array][] => [
            [`${i}.cls`, "1"],
            [`${i}.jpg`, i === bad ? jpeg.slice(0, 40) : jpeg],
          ]).flat(),
        );
      const shards = [await make(20, 7), await make(3, 9)];
      for (const workers of [0, 2]) {
        const dataset = makeLaned(shards, [20, 3], { onError: "skip", workers });
        const tensors = dataset.transform(evaluation({ size: 8 }));
        let given = 0;
        for await (const _ of tensors) {
          assert.equal(tensors.faults.samples, ++given > 7 ? 1 : 0, `after ${given}`);
        }
        assert.deepInclude(tensors.faults.shards[0], {
          shard: "0.tar",
          keys: ["7"],
          ranges: [[7, 8]],
        });
      }
      const [a, b] = shards.map((shard) => webdataset([shard], { onError: "skip" }));
      const mixed = mix([b, a], { stop: "all" });
      await collect(mixed.transform(evaluation({ size: 8 })));
      assert.deepInclude(mixed.faults.shards[0], {
        part: 1,
        ranges: [[7, 8]],
        code: "jpeg/truncated",
      });
    },
  },
  {
    name:
      'with "retry" what was damaged on its way is read again, and nothing is left out or given twice',
    async run(): Promise<void> {
      const lengths = [5, 6, 4];
      const all = lengths.flatMap((length, shard) =>
        Array.from({ length }, (_, i) => `${shard}/${i}`)
      );
      const shards = await makeShards(lengths);
      for (const [way, order, isKnown] of WAYS) {
        for (const kind of ["spoilt", "gone"]) {
          for (const failures of [1, 2, Infinity]) {
            const sources = shards.map((bytes, i) =>
              new FlakySource(
                `${i}.tar`,
                bytes,
                i === 1 ? failures : 0,
                kind === "spoilt" ? spoil(bytes.slice(), 3) : undefined,
              )
            );
            const skipped: string[] = [];
            const dataset = order(make(sources, isKnown ? lengths : undefined, {
              onError: "retry",
              onUnavailable: "retry",
              onSkip: ({ code }) => void skipped.push(code),
            }));
            const keys = await keysOf(dataset);
            const name = `${way}, ${kind} ${failures} times`;
            const lost = all.length - keys.length;
            assert.equal(new Set(keys).size, keys.length, name);
            if (failures < 3) {
              assert.sameMembers(keys, all, name);
              assert.isEmpty(skipped, name);
            } else {
              assert.isAbove(lost, 0, name);
              assert.isNotEmpty(skipped, name);
              const { samples, rests } = dataset.faults;
              if (isKnown) assert.equal(samples, lost, name);
              else assert.equal(rests, 1, name);
            }
          }
        }
      }
      // What is thrown is thrown at once.
      const bad = new FlakySource("0.tar", shards[0], 9);
      const error = await catchError(collect(make([bad], [5], { onError: "retry" }))) as WdsError;
      assert.deepEqual([error.code, bad.opened], ["source/network", 1]);
      assert.throws(() => webdataset(shards, { onError: "again" as "retry" }), TypeError);
    },
  },
];
