/**
 * Answers in the platform's cache, by their entity tags. A cache that fails fails no request.
 *
 * @module
 */
import { platformCache } from "../runtime.ts";
import type { Exchange } from "./exchange.ts";
import type { CacheLike } from "./options.ts";

/** The answer that was kept under a tag. */
export async function readCache(exchange: Exchange, etag: string): Promise<Response | undefined> {
  try {
    const found = await findCache(exchange)?.match(cacheKey(exchange, etag));
    return found && new Response(found.body, found);
  } catch {
    return undefined;
  }
}

/** Keeps an answer, after it was given. */
export function writeCache(exchange: Exchange, etag: string, response: Response): void {
  const cache = findCache(exchange);
  if (cache === undefined) return;
  const copy = response.clone();
  const put = Promise.resolve()
    .then(() => cache.put(cacheKey(exchange, etag), copy))
    .catch(() => {});
  exchange.context?.waitUntil(put);
}

function findCache({ isPrivate, setting }: Exchange): CacheLike | undefined {
  const { cache } = setting.options;
  if (isPrivate || cache === false) return undefined;
  return cache ?? platformCache() as CacheLike | undefined;
}

/** The tag names everything that the answer depends on, so that it alone is the key. */
function cacheKey({ url }: Exchange, etag: string): Request {
  return new Request(new URL(`/v1/.cache/${etag.replace(/^W\/|"/g, "")}`, url));
}
