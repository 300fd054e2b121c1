/** What the page at /inspect is told of a shard by its worker, without a page and without a worker. */

import { assert } from "chai";
import { makePicture } from "../../src/image/transform/picture.ts";
import type {
  FromShelf,
  FromWorker,
  Listed,
  Picture,
  State,
  ToShelf,
  ToWorker,
  Verifying,
} from "../../src/inspect/messages.ts";
import type { SessionOptions } from "../../src/inspect/worker/session.ts";
import { Shelf } from "../../src/inspect/worker/shelf.ts";
import { formatIndex, indexShard } from "../../src/index/mod.ts";
import { type Fixtures, noCompression, type TestCase } from "../case.ts";
import { MemoryHost } from "../storage/memory_host.ts";
import { archive, join, member } from "../tar/archive.ts";

type Said = FromWorker | Exclude<FromShelf, { readonly type: "shard" }>;

type Message<Type extends Said["type"]> = Extract<Said, { readonly type: Type }>;

/** The session of one shard, and what it has said. */
class Page {
  readonly shelf: Shelf;
  readonly said: Said[] = [];

  constructor(options: SessionOptions = {}) {
    this.shelf = new Shelf((message) => {
      this.said.push(message.type === "shard" ? message.message : message);
    }, options);
  }

  /** Asks, and waits for the work that it begins. */
  send(message: ToWorker | Exclude<ToShelf, { readonly type: "shard" }>): Promise<void> {
    switch (message.type) {
      case "close":
      case "verify":
      case "stopVerifying":
        return this.shelf.receive(message);
      default:
        return this.shelf.receive({ type: "shard", shard: 0, message });
    }
  }

  open(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.send({ type: "open", shard: new Blob([bytes]) });
  }

  all<Type extends Said["type"]>(type: Type): Message<Type>[] {
    return this.said.filter((message): message is Message<Type> => message.type === type);
  }

  get state(): State {
    return this.all("state").at(-1)!.state;
  }

