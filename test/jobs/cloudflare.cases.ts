/** The consumer of a Cloudflare Queue over a store in memory: how the merge is asked for, and what is given up. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import {
  type ConsumerOptions,
  createConsumer,
  type QueueLike,
  type SendOptions,
} from "../../src/jobs/cloudflare/mod.ts";
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
      const told: string[] = [];
      const { target, waiting, submit, deliver } = await makeQueue({
        mergeDelaySeconds: 600,
        onError: (_, error) => told.push((error as WdsError).code),
      });
      await submit();
      let delivered = 0;
      const deliverAll = async (): Promise<void> => {
        for (; waiting.length > 0 && delivered < 1000; delivered++) {
          assert.deepEqual(await deliver(waiting.shift()!.body), ["ack"]);
        }
      };
      const isTask = ({ body }: Sent, task: number): boolean =>
        (body as { task?: number }).task === task;
      // The way to the last one fails until its tries are used up: no word of it lies anywhere.
      waiting.splice(waiting.findIndex((each) => isTask(each, 2)), 1);
      await deliverAll();
      // Two tasks, a first look, and one every ten minutes of a day behind it.
      assert.equal(delivered, 2 + 1 + 24 * 6);
      assert.deepEqual(told, ["job/incomplete"]);
      assert.isFalse(target.files.has("job/s0.tar.split"));
      // Submitted again, it goes on to its end.
      assert.equal(await submit(), 1);
      await deliverAll();
      assert.isTrue(target.files.has("job/s0.tar.split"));
      assert.lengthOf(told, 1);
    },
  },
  {
    name:
      "a message that asks for the merge and comes twice goes on as one, and so do two submissions",
    async run() {
      const { deliver, submit, waiting } = await makeQueue();
      await submit();
      const isMerge = ({ body }: Sent): boolean => (body as { merge?: boolean }).merge === true;
      const asking = (): number => waiting.filter(isMerge).length;
      for (let turn = 0; turn < 3; turn++) {
        const [message] = waiting.splice(waiting.findIndex(isMerge), 1);
        await deliver(message.body);
        // Twice at once has happened, too: both go on, and one of them is the last.
        await Promise.all([deliver(message.body), deliver(message.body)]);
        assert.equal(asking(), 1);
      }
      await submit();
      assert.equal(asking(), 2);
      for (let i = 0; i < 2; i++) {
        const [message] = waiting.splice(waiting.findIndex(isMerge), 1);
        await deliver(message.body);
      }
      assert.equal(asking(), 1);
    },
  },
  {
    name:
      "messages that no further try can help go to the dead letters at once; others are tried again",
    async run() {
      const dead: unknown[] = [];
      let fails = false;
      const deadLetters: QueueLike = {
        send: (body) =>
          fails ? Promise.reject(new Error("lost")) : Promise.resolve(dead.push(body)),
        sendBatch: () => Promise.reject(new Error("not used")),
      };
      const { deliver, submit, waiting, inputs } = await makeQueue({
        deadLetters: () => deadLetters,
      });
      const damaged = inputs.get("in/s1.tar")!;
      damaged[150] ^= 1;
      await submit();
      const [, poison] = waiting;
      fails = true;
      assert.deepEqual(await deliver(poison.body), ["retry"]);
      fails = false;
      assert.deepEqual(await deliver(poison.body), ["ack"]);
      assert.deepEqual(await deliver("none of ours"), ["ack"]);
      assert.deepEqual(dead, [poison.body, "none of ours"]);
      // What is not there yet may come.
      const later = { ...poison.body as object, plan: "other/.wdstream/plan.json" };
      assert.deepEqual(await deliver(later), ["retry"]);
    },
  },
];

/** A consumer of three shards, and what was sent to its queue. */
async function makeQueue(more: Partial<ConsumerOptions<undefined>> = {}) {
  const inputs = await makeInputs(3);
  const target = new MemoryStore();
  const waiting: Sent[] = [];
  const consumer = createConsumer<undefined>({
    source: () => ({ open: opener(inputs) }),
    target: () => target,
    queue: () => ({
      send: (body, options) => Promise.resolve(void waiting.push({ body, ...options })),
      sendBatch: (messages) => Promise.resolve(void waiting.push(...messages)),
    }),
    ...more,
  });
  const shards = [...inputs.keys()];
  return {
    inputs,
    target,
    waiting,
    submit: () => consumer.submit({ out: "job", shards, operation: "index" }, undefined),
    async deliver(body: unknown): Promise<string[]> {
      const became: string[] = [];
      const message = { body, ack: () => became.push("ack"), retry: () => became.push("retry") };
      await consumer.queue({ messages: [message] }, undefined);
      return became;
    },
  };
}
