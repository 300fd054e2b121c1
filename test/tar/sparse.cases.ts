/** Sparse members: their streams, their limits, and maps that are none. What they hold is in `sparse_made.ts`. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { readTar, type TarEntry, type TarError } from "../../src/tar/mod.ts";
import { parseMember } from "../../src/tar/parse_member.ts";
import { collect, rejection } from "../storage/bytes.ts";
import { archive, block, inChunks, join, member, pax } from "./archive.ts";
import {
  oldSparse,
  type Parts,
  paxSparse,
  repairChecksum,
  storedData,
  wholeFile,
} from "./sparse.ts";

const PARTS: Parts = [[700, 500], [200_000, 1], [200_001, 3000]];
const SIZE = 300_000;
const FORMATS: readonly (readonly [format: string, bytes: Uint8Array])[] = [
  ["old", oldSparse("s.bin", PARTS, SIZE)],
  ["0.0", paxSparse("0.0", "s.bin", PARTS, SIZE)],
  ["0.1", paxSparse("0.1", "s.bin", PARTS, SIZE)],
  ["1.0", paxSparse("1.0", "s.bin", PARTS, SIZE)],
];
const behind = member({ name: "behind" }, "1");

/** Paths, and the codes of faults, of a reading that marks them; and the error that ends it. */
async function listFaults(bytes: Uint8Array, options: object = {}): Promise<string[]> {
  const seen: string[] = [];
  const marking = { ...options, memberFaults: "mark", body: "bytes" } as const;
  try {
    for await (const { path, fault, bytes: body } of readTar(inChunks(bytes, 777), marking)) {
      seen.push(fault === undefined ? path : `${path} ${fault.code}`);
      if (fault !== undefined) assert.lengthOf(body, 0);
    }
  } catch (error) {
    seen.push((error as TarError).code);
  }
  return seen;
}

/** An old sparse header with a field set by hand. */
function broken(start: number, text: string): Uint8Array {
  const bytes = oldSparse("s.bin", [[0, 512]], 1000);
  bytes.set(new TextEncoder().encode(text), start);
  repairChecksum(bytes, 0);
  return bytes;
}

function pax10(map: string, records: Readonly<Record<string, string>> = {}): Uint8Array {
  const body = new TextEncoder().encode(map);
  return join([
    pax("x", {
      "GNU.sparse.major": "1",
      "GNU.sparse.minor": "0",
      "GNU.sparse.realsize": "2000",
      "GNU.sparse.name": "s.bin",
      ...records,
    }),
    member({ name: "x" }, body),
  ]);
}

function pax01(map: string, size = "2000"): Uint8Array {
  return join([
    pax("x", { "GNU.sparse.size": size, "GNU.sparse.name": "s.bin", "GNU.sparse.map": map }),
    member({ name: "x" }, "y".repeat(600)),
  ]);
}

const octal = (number: number): string => `${number.toString(8).padStart(11, "0")}\0`;

const MALFORMED: Readonly<Record<string, Uint8Array>> = {
  "parts that overlap": oldSparse("s.bin", [[0, 512], [511, 10]], 1000),
  "parts out of order": paxSparse("0.1", "s.bin", [[500, 10], [0, 10]], 1000),
  "a part behind the end": paxSparse("1.0", "s.bin", [[0, 10], [995, 10]], 1000),
  "more than is stored": oldSparse("s.bin", [[0, 512], [600, 10]], 1000, new Uint8Array(512)),
  "a part that ends behind the file": broken(386, octal(600) + octal(512)),
  "a real size that is no number": broken(483, "12x4"),
  "a number that is none, with data left": broken(386, "zz"),
  "a map that holds letters": pax01("0,abc"),
  "an empty map": pax01(""),
  "a real size that holds letters": pax01("0,10", "2k"),
  "a real size beyond 2^53": pax01("0,10", "9007199254740993"),
  "a map of pax 1.0 that holds letters": pax10("1\n0\nx\n"),
  "a map of pax 1.0 with an empty line": pax10("1\n\n0\n"),
  "a map of pax 1.0 that does not end": pax10("9\n0\n5\n"),
  "a map of pax 1.0 without a body": pax10(""),
  "a map of pax 1.0 longer than its body": pax10("1\n0\n600\n"),
  "a version that is not known": pax10("1\n0\n5\n", { "GNU.sparse.major": "2" }),
  "a real size alone": join([
    pax("x", { "GNU.sparse.realsize": "5" }),
    member({ name: "s.bin" }, "1"),
  ]),
  "two maps of pax": join([pax("x", { "GNU.sparse.map": "0,1" }), pax10("1\n0\n5\n")]),
  "two maps": join([pax("x", { "GNU.sparse.map": "0,1" }), oldSparse("s.bin", [[0, 1]], 1000)]),
};

