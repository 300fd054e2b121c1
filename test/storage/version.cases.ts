/** Versions of objects. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { SourceError } from "../../src/errors.ts";
import { type ObjectFacts, sameVersion, toSource } from "../../src/storage/mod.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";

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
  {
    name: "a body of unknown length that fails at its end is whole where another answer proves it",
    async run() {
      const bytes = makeNoise(1000);
      const read = async (etag: string): Promise<Uint8Array> => {
        let count = 0;
        const fetch = ((_: string, init: RequestInit) => {
          count++;
          if (new Headers(init.headers).get("range") === "bytes=1000-") {
            // Refusals name no version.
            const headers = { "content-range": "bytes */1000" };
            return Promise.resolve(new Response(null, { status: 416, headers }));
          }
          const isFirst = count === 1;
          let isGiven = false;
          const body = new ReadableStream<Uint8Array>({
            pull(controller) {
              if (!isGiven) controller.enqueue(bytes.slice());
              else if (isFirst) controller.error(new Error("reset"));
              else controller.close();
              isGiven = true;
            },
          }, { highWaterMark: 0 });
          return Promise.resolve(new Response(body, { headers: { etag: isFirst ? '"1"' : etag } }));
        }) as typeof globalThis.fetch;
        const retry = { baseMs: 1, attempts: 3 };
        const source = toSource("https://host.test/a.bin", { fetch, retry });
        return await collect((await source.open()).body);
      };
      assert.deepEqual(await read('"1"'), bytes);
      const error = await rejection(read('"2"')) as SourceError;
      assert.equal(error.code, "source/changed");
    },
  },
];
