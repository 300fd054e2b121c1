import { assert } from "chai";
import {
  type LaneOrder,
  makeSeed,
  mixAtRandom,
  type MixedItem,
  mixInTurn,
  pythonRandom,
  resampleShards,
  RunCursor,
  shuffleShardList,
  timmOrder,
  turnWorkers,
  webdatasetOrder,
  type WorkerPlace,
} from "../../src/order/mod.ts";
import { shuffleLikePython } from "../../src/order/python_shuffle.ts";
import type { TestCase } from "../case.ts";
import { readJson } from "../reference/json.ts";

interface Given {
  items: number;
  bufsize: number;
  initial: number;
  seed: number;
  epochs: number;
  shards: number;
  size: number;
  world: number;
  workers: number;
  batch: number;
  nshards: number;
  lengths: number[];
  starts: number[];
  probs: number[];
  longest: boolean;
}

interface Worker {
  rank: number;
  worker: number;
  epochs: number[][];
}

interface Loader {
  of: "webdataset" | "timm";
  given: {
    rank: number;
    world: number;
    workers: number;
    batch: number;
    persistent: boolean;
    shardshuffle: number;
    seed: number;
    detshuffle: boolean;
    buffer: number;
    initial: number;
    sampleSeed: number;
  };
  epochs: number[][][];
  seeds: string[];
}

interface Golden {
  vectors: { name: string; given: Given; gives: unknown }[];
  lengths: number[];
  loaders: Loader[];
}

/** The samples that a lane gives, numbered through the shards. */
function numberSamples(lane: LaneOrder, lengths: readonly number[]): number[] {
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0));
  const cursor = new RunCursor(lane.runs);
  return Array.from({ length: lane.length }, (_, at) => {
    const { shard, ordinal } = cursor.at(lane.readAt(at));
    return starts[shard] + ordinal;
  });
}

function numberItems(items: Iterable<MixedItem>, starts: readonly number[]): number[] {
  return Array.from(items, ({ part, item }) => starts[part] + item);
}

function shuffle(given: Given, seed: number): number[] {
  const { items, bufsize, initial } = given;
  return [
    ...shuffleLikePython(items, { buffer: bufsize, initial, random: pythonRandom(seed) }),
  ];
}

function replayWorkers(
  gives: unknown,
  replay: (place: WorkerPlace, epoch: number) => number[],
): void {
  for (const { rank, worker, epochs } of gives as Worker[]) {
    epochs.forEach((expected, epoch) => {
      const own = replay({ rank, world: 2, worker, workers: 2 }, epoch);
      assert.deepEqual(own, expected, `rank ${rank}, worker ${worker}, epoch ${epoch}`);
    });
  }
}

/** What is to come out for each of the vectors, by the beginning of its name. */
const REPLAYS: readonly [string, (given: Given, gives: unknown) => void][] = [
  ["shuffle-", (given, gives) => assert.deepEqual(shuffle(given, given.seed), gives)],
  ["detshuffle", (given, gives) => {
    const order = webdatasetOrder({ shardShuffle: given.bufsize, detshuffle: true, seed: 42 });
    // The vector's buffer begins with 5, which webdataset's shards never do: the buffer alone.
    const epochs = [0, 1, 2].map((epoch) => shuffle(given, given.seed + epoch));
    assert.deepEqual(epochs, gives);
    const lengths = new Array<number>(given.items).fill(1);
    const first = [0, 1].map((epoch) => order({ lengths, epoch }).runs.map(({ shard }) => shard));
    assert.notDeepEqual(first[0], first[1]);
  }],
  ["shardshuffle-repeats", (given, gives) => {
    const order = webdatasetOrder({ shardShuffle: given.bufsize, seed: given.seed });
    const lengths = new Array<number>(given.items).fill(1);
    const epochs = [0, 1].map((epoch) => order({ lengths, epoch }).runs.map(({ shard }) => shard));
    assert.deepEqual(epochs, gives);
  }],
  ["webdataset-2-ranks", (given, gives) => {
    const order = webdatasetOrder({
      shardShuffle: 100,
      detshuffle: true,
      seed: 3,
      buffer: 8,
      initial: 4,
      sampleSeed: ({ rank, worker }) => 11 + rank * 1000 + worker,
    });
    const lengths = new Array<number>(given.shards).fill(given.size);
    replayWorkers(
      gives,
      (place, epoch) => numberSamples(order({ lengths, epoch, place }), lengths),
    );
  }],
  ["timm-2-ranks", (given, gives) => {
    const order = timmOrder({
      batch: given.batch,
      buffer: 12,
      initial: 5,
      workerSeed: ({ worker }) => 77 + worker,
    });
    const lengths = new Array<number>(given.shards).fill(given.size);
    replayWorkers(
      gives,
      (place, epoch) => numberSamples(order({ lengths, epoch, place }), lengths),
    );
  }],
  ["resampled", ({ shards, nshards, seed }, gives) => {
    replayWorkers(
      gives,
      (place, epoch) => resampleShards({ shardCount: shards, count: nshards, seed, epoch, place }),
    );
    assert.equal(makeSeed([1001, 1, 9]), 962001);
  }],
  ["random-mix-", ({ lengths, probs, longest, seed, starts }, gives) => {
    const mix = mixAtRandom({ lengths, probs, longest, random: pythonRandom(seed) });
    assert.deepEqual(numberItems(mix, starts), gives);
  }],
  ["round-robin-", ({ lengths, longest, starts }, gives) => {
    assert.deepEqual(numberItems(mixInTurn({ lengths, longest }), starts), gives);
  }],
  ["shard-list", ({ items, seed }, gives) => {
    const own = [...shuffleShardList(items, seed)];
    assert.deepEqual([own, own], gives);
  }],
];