export const cases: TestCase[] = [
  {
    name: "readTar() streams sparse files with their zeros, whatever was read of the one before",
    async run() {
      for (const [format, bytes] of FORMATS) {
        for (const chunkBytes of [1000, 1 << 20]) {
          const input = inChunks(archive(bytes, bytes, behind), chunkBytes);
          let count = 0;
          for await (const { path, readable, header } of readTar(input, { body: "stream" })) {
            count++;
            if (path === "behind") assert.lengthOf(await collect(readable!), 1);
            else if (count === 1) {
              // A part of the first one is read, and all of the second.
              assert.equal(header.size, SIZE, format);
              await readable!.getReader().read();
            } else assert.deepEqual(await collect(readable!), wholeFile(PARTS, SIZE), format);
          }
          assert.equal(count, 3, format);
        }
      }
    },
  },
  {
    name: "readTar() gives zeros in pieces: a sparse file of petabytes costs no memory",
    async run() {
      const bytes = archive(paxSparse("1.0", "s.bin", [[0, 10]], 2 ** 50), behind);
      let length = 0;
      for await (const { path, readable } of readTar(inChunks(bytes, 512), { body: "stream" })) {
        if (path !== "s.bin") continue;
        const reader = readable!.getReader();
        for (let i = 0; i < 20; i++) {
          const { value } = await reader.read();
          assert.isAtMost(value!.length, 65_536);
          length += value!.length;
        }
        await reader.cancel();
      }
      assert.isAbove(length, 1_000_000);
    },
  },
  {
    name: "readTar() counts the zeros of a sparse file towards its limit",
    async run() {
      for (const [format, bytes] of FORMATS) {
        const whole = archive(bytes, behind);
        assert.deepEqual(await listFaults(whole, { maxEntryBytes: SIZE }), ["s.bin", "behind"]);
        assert.deepEqual(
          await listFaults(whole, { maxEntryBytes: SIZE - 1 }),
          ["s.bin tar/too-large", "behind"],
          format,
        );
      }
    },
  },
  {
    name: "readTar() bounds the map of a sparse file",
    async run() {
      const parts: Parts = Array.from({ length: 200 }, (_, i) => [10 * i, 1]);
      const old = archive(oldSparse("s.bin", parts, 5000), behind);
      const text = archive(paxSparse("1.0", "s.bin", parts, 5000), behind);
      for (const bytes of [old, text]) {
        assert.deepEqual(await listFaults(bytes, { maxPaxBytes: 8192 }), ["s.bin", "behind"]);
      }
      // Behind the old map, where it ends is not known.
      assert.deepEqual(await listFaults(old, { maxPaxBytes: 1024 }), ["tar/too-large"]);
      const limited = await listFaults(text, { maxPaxBytes: 1024 });
      assert.deepEqual(limited, ["s.bin tar/too-large", "behind"]);
    },
  },
  ...Object.entries(MALFORMED).map(([what, bytes]): TestCase => ({
    name: `readTar() takes a sparse file with ${what} as a fault of that member`,
    async run() {
      const whole = archive(member({ name: "before" }, "1"), bytes, behind);
      assert.deepEqual(await listFaults(whole), ["before", "s.bin tar/bad-sparse", "behind"]);
      const error = await rejection((async () => {
        for await (const _ of readTar(inChunks(whole, 777), { name: "s.tar" }));
      })()) as TarError;
      const { code, shard, key } = error;
      assert.deepEqual([code, shard, key], ["tar/bad-sparse", "s.tar", "s.bin"]);
      assert.match(error.message, /^Cannot read "s\.bin" from "s\.tar": ./);
    },
  })),
  {
    name: "readTar() refuses global records that describe a sparse file",
    async run() {
      for (const keyword of ["GNU.sparse.map", "GNU.sparse.offset", "GNU.sparse.name"]) {
        assert.deepEqual(await listFaults(archive(pax("g", { [keyword]: "1" }), behind)), [
          "tar/bad-sparse",
        ]);
      }
    },
  },
  {
    name: "readTar() takes a number that is none for the end of a GNU map, where all data is there",
    async run() {
      // As tarfile does: what follows in the header may be anything.
      const bytes = oldSparse("s.bin", [[100, 512]], 1000);
      bytes.set(new TextEncoder().encode("garbage!"), 410);
      repairChecksum(bytes, 0);
      const entries: TarEntry[] = [];
      for await (const entry of readTar(inChunks(archive(bytes), 512))) entries.push(entry);
      assert.deepEqual(entries[0].bytes, wholeFile([[100, 512]], 1000));
    },
  },
  {
    name: "parseMember() gives one member out of a range as readTar() gives it",
    async run() {
      const plain = member({ name: "p.bin" }, "plain");
      const named = join([pax("x", { path: "named.bin" }), plain]);
      const whole = archive(plain, named, ...FORMATS.map(([, bytes]) => bytes), behind);
      const entries: TarEntry[] = [];
      for await (const entry of readTar(inChunks(whole, 1 << 20))) entries.push(entry);
      assert.lengthOf(entries, 7);
      for (const entry of entries) {
        const { startOffsetBytes, bodyOffsetBytes, storedBytes } = entry;
        const range = whole.subarray(startOffsetBytes, bodyOffsetBytes + storedBytes);
        const options = { name: "archive", offsetBytes: startOffsetBytes };
        assert.deepEqual(parseMember(range, options), entry);
        for (const length of [0, 100, 512, range.length - 1]) {
          const cut = range.subarray(0, length);
          assert.throws(() => parseMember(cut, options), /ends|stops|empty/);
        }
      }
      assert.throws(() => parseMember(new Uint8Array(512), { offsetBytes: 512 }), /no entry/);
      const tooLarge = { name: "archive", maxEntryBytes: 4 };
      assert.throws(() => parseMember(plain, tooLarge), /maxEntryBytes/);
    },
  },
  {
    name: "readTar() keeps a part of no bytes out of a sparse file's map",
    async run() {
      const records = { "GNU.sparse.size": "10", "GNU.sparse.map": "4,2,99999999,0" };
      const bytes = archive(pax("x", records), member({ name: "s" }, storedData([[4, 2]])));
      for await (const { sparse, readable } of readTar(inChunks(bytes, 512), { body: "stream" })) {
        assert.deepEqual(sparse?.parts, [4, 2]);
        assert.deepEqual(await collect(readable!), wholeFile([[4, 2]], 10));
      }
      const folder = archive(pax("x", records), block({ name: "d", typeflag: "5" }));
      for await (const { sparse, type } of readTar(inChunks(folder, 512))) {
        assert.deepEqual([sparse, type], [undefined, "directory"]);
      }
    },
  },
];
