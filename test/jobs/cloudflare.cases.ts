/** The consumer of a Cloudflare Queue over a store in memory: how long the merge is asked for. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { createConsumer, type SendOptions } from "../../src/jobs/cloudflare/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import { MemoryStore } from "../writing/memory_store.ts";
import { makeInputs, opener } from "./inputs.ts";

interface Sent extends SendOptions {
  readonly body: unknown;
}

export const cases: TestCase[] = [
  {
    name:
      "a job of which a task is in the dead letters has its merge asked for a day, and not for ever",
    async run() {
      const inputs = await makeInputs(3);
      const target = new MemoryStore();
      let waiting: Sent[] = [];
      const told: string[] = [];
      const consumer = createConsumer<undefined>({
        source: () => ({ open: opener(inputs) }),
        target: () => target,
        queue: () => ({
          send: (body, options) => Promise.resolve(void waiting.push({ body, ...options })),
          sendBatch: (messages) => Promise.resolve(void waiting.push(...messages)),
        }),
        mergeDelaySeconds: 600,
        onError: (_, error) => told.push((error as WdsError).code),
      });
      const names = [...inputs.keys()];
      await consumer.submit({ out: "job", shards: names, operation: "index" }, undefined);
      let delivered = 0;
      const deliver = async (body: unknown): Promise<void> => {
        delivered++;
        const unexpected = (): never => assert.fail("tried again");
        await consumer.queue({ messages: [{ body, ack() {}, retry: unexpected }] }, undefined);
      };
      const isTask = ({ body }: Sent, task: number): boolean =>
        (body as { task?: number }).task === task;
      // The way to the last one fails until its tries are used up: no word of it lies anywhere.
      const lost = waiting.find((each) => isTask(each, 2))!;
      waiting = waiting.filter((each) => each !== lost);
      for (; waiting.length > 0 && delivered < 1000;) await deliver(waiting.shift()!.body);
      // Two tasks, a first look, and one every ten minutes of a day behind it.
      assert.equal(delivered, 2 + 1 + 24 * 6);
      assert.deepEqual(told, ["job/incomplete"]);
      assert.isFalse(target.files.has("job/s0.tar.split"));
      // Submitted again, it goes on to its end.
      assert.equal(
        await consumer.submit({ out: "job", shards: names, operation: "index" }, undefined),
        1,
      );
      for (; waiting.length > 0 && delivered < 1000;) await deliver(waiting.shift()!.body);
      assert.isTrue(target.files.has("job/s0.tar.split"));
      assert.lengthOf(told, 1);
    },
  },
];
