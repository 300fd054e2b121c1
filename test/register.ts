/** Registers cases with `node:test`, which Deno, Node and Bun all run. */
import { test } from "node:test";
import type { TestCase } from "./case.ts";
import { fileFixtures } from "./fixtures.ts";

/** Registers each case; a name that is taken twice is refused, for it hides which of the two failed. */
export function register(cases: readonly TestCase[]): void {
  const names = new Set<string>();
  for (const { name, skip, run } of cases) {
    if (names.has(name)) throw new Error(`Two cases have the name "${name}"`);
    names.add(name);
    test(name, { skip: skip ?? false }, async () => {
      await run(fileFixtures);
    });
  }
}
