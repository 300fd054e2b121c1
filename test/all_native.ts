/** Every case that needs files, processes or servers, by `node:` modules: one line a list. */

import type { TestCase } from "./case.ts";
import { cases as fileSources } from "./source/file.native.ts";
import { cases as httpSources } from "./source/http.native.ts";
import { cases as tarSuite } from "./tar/suite.native.ts";

export const nativeCases: readonly TestCase[] = [
  ...fileSources,
  ...httpSources,
  ...tarSuite,
];
