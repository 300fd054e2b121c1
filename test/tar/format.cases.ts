/** `readTar()` against Python's tarfile on archives made by hand, and where it must differ. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { readTar, type ReadTarOptions, type TarEntry, type TarError } from "../../src/tar/mod.ts";
import { rejection } from "../storage/bytes.ts";
import {
  archive,
  base256,
  block,
  type BlockFields,
  gnuLong,
  inChunks,
  join,
  member,
  pax,
} from "./archive.ts";
import { handMade } from "./hand_made.ts";
import { cutPositions, type GoldenEntry, hash, list } from "./listing.ts";

interface Golden {
  readonly archives: Record<string, { archive: string; entries: GoldenEntry[] }>;
}

const CHUNK_SIZES = [1, 7, 511, 512, 513, 4096, 65_536, 1 << 20];

async function readGolden(read: (path: string) => Promise<Uint8Array>): Promise<Golden> {
  return JSON.parse(new TextDecoder().decode(await read("tar/golden.json"))) as Golden;
}

const matches: TestCase[] = Object.entries(handMade).map(([name, bytes]) => ({
  name: `readTar() lists "${name}" as tarfile does, in chunks of any size`,
  async run(fixtures) {
    const golden = (await readGolden(fixtures.read)).archives[name];
    assert.equal(await hash(bytes), golden.archive, "the golden is of another archive");
    for (const size of CHUNK_SIZES) {
      const listing = await list(inChunks(bytes, size));
      assert.deepEqual(listing, { entries: golden.entries }, `chunks of ${size} bytes`);
    }
  },
}));

// Cuts of one sparse archive for each format say what those of all would.
const withCuts = Object.entries(handMade).filter(([name]) =>
  !name.startsWith("sparse") || name.endsWith("of 70 parts")
);

const cuts: TestCase[] = withCuts.map(([name, bytes]) => ({
  name: `readTar() reports every cut of "${name}" or lists it in full`,
  async run(fixtures) {
    const golden = (await readGolden(fixtures.read)).archives[name];
    const whole = golden.entries;
    for (const length of await cutPositions(bytes)) {
      const listing = await list(inChunks(bytes.subarray(0, length), 4096));
      const { entries, error } = listing;
      assert.deepEqual(entries, whole.slice(0, entries.length), `cut at ${length}`);
      if (error === undefined) assert.equal(entries.length, whole.length, `cut at ${length}`);
      else assert.equal(error, "tar/truncated", `cut at ${length}`);
    }
  },
}));

function errorCase(what: string, code: string, bytes: Uint8Array, before = 0): TestCase {
  return {
    name: `readTar() reports ${what} as ${code}`,
    async run() {
      for (const size of [1, 511, 1 << 20]) {
        const { entries, error } = await list(inChunks(bytes, size));
        assert.equal(error, code, `chunks of ${size} bytes`);
        assert.equal(entries.length, before, `chunks of ${size} bytes`);
      }
    },
  };
}

function oneHeader(fields: BlockFields): Uint8Array {
  return archive(block(fields));
}

const field = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = member({ name: "a" }, "1");

const errors: TestCase[] = [
  errorCase("an empty stream", "tar/truncated", new Uint8Array(0)),
  errorCase("a missing end", "tar/truncated", file, 1),
  errorCase("a part of a block of zeros", "tar/truncated", join([file, new Uint8Array(511)]), 1),
  errorCase("a wrong checksum", "tar/bad-header", archive(member({ checksum: "wrong" }, "1"))),
  errorCase(
    "a wrong checksum in the middle",
    "tar/bad-header",
    archive(file, member({ name: "b", checksum: "wrong" }), file),
    1,
  ),
  errorCase("what is no archive", "tar/bad-header", field("no tar ".repeat(200))),
  errorCase("a size that is no number", "tar/bad-number", oneHeader({ size: field("12z4\0") })),
  errorCase("a size with a gap", "tar/bad-number", oneHeader({ size: field("1 2\0") })),
  errorCase("a negative size", "tar/bad-number", oneHeader({ size: base256(-1n, 12) })),
  errorCase("a size of 2^53", "tar/bad-number", oneHeader({ size: base256(1n << 53n, 12) })),
  errorCase(
    "a size of 2^53 - 1",
    "tar/too-large",
    oneHeader({ size: base256((1n << 53n) - 1n, 12) }),
  ),
  errorCase("a size of 8 GiB", "tar/too-large", oneHeader({ size: base256(1n << 33n, 12) })),
  errorCase(
    "a pax size of 2^53",
    "tar/bad-number",
    archive(pax("x", { size: "9007199254740992" }), file),
  ),
  errorCase("a negative pax size", "tar/bad-number", archive(pax("x", { size: "-1" }), file)),
  errorCase(
    "a pax size that is no number",
    "tar/bad-number",
    archive(pax("x", { size: "1e3" }), file),
  ),
  ...[
    "5 x=\n9 zzz",
    "path=abc\n",
    "13 path=abc\n",
    "999999 path=abc\n",
    "99999999999999999999 a=b\n",
    "123456789012345678901 a=b\n",
    "4 a=\n",
    "0 a=b\n",
    "8 a/bcd\n",
    "7 =bcd\n",
    "-8 a=bc\n",
  ].map((records) =>
    errorCase(
      `the pax record ${JSON.stringify(records)}`,
      "tar/bad-pax",
      archive(member({ name: "p", typeflag: "x" }, records), file),
    )
  ),
  errorCase("a pax header before the end", "tar/truncated", archive(pax("x", { path: "p" }))),
  errorCase("a long name before the end", "tar/truncated", archive(gnuLong("L", "p"))),
  errorCase(
    "a pax record over 1 MiB",
    "tar/too-large",
    archive(pax("x", { comment: "c".repeat(1 << 20) }), file),
  ),
  errorCase(
    "a long name over 1 MiB",
    "tar/too-large",
    archive(gnuLong("L", "n".repeat(1 << 20)), file),
  ),
];

const options: TestCase[] = [
  {
    name: "readTar() takes an archive without its end where that is optional, but no other cut",
    async run() {
      const optional = { endOfArchive: "optional" } as const;
      const empty = { entries: [], error: "tar/truncated" };
      assert.deepEqual(await list(inChunks(new Uint8Array(0), 1), optional), empty);
      const { entries, error } = await list(inChunks(join([file, file]), 100), optional);
      assert.equal(entries.length, 2);
      assert.isUndefined(error);
      for (const length of [1, 511, 512, 513, 600, 1023, 1025]) {
        const cut = inChunks(join([file, file]).subarray(0, length), 100);
        assert.equal((await list(cut, optional)).error, "tar/truncated", `cut at ${length}`);
      }
    },
  },
  {
    name: "readTar() keeps to the limits that it is given",
    async run() {
      const body = archive(member({ name: "a" }, "12345"));
      assert.equal((await list(inChunks(body, 100), { maxEntryBytes: 4 })).error, "tar/too-large");
      assert.isUndefined((await list(inChunks(body, 100), { maxEntryBytes: 5 })).error);
      const named = archive(pax("x", { path: "abc" }), file);
      assert.equal((await list(inChunks(named, 100), { maxPaxBytes: 11 })).error, "tar/too-large");
      assert.isUndefined((await list(inChunks(named, 100), { maxPaxBytes: 12 })).error);
    },
  },
  {
    name: "readTar() says of a missing end marker how to read the archive without it",
    async run() {
      const error = await rejection(readAll(inChunks(file, 100))) as TarError;
      assert.equal(error.code, "tar/truncated");
      assert.equal(error.offsetBytes, 1024);
      assert.include(error.message, 'endOfArchive: "optional"');
    },
  },
  {
    name: "readTar() tells the offsets of an archive that was opened at one of its entries",
    async run() {
      const whole = archive(file, pax("x", { path: "b" }), file, member({ name: "c" }, "3"));
      const expected = (await readAll(inChunks(whole, 700))).map(places);
      assert.deepEqual(expected, [[0, 0, 512], [1024, 2048, 2560], [3072, 3072, 3584]]);
      const rest = inChunks(whole.subarray(1024), 700);
      const entries = await readAll(rest, { offsetBytes: 1024 });
      assert.deepEqual(entries.map(places), expected.slice(1));
      const cut = inChunks(whole.subarray(1024, 3600), 700);
      const error = await rejection(readAll(cut, { offsetBytes: 1024 })) as TarError;
      assert.equal(error.offsetBytes, 3072);
      // At the end of an archive without its marker, there is nothing, which is no fault of an empty archive.
      const none = readAll(inChunks(new Uint8Array(0), 1), {
        offsetBytes: 1024,
        endOfArchive: "optional",
      });
      assert.lengthOf(await none, 0);
    },
  },
  {
    name: "readTar() refuses options that are none",
    run() {
      const input = inChunks(archive(file), 100);
      const mistakes: [object, ErrorConstructor][] = [
        [{ endOfArchive: "maybe" }, TypeError],
        [{ body: "text" }, TypeError],
        [{ memberFaults: "skip" }, TypeError],
        [{ maxEntryBytes: NaN }, RangeError],
        [{ maxEntryBytes: "1" }, TypeError],
        [{ maxPaxBytes: -1 }, RangeError],
        [{ maxPaxHeaders: NaN }, RangeError],
        [{ offsetBytes: 0.5 }, RangeError],
        [{ offsetBytes: -512 }, RangeError],
      ];
      for (const [options, type] of mistakes) {
        assert.throws(() => readTar(input, options), type, /must be/, JSON.stringify(options));
      }
    },
  },
];

function places(entry: TarEntry): number[] {
  return [entry.startOffsetBytes, entry.offsetBytes, entry.bodyOffsetBytes];
}

async function readAll(
  input: ReadableStream<Uint8Array>,
  options: Omit<ReadTarOptions, "body"> = {},
): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for await (const entry of readTar(input, { ...options, body: "bytes" })) entries.push(entry);
  return entries;
}

export const cases: TestCase[] = [...matches, ...cuts, ...errors, ...options];
