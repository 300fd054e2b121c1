/** Cases that need more formats than JPEG: all of them are registered while one runs, and none afterwards. */

import { REGISTERED } from "../src/image/codecs/lazy.ts";
import { replaceRegistered } from "../src/image/codecs/mod.ts";
import type { TestCase } from "./case.ts";

/** Runs with all formats registered, and with those that were there before afterwards. */
export async function withFormats<T>(work: () => Promise<T>): Promise<T> {
  const before = replaceRegistered(REGISTERED);
  try {
    return await work();
  } finally {
    replaceRegistered(before);
  }
}

/**
 * The same cases, with all formats registered. An import of `/formats` in their file would register them for every case
 * of the suite, also for those of images that nobody reads.
 */
export function allWithFormats(cases: readonly TestCase[]): TestCase[] {
  return cases.map((each) => ({
    ...each,
    run: (fixtures) => withFormats(async () => await each.run(fixtures)),
  }));
}
