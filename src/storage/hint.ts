/**
 * Advice in the errors of a source.
 *
 * @module
 */
import { type ErrorCode, SourceError } from "../errors.ts";
import type { Source } from "./source.ts";
import { wrap } from "./wrap.ts";

/** The same source with advice in errors of one code where it is opened; not in those of what lies beside it. */
export function hintFault(source: Source, code: ErrorCode, hint: string): Source {
  return wrap(source, {
    async open(options) {
      try {
        return await source.open(options);
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== code) throw error;
        throw new SourceError(code, {
          action: error.action,
          reason: `${error.reason}. ${hint}`,
          shard: error.shard,
          cause: error.cause ?? error,
        });
      }
    },
  });
}
