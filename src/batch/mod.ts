/**
 * Samples to tensors, tensors to batches.
 *
 * @module
 */
export type { DecodedPixels, ImageDecoder, ImageDecoders } from "./decoders.ts";
export type { FieldOptions } from "./sample_fields.ts";
export type { Transform } from "./transform_into.ts";
export type { Batch, BatchOptions, DataOf, TensorSample } from "./tensor_sample.ts";
