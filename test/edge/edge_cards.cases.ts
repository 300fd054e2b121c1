/** What the gallery asks of the handler: cards, statistics of tensors, keys that are searched, classes that are counted. */

import { assert } from "chai";
import { createHandler } from "../../src/edge/mod.ts";
import { formatIndex, formatSplit, indexShard } from "../../src/index/mod.ts";
import { noCompression, type TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { decodePng } from "../image/decode_png.ts";
import { begin, bytesOf, FakeBucket, HOSTILE, openOne, ORIGIN, problem } from "./setting.ts";

/** A handler over one shard without an index. */
function serveOne(bytes: Uint8Array<ArrayBuffer>): (path: string) => Promise<Response> {
  const handler = createHandler({
    store: { open: (name: string) => openOne(name, bytes) },
    splits: { all: ["all.tar"] },
    cache: false,
  });
  return (path) => handler(new Request(ORIGIN + path));
}

interface Card {
  // deno-lint-ignore no-explicit-any -- whatever JSON has
  readonly facts: any;
  readonly picture: Uint8Array<ArrayBuffer> | undefined;
}

async function readCard(response: Response): Promise<Card> {
  const form = await response.formData();
  const picture = form.get("picture");
  return {
    facts: JSON.parse(form.get("facts") as string),
    picture: picture instanceof Blob ? new Uint8Array(await picture.arrayBuffer()) : undefined,
  };
}

const cards: TestCase[] = [
  {
    name:
      "createHandler() gives picture and facts of a sample in one answer, as it gives each alone",
    skip: noCompression,
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures);
      const response = await ask("/v1/test/0/1?as=card");
      assert.match(
        response.headers.get("content-type") ?? "",
        /^multipart\/form-data; boundary=[0-9a-f]{32}$/,
      );
      const etag = response.headers.get("etag") ?? "";
      assert.match(etag, /^W\//);
      // One range of the shard, however much is told of it.
      assert.deepEqual(bucket.asked, ["s-0.tar.idx", "s-0.tar"]);
      const { facts, picture } = await readCard(response);
      assert.deepEqual(facts, await (await ask("/v1/test/0/1?as=json")).json());
      const alone = await bytesOf(await ask("/v1/test/0/1?size=160&fit=cover"));
      assert.deepEqual(picture, alone);
      const { width, height } = await decodePng(picture!);
      assert.deepEqual([width, height], [160, 160]);
      const again = await ask("/v1/test/0/1?as=card&size=160&fit=cover", {
        headers: { "if-none-match": etag },
      });
      assert.equal(again.status, 304);
      const small = await readCard(await ask("/v1/test/0/1?as=card&size=20&fit=contain"));
      assert.equal((await decodePng(small.picture!)).height, 20);
      assert.equal(await problem(await ask("/v1/test/0/1?as=card&quality=3")), "400 bad-parameter");
    },
  },
  {
    name: "createHandler() gives a card without a picture where there is none, and says why",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const { facts, picture } = await readCard(await ask("/v1/test/1/4?as=card"));
      assert.isUndefined(picture);
      assert.equal(facts.key, HOSTILE);
      assert.equal(facts.problem.code, "sample-damaged");
      assert.equal(await problem(await ask("/v1/test/0/9?as=card")), "404 sample-not-found");
    },
  },
  {
    name: "createHandler() gives captions and JSON on cards, of as many bytes as a list can hold",
    async run(fixtures) {
      const image = await fixtures.read("jpeg/pictures/grey.jpg");
      const bytes = await makeShard([
        ["a.jpg", image],
        ["a.txt", "a dog\r\n--and a boundary--\r\n"],
        ["a.json", '{"width": 7, "exif": {"Make": "None"}}'],
        ["a.v1.json", "[1]"],
        ["a.en.caption", "a cat"],
        ["b.txt", "x".repeat(30_000)],
        ["b.text", "y".repeat(3_000)],
        ["b.json", "{}"],
      ]);
      const ask = serveOne(bytes);
      const values = async (path: string): Promise<unknown[]> => {
        const { facts } = await readCard(await ask(path));
        return facts.fields.map(({ value }: { value: unknown }) => value);
      };
      assert.deepEqual((await values("/v1/all/0/0?as=card")).slice(1), [
        "a dog\r\n--and a boundary--\r\n",
        { width: 7, exif: { Make: "None" } },
        [1],
        "a cat",
      ]);
      assert.deepEqual(await values("/v1/all/0/1?as=card"), ["x".repeat(30_000), undefined, {}]);
      const { fields } = await (await ask("/v1/all/0/1?as=json")).json();
      assert.equal(fields[1].value.length, 3_000);
    },
  },
  {
    name: "createHandler() tells format and size of images that are no JPEG files",
    async run(fixtures) {
      const names = ["png/ffmpeg_rgb24.png", "webp/bad_bomb.webp", "png/ffmpeg_rgb24.png"];
      const files = await Promise.all(names.map((name) => fixtures.read(`formats/${name}`)));
      files[2] = files[2].slice(0, 20);
      const ask = serveOne(
        await makeShard(files.map((file, i) => [`k${i}.${names[i].split(".")[1]}`, file])),
      );
      const golden = JSON.parse(
        new TextDecoder().decode(await fixtures.read("formats/golden.json")),
      ).files[names[0]];
      const images = await Promise.all(
        names.map(async (_, i) => (await (await ask(`/v1/all/0/${i}?as=json`)).json()).image),
      );
      assert.deepEqual(images[0], { format: "png", width: golden.width, height: golden.height });
      // Its size is told, although it is over the limit.
      assert.isAbove(images[1].width * images[1].height, 6_000_000);
      // It ends in its header.
      assert.deepEqual(images[2], { format: "png" });
    },
  },
];