  /** Codes of the problems, as soon as they were explained. */
  async codes(): Promise<(string | undefined)[]> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return this.all("problem").map(({ problem }) => problem.code);
  }

  async list(from: number, count: number, label?: number): Promise<Listed> {
    const query = { from, count, ...(label === undefined ? {} : { label }) };
    await this.send({ type: "list", request: 1, ...query });
    return this.all("listed").at(-1)!.listed;
  }

  async verify(): Promise<Verifying> {
    await this.send({ type: "verify" });
    return this.all("verifying").at(-1)!.verifying;
  }

  /** The picture of a sample, once it is there. */
  async show(place: number, size: number): Promise<Message<"picture">["picture"]> {
    await this.send({ type: "show", place, size });
    while (true) {
      const found = this.all("picture").find((message) => message.place === place);
      if (found !== undefined) return found.picture;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}

async function openSample(fixtures: Fixtures, options?: SessionOptions): Promise<Page> {
  const page = new Page(options);
  await page.open(await fixtures.read("sample.tar"));
  return page;
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** Samples `s0`, `s1`, … of a class and a text. */
function makeShard(count: number): Uint8Array<ArrayBuffer> {
  const members = Array.from({ length: count }, (_, i) => [
    member({ name: `s${i}.cls` }, `${i % 3}`),
    member({ name: `s${i}.txt` }, `text ${i}`),
  ]);
  return archive(...members.flat());
}

const reading: readonly TestCase[] = [
  {
    // Counted by Python's tarfile.
    name: "Session counts samples, fields, classes and sizes as tarfile lists them",
    async run(fixtures) {
      const { state } = await openSample(fixtures);
      const { summary, ...rest } = state;
      assert.equal(rest.phase, "done");
      assert.equal(rest.sizeBytes, 1_691_136);
      assert.equal(rest.canContinue, false);
      assert.deepEqual(summary, {
        samples: 36,
        bytes: 1_537_455,
        fields: [
          { extension: "cls", count: 36, leastBytes: 3, mostBytes: 3, bytes: 108 },
          { extension: "jpg", count: 36, leastBytes: 311, mostBytes: 144_206, bytes: 1_534_653 },
          { extension: "json", count: 36, leastBytes: 71, mostBytes: 75, bytes: 2694 },
        ],
        otherFields: 0,
        labelled: 36,
        classes: 8,
        classCounts: [[340, 4], [522, 5], [750, 4], [825, 5], [885, 4], [958, 4], [970, 5], [
          975,
          5,
        ]],
        sizes: [[200, 1], [2000, 2], [5000, 3], [10_000, 3], [20_000, 16], [50_000, 7], [
          100_000,
          4,
        ]],
      });
    },
  },
  {
    name:
      "Session lists samples from a place on, of one class or all, and none where there are none",
    async run() {
      const page = new Page();
      await page.open(makeShard(10));
      const { total, samples } = await page.list(8, 5);
      assert.equal(total, 10);
      assert.deepEqual(samples.map(({ key, place, index, label }) => [key, place, index, label]), [
        ["s8", 8, 8, 2],
        ["s9", 9, 9, 0],
      ]);
      const ofOne = await page.list(1, 2, 1);
      assert.equal(ofOne.total, 3);
      assert.deepEqual(ofOne.samples.map(({ key }) => key), ["s4", "s7"]);
      assert.deepEqual((await page.list(10, 5)).samples, []);
      assert.deepEqual((await page.list(0, 5, 99)).samples, []);
    },
  },
  {
    name: "Session describes a sample with its texts, and says why a picture is missing",
    async run() {
      const page = new Page();
      const json = '{"n": 12345678901234567890}';
      await page.open(archive(
        member({ name: "a.json" }, json),
        member({ name: "a.bin" }, new Uint8Array(9)),
        member({ name: "a.jpg" }, "no image at all"),
      ));
      await page.send({ type: "describe", request: 7, place: 0 });
      const [{ request, described }] = page.all("described");
      assert.equal(request, 7);
      assert.deepEqual(described.fields, [
        { extension: "json", sizeBytes: json.length, offsetBytes: 512, text: json },
        { extension: "bin", sizeBytes: 9, offsetBytes: 1536 },
        { extension: "jpg", sizeBytes: 15, offsetBytes: 2560 },
      ]);
      assert.match((described.picture as { fault: string }).fault, /not|no/);
      await page.send({ type: "describe", request: 8, place: 1 });
      assert.lengthOf(page.all("described"), 1);
    },
  },
  {
    name: "Session makes a sample's picture, the pixels of makePicture(), when it is asked for it",
    async run(fixtures) {
      const page = await openSample(fixtures);
      assert.lengthOf(page.all("picture"), 0);
      const picture = await page.show(1, 32) as Picture;
      assert.deepEqual(picture.imageSize, [375, 500]);
      const shard = await fixtures.read("sample.tar");
      await page.send({ type: "describe", request: 1, place: 1 });
      const [{ described }] = page.all("described");
      const { offsetBytes, sizeBytes } = described.fields.find(({ extension }) =>
        extension === "jpg"
      )!;
      const bytes = shard.subarray(offsetBytes, offsetBytes + sizeBytes);
      const expected = await makePicture(bytes, { size: 32, fit: "cover" });
      assert.deepEqual([picture.width, picture.height], [32, 32]);
      for (let i = 0; i < 32 * 32; i++) {
        const own = [...picture.rgba.subarray(4 * i, 4 * i + 4)];
        assert.deepEqual(own, [...expected.data.subarray(3 * i, 3 * i + 3), 255], `pixel ${i}`);
      }
    },
  },
  {
    name: "Session stops, keeps what it has learned, and goes on",
    async run() {
      const page = new Page({ now: () => 0 });
      const opening = page.open(makeShard(50));
      await page.send({ type: "stop" });
      await opening;
      assert.equal(page.state.phase, "stopped");
      assert.equal(page.state.canContinue, true);
      assert.deepEqual(await page.codes(), []);
      await page.send({ type: "continue" });
      assert.equal(page.state.phase, "done");
      assert.equal(page.state.summary.samples, 50);
      await page.send({ type: "continue" });
      assert.equal(page.state.summary.samples, 50);
    },
  },
];

const faults: readonly TestCase[] = [
  {
    name: "Session lists what is before a header whose checksum is wrong, and says where it is",
    async run() {
      const shard = makeShard(10);
      const page = new Page();
      // Two blocks a member, two members a sample.
      shard[6 * 2048 + 3] ^= 1;
      await page.open(shard);
      assert.equal(page.state.phase, "done");
      assert.isTrue(page.state.isDamaged);
      assert.equal(page.state.positionBytes, 6 * 2048);
      assert.isAtLeast(page.state.summary.samples, 5);
      assert.deepEqual(await page.codes(), ["tar/bad-header"]);
      const { phase, counts, samples, findings } = await page.verify();
      assert.equal(phase, "done");
      assert.equal(counts.archive, 1);
      assert.isAtLeast(samples, 9);
      assert.isNotEmpty(page.all("verifying").flatMap(({ verifying }) => verifying.findings));
      assert.isArray(findings);
    },
  },
  {
    name: "Session lists what is whole of a shard that was cut",
    async run() {
      const page = new Page();
      await page.open(makeShard(10).slice(0, 6 * 2048 + 700));
      assert.deepEqual(await page.codes(), ["tar/truncated"]);
      assert.isAtLeast(page.state.summary.samples, 5);
      assert.isBelow(page.state.summary.samples, 7);
    },
  },
  {
    name:
      "Session says of an empty file, a text, a web page and a ZIP archive that they are no shard",
    async run() {
      const zip = new Uint8Array(600);
      zip.set([0x50, 0x4b, 3, 4]);
      const files: [bytes: Uint8Array<ArrayBuffer>, code: string, words: RegExp][] = [
        [new Uint8Array(0), "tar/truncated", /it is empty/],
        [new TextEncoder().encode("a text ".repeat(200)), "tar/bad-header", /no tar header/],
        [new TextEncoder().encode(`<!doctype html>${" ".repeat(600)}`), "tar/not-tar", /web page/],
        [zip, "tar/not-tar", /ZIP/],
      ];
      for (const [bytes, code, words] of files) {
        const page = new Page();
        await page.open(bytes);
        assert.deepEqual(await page.codes(), [code]);
        const [{ problem }] = page.all("problem");
        assert.match(problem.message, words);
        assert.isString(problem.advice);
        assert.equal(page.state.summary.samples, 0);
        assert.notInclude(["opening", "reading", "unpacking"], page.state.phase);
      }
    },
  },
  {
    name: "Session tells of bytes behind the end of an archive",
    async run() {
      const page = new Page();
      const shard = makeShard(3);
      await page.open(join([shard, new Uint8Array(100_000)]));
      assert.equal(page.state.summary.samples, 3);
      assert.isAtLeast(page.state.restBytes, 100_000);
      assert.deepEqual(await page.codes(), []);
    },
  },
  {
    name: "Session says of an address that nothing is read by, why",
    async run() {
      for (const address of ["http://", "gopher://example.test/a.tar"]) {
        const page = new Page();
        await page.send({ type: "open", shard: address });
        await page.codes();
        assert.equal(page.state.phase, "failed", address);
        assert.lengthOf(page.all("problem"), 1, address);
      }
    },
  },
];

const hosts: readonly TestCase[] = [
  {
    name: "Session reads a shard on a host by ranges, and pauses for what it has fetched",
    async run() {
      const shard = archive(
        ...Array.from({ length: 40 }, (_, i) => [
          member({ name: `s${i}.bin` }, new Uint8Array(200_000)),
          member({ name: `s${i}.cls` }, `${i}`),
        ]).flat(),
      );
      const host = new MemoryHost({ "/a.tar": shard }, { chunkBytes: 100_000 });
      const page = new Page({ fetch: host.fetch, pauseBytes: 100_000 });
      await page.send({ type: "open", shard: "https://host.test/a.tar" });
      assert.equal(page.state.phase, "paused");
      assert.isAbove(page.state.summary.samples, 2);
      assert.isBelow(page.state.summary.samples, 30);
      let times = 0;
      for (; page.state.phase === "paused"; times++) await page.send({ type: "continue" });
      assert.equal(page.state.phase, "done");
      assert.isAbove(times, 1);
      assert.equal(page.state.summary.samples, 40);
      assert.isBelow(page.state.readBytes, 600_000);
      assert.isTrue(page.state.isRemote);
      assert.deepEqual(await page.codes(), []);
      assert.equal(host.open, 0);
    },
  },
  {
    name: "Session takes the index beside a shard on a host, if it is that shard's",
    async run() {
      const shard = makeShard(30);
      const index = { ...await indexShard(shard), sizeBytes: shard.length, shard: "a.tar" };
      const other = { ...index, sizeBytes: shard.length - 512 };
      const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
      for (
        const [text, isIndexed] of [
          [formatIndex(index), true],
          [formatIndex(other), false],
          ["<!doctype html>", false],
        ] as const
      ) {
        const host = new MemoryHost({ "/a.tar": shard, "/a.tar.idx": encode(text) });
        const page = new Page({ fetch: host.fetch });
        await page.send({ type: "open", shard: "https://host.test/a.tar" });
        assert.deepEqual([page.state.phase, page.state.isIndexed], ["done", isIndexed]);
        assert.deepEqual([page.state.summary.samples, page.state.summary.classes], [30, 3]);
        await page.send({ type: "describe", request: 1, place: 29 });
        assert.equal(page.all("described")[0].described.fields[1].text, "text 29");
      }
    },
  },
  {
    name:
      "Session reads a small shard of a host without ranges as a whole, and asks before a large one",
    async run() {
      const shard = makeShard(30);
      const small = new MemoryHost({ "/a.tar": shard }, { ignoresRanges: true });
      const page = new Page({ fetch: small.fetch });
      await page.send({ type: "open", shard: "https://host.test/a.tar" });
      assert.deepEqual([page.state.phase, page.state.summary.samples], ["done", 30]);
      // Of a size that it does not say, which may be any.
      const host = new MemoryHost({ "/a.tar": shard }, { ignoresRanges: true, hidesSize: true });
      const asked = new Page({ fetch: host.fetch });
      await asked.send({ type: "open", shard: "https://host.test/a.tar" });
      assert.equal(asked.state.phase, "failed");
      assert.isTrue(asked.all("problem")[0].problem.mayReadWhole);
      await asked.send({ type: "readWhole" });
      assert.deepEqual([asked.state.phase, asked.state.summary.samples], ["done", 30]);
      assert.equal(host.open, 0);
    },
  },
  {
    name: "Session explains a host that has no such shard",
    async run() {
      const page = new Page({ fetch: new MemoryHost({}).fetch });
      await page.send({ type: "open", shard: "https://host.test/a.tar" });
      assert.equal(page.state.phase, "failed");
      assert.deepEqual(await page.codes(), ["source/not-found"]);
      assert.match(page.all("problem")[0].problem.advice!, /spelt/);
    },
  },
];

const packed: readonly TestCase[] = [
  {
    name: "Session unpacks a compressed shard, and lists it like another",
    skip: noCompression,
    async run() {
      const page = new Page();
      const shard = makeShard(20);
      await page.open(await gzip(shard));
      const { phase, summary, unpackedBytes } = page.state;
      assert.deepEqual([phase, summary.samples, unpackedBytes], ["done", 20, shard.length]);
      assert.equal((await page.list(19, 1)).samples[0].key, "s19");
      await page.send({ type: "describe", request: 1, place: 19 });
      assert.equal(page.all("described")[0].described.fields[1].text, "text 19");
      const { samples, counts } = await page.verify();
      assert.equal(samples, 20);
      assert.deepEqual(counts, {});
    },
  },
  {
    name: "Session lists what a cut compressed shard unpacks to, and what is below a limit",
    skip: noCompression,
    async run(fixtures) {
      const whole = await gzip(await fixtures.read("sample.tar"));
      const cut = new Page();
      await cut.open(whole.slice(0, whole.length >> 1));
      assert.deepEqual(await cut.codes(), ["source/gzip", "tar/truncated"]);
      assert.isAbove(cut.state.summary.samples, 5);
      const limited = new Page({ maxWholeBytes: 800_000 });
      await limited.open(whole);
      assert.deepEqual(await limited.codes(), ["source/too-large", "tar/truncated"]);
      assert.isAbove(limited.state.summary.samples, 5);
      assert.isAtMost(limited.state.unpackedBytes!, 800_000);
    },
  },
];

const verifying: readonly TestCase[] = [
  {
    name: "Session verifies a sound shard, and finds nothing",
    async run(fixtures) {
      const page = await openSample(fixtures);
      const verified = await page.verify();
      assert.deepEqual(verified, {
        phase: "done",
        readBytes: 1_691_136,
        samples: 36,
        images: 36,
        shards: [{ shard: 0, samples: 36, faults: 0 }],
        counts: {},
        findings: [],
      });
    },
  },
  {
    name: "Session ends a verification where it is, and begins it anew",
    async run(fixtures) {
      const page = await openSample(fixtures);
      const running = page.verify();
      await page.send({ type: "stopVerifying" });
      assert.equal((await running).phase, "stopped");
      assert.equal((await page.verify()).phase, "done");
    },
  },
  {
    name: "Session finds an image that does not decode",
    async run() {
      const page = new Page();
      await page.open(archive(member({ name: "a.jpg" }, new Uint8Array([0xff, 0xd8, 0xff, 0]))));
      const { counts, phase } = await page.verify();
      assert.equal(phase, "done");
      assert.deepEqual(counts, { decodable: 1 });
      const found = page.all("verifying").flatMap(({ verifying }) => verifying.findings);
      assert.equal(found[0].key, "a");
    },
  },
];

export const cases: TestCase[] = [...reading, ...faults, ...hosts, ...packed, ...verifying];
