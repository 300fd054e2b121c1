/** What `verifyShards()` finds in shards that are made wrong, and that it finds nothing else. */

import { assert } from "chai";
import { findNamed } from "../../src/image/codec.ts";
import { listCodecs } from "../../src/image/codecs/plugged.ts";
import { encodePng } from "../../src/image/encode/png.ts";
import { decodeJpeg } from "../../src/image/jpeg/mod.ts";
import { inspectImage, packFacts, unpackFacts } from "../../src/image/inspect.ts";
import { init } from "../../src/image/mod.ts";
import { formatIndex } from "../../src/index/text.ts";
import { indexShard } from "../../src/index/mod.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import { toSource } from "../../src/storage/mod.ts";
import type { Source } from "../../src/storage/source.ts";
import { wrap } from "../../src/storage/wrap.ts";
import { KeyTable } from "../../src/tools/key_table.ts";
import {
  type Finding,
  formatJunit,
  formatVerifyPage,
  type ShardInputs,
  type VerifyOptions,
  verifyShards,
} from "../../src/tools/mod.ts";
import { type Fixtures, noCompression, type TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { allWithFormats } from "../with_formats.ts";

type Member = readonly [path: string, body: string | Uint8Array];

/** Samples `a0`, `a1`, … with `cls` and `txt`. */
function textMembers(prefix: string, count: number): Member[] {
  return Array.from({ length: count }, (_, i): Member[] => [
    [`${prefix}${i}.cls`, String(i)],
    [`${prefix}${i}.txt`, `text ${i}`],
  ]).flat();
}

const MEMBER_BYTES = 1024;

async function makeSource(name: string, members: readonly Member[]): Promise<Source> {
  return toSource(await makeShard(members), { name });
}

/** Findings as `check key offset`. */
function brief(findings: readonly Finding[]): string[] {
  return findings.map(({ check, key = "-", offsetBytes = "-" }) =>
    `${check} ${key} ${offsetBytes}`
  );
}

async function find(shards: ShardInputs, options?: VerifyOptions): Promise<readonly Finding[]> {
  return (await verifyShards(shards, options)).findings;
}

/** A shard with another byte at some places. */
function damage(bytes: Uint8Array, ...offsets: number[]): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  for (const offset of offsets) copy[offset] ^= 0xff;
  return copy;
}

async function readJpegs(fixtures: Fixtures, folder: string): Promise<[string, Uint8Array][]> {
  const names = (await fixtures.list(folder)).filter((name) => name.endsWith(".jpg"));
  return await Promise.all(names.map(async (name): Promise<[string, Uint8Array]> => [
    name,
    await fixtures.read(`${folder}/${name}`),
  ]));
}

