/**
 * Bytes to gzip data, by pako: the same bytes on every runtime, which the platforms' `CompressionStream` does not give.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { loadPako } from "./inflate.ts";
import type { ObjectDraft } from "./store.ts";

/** Python's `gzip` packs as well; zlib's own default is 6. */
const LEVEL = 9;

/** A draft that packs what is written to it into another one. */
export async function gzipDraft(draft: ObjectDraft, name: string): Promise<ObjectDraft> {
  const { Deflate } = await loadPako();
  const deflate = new Deflate({ gzip: true, level: LEVEL });
  let packed: Uint8Array[] = [];
  deflate.onData = (chunk: Uint8Array) => packed.push(chunk);
  const push = async (bytes: Uint8Array, isLast: boolean): Promise<void> => {
    if (!deflate.push(bytes, isLast)) {
      throw new SourceError("source/write", {
        action: `write "${name}"`,
        reason: `it cannot be packed: ${deflate.msg}`,
        shard: name,
      });
    }
    const ready = packed;
    packed = [];
    for (const chunk of ready) await draft.write(chunk);
  };
  return {
    write: (bytes) => push(bytes, false),
    async finish() {
      await push(new Uint8Array(0), true);
      return await draft.finish();
    },
    discard: () => draft.discard(),
  };
}
