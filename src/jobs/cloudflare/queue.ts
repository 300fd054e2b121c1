/**
 * What is used of Cloudflare's Queues.
 *
 * @module
 */

/** How a message is sent. */
export interface SendOptions {
  /** Seconds before it is delivered. */
  readonly delaySeconds?: number;
}

/** A queue that messages are sent to. */
export interface QueueLike {
  /** Sends one. */
  send(body: unknown, options?: SendOptions): Promise<unknown>;
  /** Sends up to a hundred. */
  sendBatch(messages: Iterable<{ readonly body: unknown } & SendOptions>): Promise<unknown>;
}

/** A message that was delivered. */
export interface MessageLike {
  /** What was sent. */
  readonly body: unknown;
  /** How often it was delivered, this time included. */
  readonly attempts?: number;
  /** Says that it is done with. */
  ack(): void;
  /** Has it delivered again, or to the dead-letter queue if that was often enough. */
  retry(options?: SendOptions): void;
}

/** Messages that were delivered together. */
export interface MessageBatchLike {
  /** In the order in which they came. */
  readonly messages: readonly MessageLike[];
}
