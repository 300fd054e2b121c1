import { assert } from "chai";
import { prefetchItems } from "../../src/steps/prefetch.ts";
import type { TestCase } from "../case.ts";
import { catchError, collect } from "../dataset/shards.ts";

/** Counts from 0, and how far it was asked to. */
class Counter {
  made = 0;
  closed = false;

  async *count(end: number, failAt = Infinity): AsyncGenerator<number> {
    try {
      for (let number = 0; number < end; number++) {
        this.made++;
        await Promise.resolve();
        if (number === failAt) throw new Error(`at ${number}`);
        yield number;
      }
    } finally {
      this.closed = true;
    }
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

export const cases: TestCase[] = [
  {
    name: "prefetchItems() keeps the order and never reads further ahead than told",
    async run(): Promise<void> {
      const counter = new Counter();
      const items = prefetchItems(counter.count(20), 3);
      assert.equal(counter.made, 0);
      for (let expected = 0; expected < 20; expected++) {
        const { value } = await items.next();
        assert.equal(value, expected);
        await tick();
        assert.equal(counter.made, Math.min(20, expected + 1 + 3));
      }
      assert.isTrue((await items.next()).done);
    },
  },
  {
    name: "prefetchItems() throws a fault in its place",
    async run(): Promise<void> {
      const counter = new Counter();
      const seen: number[] = [];
      const error = await catchError((async () => {
        for await (const number of prefetchItems(counter.count(9, 4), 8)) {
          await tick();
          seen.push(number);
        }
      })());
      assert.equal((error as Error).message, "at 4");
      assert.deepEqual(seen, [0, 1, 2, 3]);
      assert.isTrue(counter.closed);
    },
  },
  {
    name: "prefetchItems() closes what it reads when it is left",
    async run(): Promise<void> {
      const counter = new Counter();
      for await (const number of prefetchItems(counter.count(9), 2)) if (number === 3) break;
      assert.isTrue(counter.closed);
      assert.isAtMost(counter.made, 6);
    },
  },
  {
    name: "prefetchItems() passes an empty stream on",
    async run(): Promise<void> {
      assert.deepEqual(await collect(prefetchItems(new Counter().count(0), 4)), []);
    },
  },
];
