/**
 * Standard input as a shard.
 *
 * @module
 */
import process from "node:process";
import { toSource } from "../storage/mod.ts";
import type { Source } from "../storage/source.ts";

/** What names standard input where a file is named. */
export const STDIN_NAME = "-";

/** Standard input as a shard, which can be opened once. */
export function stdinSource(): Source {
  let chunks: AsyncIterator<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      chunks ??= process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
      const { done, value } = await chunks.next();
      if (done) controller.close();
      // Node's chunks are Buffers, whose `slice` is a view.
      else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    },
    cancel(): void {
      // Whoever writes to it is told that nobody reads on, and the process may end.
      process.stdin.destroy();
    },
  }, { highWaterMark: 0 });
  return toSource(stream, { name: STDIN_NAME });
}
