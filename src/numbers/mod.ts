/**
 * Exact numbers that are the same on every runtime.
 *
 * @module
 */
export { philox4x32 } from "./philox.ts";
export { permute, type Purpose, randomFor, seededRandom } from "./seeded_random.ts";
export type { SampleDraw, Stream } from "./seeded_random.ts";
