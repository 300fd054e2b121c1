/** Several shards in the worker of the page at /inspect, without a page and without a worker. */

import { assert } from "chai";
import type {
  FromShelf,
  FromWorker,
  State,
  ToShelf,
  ToWorker,
  Verifying,
} from "../../src/inspect/messages.ts";
import { Shelf } from "../../src/inspect/worker/shelf.ts";
import type { SessionOptions } from "../../src/inspect/worker/session.ts";
import { toSource } from "../../src/storage/mod.ts";
import { verifyShards } from "../../src/tools/mod.ts";
import type { TestCase } from "../case.ts";
import { MemoryHost } from "../storage/memory_host.ts";
import { archive, member } from "../tar/archive.ts";

/** A shelf, and what it has said. */
class Page {
  readonly shelf: Shelf;
  readonly said: FromShelf[] = [];

  constructor(options: SessionOptions = {}) {
    this.shelf = new Shelf((message) => void this.said.push(message), options);
  }

  send(message: ToShelf): Promise<void> {
    return this.shelf.receive(message);
  }

  to(shard: number, message: ToWorker): Promise<void> {
    return this.send({ type: "shard", shard, message });
  }

  /** Opens shards, numbered from 0; gives what waits for all of them. */
  open(...shards: (Uint8Array<ArrayBuffer> | string | File)[]): Promise<unknown> {
    return Promise.all(
      shards.map((shard, i) =>
        this.to(i, {
          type: "open",
          shard: shard instanceof Uint8Array ? new File([shard], `${i}.tar`) : shard,
        })
      ),
    );
  }

  of(shard: number): FromWorker[] {
    return this.said.flatMap((each) =>
      each.type === "shard" && each.shard === shard ? [each.message] : []
    );
  }

  state(shard: number): State | undefined {
    return this.of(shard).findLast((message) => message.type === "state")?.state;
  }

  get verified(): Verifying[] {
    return this.said.flatMap((each) => each.type === "verifying" ? [each.verifying] : []);
  }

  /** What a verification has found in the end. */
  async verify(): Promise<Verifying> {
    const before = this.verified.length;
    await this.send({ type: "verify" });
    const all = this.verified.slice(before);
    return { ...all.at(-1)!, findings: all.flatMap(({ findings }) => findings) };
  }
}

function makeShard(...keys: string[]): Uint8Array<ArrayBuffer> {
  return archive(...keys.map((key) => member({ name: `${key}.txt` }, `text of ${key}`)));
}