const statistics: TestCase[] = [
  {
    name: "createHandler() measures tensors as numpy does",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const golden = JSON.parse(
        new TextDecoder().decode(await fixtures.read("edge/statistics.json")),
      ).files as Record<string, Record<string, number[][]>>;
      for (const [i, bySize] of Object.values(golden).entries()) {
        for (const [size, expected] of Object.entries(bySize)) {
          const response = await ask(`/v1/test/0/${i}?as=statistics&size=${size}`);
          assert.match(response.headers.get("etag") ?? "", /^"/);
          const { shape, dtype, channels, transform, ...all } = await response.json();
          assert.deepEqual([dtype, shape], ["float32", [3, Number(size), Number(size)]]);
          assert.deepEqual(transform.crop, [Number(size), Number(size)]);
          assert.lengthOf(channels, 3);
          for (const [j, { min, max, mean, std }] of [all, ...channels].entries()) {
            assert.deepEqual([min, max], expected[j].slice(0, 2));
            assert.closeTo(mean, expected[j][2], 1e-12);
            assert.closeTo(std, expected[j][3], 1e-12);
          }
        }
      }
      const view = await (await ask("/v1/test/0/0?as=statistics")).json();
      assert.deepEqual(view.shape, [3, 224, 224]);
      assert.equal(
        await problem(await ask("/v1/test/0/0?as=statistics&fit=cover")),
        "400 bad-parameter",
      );
      assert.equal(await problem(await ask("/v1/test/1/4?as=statistics")), "422 sample-damaged");
    },
  },
];

/** Keys of a page. */
const keysOf = ({ samples }: { samples: { key: string }[] }): string[] =>
  samples.map(({ key }) => key);

