import { assert } from "chai";
import { noCompression, type TestCase } from "../case.ts";
import { runEdgeFuzz } from "./edge_requests.ts";

/** A few of the requests of `deno task fuzz:edge`, on every runtime. */
export const cases: TestCase[] = [
  {
    name: "createHandler() keeps what every answer promises, whatever is asked of whatever shards",
    skip: noCompression,
    async run(fixtures) {
      const { requests, statuses, broken } = await runEdgeFuzz(fixtures, 400, 7);
      assert.deepEqual(broken, []);
      assert.equal(requests, 400);
      for (const status of [200, 400, 404, 502]) assert.isAbove(statuses[status] ?? 0, 0);
    },
  },
];