export const cases: TestCase[] = allWithFormats([
  {
    name: "verifyShards() finds nothing in the built-in sample, and counts what it has",
    async run({ read }): Promise<void> {
      const report = await verifyShards(await read("sample.tar"), { classes: 1000 });
      assert.deepEqual(report.findings, []);
      assert.equal(report.samples, 36);
      assert.equal(report.images, 36);
      assert.equal(report.bytes, 1_691_136);
      assert.equal(report.shards[0].samples, 36);
    },
  },
  {
    name: "verifyShards() goes on behind damaged headers, and finds each of them",
    async run(): Promise<void> {
      const whole = await makeShard(textMembers("a", 12));
      // The headers of a3.cls, which begins a sample, and of a7.txt, which ends one.
      const [third, seventh] = [6 * MEMBER_BYTES, 15 * MEMBER_BYTES];
      const shard = toSource(damage(whole, third + 5, seventh + 5), { name: "x.tar" });
      const { findings, samples, badSamples } = await verifyShards(shard);
      assert.deepEqual(brief(findings), [
        `archive - ${third}`,
        // a3.txt alone is left.
        `fields a3 ${third + MEMBER_BYTES}`,
        `archive - ${seventh}`,
      ]);
      assert.equal(findings[0].code, "tar/bad-header");
      assert.match(findings[0].message, /the next header that is whole is at byte 7168$/);
      // Nothing of a7 comes.
      assert.equal(samples, 11);
      assert.deepEqual([...badSamples.get(0)!], [3]);
    },
  },
  {
    name: "verifyShards() finds the members behind bytes that are lost or too many, at any offset",
    async run(): Promise<void> {
      const whole = await makeShard(textMembers("a", 8));
      const at = 5 * MEMBER_BYTES;
      for (const lost of [1, 77, 512, 700]) {
        const cut = new Uint8Array([...whole.subarray(0, at), ...whole.subarray(at + lost)]);
        const report = await verifyShards(toSource(cut, { name: "x.tar" }));
        assert.equal(report.counts.archive, 1, `${lost}`);
        // a2.txt is what was cut into, or a2 whole where just its body was.
        assert.isAtLeast(report.samples, 7, `${lost}`);
      }
      const more = new Uint8Array([...whole.subarray(0, at), 1, 2, 3, ...whole.subarray(at)]);
      const { counts, samples } = await verifyShards(toSource(more, { name: "x.tar" }));
      assert.equal(counts.archive, 1);
      assert.equal(samples, 8);
    },
  },
  {
    name: "verifyShards() tells archives that are cut, have no end, or go on behind it",
    async run(): Promise<void> {
      const whole = await makeShard(textMembers("a", 4));
      const open = (bytes: Uint8Array): Source => toSource(bytes, { name: "x.tar" });
      assert.deepEqual(brief(await find(open(whole.subarray(0, 7 * MEMBER_BYTES + 515)))), [
        `archive a3.txt ${7 * MEMBER_BYTES}`,
      ]);
      const cut = await verifyShards(open(whole.subarray(0, 7 * MEMBER_BYTES + 515)));
      assert.equal(cut.samples, 3);
      const unended = open(whole.subarray(0, 8 * MEMBER_BYTES));
      assert.deepEqual(brief(await find(unended)), [`archive - ${8 * MEMBER_BYTES}`]);
      assert.deepEqual(await find(unended, { endOfArchive: "optional" }), []);
      const twice = new Uint8Array([...whole, ...whole]);
      assert.deepEqual(brief(await find(open(twice))), [`archive - ${whole.length}`]);
      const text = open(new TextEncoder().encode("no archive at all"));
      assert.deepEqual(brief(await find(text)), ["archive - 0"]);
    },
  },
  {
    name:
      "verifyShards() finds keys that come twice, in a shard and in two, and samples that lack a field",
    async run(): Promise<void> {
      const one = await makeSource("one.tar", [...textMembers("a", 3), ["a1.json", "{}"]]);
      const two = await makeSource("two.tar", [
        ["b0.txt", "alone"],
        ...textMembers("c", 2),
        ["a2.cls", "2"],
        ["a2.txt", "again"],
      ]);
      const findings = await find([one, two]);
      assert.deepEqual(brief(findings), [
        `keys a1 ${6 * MEMBER_BYTES}`,
        `fields a1 ${6 * MEMBER_BYTES}`,
        `keys a2 ${5 * MEMBER_BYTES}`,
        "fields b0 0",
      ]);
      assert.match(findings[0].message, /the shard has one of that key already/);
      assert.match(findings[2].message, /"one.tar" has one of that key/);
      const named = await find([one], { fields: ["cls", "json"], skip: ["keys"] });
      assert.lengthOf(named.filter(({ check }) => check === "fields"), 4);
    },
  },
  {
    name: "verifyShards() takes images of any format for those of another, unless a field is named",
    async run(): Promise<void> {
      const members = [
        ...["a.jpg", "a.left.png", "b.png", "b.left.webp", "c.jpeg", "c.left.jpg"],
        ...["d.jpg", "e.left.jpg", "e.txt"],
      ];
      const shard = await makeSource("one.tar", members.map((name) => [name, "x"] as const));
      const lacks = async (fields?: readonly string[]): Promise<string[]> =>
        (await find(shard, { fields, skip: ["decodable"] }))
          .filter(({ check }) => check === "fields").map(({ message }) => message);
      assert.deepEqual(await lacks(), [
        '"d" has no left.jpg, only jpg',
        '"e" has no jpg, only left.jpg, txt',
      ]);
      assert.lengthOf(await lacks(["jpg"]), 3);
    },
  },
  {
    name:
      "verifyShards() finds what fields are not, labels out of range and fields that come twice",
    async run(): Promise<void> {
      const shard = await makeSource("x.tar", [
        ["a.cls", "one"],
        ["b.cls", "7"],
        ["c.cls", "3"],
        ["c.json", '{"label": 4}'],
        ["d.cls", "3"],
        ["d.json", "{label: 3}"],
        ["e.cls", "1"],
        ["e.cls", "1"],
        ["f.cls", "-1"],
      ]);
      const findings = await find(shard, { classes: 7, skip: ["fields"] });
      assert.deepEqual(brief(findings), [
        "decodable a 0",
        "label b 1024",
        "label c 2048",
        "decodable d 5120",
        "label f 8192",
      ]);
      assert.deepEqual(findings.map(({ index }) => index), [0, 1, 2, 3, 5]);
      const twice = await find(shard, { skip: ["decodable", "label"] });
      assert.include(brief(twice), "fields e 7168");
    },
  },
  {
    name: "verifyShards() finds images that are damaged, cut, of another size, or empty",
    skip: noCompression,
    async run(fixtures): Promise<void> {
      const picture = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const flat = await encodePng({
        width: 20,
        height: 10,
        channels: 3,
        data: new Uint8Array(600).fill(200),
      });
      const shard = await makeSource("x.tar", [
        ["a.jpg", picture],
        ["a.json", '{"width": 42, "height": 32}'],
        ["b.jpg", picture.subarray(0, picture.length - 200)],
        ["b.json", "{}"],
        ["c.jpg", picture],
        ["c.json", '{"width": 32, "height": 42}'],
        ["d.jpg", flat],
        ["d.json", '{"width": 20, "height": 10}'],
        ["e.jpg", "<html>"],
        ["e.json", "{}"],
      ]);
      const findings = await find(shard);
      assert.deepEqual(
        findings.map(({ check, key, code }) => [check, key, code]),
        [
          ["decodable", "b", "jpeg/truncated"],
          ["size", "c", undefined],
          ["empty", "d", undefined],
          ["decodable", "e", "jpeg/not-jpeg"],
        ],
      );
      const { badSamples } = await verifyShards(shard, { skip: ["size", "empty"] });
      assert.deepEqual([...badSamples.get(0)!], [1, 4]);
    },
  },
  {
    name:
      "verifyShards() compares shards with their indexes, with the split's and with lists of lengths",
    async run(): Promise<void> {
      const bytes = await makeShard(textMembers("a", 5));
      const other = await makeShard([...textMembers("a", 4), ["a4.cls", "44"], [
        "a4.txt",
        "text 4",
      ]]);
      const text = formatIndex(await indexShard(toSource(bytes, { name: "x.tar" })));
      const withIndex = (shard: Uint8Array): Source => {
        const source = toSource(shard, { name: "x.tar" });
        return wrap(source, {
          beside: (suffix) =>
            toSource(new TextEncoder().encode(suffix === ".idx" ? text : ""), { name: suffix }),
        });
      };
      assert.deepEqual(await find(withIndex(bytes)), []);
      const [stale] = await find(withIndex(other));
      assert.equal(stale.check, "index");
      assert.match(stale.message, /of sample 4, "a4", it has/);
      const lengths = { name: "_info.json", shards: [{ url: "x.tar", sampleCount: 6 }] };
      const findings = await find(withIndex(bytes), { lengths });
      assert.deepEqual(findings.map(({ message }) => message), [
        '"x.tar" has 5 samples, and _info.json says 6',
      ]);
      // A list of other shards says nothing of these.
      const others = { name: "_info.json", shards: [{ url: "y.tar", sampleCount: 6 }] };
      assert.deepEqual(await find(withIndex(bytes), { lengths: others }), []);
    },
  },
  {
    name: "verifyShards() goes on with the next shard where one cannot be read",
    async run(): Promise<void> {
      const missing: Source = {
        name: "gone.tar",
        open: () => Promise.reject(new Error("not one of ours")),
      };
      const good = await makeSource("x.tar", textMembers("a", 2));
      let thrown: unknown;
      await verifyShards([missing, good]).catch((error) => thrown = error);
      // What is no fault of a shard is thrown.
      assert.match(String(thrown), /not one of ours/);
      const once = toSource(new Blob([await makeShard(textMembers("b", 2)) as BlobPart]).stream());
      const { findings, samples } = await verifyShards([once, once, good]);
      assert.deepEqual(findings.map(({ check }) => check), ["access"]);
      assert.equal(samples, 4);
    },
  },
  {
    name:
      "inspectImage() refuses the JPEG files that decoding refuses, with the same warnings for others",
    async run(fixtures): Promise<void> {
      await init();
      const codec = findNamed("jpg", listCodecs())!;
      const folders = [
        "jpeg/broken",
        "jpeg/baseline",
        "jpeg/progressive",
        "jpeg/lossless",
        "jpeg/arithmetic",
      ];
      let refused = 0;
      for (const folder of folders) {
        for (const [name, bytes] of await readJpegs(fixtures, folder)) {
          let expected: unknown;
          try {
            const { width, height, warnings } = decodeJpeg(bytes);
            const sum = Object.values(warnings).reduce((a: number, b: number) => a + b, 0);
            expected = [width, height, sum];
          } catch (error) {
            expected = (error as { code?: string }).code;
            refused++;
          }
          const given = await inspectImage(bytes, codec, {}).then(
            ({ width, height, warnings }) => [width, height, warnings],
            (error) => error.code,
          );
          assert.deepEqual(given, expected, `${folder}/${name}`);
        }
      }
      assert.isAbove(refused, 10);
    },
  },
  {
    name: "inspectImage() counts the values of pixels, and a row of numbers has all of it",
    async run(fixtures): Promise<void> {
      await init();
      const codec = findNamed("jpg", listCodecs())!;
      const bytes = await fixtures.read("jpeg/baseline/420_42x32.jpg");
      const { data } = decodeJpeg(bytes);
      const facts = await inspectImage(bytes, codec, { counts: true });
      const counts = new Array(768).fill(0);
      data.forEach((value, i) => counts[256 * (i % 3) + value]++);
      assert.deepEqual([...facts.histogram!], counts);
      assert.deepEqual(unpackFacts(packFacts(facts)), facts);
    },
  },
  {
    name: "KeyTable knows each key again, and takes in no more than it is to",
    run(): void {
      const table = new KeyTable();
      for (let i = 0; i < 20_000; i++) {
        assert.isUndefined(table.add(`n0${i}_${i * 7}`, i % 5), `${i}`);
      }
      for (let i = 0; i < 20_000; i++) assert.equal(table.add(`n0${i}_${i * 7}`, 9), i % 5);
      const small = new KeyTable(2);
      assert.deepEqual(["a", "b", "c", "c", "a"].map((key) => small.add(key, 1)), [
        undefined,
        undefined,
        undefined,
        undefined,
        1,
      ]);
      assert.isTrue(small.isFull);
    },
  },
  {
    name: "formatJunit() and formatVerifyPage() show what was found, whatever keys hold",
    async run(): Promise<void> {
      const shard = await makeSource("x.tar", [
        ['<b>&"\u0001.cls', "nothing"],
        ["ok.cls", "1"],
      ]);
      const report = await verifyShards(shard);
      const xml = formatJunit(report, ["damaged"]);
      assert.include(xml, '<testsuites name="wdstream verify" tests="11" failures="1">');
      assert.include(xml, '<failure type="decodable" message="1 found">');
      assert.notInclude(xml, "\u0001");
      assert.lengthOf(xml.match(/<skipped\/>/g)!, 1);
      assert.notMatch(xml.replace(/<[^<>]*>/g, ""), /[<>]/);
      const page = formatVerifyPage(report);
      assert.include(page, "&#60;b&#62;&#38;&#34;");
      assert.notInclude(page, "<b>&");
      assert.notMatch(page, /https?:|<script/);
    },
  },
  {
    name: "verifyShards() reads samples as a dataset that skips faults does",
    async run(): Promise<void> {
      const whole = await makeShard(textMembers("a", 9));
      const shard = toSource(damage(whole, 11 * MEMBER_BYTES), { name: "x.tar" });
      const keys: string[] = [];
      for await (const { key } of webdataset(shard, { onError: "skip" })) keys.push(key);
      assert.deepEqual(keys, ["a0", "a1", "a2", "a3", "a4"]);
      const { samples, badSamples } = await verifyShards(shard);
      // a5.txt is lost, and what a dataset does not see comes.
      assert.equal(samples - (badSamples.get(0)?.size ?? 0), 8);
    },
  },
]);
