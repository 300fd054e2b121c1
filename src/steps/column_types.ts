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

/** The part of an extension that decides what it holds: the last one, before `.gz`. */
type Kind<Name extends string> = Name extends `${string};${infer Rest}` ? Kind<Rest>
  : Name extends `${infer Inner}.gz` ? LastPart<Inner>
  : LastPart<Name>;

type LastPart<Name extends string> = Name extends `${string}.${infer Rest}` ? LastPart<Rest> : Name;

/** What a field holds once it is decoded. */
interface Values {
  txt: string;
  text: string;
  transcript: string;
  cls: number;
  cls2: number;
  index: bigint;
  inx: bigint;
  id: bigint;
  json: unknown;
  jsn: unknown;
  jsonl: unknown[];
  mp: unknown;
  msgpack: unknown;
  msg: unknown;
  cbor: unknown;
  npy: NpyArray;
  npz: NpzArrays;
}

type ValueOf<Name extends string> = string extends Name ? unknown
  : Kind<Name> extends keyof Values ? Values[Kind<Name>]
  : Uint8Array;

/** One field of all samples of a batch, by what it holds. */
type ColumnOf<Value> = [unknown] extends [Value] ? unknown[]
  : [Value] extends [number] ? Int32Array<ArrayBuffer>
  : [Value] extends [bigint] ? BigInt64Array<ArrayBuffer>
  : [Value] extends [NpyArray] ? NpyArray | NpyArray[]
  : Value[];

type Column<Value, Missing extends MissingField> = Missing extends "undefined"
  ? (Value | undefined)[]
  : ColumnOf<Value>;

/**
 * A field's value: by its name, unless the samples' own type says what it was made.
 *
 * @typeParam Known Type of the samples' fields.
 */
type Known<Name extends string, Fields> = Name extends keyof Fields
  ? [unknown] extends [Fields[Name]] ? ValueOf<Name>
  : Fields[Name] extends Uint8Array | number | bigint ? ValueOf<Name>
  : Fields[Name]
  : ValueOf<Name>;

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
> = { readonly [Each in Name]: Column<Known<Each, Fields>, Missing> };

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
