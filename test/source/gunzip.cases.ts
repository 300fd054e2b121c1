/** gzip shards of one and of several members. */

import { assert } from "chai";
import { noCompression, type TestCase } from "../case.ts";
import { SourceError } from "../../src/errors.ts";
import { gunzipIfNeeded } from "../../src/source/mod.ts";
import { inChunks, join } from "../tar/archive.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return await collect(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")));
}

/** A member whose data is stored and not compressed, so that its bytes appear as they are. */
async function store(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await gzip(bytes);
  const [low, high] = [bytes.length & 0xff, bytes.length >> 8];
  const block = Uint8Array.of(1, low, high, low ^ 0xff, high ^ 0xff);
  // Checksum and size are those of the compressed member.
  return join([packed.subarray(0, 10), block, bytes, packed.subarray(-8)]);
}

async function gunzip(packed: Uint8Array, chunkBytes: number): Promise<Uint8Array> {
  return await collect(await gunzipIfNeeded(inChunks(packed, chunkBytes), { name: "a.tar.gz" }));
}

const noise = makeNoise(8000);

export const cases: TestCase[] = [
  {
    name: "gunzipIfNeeded() joins several members, in chunks of any size",
    skip: noCompression,
    async run() {
      const zeros = new Uint8Array(300_000);
      const inner = await gzip(noise.slice(0, 300));
      // A gzip file inside, stored as it is, looks like the start of a member.
      const nested = join([noise, inner, noise]);
      const parts = [noise, new Uint8Array(0), zeros, noise];
      const packed = join([...await Promise.all(parts.map(gzip)), await store(nested)]);
      const plain = join([...parts, nested]);
      for (const size of [1, 13, 14, 1000, 65_536, packed.length]) {
        const got = await gunzip(packed, size);
        assert.equal(got.length, plain.length, `chunks of ${size}`);
        assert.isTrue(got.every((byte, i) => byte === plain[i]), `chunks of ${size}`);
      }
    },
  },
  {
    name: "gunzipIfNeeded() passes what is not gzip, even where it is one byte",
    async run() {
      for (const bytes of [noise, new Uint8Array(0), Uint8Array.of(0x1f), Uint8Array.of(0x1f, 0)]) {
        for (const size of [1, 1000]) assert.deepEqual(await gunzip(bytes, size), bytes);
      }
    },
  },
  {
    name: "gunzipIfNeeded() reports damaged, cut and followed data as source/gzip",
    skip: noCompression,
    async run() {
      const packed = await gzip(noise);
      const flipped = packed.slice();
      flipped[4000] ^= 1;
      const checksum = packed.slice();
      checksum[packed.length - 6] ^= 1;
      const junk = join([packed, makeNoise(40, 7)]);
      const cuts = [2, 9, 10, 4000, packed.length - 9, packed.length - 1];
      const damaged = [flipped, checksum, junk, ...cuts.map((end) => packed.subarray(0, end))];
      for (const bytes of damaged) {
        const error = await rejection(gunzip(bytes, 4096));
        assert.instanceOf(error, SourceError);
        assert.equal((error as SourceError).code, "source/gzip", `${bytes.length} bytes`);
        assert.include(error.message, "a.tar.gz");
      }
    },
  },
  {
    name: "gunzipIfNeeded() passes on a failure of its input, and cancels it",
    skip: noCompression,
    async run() {
      const packed = await gzip(noise);
      const fault = new SourceError("source/network", "Cannot read: gone");
      let pulls = 0;
      const broken = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (pulls++ === 0) controller.enqueue(packed.slice(0, 5000));
          else controller.error(fault);
        },
      });
      const stream = await gunzipIfNeeded(broken, { name: "a" });
      assert.strictEqual(await rejection(collect(stream)), fault);

      let cancelled = false;
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(packed.slice(0, 5000)),
        cancel: () => void (cancelled = true),
      });
      const reader = (await gunzipIfNeeded(endless, { name: "a" })).getReader();
      await reader.cancel();
      assert.isTrue(cancelled);
    },
  },
];
