/** `readTar()` on archives of other projects, against what Python's tarfile makes of them. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { listShared, readShared, readSharedJson, sharedSkip } from "../shared_data.ts";
import { inChunks } from "./archive.ts";
import { cutPositions, type GoldenEntry, list } from "./listing.ts";

interface Golden {
  readonly archives: Record<string, { entries: GoldenEntry[]; error?: string }>;
}

// tarfile lists it, although it has no end marker.
const WITHOUT_END = /gnu-long-path/;

const GOLDEN = "tar-suite.golden.json";

export const cases: TestCase[] = [
  {
    name: "readTar() lists the archives of the tar suite as tarfile does, in chunks of any size",
    skip: sharedSkip,
    async run() {
      const golden = (await readSharedJson<Golden>(GOLDEN)).archives;
      const names = await listShared("tar-suite");
      assert.deepEqual([...names].sort(), Object.keys(golden).sort());
      for (const name of names) {
        const bytes = await readShared(`tar-suite/${name}`);
        const options = WITHOUT_END.test(name) ? { endOfArchive: "optional" } as const : {};
        for (const size of [1, 7, 511, 512, 1000, 1 << 20]) {
          const { entries, error } = await list(inChunks(bytes, size), options);
          assert.deepEqual(entries, golden[name].entries, `${name} in chunks of ${size}`);
          assert.equal(error !== undefined, golden[name].error !== undefined, name);
        }
        if (WITHOUT_END.test(name)) {
          assert.equal((await list(inChunks(bytes, 4096))).error, "tar/truncated", name);
        }
      }
    },
  },
  {
    name: "readTar() reports every cut of the tar suite's archives or lists them in full",
    skip: sharedSkip,
    async run() {
      const golden = (await readSharedJson<Golden>(GOLDEN)).archives;
      for (const name of await listShared("tar-suite")) {
        const bytes = await readShared(`tar-suite/${name}`);
        const whole = golden[name].entries;
        for (const length of await cutPositions(bytes)) {
          const { entries, error } = await list(inChunks(bytes.subarray(0, length), 1 << 20));
          assert.deepEqual(entries, whole.slice(0, entries.length), `${name} cut at ${length}`);
          if (error === undefined) assert.equal(entries.length, whole.length, `${name}, ${length}`);
          else assert.equal(error, "tar/truncated", `${name} cut at ${length}`);
        }
      }
    },
  },
];
