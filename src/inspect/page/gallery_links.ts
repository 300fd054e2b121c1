/**
 * The ways back to the gallery, of shards that the gallery shows too.
 *
 * @module
 */
/// <reference lib="dom" />

/** Where the page's host gives the shards of its gallery. */
const SERVED = /^\/inspect\/shards\/([^/]+)\/([0-9]+)\/[^/]+$/;

/** The gallery with a shard, and with one of its samples where it is named; the gallery alone for other shards. */
export function galleryAddress(shard: string, sample?: number): string {
  const found = findServed(shard);
  if (found === undefined) return "/";
  const { split, number } = found;
  const query = new URLSearchParams({ split, shard: number });
  if (sample !== undefined) query.set("open", `${number}-${sample}`);
  return `/?${query}`;
}

/** Whether the gallery shows a shard. */
export function isInGallery(shard: string): boolean {
  return findServed(shard) !== undefined;
}

function findServed(
  address: string,
): { readonly split: string; readonly number: string } | undefined {
  if (!URL.canParse(address)) return undefined;
  const { origin, pathname } = new URL(address);
  const [, split, number] = SERVED.exec(pathname) ?? [];
  if (origin !== location.origin || split === undefined) return undefined;
  return { split: decodeURIComponent(split), number };
}
