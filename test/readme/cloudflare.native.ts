/** README's Worker for jobs, over buckets and a queue that are held in memory. */

import { assert } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { MessageBatchLike, QueueLike } from "../../src/jobs/cloudflare/mod.ts";
import { bytesSource } from "../../src/storage/memory.ts";
import { SourceError } from "../../src/errors.ts";
import type { Store } from "../../src/storage/store.ts";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Env {
  readonly SHARDS: Store;
  readonly OUT: Store;
  readonly TASKS: QueueLike;
}

interface Worker {
  queue(batch: MessageBatchLike, env: Env): Promise<void>;
  fetch(request: Request, env: Env): Promise<Response>;
}

function memoryStore(files: Map<string, Uint8Array<ArrayBuffer>>): Store {
  return {
    open: (name) => {
      const bytes = files.get(name);
      if (bytes !== undefined) return bytesSource(bytes, name);
      return {
        name,
        open() {
          throw new SourceError("source/not-found", { action: `open "${name}"`, reason: "none" });
        },
      };
    },
    async *list(prefix = "") {
      for (const name of [...files.keys()].sort()) {
        if (name.startsWith(prefix)) yield { name, sizeBytes: files.get(name)!.length };
      }
    },
    async put(name, body, { ifAbsent = false } = {}) {
      if (ifAbsent && files.has(name)) return false;
      files.set(name, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
      return true;
    },
    remove(name) {
      files.delete(name);
      return Promise.resolve();
    },
  };
}

/** The Worker of the README, whose imports are those of the source. */
async function loadWorker(folder: string): Promise<Worker> {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const [, block] = /```js\n(import kernel [^`]*createConsumer[^`]*)```/.exec(readme)!;
  const source = pathToFileURL(join(ROOT, "src/jobs/cloudflare/mod.ts")).href;
  const text = block
    .replace(/^import kernel .*$/m, "const kernel = undefined; // runtimes compile it themselves")
    .replace('"@wdstream/wdstream/jobs/cloudflare"', JSON.stringify(source));
  assert.notInclude(text, "@wdstream");
  const path = join(folder, "worker.mjs");
  await writeFile(path, text);
  return (await import(pathToFileURL(path).href)).default;
}

export const cases: TestCase[] = [
  {
    name: "README's Worker submits a job, does its tasks, and merges it",
    run: () =>
      withFolder(async (folder) => {
        const worker = await loadWorker(folder);
        const shard = new Uint8Array(await readFile(sampleShard()));
        const made = new Map<string, Uint8Array<ArrayBuffer>>();
        const waiting: unknown[] = [];
        const env: Env = {
          SHARDS: memoryStore(new Map([["train/0.tar", shard], ["train/1.tar", shard]])),
          OUT: memoryStore(made),
          TASKS: {
            send: (body) => Promise.resolve(waiting.push(body)),
            sendBatch: (all) => Promise.resolve([...all].map(({ body }) => waiting.push(body))),
          },
        };
        const answer = await worker.fetch(new Request("https://worker.test/"), env);
        assert.deepEqual(await answer.json(), { tasks: 2 });
        assert.lengthOf(waiting, 3);
        for (let steps = 0; waiting.length > 0; steps++) {
          assert.isBelow(steps, 10);
          let isDone = false;
          const body = waiting.shift();
          const retry = (): void => assert.fail(`${JSON.stringify(body)} was to be tried again`);
          await worker.queue({ messages: [{ body, ack: () => isDone = true, retry }] }, env);
          assert.isTrue(isDone);
        }
        const report = JSON.parse(new TextDecoder().decode(made.get("report/verify.json")));
        assert.isObject(report);
        const again = await worker.fetch(new Request("https://worker.test/"), env);
        assert.deepEqual(await again.json(), { tasks: 0 });
      }),
  },
];
