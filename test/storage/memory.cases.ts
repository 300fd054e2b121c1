/** Sources in memory, and what `toSource()` takes. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { SourceError } from "../../src/errors.ts";
import { type ShardInput, type Source, toSource } from "../../src/storage/mod.ts";
import { inChunks } from "../tar/archive.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";

const bytes = makeNoise(10_000);

const inputs: Readonly<Record<string, () => ShardInput>> = {
  "bytes": () => bytes,
  "an ArrayBuffer": () => bytes.slice().buffer,
  "a Blob": () => new Blob([bytes]),
  "a stream": () => inChunks(bytes, 999),
  "a source of one's own": () => ({
    name: "own",
    open: ({ offset = 0, length = Infinity } = {}) => ({
      body: inChunks(bytes.subarray(offset, Math.min(bytes.length, offset + length)), 100),
    }),
  }),
  "a blob: URL": () => URL.createObjectURL(new Blob([bytes])),
};

const ranges: readonly [number | undefined, number | undefined][] = [
  [undefined, undefined],
  [0, 10],
  [1, undefined],
  [998, 3],
  [5000, 0],
  [9999, 1],
  [9999, 100],
  [10_000, undefined],
  [20_000, 5],
];

/** Why an input cannot be made here. */
function explainLack(make: () => unknown): string | undefined {
  try {
    make();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const openCases: TestCase[] = Object.entries(inputs).map(([what, make]) => ({
  name: `toSource() opens ${what} in full and in parts`,
  // Some runtimes have no object URLs.
  ...(what === "a blob: URL" ? { skip: explainLack(make) } : {}),
  async run() {
    for (const [offset, length] of ranges) {
      const { body: stream } = await toSource(make()).open({ offset, length });
      const start = offset ?? 0;
      const expected = bytes.slice(start, length === undefined ? undefined : start + length);
      assert.deepEqual(await collect(stream), expected, `${offset}, ${length}`);
    }
  },
}));

export const cases: TestCase[] = [
  ...openCases,
  {
    name: "toSource() names sources without credentials",
    run() {
      const names: [ShardInput, string][] = [
        [
          "https://user:secret@host.example/a/b.tar?token=secret#secret",
          "https://host.example/a/b.tar",
        ],
        [
          new URL("http://host.example:81/b.tar?X-Amz-Signature=secret"),
          "http://host.example:81/b.tar",
        ],
        ["file:///data/my%20shard.tar", "/data/my shard.tar"],
        [bytes, "bytes"],
        [new Blob([bytes]), "blob"],
        [new File([bytes], "train.tar"), "train.tar"],
        [inChunks(bytes, 1), "stream"],
      ];
      for (const [input, name] of names) assert.equal(toSource(input).name, name);
      assert.equal(toSource(bytes, { name: "mine" }).name, "mine");
      assert.equal(toSource(toSource(bytes), { name: "mine" }).name, "mine");
    },
  },
  {
    name: "toSource() gives a source back as it is",
    run() {
      const source: Source = { name: "own", open: () => ({ body: inChunks(bytes, 1) }) };
      assert.strictEqual(toSource(source), source);
    },
  },
  {
    name: "toSource() refuses schemes and values that it cannot open",
    run() {
      for (const url of ["ftp://host/a.tar", "git:a.tar"]) {
        assert.throws(() => toSource(url), SourceError, "not supported");
      }
      assert.throws(() => toSource("pipe:cat"), SourceError, "never run");
      for (const value of [undefined, null, 5, {}, { open: 5 }]) {
        assert.throws(() => toSource(value as unknown as ShardInput), TypeError);
      }
    },
  },
  {
    name: "toSource() opens a stream only once",
    async run() {
      const source = toSource(inChunks(bytes, 1000));
      await (await source.open()).body.cancel();
      const error = await rejection((async () => await source.open())());
      assert.equal((error as SourceError).code, "source/unsupported");
    },
  },
  {
    name: "toSource() knows the size of what is in memory",
    async run() {
      assert.equal((await toSource(bytes).stat?.())?.sizeBytes, 10_000);
      assert.equal((await toSource(new Blob([bytes])).stat?.())?.sizeBytes, 10_000);
      assert.isUndefined(toSource(inChunks(bytes, 1)).stat);
    },
  },
  {
    name: "toSource() cancels a stream's input when its part has been read, and when aborted",
    async run() {
      let cancelled: unknown[] = [];
      const endless = (): ReadableStream<Uint8Array> =>
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(100)),
          cancel: (reason) => void cancelled.push(reason),
        });
      assert.lengthOf(
        await collect((await toSource(endless()).open({ offset: 50, length: 300 })).body),
        300,
      );
      assert.lengthOf(cancelled, 1);

      cancelled = [];
      const controller = new AbortController();
      const { body: stream } = await toSource(endless(), { signal: controller.signal }).open();
      const reader = stream.getReader();
      await reader.read();
      const reason = new Error("enough");
      controller.abort(reason);
      assert.strictEqual(await rejection(reader.read()), reason);
      assert.deepEqual(cancelled, [reason]);
    },
  },
  {
    name: "toSource() reports a failing stream as source/read with its cause",
    async run() {
      const cause = new Error("disk on fire");
      const broken = new ReadableStream<Uint8Array>({ pull: (c) => c.error(cause) });
      const error = await rejection(
        collect((await toSource(broken, { name: "b.tar" }).open()).body),
      );
      assert.equal((error as SourceError).code, "source/read");
      assert.equal(error.message, 'Cannot read "b.tar": disk on fire');
      assert.strictEqual(error.cause, cause);
    },
  },
];
