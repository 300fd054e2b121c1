/**
 * Jobs on Cloudflare: a consumer of a Queue that does tasks over buckets of R2.
 *
 * ```ts
 * import { createConsumer, type QueueLike } from "@wdstream/wdstream/jobs/cloudflare";
 * import type { R2BucketLike } from "@wdstream/wdstream/storage";
 *
 * interface Env { SHARDS: R2BucketLike; OUT: R2BucketLike; TASKS: QueueLike }
 *
 * export default createConsumer<Env>({
 *   source: ({ SHARDS }) => SHARDS,
 *   target: ({ OUT }) => OUT,
 *   queue: ({ TASKS }) => TASKS,
 * });
 * ```
 *
 * @module
 */
export { createConsumer } from "./consumer.ts";
export type { Consumer, ConsumerOptions, SubmitToQueue } from "./consumer.ts";
export type { MessageBatchLike, MessageLike, QueueLike, SendOptions } from "./queue.ts";
