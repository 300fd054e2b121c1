/** What users take for an archive: the error names it. */

import { assert } from "chai";
import { webdataset } from "../../src/dataset/mod.ts";
import { indexShard, openShard } from "../../src/index/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import { readTar, type TarError } from "../../src/tar/mod.ts";
import type { TestCase } from "../case.ts";
import { rejection } from "../storage/bytes.ts";
import { archive, inChunks, join, member } from "./archive.ts";

const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
const starting = (...bytes: readonly number[]): Uint8Array<ArrayBuffer> =>
  join([Uint8Array.from(bytes), new Uint8Array(700).fill(0x55)]);

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${
  "0".repeat(64)
}\nsize 10240\n`;

const KINDS: readonly (readonly [what: string, bytes: Uint8Array<ArrayBuffer>, told: RegExp])[] = [
  ["a pointer of Git LFS", text(POINTER), /Git LFS.*git lfs pull/],
  ["a web page", text(`<!DOCTYPE html><html>${"x".repeat(2000)}`), /it is a web page \(HTML\): /],
  ["a short web page", text("\n <HTML><body>Sign in</body></HTML>"), /it is a web page \(HTML\): /],
  ["a page behind comments", text("\ufeff<!-- a --> <!-- b -->\n<head>"), /it is a web page/],
  ["an XML document", text('<?xml version="1.0"?><Error><Code>AccessDenied'), /XML/],
  ["JSON", text('{"error": "unauthorized"}'), /JSON/],
  ["a ZIP archive", starting(0x50, 0x4b, 3, 4), /a ZIP archive/],
  ["an empty ZIP archive", starting(0x50, 0x4b, 5, 6), /a ZIP archive|an empty ZIP archive/],
  ["xz", starting(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), /compressed with xz/],
  ["bzip2", starting(0x42, 0x5a, 0x68, 0x39), /compressed with bzip2/],
  ["Zstandard", starting(0x28, 0xb5, 0x2f, 0xfd), /compressed with Zstandard/],
  ["LZ4", starting(0x04, 0x22, 0x4d, 0x18), /compressed with LZ4/],
  ["a GIF image", text("GIF89a".repeat(200)), /a GIF image/],
];

export const cases: TestCase[] = [
  ...KINDS.map(([what, bytes, told]): TestCase => ({
    name: `readTar() says of ${what} what it is, and so do datasets, indexes and single samples`,
    async run() {
      const name = "s.tar";
      const errors = [
        await rejection(readTar(inChunks(bytes, 100), { name }).next()),
        await rejection(readTar(inChunks(bytes, 1 << 20), { name, body: "stream" }).next()),
        await rejection(webdataset(bytes, { name })[Symbol.asyncIterator]().next()),
        await rejection(indexShard(bytes, { name })),
        await rejection(openShard(bytes, { name }).then((shard) => shard.get(0))),
      ] as WdsError[];
      for (const { code, shard, offsetBytes, message } of errors) {
        assert.deepEqual([code, shard, offsetBytes], ["tar/not-tar", name, 0]);
        assert.match(message, told);
      }
      assert.lengthOf(new Set(errors.map(({ message }) => message)), 1);
    },
  })),
  {
    name: "readTar() names gzip that nobody has unpacked, and what is not known not at all",
    async run() {
      const gzip = await rejection(
        readTar(inChunks(starting(0x1f, 0x8b, 8), 1)).next(),
      ) as TarError;
      assert.equal(gzip.code, "tar/not-tar");
      assert.include(gzip.message, "gzip");
      const other = await rejection(readTar(inChunks(starting(1, 2, 3), 100)).next()) as TarError;
      assert.equal(other.code, "tar/bad-header");
      const comments = text("<!-- -->".repeat(200));
      const endless = await rejection(readTar(inChunks(comments, 100)).next()) as TarError;
      assert.equal(endless.code, "tar/bad-header");
    },
  },
  {
    name: "readTar() looks for another kind of file at the start of an archive alone",
    async run() {
      const bytes = archive(member({ name: "a" }, "1"), text(POINTER.padEnd(512)));
      const entries = readTar(inChunks(bytes, 512));
      await entries.next();
      assert.equal((await rejection(entries.next()) as TarError).code, "tar/bad-header");
      const fromThere = readTar(inChunks(bytes.subarray(1024), 512), { offsetBytes: 1024 });
      assert.equal((await rejection(fromThere.next()) as TarError).code, "tar/bad-header");
    },
  },
];
