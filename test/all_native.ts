/** Every case that needs files, processes or servers, by `node:` modules: one line a list. */

import type { TestCase } from "./case.ts";
import { cases as tarSuite } from "./tar/suite.native.ts";

export const nativeCases: readonly TestCase[] = [
  ...tarSuite,
];
