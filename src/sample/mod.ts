/**
 * Entries to samples, as webdataset groups them, and the decoding of fields that are no images.
 *
 * @module
 */

export type { Sample } from "./sample.ts";
export { readSamples } from "./group.ts";
export type { SampleEntry, SamplesOptions } from "./group.ts";
export { isMetaName, splitName } from "./split_name.ts";
export { decodeField } from "./field.ts";
export type { FieldContext } from "./field.ts";
export type { NpyArray, NpyData } from "./npy.ts";
export type { DecodedSample, FieldSchema, SchemaIssue, SchemaResult } from "./schema.ts";
export type { MsgpackExtension } from "./msgpack.ts";
export type { CborTag } from "./cbor.ts";
