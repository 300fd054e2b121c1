/**
 * What batches give of fields that are no images, by the names of the fields.
 *
 * @module
 */
import type { NpyArray } from "../sample/npy.ts";
import type { NpzArrays } from "../sample/npz.ts";
import type { Sample } from "../sample/sample.ts";

/** What becomes of a sample that has not all fields which batches are to carry. */
export type MissingField = "error" | "skip" | "undefined";

/** Which fields batches carry. */
export interface ColumnOptions<
  Name extends string = string,
  Missing extends MissingField = MissingField,
> {
  /**
   * Extensions of the fields that each batch carries besides the images: `["txt", "json"]`. Several separated by `;`
   * are alternatives, of which the first that a sample has is taken. They are decoded as `decode()` does it; those that
   * were decoded or changed before are taken as they are.
   *
   * @default {none}
   */
  readonly fields: readonly Name[];
  /**
   * What becomes of a sample without one of the fields: an error, for which `onError` holds; to leave it out and say
   * nothing; or `undefined` in its place, where numbers and arrays are lists then.
   *
   * @default {"error"}
   */
  readonly missing?: Missing;
}

/** The part of an extension that decides what it holds: the last one, before `.gz`, of the last alternative. */
export type FieldKind<Name extends string> = Name extends `${string};${infer Rest}`
  ? FieldKind<Rest>
  : Name extends `${infer Inner}.gz` ? FieldKind<Inner>
  : Name extends `${string}.${infer Rest}` ? FieldKind<Rest>
  : Name;

/**
 * One field of all samples of a batch, by what it holds.
 *
 * @typeParam Value What one sample has.
 * @typeParam Missing What becomes of samples without it.
 */
export type FieldColumn<Value, Missing extends MissingField> = Missing extends "undefined"
  ? (Value | undefined)[]
  : [unknown] extends [Value] ? unknown[]
  : [Value] extends [number] ? Int32Array<ArrayBuffer>
  : [Value] extends [bigint] ? BigInt64Array<ArrayBuffer>
  : [Value] extends [NpyArray] ? NpyArray | NpyArray[]
  : Value[];

/**
 * A field's value: by its name, unless the samples' own type says what it was made.
 *
 * @typeParam Fields Type of the samples' fields.
 */
export type FieldValue<Name extends string, Fields = unknown> = Name extends keyof Fields
  ? [unknown] extends [Fields[Name]] ? FieldValue<Name>
  : Fields[Name] extends Uint8Array | number | bigint ? FieldValue<Name>
  : Fields[Name]
  : string extends Name ? unknown
  : FieldKind<Name> extends "txt" | "text" | "transcript" ? string
  : FieldKind<Name> extends "cls" | "cls2" ? number
  : FieldKind<Name> extends "index" | "inx" | "id" ? bigint
  : FieldKind<Name> extends "json" | "jsn" | "mp" | "msgpack" | "msg" | "cbor" ? unknown
  : FieldKind<Name> extends "jsonl" ? unknown[]
  : FieldKind<Name> extends "npy" ? NpyArray
  : FieldKind<Name> extends "npz" ? NpzArrays
  : Uint8Array;

/**
 * The fields that a batch carries, each of all its samples: `txt` a list of strings, `json` a list of values, `cls` and
 * `cls2` an `Int32Array`, `index`, `inx` and `id` a `BigInt64Array`, other fields lists of bytes. `npy` arrays of one
 * shape and type are one array `[size, ...shape]` in C's order, others a list; `Array.isArray` tells.
 *
 * @typeParam Name Extensions that were asked for.
 * @typeParam Missing What becomes of samples without one.
 * @typeParam Fields Type of the samples' fields, where it is known.
 */
export type Columns<
  Name extends string,
  Missing extends MissingField = "error",
  Fields = unknown,
> = { readonly [Each in Name]: FieldColumn<FieldValue<Each, Fields>, Missing> };

/**
 * Fields of samples, without an image.
 *
 * @typeParam Fields What each field became, see {@linkcode Columns}.
 */
export interface FieldBatch<Fields> {
  /** Each field of all samples, by its extension. */
  readonly fields: Fields;
  /** Key of each sample. */
  readonly keys: string[];
  /** Name of each sample's shard. */
  readonly shards: string[];
  /** Number of each sample in its shard, from 0. */
  readonly indexes: number[];
  /** Number of samples, the last ones, that fill up a rank's share, and were given before. Absent where there are none. */
  readonly padding?: number;
  /** Number of the dataset of a mix that each sample is of. Absent where nothing was mixed. */
  readonly parts?: number[];
  /** Number of samples. */
  readonly size: number;
}

/** What a column is read of: a sample, or one whose image became a tensor. */
export type FieldOwner =
  & Pick<Sample<unknown>, "key" | "shard" | "index" | "fields">
  & Partial<Pick<Sample<unknown>, "isPadding" | "offsets" | "part">>;
