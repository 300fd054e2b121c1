/** Versions of objects. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { type ObjectFacts, sameVersion } from "../../src/storage/mod.ts";

const noon = Date.UTC(2026, 10, 27, 12);

export const cases: TestCase[] = [
  {
    name: "sameVersion() compares entity tags weakly, else size and time of the last change",
    run() {
      const same: readonly (readonly [ObjectFacts, ObjectFacts])[] = [
        [{}, {}],
        [{ etag: '"1"' }, { etag: '"1"' }],
        [{ etag: 'W/"1"' }, { etag: '"1"' }],
        [{ etag: '"1"' }, { etag: 'W/"1"' }],
        [{ etag: '"1"', lastModifiedMs: noon }, { etag: '"1"', lastModifiedMs: noon + 1000 }],
        [{ etag: '"1"', sizeBytes: 5 }, { sizeBytes: 5 }],
        [{ sizeBytes: 5 }, { lastModifiedMs: noon }],
        [{ sizeBytes: 0 }, { sizeBytes: 0 }],
      ];
      for (const [before, now] of same) {
        assert.isUndefined(sameVersion(before, now), JSON.stringify([before, now]));
      }
      const others: readonly (readonly [ObjectFacts, ObjectFacts, string])[] = [
        [{ etag: '"1"' }, { etag: '"2"' }, 'its entity tag is "2", and was "1"'],
        [{ etag: '"w/1"' }, { etag: '"1"' }, 'its entity tag is "1", and was "w/1"'],
        [{ etag: '"1"', sizeBytes: 5 }, { etag: '"1"', sizeBytes: 6 }, "it has 6 bytes, and had 5"],
        [{ etag: '"1"', sizeBytes: 5 }, { sizeBytes: 0 }, "it has 0 bytes, and had 5"],
        [
          { sizeBytes: 5, lastModifiedMs: noon },
          { sizeBytes: 5, lastModifiedMs: noon + 1 },
          "it was changed at 2026-11-27T12:00:00.001Z, and before at 2026-11-27T12:00:00.000Z",
        ],
        [
          { lastModifiedMs: 0 },
          { lastModifiedMs: 1e300 },
          "it was changed at 1e+300, and before at 1970-01-01T00:00:00.000Z",
        ],
      ];
      for (const [before, now, what] of others) assert.equal(sameVersion(before, now), what);
    },
  },
];
