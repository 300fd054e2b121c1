/**
 * Samples to tensors, tensors to batches.
 *
 * @module
 */
export type { DecodedPixels, ImageDecoder, ImageDecoders } from "../image/codec.ts";
export type { FieldOptions, ImageFieldOptions } from "./fields.ts";
export type { Transform } from "./transform_into.ts";
export type { DataOf } from "../image/transform/layout.ts";
export type { Batch, BatchOptions, TensorSample } from "./tensor_sample.ts";
