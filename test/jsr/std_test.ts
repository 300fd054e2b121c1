/**
 * Runs the tests of `std_cases.ts` against the packages of the registry, by `deno task test:jsr`.
 * `deno.json` beside it names them. The other tasks leave this module out, so that they need no registry.
 */

import * as assert from "@std/assert";
import * as streams from "@std/streams";
import * as tar from "@std/tar";
import { fileFixtures } from "../fixtures.ts";
import type { Std } from "./std.ts";
import { makeStdCases } from "./std_cases.ts";

const std: Std = { assert, streams, tar };

for (const { name, skip, run } of makeStdCases(std)) {
  const suffix = skip === undefined ? "" : ` (${skip})`;
  Deno.test({
    name: name + suffix,
    ignore: skip !== undefined,
    fn: async () => await run(fileFixtures),
  });
}
