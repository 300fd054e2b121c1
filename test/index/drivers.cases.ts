/** Streams and ranges make the same of every archive: the same samples, the same faults, at the same places. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { handMade } from "../tar/hand_made.ts";
import { compareDrivers, type DriverOptions } from "./drivers.ts";
import { makeRandom, mutateArchive } from "./mutate_archive.ts";

const ROUNDS = 500;

/** A reading that nothing limits. */
const PLAIN: DriverOptions = {
  onError: "skip",
  endOfArchive: "required",
  maxEntryBytes: Infinity,
  maxSampleBytes: Infinity,
};

/**
 * Damages archives, and gives how often each fault was met.
 *
 * @param seed Of the damages.
 */
export async function fuzzDrivers(rounds: number, seed: number): Promise<Map<string, number>> {
  const random = makeRandom(seed);
  const met = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const bytes = mutateArchive(random);
    const options = {
      onError: random(3) > 0 ? "skip" : "throw",
      endOfArchive: random(4) > 0 ? "required" : "optional",
      maxEntryBytes: random(3) > 0 ? 2 ** 20 : 650,
      maxSampleBytes: random(3) > 0 ? 2 ** 21 : 1000,
    } as const;
    const chunkBytes = [1 + random(600), 512, 1000 + random(20_000), 1 << 20][random(4)];
    const start = performance.now();
    try {
      const { faults } = await compareDrivers(bytes, chunkBytes, options);
      for (const fault of faults) {
        const [code] = fault.split(" ");
        met.set(code, (met.get(code) ?? 0) + 1);
      }
      if (round % 10 === 0) {
        await compareDrivers(bytes, chunkBytes, { ...PLAIN, maxEntryBytes: 2 ** 20 });
      }
    } catch (error) {
      throw new Error(`round ${round} of seed ${seed}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    assert.isBelow(performance.now() - start, 10_000, `round ${round} of seed ${seed}`);
  }
  return met;
}

export const cases: TestCase[] = [
  {
    name: "HeaderWalk finds what readTar() and samples() give, in the archives made by hand",
    async run() {
      for (const [name, bytes] of Object.entries(handMade)) {
        for (const onError of ["skip", "throw"] as const) {
          const { samples } = await compareDrivers(bytes, 700, { ...PLAIN, onError });
          assert.isArray(samples, name);
        }
      }
    },
  },
  {
    name: "HeaderWalk reports every cut as readTar() does, at the same place and in the same words",
    async run() {
      const names = [
        "pax path, linkpath and times",
        "GNU long link",
        "sparse by GNU's header, of 70 parts",
        "sparse by pax 1.0, of 70 parts",
        "kinds without a body",
      ];
      for (const name of names) {
        const bytes = handMade[name];
        for (let length = 0; length <= bytes.length; length += length % 512 < 4 ? 1 : 127) {
          for (const endOfArchive of ["required", "optional"] as const) {
            await compareDrivers(bytes.slice(0, length), 1 << 20, { ...PLAIN, endOfArchive });
          }
        }
      }
    },
  },
  {
    name: "HeaderWalk and readTar() make the same of damaged archives, with typed errors alone",
    async run() {
      const met = await fuzzDrivers(ROUNDS, 20_261_127);
      // The damage reached every stage of the parser.
      for (
        const code of [
          "tar/truncated",
          "tar/bad-header",
          "tar/bad-number",
          "tar/bad-pax",
          "tar/bad-sparse",
          "tar/too-large",
          "sample/duplicate-field",
          "sample/too-large",
        ]
      ) assert.isTrue(met.has(code), code);
    },
  },
];
