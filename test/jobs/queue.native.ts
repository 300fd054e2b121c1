/** Queues without a server: what is refused, and what no message says. Real servers: `queue/main.ts`. */

import { assert } from "chai";
import { join } from "node:path";
import { openQueue } from "../../src/jobs/bullmq/mod.ts";
import { nameJob, openJob, planJob } from "../../src/jobs/mod.ts";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { runCli } from "../cli/capture.ts";
import { rejection } from "../storage/bytes.ts";
import { withFolder } from "../temporary.ts";
import { findPort } from "./queue/servers.ts";
import { TaskIds } from "../../src/jobs/bullmq/ids.ts";

export const cases: TestCase[] = [
  {
    name: "openQueue() names a server that does not answer, and none of what is secret",
    async run(): Promise<void> {
      const port = await findPort();
      for (const scheme of ["redis", "postgres"]) {
        const error = await rejection(openQueue(`${scheme}://me:hush@127.0.0.1:${port}/0?k=hush`));
        assert.propertyVal(error, "code", "job/queue");
        assert.include((error as Error).message, `${scheme}://127.0.0.1:${port}`);
        for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
          assert.notInclude(cause.message, "hush");
        }
      }
    },
  },
  {
    name: "openQueue() refuses what is no queue, and options that cannot be",
    async run(): Promise<void> {
      for (const url of ["http://127.0.0.1", "nothing", "amqp://127.0.0.1"]) {
        assert.instanceOf(await rejection(openQueue(url)), TypeError, url);
      }
      const url = "redis://127.0.0.1:1";
      assert.instanceOf(await rejection(openQueue(url, { name: "a:b" })), TypeError);
      for (const options of [{ lockMs: 0 }, { attempts: 0 }, { backoffMs: -1 }, { maxLost: 0.5 }]) {
        assert.instanceOf(await rejection(openQueue(url, options)), RangeError);
      }
      const signal = AbortSignal.abort(new Error("no more"));
      assert.match(String(await rejection(openQueue(url, { signal }))), /no more/);
    },
  },
  {
    name: "two jobs of one plan in two folders are two to a queue, however a folder is written",
    run: () =>
      withFolder(async (folder) => {
        const plan = (to: string): ReturnType<typeof planJob> =>
          planJob([String(sampleShard())], join(folder, to), { operation: "stats" });
        const [a, b] = [await plan("a"), await plan("b")];
        assert.equal(a.key, b.key);
        const named = await nameJob(a, join(folder, "a"));
        assert.deepEqual(await nameJob(a, `${join(folder, "b", "..", "a")}/`), named);
        assert.equal((await openJob(named.plan, { key: named.key })).key, a.key);
        const ids = new TaskIds();
        const other = await nameJob(b, join(folder, "b"));
        const prefix = await ids.prefixOf(named);
        assert.notEqual(prefix, await ids.prefixOf(other));
        assert.equal(await ids.idOf({ ...named, task: 12 }), `${prefix}-12`);
      }),
  },
  {
    name: "commands with a queue say what is missing, and what does not go together",
    async run(): Promise<void> {
      const complain = async (...args: string[]): Promise<string> => {
        const { code, notes } = await runCli(...args);
        assert.equal(code, 2, args.join(" "));
        return notes.join("\n");
      };
      assert.match(await complain("work"), /or --queue/);
      assert.match(await complain("work", "plan.json", "--queue", "redis://x"), /no plan/);
      assert.match(
        await complain("work", "--queue", "redis://x", "--rank", "0", "--world", "2"),
        /do not go/,
      );
      assert.match(await complain("work", "--queue", "http://x"), /redis:/);
      assert.match(await complain("work", "--queue-env", "WDSTREAM_NO_SUCH_QUEUE"), /not set/);
      assert.match(
        await complain("work", "--queue", "redis://x", "--queue-env", "A"),
        /does not go/,
      );
      await withFolder(async (folder) => {
        const out = join(folder, "out");
        await planJob([String(sampleShard())], out, { operation: "stats" });
        assert.match(await complain("retry", out), /needs --queue/);
        assert.match(await complain("cancel", out), /needs --queue/);
      });
    },
  },
];