/** The batches of a process, from the orders of its workers. */
function batchWorkers(workers: readonly number[][], batch: number): number[][] {
  const at = workers.map(() => 0);
  return Array.from(
    turnWorkers(workers.map(({ length }) => length), batch),
    ({ worker, size }) => workers[worker].slice(at[worker], at[worker] += size),
  );
}

export const cases: TestCase[] = [
  {
    name: "webdatasetOrder(), timmOrder() and the mixes replay every vector of webdataset 1.0.2",
    async run(fixtures) {
      const { vectors } = await readJson<Golden>(fixtures, "order/golden.json");
      assert.equal(vectors.length, 14);
      for (const { name, given, gives } of vectors) {
        const replay = REPLAYS.find(([start]) => name.startsWith(start));
        if (replay === undefined) throw new Error(`Nothing replays ${name}`);
        replay[1](given, gives);
      }
    },
  },
  {
    name:
      "webdatasetOrder() and turnWorkers() give the batches of webdataset under torch's DataLoader",
    async run(fixtures) {
      const { loaders, lengths } = await readJson<Golden>(fixtures, "order/golden.json");
      const runs = loaders.filter((run) => run.of === "webdataset");
      assert.equal(runs.length, 8);
      for (const { given, epochs } of runs) {
        const { shardshuffle: shardShuffle, rank, world, workers, batch, persistent } = given;
        const order = webdatasetOrder({ ...given, shardShuffle });
        epochs.forEach((expected, epoch) => {
          const own = Array.from({ length: workers }, (_, worker) =>
            numberSamples(
              // Workers that are made anew have forgotten the epoch.
              order({
                lengths,
                epoch: persistent ? epoch : 0,
                place: { rank, world, worker, workers },
              }),
              lengths,
            ));
          assert.deepEqual(batchWorkers(own, batch), expected, JSON.stringify({ given, epoch }));
        });
      }
    },
  },
  {
    name:
      "timmOrder() gives the batches of timm's ReaderWds under torch's DataLoader, by the workers' seeds",
    async run(fixtures) {
      const { loaders, lengths } = await readJson<Golden>(fixtures, "order/golden.json");
      const runs = loaders.filter((run) => run.of === "timm");
      assert.equal(runs.length, 4);
      for (const { given, epochs, seeds } of runs) {
        const { rank, world, workers, batch, buffer, initial, seed } = given;
        const order = timmOrder({
          batch,
          buffer,
          initial,
          seed,
          workerSeed: ({ worker }) => BigInt(seeds[worker]),
        });
        epochs.forEach((expected, epoch) => {
          const own = Array.from(
            { length: workers },
            (_, worker) =>
              numberSamples(
                order({ lengths, epoch, place: { rank, world, worker, workers } }),
                lengths,
              ),
          );
          assert.deepEqual(batchWorkers(own, batch), expected, JSON.stringify({ given, epoch }));
        });
      }
    },
  },
  {
    name: "webdatasetOrder() keeps a generator over epochs where Python does",
    run() {
      const lengths = [9, 9];
      const random = pythonRandom(5);
      const options = { buffer: 4, initial: 2 };
      const epochs = [0, 1, 2].map(() => [...shuffleLikePython(18, { ...options, random })]);
      const order = webdatasetOrder({ ...options, sampleSeed: 5n, keepsGenerator: true });
      const own = [0, 1, 2].map((epoch) => numberSamples(order({ lengths, epoch }), lengths));
      assert.deepEqual(own, epochs);
      const anew = webdatasetOrder({ ...options, sampleSeed: 5 });
      assert.deepEqual(numberSamples(anew({ lengths, epoch: 2 }), lengths), epochs[0]);
    },
  },
  {
    name: "SpelledLane knows the place of each read, and where to begin to read",
    run() {
      const order = timmOrder({ batch: 5, buffer: 6, initial: 3, workerSeed: 1 });
      const lane = order({ lengths: [7, 4, 1, 9] });
      const reads = Array.from({ length: lane.length }, (_, place) => lane.readAt(place));
      for (const [place, read] of reads.entries()) {
        assert.equal(lane.placeAt(read), place);
        assert.equal(lane.startAt(place), Math.min(...reads.slice(place)));
      }
      const never = Array.from({ length: 30 }, (_, read) => read).filter((read) =>
        !reads.includes(read) && read < Math.max(...reads)
      );
      assert.isNotEmpty(never);
      for (const read of never) assert.equal(lane.placeAt(read), -1);
    },
  },
  {
    name:
      "timmOrder() and webdatasetOrder() refuse what Python would wait for, and numbers out of range",
    run() {
      const place = { rank: 0, world: 1, worker: 2, workers: 3 };
      const order = timmOrder({ batch: 2, workerSeed: 1 });
      assert.throws(() => order({ lengths: [4, 4], place }), RangeError, /fewer shards/);
      assert.throws(() => timmOrder({ batch: 0, workerSeed: 1 }), RangeError);
      assert.throws(() => webdatasetOrder({ shardShuffle: 0 }), RangeError);
      assert.throws(() => webdatasetOrder({ buffer: -1 }), RangeError);
      assert.throws(() => makeSeed([-1]), RangeError);
      assert.throws(() => [
        ...mixAtRandom({ lengths: [1, 2], probs: [1], random: pythonRandom(0) }),
      ], RangeError);
      assert.equal(
        webdatasetOrder()({ lengths: [2, 2], place: { ...place, worker: 0 } }).length,
        2,
      );
    },
  },
];
