/**
 * Shards that were indexed: whether they are still as large as then.
 *
 * @module
 */
import { staleIndexError } from "../index/ranges.ts";
import type { Source } from "../storage/source.ts";
import { sameVersion } from "../storage/version.ts";
import { wrap } from "../storage/wrap.ts";

/**
 * The same source, which is refused as another one than was indexed where its size is another.
 *
 * @param sizeBytes What the index says; absent where it does not.
 */
export function expectSize(source: Source, sizeBytes: number | undefined): Source {
  if (sizeBytes === undefined) return source;
  return wrap(source, {
    async open(options, own) {
      const opened = await own.open(options);
      const changed = sameVersion({ sizeBytes }, { sizeBytes: opened.sizeBytes });
      if (changed === undefined) return opened;
      await opened.body.cancel().catch(() => {});
      throw staleIndexError(source.name, `${changed} when it was indexed`);
    },
  });
}
