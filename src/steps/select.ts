/**
 * The stages that choose and change items.
 *
 * @module
 */
import { checkCount } from "../check.ts";

/** Stage: items that `keep` accepts. */
export async function* filterItems<T>(
  items: AsyncIterable<T>,
  keep: (item: T) => boolean | Promise<boolean>,
): AsyncGenerator<T, void, undefined> {
  for await (const item of items) {
    const kept = keep(item);
    if (typeof kept === "boolean" ? kept : await kept) yield item;
  }
}

/** Stage: each item replaced by what `change` makes of it. */
export async function* mapItems<T, U>(
  items: AsyncIterable<T>,
  change: (item: T) => U | Promise<U>,
): AsyncGenerator<U, void, undefined> {
  for await (const item of items) yield change(item);
}

/** Stage: the first `count` items; nothing after them is read. */
export function takeItems<T>(
  items: AsyncIterable<T>,
  count: number,
): AsyncGenerator<T, void, undefined> {
  checkCount("A number of items", count, 0);
  return takeFirst(items, count);
}

async function* takeFirst<T>(
  items: AsyncIterable<T>,
  count: number,
): AsyncGenerator<T, void, undefined> {
  if (count === 0) return;
  let taken = 0;
  for await (const item of items) {
    yield item;
    if (++taken === count) return;
  }
}

/** Stage: all but the first `count` items. */
export function skipItems<T>(
  items: AsyncIterable<T>,
  count: number,
): AsyncGenerator<T, void, undefined> {
  checkCount("A number of items", count, 0);
  return skipFirst(items, count);
}

async function* skipFirst<T>(
  items: AsyncIterable<T>,
  count: number,
): AsyncGenerator<T, void, undefined> {
  let skipped = 0;
  for await (const item of items) {
    if (skipped < count) skipped++;
    else yield item;
  }
}
