/**
 * Exact numbers that are the same on every runtime.
 *
 * ```ts
 * import { seededRandom } from "@wdstream/wdstream/random";
 *
 * console.log(seededRandom(7, { epoch: 0, shard: 3, index: 12 }).uniform(0, 1));
 * ```
 *
 * @module
 */
export { pythonRandom } from "./mersenne_twister.ts";
export { philox4x32 } from "./philox.ts";
export { RandomSource } from "./random_source.ts";
export { permute, type Purpose, randomFor, seededRandom } from "./seeded_random.ts";
export type { SampleDraw, Stream } from "./seeded_random.ts";
