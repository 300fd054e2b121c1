/** The index of a split: its format, and what datasets know by it. */

import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import { IndexError, SourceError, type WdsError } from "../../src/errors.ts";
import { formatShardList, formatSplit, parseSplit } from "../../src/index/mod.ts";
import { imagenet1k, listShards } from "../../src/imagenet/mod.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import { nameBeside, type OpenOptions, type Source } from "../../src/storage/source.ts";
import { findKnown } from "../../src/steps/known.ts";
import type { TestCase } from "../case.ts";
import { expectKeys, makeShards } from "../dataset/lanes.ts";
import { catchError, collect } from "../dataset/shards.ts";

/** Made when it is asked for: edge runtimes make none while a module loads. */
const makeSignal = (): AbortSignal => new AbortController().signal;

/** Two shards and five classes, of which one is missing: made by Python's `struct`, `json` and `zlib.crc32`. */
const GOLDEN =
  "574453504c495401420000007b22736861726473223a5b5b22612d302e746172222c332c31303234305d" +
  "2c5b22612d312e746172222c322c6e756c6c5d5d2c22636c6173734279746573223a327d0700e703ffff00002c01" +
  "7bba029d";

const CATALOGUE = {
  shards: [{ url: "a-0.tar", sampleCount: 3, sizeBytes: 10240 }, {
    url: "a-1.tar",
    sampleCount: 2,
  }],
  classes: [7, 999, -1, 0, 300],
};

/** Shards on a host, with the index of their split beside the first one. */
function hostShards(
  shards: readonly Uint8Array<ArrayBuffer>[],
  split: Uint8Array<ArrayBuffer> | undefined,
  asked: string[],
): Source[] {
  const host = (name: string, bytes: Uint8Array<ArrayBuffer> | undefined): Source => ({
    name,
    open(options: OpenOptions = {}) {
      asked.push(name);
      return bytesSource(bytes ?? new TextEncoder().encode("<html>"), name).open(options);
    },
    beside: (suffix) =>
      host(name + suffix, name === "0.tar" && suffix === ".split" ? split : undefined),
  });
  return shards.map((bytes, i) => host(`${i}.tar`, bytes));
}

async function makeSplit(lengths: readonly number[]) {
  const shards = await makeShards(lengths);
  const catalogue = {
    shards: shards.map((bytes, i) => ({
      url: `${i}.tar`,
      sampleCount: lengths[i],
      sizeBytes: bytes.length,
    })),
    classes: lengths.flatMap((length) => Array.from({ length }, (_, index) => index)),
  };
  return { shards, catalogue };
}

