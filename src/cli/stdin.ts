/**
 * Standard input as a shard.
 *
 * @module
 */
import { denoScope, nodeProcess } from "../runtime.ts";
import { toSource } from "../storage/mod.ts";
import type { Source } from "../storage/source.ts";

/** What names standard input where a file is named. */
export const STDIN_NAME = "-";

/** Standard input as a shard, which can be opened once. */
export function stdinSource(): Source {
  const deno = denoScope();
  return toSource(deno === undefined ? nodeInput() : deno.stdin.readable, { name: STDIN_NAME });
}

function nodeInput(): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Uint8Array> | undefined;
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      chunks ??= nodeProcess().stdin[Symbol.asyncIterator]();
      const { done, value } = await chunks.next();
      if (done) controller.close();
      // Node's chunks are Buffers, whose `slice` is a view.
      else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    },
    cancel(): void {
      // Whoever writes to it is told that nobody reads on, and the process may end.
      nodeProcess().stdin.destroy();
    },
  }, { highWaterMark: 0 });
}
