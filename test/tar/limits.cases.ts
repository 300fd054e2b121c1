/** Limits of what describes an entry, and time and memory that stay in proportion to the archive below them. */

import { assert } from "chai";
import { decodeName, encodeName, readTar, type TarError } from "../../src/tar/mod.ts";
import type { TestCase } from "../case.ts";
import { eventually } from "../eventually.ts";
import { archive, inChunks, join, member, pax } from "./archive.ts";

const file = member({ name: "a" }, "1");

async function codeOf(bytes: Uint8Array, options: object = {}): Promise<string | undefined> {
  try {
    for await (const _ of readTar(inChunks(bytes, 1 << 16), options));
  } catch (error) {
    return (error as TarError).code;
  }
}

/** Milliseconds that work takes. */
async function measure(run: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

export const cases: TestCase[] = [
  {
    name: "readTar() bounds the records before one entry, their number and their bytes",
    async run() {
      const stacked = (count: number): Uint8Array =>
        archive(...Array.from({ length: count }, () => pax("x", { comment: "c" })), file, file);
      assert.isUndefined(await codeOf(stacked(64)));
      assert.equal(await codeOf(stacked(65)), "tar/too-large");
      assert.isUndefined(await codeOf(stacked(65), { maxPaxHeaders: 65 }));
      assert.equal(await codeOf(stacked(1), { maxPaxHeaders: 0 }), "tar/too-large");
      // "13 comment=c\n"
      assert.isUndefined(await codeOf(stacked(5), { maxPaxBytes: 65 }));
      assert.equal(await codeOf(stacked(5), { maxPaxBytes: 64 }), "tar/too-large");
      // What stood before one entry does not count for the next.
      const apart = archive(
        ...Array.from({ length: 100 }, () => join([pax("x", { path: "p" }), file])),
      );
      assert.isUndefined(await codeOf(apart, { maxPaxBytes: 10, maxPaxHeaders: 1 }));
    },
  },
  {
    name: "readTar() bounds the global records together",
    async run() {
      const many = (bytes: number): Uint8Array =>
        archive(
          pax("g", { path: "p".repeat(bytes) }),
          pax("g", { linkpath: "l".repeat(bytes) }),
          file,
        );
      assert.isUndefined(await codeOf(many(100), { maxPaxBytes: 200 }));
      assert.equal(await codeOf(many(101), { maxPaxBytes: 200 }), "tar/too-large");
      // One that replaces another takes its place.
      const again = Array.from({ length: 50 }, () => pax("g", { path: "p".repeat(100) }));
      assert.isUndefined(await codeOf(archive(...again, file), { maxPaxBytes: 200 }));
    },
  },
  {
    name:
      "readTar() keeps nothing of records that say nothing of an entry, and reads them in linear time",
    async run() {
      // Each header repeats a thousand keywords; a map of all of them would grow with every header.
      const records = (i: number): Record<string, string> =>
        Object.fromEntries(Array.from({ length: 1000 }, (_, k) => [`k${i}.${k}`, "v"]));
      const make = (count: number): Uint8Array =>
        archive(...Array.from({ length: count }, (_, i) => pax("g", records(i))), file);
      const [small, large] = [make(5), make(40)];
      await eventually(async () => {
        const [short, long] = [
          await measure(async () => assert.isUndefined(await codeOf(small))),
          await measure(async () => assert.isUndefined(await codeOf(large))),
        ];
        assert.isBelow(long, 40 * short + 20);
      });
    },
  },
  {
    name: "readTar() applies a long global name to many entries without reading it again for each",
    async run() {
      const name = "n".repeat(500_000);
      const many = archive(
        pax("g", { path: name }),
        ...Array.from({ length: 3000 }, () => member({ name: "a" })),
      );
      await eventually(async () => {
        const ms = await measure(async () => {
          let count = 0;
          for await (const { path } of readTar(inChunks(many, 1 << 20))) {
            count++;
            assert.lengthOf(path, name.length);
          }
          assert.equal(count, 3000);
        });
        // Three thousand times half a megabyte would take seconds.
        assert.isBelow(ms, 1000);
      });
    },
  },
  {
    name:
      "decodeName() takes linear time, whatever the bytes, and agrees with itself on every length",
    async run() {
      for (
        const pattern of [[0x61], [0xff], [0xc3], [0xc3, 0xa9, 0xff], [0xe2, 0x82], [0xf0, 0x9f]]
      ) {
        const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => pattern[i % pattern.length]);
        let name = "";
        await eventually(async () => {
          const ms = await measure(() => {
            name = decodeName(bytes);
          });
          assert.isBelow(ms, 1000, `${pattern}`);
        });
        assert.isTrue(encodeName(name).every((byte, i) => byte === bytes[i]), `${pattern}`);
      }
      const letters = "abcdefgh é\u00ff\ud83d\ude00".repeat(20);
      for (let length = 0; length < 200; length++) {
        const ascii = "abcdefghij".repeat(20).slice(0, length);
        assert.equal(decodeName(encodeName(ascii)), ascii);
        const mixed = Array.from(letters).slice(0, length).join("");
        assert.equal(decodeName(encodeName(mixed)), mixed);
      }
    },
  },
];