export const cases: TestCase[] = [
  {
    name: "formatSplit() writes and parseSplit() reads what Python writes",
    run() {
      const golden = Uint8Array.from(GOLDEN.match(/../g)!, (hex) => parseInt(hex, 16));
      assert.deepEqual(formatSplit(CATALOGUE), golden);
      const { shards, classes } = parseSplit(golden);
      assert.deepEqual(shards, CATALOGUE.shards);
      assert.deepEqual(Array.from(classes!), CATALOGUE.classes);
    },
  },
  {
    name: "the index of a split has one, two or four bytes a class, or none",
    run() {
      const shards = [{ url: "a.tar", sampleCount: 2 }];
      const sizes = [[0, 254], [0, 255], [-1, 65534], [1, 65535], [2 ** 32 - 2, -1]]
        .map((classes) => {
          const bytes = formatSplit({ shards, classes });
          assert.deepEqual(Array.from(parseSplit(bytes).classes!), classes);
          return bytes.length;
        });
      assert.deepEqual(sizes.map((size) => size - sizes[0]), [0, 2, 2, 6, 6]);
      const bare = formatSplit({ shards });
      assert.equal(bare.length, sizes[0] - 2);
      assert.deepEqual(parseSplit(bare), { shards });
      for (const label of [-2, 0.5, 2 ** 32 - 1]) {
        assert.throws(() => formatSplit({ shards, classes: [0, label] }), IndexError);
      }
      assert.throws(() => formatSplit({ shards, classes: [1] }), RangeError);
    },
  },
  {
    name: "the index of ImageNet's training split has 2.6 MB and is read whole",
    run() {
      const shards = Array.from({ length: 1024 }, (_, i) => ({
        url: `imagenet1k-train-${String(i).padStart(4, "0")}.tar`,
        sampleCount: 1251 + (i < 143 ? 1 : 0),
        sizeBytes: 147_000_000 + i,
      }));
      const classes = Uint16Array.from({ length: 1_281_167 }, (_, i) => i * 7919 % 1000);
      const bytes = formatSplit({ shards, classes });
      assert.isBelow(bytes.length, 2_650_000);
      const read = parseSplit(bytes);
      assert.deepEqual(read.shards, shards);
      assert.isTrue(classes.every((label, i) => read.classes![i] === label));
    },
  },
  {
    name: "the index of a split that is cut, or of which any byte is another, is refused",
    run() {
      const bytes = formatSplit(CATALOGUE);
      const refuses = (damaged: Uint8Array): void => {
        try {
          parseSplit(damaged, { name: "x.split" });
        } catch (error) {
          assert.instanceOf(error, IndexError);
          assert.equal((error as IndexError).code, "index/bad");
          assert.include((error as IndexError).message, "x.split");
          return;
        }
        throw new Error("it was read");
      };
      for (let at = 0; at < bytes.length; at++) {
        refuses(bytes.subarray(0, at));
        const damaged = bytes.slice();
        damaged[at] ^= 1 << (at % 8);
        refuses(damaged);
      }
      refuses(new Uint8Array([...bytes, 0]));
    },
  },
  {
    name: "an order goes by the index of the split, and no shard is looked at for it",
    async run(): Promise<void> {
      const lengths = [4, 6, 3];
      const { shards, catalogue } = await makeSplit(lengths);
      const asked: string[] = [];
      const sources = hostShards(shards, formatSplit(catalogue), asked);
      const known = (await findKnown({ sources }, {}, makeSignal(), { classes: true }))!;
      assert.deepEqual(known.lengths, lengths);
      assert.deepEqual(Array.from(known.classes!), catalogue.classes);
      assert.deepEqual(known.shardBytes, shards.map(({ length }) => length));
      assert.deepEqual(asked, ["0.tar.split"]);
      const order = { seed: 3, lanes: 4, window: 2 };
      const keys = (await collect(webdataset(sources).shuffle(order))).map(({ key }) => key);
      assert.deepEqual(keys, expectKeys({ ...order, lengths }));
      // Beside another shard than its first it is not looked for.
      assert.isUndefined(await findKnown({ sources: sources.slice(1) }, {}, makeSignal()));
    },
  },
  {
    name: "lists of other formats are taken where they are named, by the names of shards",
    async run(): Promise<void> {
      const lengths = [4, 6, 3];
      const { shards, catalogue } = await makeSplit(lengths);
      const info = {
        splits: {
          train: { filenames: ["1.tar", "0.tar"], shard_lengths: [6, 4] },
          validation: { filenames: ["2.tar"], shard_lengths: [3] },
        },
      };
      const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
      for (
        const list of [
          encode(JSON.stringify(info)),
          encode(formatShardList(catalogue.shards)),
          formatSplit(catalogue),
        ]
      ) {
        const asked: string[] = [];
        const sources = hostShards(shards, undefined, asked);
        const splitIndex = bytesSource(list, "list");
        const order = { lanes: 3 };
        const dataset = webdataset(sources, { splitIndex }).shuffle(order);
        const keys = (await collect(dataset)).map(({ key }) => key);
        assert.deepEqual(keys, expectKeys({ ...order, window: 16, lengths }));
        assert.isTrue(asked.every((name) => !/^\d\.tar\.split$/.test(name)));
        const some = { sources: [sources[2], sources[0]], splitIndex };
        const picked = (await findKnown(some, {}, makeSignal()))!;
        assert.deepEqual(picked.lengths, [3, 4]);
        if (picked.classes !== undefined) {
          assert.deepEqual(Array.from(picked.classes), [0, 1, 2, 0, 1, 2, 3]);
        }
        const other = { sources: [bytesSource(shards[0], "other.tar")], splitIndex };
        const error = await catchError(findKnown(other, {}, makeSignal())) as WdsError;
        assert.equal(error.code, "index/stale");
      }
      for (const text of ["<html>", "{}", '{"splits":{"a":{"filenames":["0.tar"]}}}']) {
        const splitIndex = bytesSource(encode(text), "list");
        const error = await catchError(
          collect(webdataset(hostShards(shards, undefined, []), { splitIndex }).shuffle()),
        ) as WdsError;
        assert.equal(error.code, "index/bad", text);
      }
    },
  },
  {
    name: "an _info.json beside shards tells their lengths where there is no index of the split",
    async run(): Promise<void> {
      const lengths = [4, 6, 3];
      const { shards } = await makeSplit(lengths);
      const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
      const list = (filenames: string[], shard_lengths: number[]): string =>
        JSON.stringify({ name: "set", splits: { train: { filenames, shard_lengths } } });
      const names = ["0.tar", "1.tar", "2.tar"];
      const plan = async (info: string | undefined) => {
        const opened: string[] = [];
        const open = (name: string): Source => ({
          name,
          beside: (suffix) => open(nameBeside(name, suffix)),
          open(options: OpenOptions = {}) {
            opened.push(name);
            const shard = /^a\/(\d)\.tar$/.exec(name);
            const text = name === "a/_info.json" && info !== undefined ? encode(info) : undefined;
            const bytes = shard ? shards[Number(shard[1])] : text;
            if (bytes !== undefined) return bytesSource(bytes, name).open(options);
            throw new SourceError("source/not-found", { action: "open", reason: "none" });
          },
        });
        const sources = names.map((name) => open(`a/${name}`));
        const found = await findKnown({ sources }, {}, makeSignal());
        const asked = opened.splice(0);
        if (found === undefined) return asked;
        assert.deepEqual(found.lengths, lengths);
        const keys = (await collect(webdataset(sources).shuffle({ lanes: 3 }))).map(({ key }) =>
          key
        );
        assert.deepEqual(keys, expectKeys({ lanes: 3, window: 16, lengths }));
        return asked;
      };
      const known = await plan(list(names, lengths));
      assert.isTrue(known.includes("a/_info.json"));
      assert.isFalse(known.some((name) => name.endsWith(".idx")));
      // Of others, of nothing of the kind, and none.
      for (const info of [list(["x.tar"], [1]), '{"splits": 7}', "<html>", undefined]) {
        assert.isTrue((await plan(info)).some((name) => name.endsWith(".idx")), info);
      }
      const error = await catchError(plan('{"splits":{"a":{"filenames":["0.tar"]}}}')) as WdsError;
      assert.equal(error.code, "index/bad");
    },
  },
  {
    name: "imagenet1k() takes classes from the index of the split that is named",
    async run(): Promise<void> {
      const { shardNames, shardLengths, sampleCount } = listShards("validation");
      const shards = shardNames.map((url, i) => ({ url, sampleCount: shardLengths[i] }));
      const classes = Uint16Array.from({ length: sampleCount }, (_, i) => i % 1000);
      const splitIndex = formatSplit({ shards, classes });
      const store = () => new Uint8Array(0);
      const plan = await imagenet1k("validation", { store, info: false, splitIndex }).plan();
      const known = (await findKnown(plan, {}, makeSignal(), { classes: true }))!;
      assert.equal(known.classes![1234], 234);
      assert.deepEqual(known.lengths, shardLengths);
    },
  },
  {
    name: "a split's index that is damaged, or of shards of other sizes or lengths, is an error",
    async run(): Promise<void> {
      const { shards, catalogue } = await makeSplit([4, 6]);
      const fault = async (split: Uint8Array<ArrayBuffer>): Promise<WdsError> =>
        await catchError(
          collect(webdataset(hostShards(shards, split, [])).shuffle({ lanes: 2 })),
        ) as WdsError;
      const damaged = formatSplit(catalogue);
      damaged[damaged.length - 9] ^= 1;
      assert.equal((await fault(damaged)).code, "index/bad");
      const [first, second] = catalogue.shards;
      const larger = { ...second, sizeBytes: second.sizeBytes + 512 };
      const stale = await fault(formatSplit({ shards: [first, larger] }));
      assert.equal(stale.code, "index/stale");
      assert.match(stale.message, /1\.tar.*when it was indexed/);
      const longer = { ...second, sampleCount: 7 };
      assert.equal((await fault(formatSplit({ shards: [first, longer] }))).code, "dataset/length");
      const sources = hostShards(shards, formatSplit(catalogue), []);
      const plan = { sources, shardLengths: [4, 5] };
      const error = await catchError(
        findKnown(plan, {}, makeSignal(), { classes: true }),
      ) as WdsError;
      assert.equal(error.code, "index/stale");
    },
  },
];