/** Tests of the shards of the page at /inspect. */
export const cases: TestCase[] = [
  {
    name: "Shelf keeps several shards apart: their states, samples and problems",
    async run() {
      const page = new Page();
      await page.open(makeShard("a", "b"), makeShard("c").slice(0, 700), makeShard("d", "e", "f"));
      await new Promise((resolve) => setTimeout(resolve, 0));
      assert.deepEqual([0, 1, 2].map((i) => page.state(i)?.summary.samples), [2, 0, 3]);
      assert.deepEqual([0, 1, 2].map((i) => page.state(i)?.name), ["0.tar", "1.tar", "2.tar"]);
      const problems = (shard: number): number =>
        page.of(shard).filter(({ type }) => type === "problem").length;
      assert.deepEqual([0, 1, 2].map(problems), [0, 1, 0]);
      await page.to(2, { type: "list", request: 5, from: 1, count: 9 });
      const listed = page.of(2).find((message) => message.type === "listed");
      assert.deepEqual(listed?.listed.samples.map(({ key }) => key), ["e", "f"]);
      assert.isEmpty(page.of(0).filter(({ type }) => type === "listed"));
      // Of one that nobody has opened nothing is said.
      await page.to(7, { type: "list", request: 6, from: 0, count: 9 });
      assert.isEmpty(page.of(7));
    },
  },
  {
    name: "Shelf finds keys that come twice, in a shard and in two, as verifyShards() finds them",
    async run() {
      const shards = [
        makeShard("a", "b", "c"),
        makeShard("d", "b", "e", "a"),
        makeShard("f", "g", "f"),
      ];
      const page = new Page();
      await page.open(...shards);
      const { phase, samples, counts, findings, shards: seen } = await page.verify();
      assert.equal(phase, "done");
      assert.equal(samples, 10);
      assert.deepEqual(counts, { keys: 3 });
      assert.deepEqual(seen, [
        { shard: 0, samples: 3, faults: 0 },
        { shard: 1, samples: 4, faults: 2 },
        { shard: 2, samples: 3, faults: 1 },
      ]);
      assert.deepEqual(findings.map(({ shard, key }) => [shard, key]), [
        [1, "b"],
        [1, "a"],
        [2, "f"],
      ]);
      const report = await verifyShards(
        shards.map((bytes, i) => toSource(bytes, { name: `${i}.tar` })),
        { skip: ["count", "index"] },
      );
      assert.deepEqual(
        findings.map(({ check, message }) => [check, message]),
        report.findings.map(({ check, message }) => [check, message]),
      );
    },
  },
  {
    name: "Shelf tells shards of one name apart, and counts those that could not be opened",
    async run() {
      const page = new Page();
      const same = (...keys: string[]): File => new File([makeShard(...keys)], "same.tar");
      await page.open(same("a", "b"), "gopher://example.test/a.tar", same("b", "c"));
      const { phase, counts, findings, shards } = await page.verify();
      assert.equal(phase, "failed");
      assert.deepEqual(counts, { keys: 1, access: 1 });
      assert.deepEqual(findings.map(({ shard, check }) => [shard, check]), [
        [2, "keys"],
        [1, "access"],
      ]);
      assert.match(findings[0].message, /"same\.tar" has one of that key/);
      assert.deepEqual(shards.map(({ shard, faults }) => [shard, faults]), [[0, 0], [2, 1], [
        1,
        1,
      ]]);
    },
  },
  {
    name: "Shelf lets go of a shard in the middle of opening and of verifying it, and of no other",
    async run() {
      const shard = makeShard(...Array.from({ length: 200 }, (_, i) => `k${i}`));
      const page = new Page({ now: () => 0 });
      const opening = page.open(shard, shard);
      await page.send({ type: "close", shard: 0 });
      await opening;
      assert.notEqual(page.state(0)?.phase, "done");
      assert.equal(page.state(1)?.phase, "done");
      const said = page.of(0).length;
      await page.to(0, { type: "list", request: 1, from: 0, count: 1 });
      assert.lengthOf(page.of(0), said);
      // The two have all keys twice: closing one ends what is verified of both.
      await page.to(2, { type: "open", shard: new File([shard], "2.tar") });
      const verifying = page.verify();
      await page.send({ type: "close", shard: 2 });
      assert.equal((await verifying).phase, "stopped");
      const again = await page.verify();
      assert.deepEqual([again.phase, again.samples, again.counts], ["done", 200, {}]);
      await page.send({ type: "close", shard: 2 });
      await page.send({ type: "stopVerifying" });
    },
  },
  {
    name: "Shelf opens some shards at a time, and none of those that were closed before their turn",
    async run() {
      const shard = makeShard("a", "b");
      const count = 12;
      const names = Array.from({ length: count }, (_, i) => `/${i}.tar`);
      const host = new MemoryHost(Object.fromEntries(names.map((name) => [name, shard])));
      const asked = new Set<string>();
      const fetch: typeof globalThis.fetch = (input, init) => {
        asked.add(new URL(input instanceof Request ? input.url : String(input)).pathname);
        return host.fetch(input, init);
      };
      const page = new Page({ fetch });
      const opening = page.open(...names.map((name) => `https://host.test${name}`));
      await page.send({ type: "close", shard: count - 1 });
      await opening;
      while (asked.size < count - 1 || page.state(count - 2)?.phase !== "done") {
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      const samples = names.map((_, i) => page.state(i)?.summary.samples);
      assert.deepEqual(samples, [...Array(count - 1).fill(2), undefined]);
      assert.isFalse(asked.has(`/${count - 1}.tar`));
    },
  },
];
