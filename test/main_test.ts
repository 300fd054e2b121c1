/** Registers every case with `node:test`, which Deno, Node and Bun all run. */

import { test } from "node:test";
import { portableCases } from "./all.ts";
import { nativeCases } from "./all_native.ts";
import { fileFixtures } from "./fixtures.ts";

const names = new Set<string>();
for (const { name, skip, run } of [...portableCases, ...nativeCases]) {
  // A name that is taken twice hides which of the two failed.
  if (names.has(name)) throw new Error(`Two cases have the name "${name}"`);
  names.add(name);
  test(name, { skip: skip ?? false }, async () => {
    await run(fileFixtures);
  });
}
