/**
 * A cache in a `Cache` of the Cache API, of browsers, Deno and Cloudflare's runtime.
 *
 * @module
 */
import type { CacheEntry, CacheLike, CacheStore } from "./options.ts";

/** Where entries are put: a name that no host has. */
const BASE = "https://wdstream.invalid/";

/** A cache in a `Cache`. Answers to ranges cannot be put there: each segment is an answer of its own. */
export function cacheApiStore(cache: CacheLike): CacheStore {
  const used = new Map<string, number>();
  return {
    async get(key) {
      const response = await cache.match(urlOf(key));
      return response?.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
    },
    async put(key, bytes) {
      const headers = {
        "content-length": String(bytes.length),
        "content-type": "application/octet-stream",
        "cache-control": "max-age=31536000, immutable",
        date: new Date().toUTCString(),
      };
      await cache.put(urlOf(key), new Response(bytes as Uint8Array<ArrayBuffer>, { headers }));
    },
    async delete(key) {
      used.delete(key);
      await cache.delete(urlOf(key));
    },
    touch(key) {
      used.set(key, Date.now());
      return Promise.resolve();
    },
    // Not every runtime lists what there is; where it does not, the runtime bounds it.
    ...(typeof cache.keys !== "function" ? {} : { list: () => listEntries(cache, used) }),
  };
}

async function* listEntries(
  cache: CacheLike,
  used: ReadonlyMap<string, number>,
): AsyncGenerator<CacheEntry, void, undefined> {
  for (const { url } of await cache.keys!()) {
    if (!url.startsWith(BASE)) continue;
    const response = await cache.match(url);
    if (response === undefined) continue;
    await response.body?.cancel();
    const key = keyOf(url);
    const putMs = Date.parse(response.headers.get("date") ?? "") || 0;
    const sizeBytes = Number(response.headers.get("content-length")) || 0;
    yield { key, sizeBytes, usedMs: Math.max(putMs, used.get(key) ?? 0) };
  }
}

/** `OBJECT/VERSION-K` as `OBJECT/VERSION?segment=K`. */
function urlOf(key: string): string {
  const [, object, segment] = /^(.*)-([0-9]+)$/.exec(key) ?? [];
  return BASE + (object === undefined ? key : `${object}?segment=${segment}`);
}

function keyOf(url: string): string {
  const { pathname, searchParams } = new URL(url);
  const segment = searchParams.get("segment");
  return pathname.slice(1) + (segment === null ? "" : `-${segment}`);
}
