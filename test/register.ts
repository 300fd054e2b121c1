/** Registers cases with `node:test`, which Deno, Node and Bun all run. */
import { test } from "node:test";
import type { TestCase } from "./case.ts";
import { fileFixtures } from "./fixtures.ts";

/** How long a case may wait before it fails by its name: far more than any takes on a busy machine. */
const CASE_LIMIT_MS = 300_000;

/** Registers each case; a name that is taken twice is refused, for it hides which of the two failed. */
export function register(cases: readonly TestCase[]): void {
  const names = new Set<string>();
  for (const { name, skip, run } of cases) {
    if (names.has(name)) throw new Error(`Two cases have the name "${name}"`);
    names.add(name);
    test(name, { skip: skip ?? false }, async () => {
      await limited(name, run(fileFixtures));
    });
  }
}

/** A case that waits forever fails instead of holding up the suite, and the suite says which it was. */
async function limited(name: string, running: void | Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`"${name}" did not end within ${CASE_LIMIT_MS / 1000} seconds`)),
      CASE_LIMIT_MS,
    );
  });
  try {
    await Promise.race([running, limit]);
  } finally {
    clearTimeout(timer);
  }
}
