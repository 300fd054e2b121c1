/** `writeTar()`: read back, and byte for byte as Python's tarfile writes ustar. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { decodeName, encodeName, readTar, type TarInput, writeTar } from "../../src/tar/mod.ts";
import { collect, makeNoise, rejection } from "../storage/bytes.ts";
import { inChunks, join } from "./archive.ts";
import { hash } from "./listing.ts";

interface Golden {
  /** SHA-256 of the archive that tarfile writes of the same members, by format. */
  readonly written: Record<string, string>;
}

async function write(entries: Iterable<TarInput> | AsyncIterable<TarInput>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(entries)) parts.push(part);
  return join(parts);
}

const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);

/** The members of `test/fixtures/tar/make_write_golden.py`. */
const MEMBERS: readonly TarInput[] = [
  { path: "a.cls", bytes: text("7"), mtime: 1_700_000_000 },
  { path: "block.bin", bytes: text("b".repeat(512)), mode: 0o600, uid: 1000, gid: 100 },
  { path: "empty", bytes: new Uint8Array(0), uname: "user", gname: "group" },
  { path: "folder", type: "directory" },
  { path: "link", type: "symlink", linkname: "a.cls" },
  { path: "hard", type: "link", linkname: "a.cls" },
  { path: `${"deep/".repeat(25)}file.txt`, bytes: text("prefix") },
  { path: "n".repeat(100), bytes: text("a full name") },
];

export const cases: TestCase[] = [
  {
    name: "writeTar() writes ustar byte for byte as tarfile does",
    async run({ read }) {
      const golden = JSON.parse(decodeName(await read("tar/write.golden.json"))) as Golden;
      // tarfile fills up to a record of 10,240 bytes.
      const bytes = await write(MEMBERS);
      const padded = join([bytes, new Uint8Array((10_240 - bytes.length % 10_240) % 10_240)]);
      assert.equal(await hash(padded), golden.written.ustar);
    },
  },
  {
    name: "writeTar() moves what ustar cannot hold to pax records that readTar() reads",
    async run() {
      const long = `${"very-long-folder-name/".repeat(20)}file.txt`;
      const entries: TarInput[] = [
        { path: long, bytes: text("1") },
        { path: "no-slash-".repeat(20), bytes: text("2") },
        { path: "h\u00f8st\u00e5l.txt", bytes: text("3"), mtime: 1.25 },
        { path: "caf\udce9.txt", bytes: text("4"), mtime: -5 },
        { path: "link", type: "symlink", linkname: long },
        { path: "owner", uid: 3_000_000_000, gid: 2_097_152, uname: "\u00fcser".repeat(20) },
        ...[85, 86, 87, 88, 90, 91, 92, 980, 990].map((n) => ({ path: `\u00e9${"x".repeat(n)}` })),
      ];
      let i = 0;
      for await (const { header, bytes } of readTar(inChunks(await write(entries), 777))) {
        const entry = entries[i++];
        assert.equal(header.name, entry.path);
        assert.deepEqual(header.rawName.slice(), encodeName(entry.path));
        assert.deepEqual(bytes.slice(), entry.bytes ?? new Uint8Array(0));
        assert.equal(header.mtime, entry.mtime ?? 0);
        assert.equal(header.linkname, entry.linkname ?? "");
        assert.equal(header.uid, entry.uid ?? 0);
        assert.equal(header.gid, entry.gid ?? 0);
        assert.equal(header.uname, entry.uname ?? "");
      }
      assert.equal(i, entries.length);
    },
  },
  {
    name: "writeTar() announces sizes beyond ustar's 8 GiB in a pax record",
    async run() {
      const size = 2 ** 33;
      const archive = writeTar([{ path: "huge", size, bytes: new Blob([]).stream() }]);
      const first = await archive.next();
      await archive.return();
      const header = inChunks(first.value as Uint8Array, 1 << 20);
      const entries = readTar(header, { body: "stream" });
      assert.equal((await entries.next()).value?.header.size, size);
      await rejection(entries.next());
    },
  },
  {
    name: "writeTar() takes bodies as streams and members as they come",
    async run() {
      const noise = makeNoise(5000);
      async function* members(): AsyncGenerator<TarInput> {
        yield { path: "stream", size: 5000, bytes: inChunks(noise, 999) };
        yield { path: "bytes", bytes: await collect(inChunks(noise, 7)) };
      }
      const bodies: Uint8Array[] = [];
      for await (const entry of readTar(writeTar(members()))) bodies.push(entry.bytes.slice());
      assert.deepEqual(bodies, [noise, noise]);
    },
  },
  {
    name: "writeTar() refuses members without a path, a size or the bytes that they promise",
    async run() {
      const stream = (): ReadableStream<Uint8Array> => inChunks(text("12345"), 2);
      assert.instanceOf(await rejection(write([{ path: "" }])), TypeError);
      assert.instanceOf(await rejection(write([{ path: "a", bytes: stream() }])), TypeError);
      for (const size of [4, 6]) {
        const error = await rejection(write([{ path: "a", size, bytes: stream() }]));
        assert.instanceOf(error, RangeError);
      }
      assert.instanceOf(await rejection(write([{ path: "a", mtime: NaN }])), TypeError);
    },
  },
  {
    name: "decodeName() and encodeName() restore every name, UTF-8 or not",
    run() {
      const seen = new Set<string>();
      const all = [
        0x00,
        0x41,
        0x7f,
        0x80,
        0x9f,
        0xa0,
        0xbf,
        0xc0,
        0xc2,
        0xe0,
        0xed,
        0xf0,
        0xf4,
        0xff,
      ];
      for (const a of all) {
        for (const b of all) {
          for (const c of all) {
            for (const d of all) {
              const bytes = Uint8Array.of(a, b, c, d);
              const name = decodeName(bytes);
              assert.isFalse(seen.has(name), "two names became one");
              seen.add(name);
              assert.deepEqual(encodeName(name), bytes);
            }
          }
        }
      }
      assert.equal(decodeName(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
      assert.equal(decodeName(Uint8Array.of(0xed, 0xa0, 0x80)), "\udced\udca0\udc80");
      assert.equal(decodeName(encodeName("\u{1f600}\udcff")), "\u{1f600}\udcff");
    },
  },
];