const searches: TestCase[] = [
  {
    name: "createHandler() finds keys by a part of them in all shards, by their indexes alone",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures);
      const found = await (await ask("/v1/test/samples?key=-2")).json();
      assert.deepEqual(keysOf(found), ["k0-2", "k1-2"]);
      assert.deepEqual([found.looked, found.next], [9, null]);
      assert.deepEqual(bucket.asked, ["s-0.tar.idx", "s-1.tar.idx"]);
      const first = await (await ask("/v1/test/samples?key=K1&count=2")).json();
      assert.deepEqual(keysOf(first), ["k1-0", "k1-1"]);
      assert.deepEqual([first.looked, first.next], [6, [1, 2]]);
      const hostile = await (await ask(`/v1/test/samples?key=${encodeURIComponent("<IMG")}`))
        .json();
      assert.deepEqual(keysOf(hostile), [HOSTILE]);
      const both = await (await ask("/v1/test/samples?key=k1&class=341")).json();
      assert.deepEqual(keysOf(both), ["k1-1"]);
      assert.lengthOf((await (await ask("/v1/test/samples?key=")).json()).samples, 9);
      const long = await ask(`/v1/test/samples?key=${"x".repeat(201)}`);
      assert.equal(await problem(long), "400 bad-parameter");
    },
  },
  {
    name: "createHandler() finds keys without an index too, within the requests that it may take",
    async run(fixtures) {
      const { ask } = await begin(fixtures, { maxRequests: 2 }, false);
      const keys: string[] = [];
      let next: [number, number] | null = [0, 0];
      let looked = 0;
      for (let turn = 0; next !== null && turn < 20; turn++) {
        const path: string = `/v1/test/samples?key=-3&shard=${next[0]}&index=${next[1]}`;
        const page = await (await ask(path)).json();
        keys.push(...keysOf(page));
        looked += page.looked;
        next = page.next;
      }
      assert.isNull(next);
      assert.deepEqual(keys, ["k0-3", "k1-3"]);
      assert.equal(looked, 9);
    },
  },
  {
    name: "createHandler() counts classes by indexes, and reads no sample for it",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures, { splits: { test: "s-{0..9}.tar" } });
      const one = await (await ask("/v1/test/classes?shard=1")).json();
      assert.deepEqual(bucket.asked, ["s-1.tar.idx"]);
      assert.deepEqual(one.classes[0], {
        label: 1,
        count: 1,
        name: "goldfish",
        synset: "n01443537",
      });
      assert.deepEqual(
        one.classes.map(({ label, count }: { label: number; count: number }) => [label, count]),
        [[1, 1], [340, 1], [341, 1], [342, 1], [343, 1]],
      );
      assert.deepEqual([one.samples, one.others, one.unlabelled], [5, 0, 0]);
      assert.deepEqual([one.shards, one.next], [[1, 1], 2]);
      // The third shard has no index, or was never stored: it is whoever begins there that hears of it.
      const all = await (await ask("/v1/test/classes?count=8")).json();
      assert.deepEqual([all.samples, all.shards, all.next], [9, [0, 2], 2]);
      assert.equal(await problem(await ask("/v1/test/classes?shard=2")), "503 index-needed");
      assert.equal(all.classes.find(({ label }: { label: number }) => label === 341).count, 2);
      assert.equal(await problem(await ask("/v1/test/classes?count=9")), "400 bad-parameter");
      assert.equal(await problem(await ask("/v1/test/classes?shard=10")), "400 bad-parameter");
      const plain = await begin(fixtures, {}, false);
      assert.equal(await problem(await plain.ask("/v1/test/classes")), "503 index-needed");
    },
  },
  {
    name: "createHandler() counts the classes of a split by its one index",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures);
      assert.equal(await problem(await ask("/v1/test/classes?of=split")), "503 index-needed");
      const shards = [
        { url: "s-0.tar", sampleCount: 3 },
        { url: "other.tar", sampleCount: 1 },
        { url: "s-1.tar", sampleCount: 2 },
      ];
      const put = (classes?: number[]): void => {
        bucket.objects.set("s-0.tar.split", formatSplit({ shards, classes }));
      };
      put([340, 1, 340, 9, -1, 340]);
      bucket.asked = [];
      const counts = await (await ask("/v1/test/classes?of=split")).json();
      assert.deepEqual(bucket.asked, ["s-0.tar.split"]);
      assert.deepEqual(
        counts.classes.map(({ label, count }: { label: number; count: number }) => [label, count]),
        [[1, 1], [340, 3]],
      );
      assert.deepEqual([counts.samples, counts.unlabelled, counts.next], [5, 1, null]);
      assert.deepEqual(counts.shards, [0, 2]);
      put();
      assert.equal(await problem(await ask("/v1/test/classes?of=split")), "503 index-needed");
      // Too large for an answer: it is not read to its end.
      bucket.objects.set("s-0.tar.split", new Uint8Array(5 << 20));
      assert.equal(await problem(await ask("/v1/test/classes?of=split")), "503 index-needed");
      bucket.objects.set("s-0.tar.split", new TextEncoder().encode("WDSPLIT and no more"));
      assert.equal(await problem(await ask("/v1/test/classes?of=split")), "502 index-bad");
      assert.equal(await problem(await ask("/v1/test/classes?of=x")), "400 bad-parameter");
    },
  },
  {
    name: "createHandler() counts samples without a class, and passes over damaged indexes",
    async run() {
      const bucket = new FakeBucket();
      const encoder = new TextEncoder();
      const shard = await makeShard([["a.txt", "a"], ["b.cls", "3"], ["c.cls", "not a class"]]);
      bucket.objects.set("s-0.tar", shard);
      bucket.objects.set("s-0.tar.idx", encoder.encode('{"wdstream":"shard-index"'));
      bucket.objects.set("s-1.tar", shard);
      bucket.objects.set("s-1.tar.idx", encoder.encode(formatIndex(await indexShard(shard))));
      const handler = createHandler({
        store: bucket,
        splits: { test: "s-{0..1}.tar" },
        labels: false,
        cache: false,
      });
      const counts = await (await handler(new Request(`${ORIGIN}/v1/test/classes?count=2`))).json();
      assert.deepEqual(counts.classes, [{ label: 3, count: 1 }]);
      assert.deepEqual([counts.samples, counts.unlabelled, counts.next], [3, 2, null]);
      assert.deepEqual(counts.faults.map(({ shard }: { shard: number }) => shard), [0]);
    },
  },
];

/** Tests of the edge handler: what its gallery takes. */
export const cases: TestCase[] = [...cards, ...statistics, ...searches];
