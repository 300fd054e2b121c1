/** gzip shards of one and of several members. */

import { assert } from "chai";
import { noCompression, type TestCase } from "../case.ts";
import { SourceError } from "../../src/errors.ts";
import { gunzipIfNeeded } from "../../src/storage/mod.ts";
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

interface Golden {
  /** Files in base64, and what Python unpacks them to, `null` where it refuses them. */
  readonly files: readonly {
    readonly name: string;
    readonly packed: string;
    readonly plain: string | null;
  }[];
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** What a file unpacks to, or the code of the error. */
async function attempt(unpack: () => Uint8Array | Promise<Uint8Array>): Promise<unknown> {
  try {
    return new Uint8Array(await unpack());
  } catch (error) {
    return (error as SourceError).code;
  }
}

/** gzip data of one member that unpacks to 1032 times its size: 2^23 zeros. */
function makeBomb(): Promise<Uint8Array<ArrayBuffer>> {
  return gzip(new Uint8Array(1 << 23));
}

export const cases: TestCase[] = [
  {
    name: "gunzipIfNeeded() reads and refuses files as Python's gzip does",
    async run({ read }) {
      const text = new TextDecoder().decode(await read("source/gzip.golden.json"));
      const { files } = JSON.parse(text) as Golden;
      assert.isAbove(files.length, 100);
      for (const { name, packed, plain } of files) {
        const bytes = decodeBase64(packed);
        const expected = plain === null ? "source/gzip" : decodeBase64(plain);
        // A stream that does not begin as gzip does passes as it is.
        const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
        for (const size of bytes.length < 2000 ? [1, 11, 4000] : [997]) {
          const got = await attempt(() => gunzip(bytes, size));
          assert.deepEqual(got, isPacked ? expected : bytes, `${name}, in chunks of ${size}`);
        }
      }
    },
  },
  {
    name: "gunzipIfNeeded() unpacks no more than is asked for, and closes what is damaged",
    skip: noCompression,
    async run() {
      const bomb = await makeBomb();
      const reader = (await gunzipIfNeeded(inChunks(bomb, bomb.length), { name: "a" })).getReader();
      const { value } = await reader.read();
      assert.isBelow(value!.length, 1 << 19);
      // Whoever gets bytes may do with them what he likes: they are no window of what follows.
      value!.fill(7);
      structuredClone(value!.buffer, { transfer: [value!.buffer as ArrayBuffer] });
      assert.isTrue((await reader.read()).value!.every((byte) => byte === 0));
      await reader.cancel();

      let cancelled = false;
      const damaged = new ReadableStream<Uint8Array>({
        pull: (controller) =>
          controller.enqueue(Uint8Array.of(0x1f, 0x8b, 8, 0, 9, 9, 9, 9, 9, 9, 9)),
        cancel: () => void (cancelled = true),
      });
      const error = await rejection(collect(await gunzipIfNeeded(damaged, { name: "a" })));
      assert.equal((error as SourceError).code, "source/gzip");
      assert.isTrue(cancelled);
    },
  },
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
      const fault = new SourceError("source/network", { action: "read", reason: "gone" });
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
