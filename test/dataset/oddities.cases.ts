/** What callers' functions throw, and what is odd about archives and is read all the same. */

import { assert } from "chai";
import { evaluation, type SampleError, webdataset, writeTar } from "../../mod.ts";
import { ImageError } from "../../src/errors.ts";
import type { TestCase } from "../case.ts";
import { catchError, collect, makeShard } from "./shards.ts";

const open = (shard: Uint8Array, options: object = {}) =>
  webdataset(shard, { name: "s.tar", ...options });

async function makeOdd(): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode("1");
  const members = ["a.cls", "b.cls", "a.txt", "._b.txt", "x/._c.jpg", "c.cls", "b.txt"];
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (
    const chunk of writeTar(members.map((path) => ({ path, bytes })))
  ) chunks.push(chunk);
  const archive = new Uint8Array(await new Blob(chunks).arrayBuffer());
  // The last member becomes a link to another: without a body, and with its header's sum.
  const header = archive.subarray(6 * 1024, 6 * 1024 + 512);
  header.set(new TextEncoder().encode("00000000000\0"), 124);
  header[156] = "1".charCodeAt(0);
  header.set(new TextEncoder().encode("b.cls"), 157);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return new Uint8Array([...archive.subarray(0, 6 * 1024 + 512), ...new Uint8Array(1024)]);
}

export const cases: TestCase[] = [
  {
    name: "what filter() and map() throw says shard and key, with the original as its cause",
    async run(): Promise<void> {
      const shard = await makeShard([["a.cls", "1"], ["b.cls", "2"]]);
      const bug = new TypeError("no such thing");
      const fail = ({ key }: { key: string }): boolean => {
        if (key === "b") throw bug;
        return true;
      };
      const decoded = open(shard).decode();
      for (
        const [verb, items] of [
          ["filter", decoded.filter(fail)],
          ["filter", decoded.filter((sample) => Promise.resolve().then(() => fail(sample)))],
          ["map", decoded.map(fail)],
          ["map", decoded.map((sample) => Promise.resolve().then(() => fail(sample)))],
          ["map", decoded.batch(1).map(([sample]) => fail(sample))],
        ] as const
      ) {
        const error = await catchError(collect<unknown>(items)) as SampleError;
        assert.strictEqual(error.cause, bug);
        assert.equal(error.code, "sample/callback");
        assert.match(
          error.message,
          new RegExp(`^Cannot ${verb} ("b" of "s\\.tar"|an item): TypeError: no such`),
        );
      }
      const error = await catchError(decoded.map(fail).at(1));
      assert.deepInclude(error, { code: "sample/callback", shard: "s.tar", key: "b", cause: bug });
    },
  },
  {
    name:
      "faults that a callback throws keep class and code, and skipping leaves out their samples",
    async run(): Promise<void> {
      const shard = await makeShard([["a.cls", "1"], ["b.cls", "2"], ["c.cls", "3"]]);
      const fail = ({ key }: { key: string }): string => {
        if (key === "a") throw new ImageError("image/corrupt", { action: "look at", reason: "no" });
        if (key === "b") throw "a text";
        return key;
      };
      const error = await catchError(collect(open(shard).map(fail)));
      assert.instanceOf(error, ImageError);
      assert.deepInclude(error, { code: "image/corrupt", shard: "s.tar", key: "a" });
      const skipped: string[] = [];
      const samples = open(shard, {
        onError: "skip",
        onSkip: ({ code, message }: SampleError) => skipped.push(`${code} ${message}`),
      }).map(fail);
      assert.deepEqual(await collect(samples), ["c"]);
      assert.deepEqual(skipped, [
        'image/corrupt Cannot look at "a" of "s.tar": no',
        'sample/callback Cannot map "b" of "s.tar": a text',
      ]);
      assert.equal(samples.stats.skipped, 2);
    },
  },
  {
    name: "a pass that is ended while a callback waits throws the reason, and no fault",
    async run(): Promise<void> {
      const shard = await makeShard([["a.cls", "1"]]);
      const end = new AbortController();
      const samples = open(shard, { signal: end.signal, onError: "skip" }).map(() => {
        end.abort(new Error("enough"));
        throw new Error("because of that");
      });
      assert.match(String(await catchError(collect(samples))), /enough/);
    },
  },
  {
    name: "members out of order, files of macOS and hard links are told once, and counted",
    async run(): Promise<void> {
      const hints: string[] = [];
      const samples = webdataset(await makeOdd(), {
        name: "s.tar",
        onHint: (hint) => hints.push(hint),
      }).epochs(2);
      const keys = (await collect(samples)).map(({ key }) => key);
      assert.deepEqual(keys.slice(0, 5), ["a", "b", "a", "x/", "c"]);
      assert.deepEqual(samples.stats.hints, { "out-of-order": 2, "mac-file": 4, "hard-link": 2 });
      assert.lengthOf(hints, 3);
      assert.match(hints[0], /^The members of "a" in "s\.tar" do not stand together/);
      assert.match(hints[1], /^"\._b\.txt" in "s\.tar" is what macOS stores/);
      assert.match(hints[2], /^"b\.txt" in "s\.tar" is a hard link/);
    },
  },
  {
    name: "samples without an image that are skipped are told once, and counted",
    async run({ read }): Promise<void> {
      const picture = await read("jpeg/baseline/420_42x32.jpg");
      const hints: string[] = [];
      const shard = await makeShard([["a.txt", "1"], ["b.jpg", picture], ["c.txt", "2"]]);
      const tensors = open(shard, { onError: "skip", onHint: (hint: string) => hints.push(hint) })
        .transform(evaluation({ size: 8 }), { label: false });
      assert.deepEqual((await collect(tensors)).map(({ key }) => key), ["b"]);
      assert.deepEqual(hints, ['"a" of "s.tar" has no image: such samples are left out']);
      assert.deepEqual(tensors.stats.hints, { "no-image": 2 });
    },
  },
];
