/** `readTar()` on archives that are damaged at random: it lists or reports, and never does else. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { readTar, TarError } from "../../src/tar/mod.ts";
import { inChunks } from "./archive.ts";
import { handMade } from "./hand_made.ts";
import { repairChecksum } from "./sparse.ts";

const ROUNDS = 4000;
const NASTY = [0x00, 0x30, 0x37, 0x80, 0xff, 0x2f, 0x78, 0x67, 0x4c, 0x53];

/** Marsaglia's xorshift, so that a failure can be repeated. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export const cases: TestCase[] = [{
  name: "readTar() answers damage with typed errors alone",
  async run() {
    const random = makeRandom(20_240_607);
    const archives = Object.values(handMade).filter(({ length }) => length < 20_000);
    const codes = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = archives[random(archives.length)].slice();
      for (let i = random(4); i >= 0; i--) {
        const start = random(Math.floor(bytes.length / 512)) * 512;
        // The type flag decides most, so it is hit most.
        const place = random(4) === 0 ? 156 : random(512);
        bytes[start + place] = random(2) === 0 ? NASTY[random(NASTY.length)] : random(256);
        if (random(8) > 0) repairChecksum(bytes, start);
      }
      const body = random(2) === 0 ? "bytes" : "stream";
      try {
        for await (const entry of readTar(inChunks(bytes, 100 + random(5000)), { body })) {
          assert.isAtMost(entry.bodyOffsetBytes, bytes.length);
        }
      } catch (error) {
        assert.instanceOf(error, TarError, `round ${round}`);
        codes.add((error as TarError).code);
      }
    }
    // The damage reached every stage of the reader.
    for (const code of ["truncated", "bad-header", "bad-number", "bad-pax", "bad-sparse"]) {
      assert.isTrue(codes.has(`tar/${code}`), code);
    }
  },
}];
