/**
 * WebDataset shards in, tensors out, on any JavaScript runtime, byte for byte as Python makes them.
 *
 * ```ts
 * import { evaluation, sampleShard, webdataset } from "@wdstream/wdstream";
 *
 * const batches = webdataset(sampleShard())
 *   .transform(evaluation({ size: 224, cropRatio: 0.875, interpolation: "bicubic" }))
 *   .batch(16);
 * for await (const { images, labels, keys, shape } of batches) {
 *   console.log(shape, images.length, labels[0], keys[0]);
 * }
 * ```
 *
 * @module
 */
export * from "./src/errors.ts";
export * from "./src/storage/mod.ts";
export * from "./src/tar/mod.ts";
export * from "./src/sample/mod.ts";
export * from "./src/numbers/mod.ts";
export { RandomSource } from "./src/numbers/random_source.ts";
export * from "./src/image/mod.ts";
export * from "./src/steps/mod.ts";
export * from "./src/dataset/mod.ts";
export * from "./src/imagenet/mod.ts";
