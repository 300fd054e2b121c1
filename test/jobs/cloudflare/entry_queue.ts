/** A Worker that does jobs: every message comes twice, and the bucket fails before and after it puts objects. */
import {
  createConsumer,
  type MessageBatchLike,
  type QueueLike,
} from "../../../src/jobs/cloudflare/mod.ts";
import type { R2BucketLike } from "../../../src/storage/mod.ts";

interface Env {
  readonly BUCKET: R2BucketLike;
  readonly TASKS: QueueLike;
  readonly DEAD: QueueLike;
}

let state = 12345;

function random(): number {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return state / 0x80000000;
}

/** A bucket of which one put in ten fails before, and one in ten when it is done. */
function makeFaulty(bucket: R2BucketLike): R2BucketLike {
  return {
    get: (key, options) => bucket.get(key, options),
    head: (key) => bucket.head(key),
    list: (options) => bucket.list!(options),
    delete: (key) => bucket.delete!(key),
    createMultipartUpload: (key) => bucket.createMultipartUpload!(key),
    async put(key, value, options) {
      if (random() < 0.1) throw new Error("internal error");
      const put = await bucket.put!(key, value, options);
      if (random() < 0.1) throw new Error("the connection was lost");
      return put;
    },
  };
}

/** A queue that takes every message twice. */
function doubled(queue: QueueLike): QueueLike {
  return {
    async send(body, options) {
      for (let time = 0; time < 2; time++) await queue.send(body, options);
    },
    sendBatch: (messages) => {
      const all = [...messages];
      return queue.sendBatch([...all, ...all].slice(0, 200))
        .catch(async () => {
          for (const half of [all, all]) await queue.sendBatch(half);
        });
    },
  };
}

const options = {
  source: ({ BUCKET }: Env) => BUCKET,
  queue: ({ TASKS }: Env) => doubled(TASKS),
  mergeDelaySeconds: 1,
  retryDelaySeconds: 0,
};
const planner = createConsumer<Env>({ ...options, target: ({ BUCKET }) => BUCKET });
const faulty = { ...options, target: ({ BUCKET }: Env) => makeFaulty(BUCKET) };
const worker = createConsumer<Env>(faulty);
/** For jobs whose folders begin so: what no further try can help goes where it belongs at once. */
const DIRECT = "direct";
const direct = createConsumer<Env>({ ...faulty, deadLetters: ({ DEAD }) => DEAD });

export default {
  async queue(batch: MessageBatchLike & { readonly queue: string }, env: Env): Promise<void> {
    if (batch.queue !== "dead") {
      const { plan } = batch.messages[0].body as { plan: string };
      return await (plan.startsWith(DIRECT) ? direct : worker).queue(batch, env);
    }
    for (const { body } of batch.messages) {
      const { plan, task } = body as { plan: string; task: number };
      await env.BUCKET.put!(`dead/${plan.split("/")[0]}/${task}`, new Uint8Array(1));
    }
  },
  async fetch(request: Request, env: Env): Promise<Response> {
    const job = await request.json();
    try {
      return Response.json({ sent: await planner.submit(job, env) });
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
