/**
 * Fields of samples to the columns of batches.
 *
 * @module
 */
import { SampleError } from "../errors.ts";
import { dictionary } from "../sample/dictionary.ts";
import { decodeWithin } from "../sample/field.ts";
import type { NpyArray, NpyData } from "../sample/npy.ts";
import type { sizeLimits } from "../sample/read_options.ts";
import type { FieldBatch, FieldOwner, MissingField } from "./column_types.ts";
import { isFault, loseSample } from "./faults.ts";
import { type Item, withValue } from "./item.ts";
import type { Run } from "./run.ts";

/** Which columns there are to be: what the step was given, read once. */
export interface ColumnPlan {
  readonly names: readonly string[];
  readonly missing: MissingField;
  /** How much compressed fields may unpack to. */
  readonly sizes: ReturnType<typeof sizeLimits>;
}

/** The values of one sample, in the order of the columns. */
export type Row = readonly unknown[];

/** A value and its row. */
export interface WithRow {
  readonly value: FieldOwner;
  readonly row: Row;
}

/** The typed arrays of integers, by the last part of the field's extension: classes as labels are, others as numpy's. */
const INTEGERS: ReadonlyMap<string, "int32" | "int64"> = new Map([
  ["cls", "int32"],
  ["cls2", "int32"],
  ["index", "int64"],
  ["inx", "int64"],
  ["id", "int64"],
]);

/** What an extension holds, where that is an integer. */
function integerOf(extension: string): "int32" | "int64" | undefined {
  const plain = extension.endsWith(".gz") ? extension.slice(0, -3) : extension;
  return INTEGERS.get(plain.slice(plain.lastIndexOf(".") + 1));
}

/**
 * Reads and decodes the fields of a sample.
 *
 * @returns Its row; `undefined` where the sample is to be left out for a field that it has not.
 * @throws {SampleError} `sample/no-field` if it has not all of them, `sample/bad-field`, `sample/too-large` if one cannot
 *   be decoded.
 */
export async function readRow(
  sample: FieldOwner,
  { names, missing, sizes }: ColumnPlan,
): Promise<Row | undefined> {
  const budget = { field: sizes.maxEntryBytes, left: sizes.maxSampleBytes };
  const row: unknown[] = [];
  for (const name of names) {
    const extension = name.split(";").map((each) => each.trim())
      .find((each) => sample.fields[each] !== undefined);
    if (extension === undefined) {
      if (missing === "skip") return undefined;
      if (missing === "error") throw lackError(sample, name);
      row.push(undefined);
      continue;
    }
    const field = sample.fields[extension];
    try {
      let value = field;
      if (field instanceof Uint8Array) {
        const decoded = decodeWithin(extension, field, {}, { budget });
        value = decoded instanceof Promise ? await decoded : decoded;
      }
      row.push(readInteger(value, integerOf(extension)));
    } catch (error) {
      if (!isFault(error)) throw error;
      const { shard, key, offsets } = sample;
      throw error.at({ shard, key, field: extension, offsetBytes: offsets?.[extension] });
    }
  }
  return row;
}

/**
 * An integer as its array takes it; other values as they are.
 *
 * @throws {SampleError} `sample/bad-field` if it does not fit.
 */
function readInteger(value: unknown, kind: "int32" | "int64" | undefined): unknown {
  if (kind === undefined) return value;
  if (typeof value === "bigint" || Number.isSafeInteger(value)) {
    const integer = BigInt(value as number | bigint);
    if (BigInt.asIntN(kind === "int32" ? 32 : 64, integer) === integer) {
      return kind === "int32" ? Number(integer) : integer;
    }
  } else if (typeof value !== "number") {
    // What a map() made of it is the caller's.
    return value;
  }
  const reason = `it holds ${value}, no integer of ${kind === "int32" ? 32 : 64} bits`;
  throw new SampleError("sample/bad-field", { action: "read", reason });
}

function lackError({ shard, key, fields }: FieldOwner, name: string): SampleError {
  const wanted = name.split(";").map((each) => `"${each.trim()}"`).join(" or ");
  return new SampleError("sample/no-field", {
    action: `read sample "${key}" of "${shard}"`,
    reason: `it has no field ${wanted}, only ${Object.keys(fields).join(", ")}; ` +
      '`missing: "skip"` leaves such samples out, `"undefined"` gives them without',
    shard,
    key,
  });
}

/** Items with their rows; those that are left out are gone. */
export async function* readRows(
  items: AsyncIterable<Item<unknown>>,
  plan: ColumnPlan,
  run: Run,
): AsyncGenerator<Item<WithRow>, void, undefined> {
  for await (const item of items) {
    const value = item.value as FieldOwner;
    if (typeof value?.fields !== "object" || typeof value.key !== "string") {
      throw new TypeError("Batches carry `fields` of samples, which these items are not");
    }
    let row: Row | undefined;
    try {
      row = await readRow(value, plan);
    } catch (error) {
      loseSample(error, withValue(item, value), run);
      continue;
    }
    if (row !== undefined) yield withValue(item, { value, row });
  }
}

/** Makes columns of rows, by name. */
export function collateColumns(
  rows: readonly Row[],
  { names, missing }: ColumnPlan,
): Record<string, unknown> {
  const columns = dictionary<unknown>();
  for (const [i, name] of names.entries()) {
    const values = rows.map((row) => row[i]);
    columns[name] = missing === "undefined" ? values : collateColumn(values, name);
  }
  return columns;
}

function collateColumn(values: readonly unknown[], name: string): unknown {
  const kind = integerOf(name.slice(name.lastIndexOf(";") + 1).trim());
  if (kind === "int32" && values.every((value) => typeof value === "number")) {
    return Int32Array.from(values);
  }
  if (kind === "int64" && values.every((value) => typeof value === "bigint")) {
    return BigInt64Array.from(values);
  }
  return values.every(isNpyArray) && hasOneShape(values) ? stack(values) : values;
}

function isNpyArray(value: unknown): value is NpyArray {
  return typeof value === "object" && value !== null && "data" in value && "dtype" in value &&
    "fortranOrder" in value && "shape" in value && Array.isArray(value.shape);
}

function hasOneShape(arrays: readonly NpyArray[]): boolean {
  const [{ dtype, shape }] = arrays;
  return arrays.every((each) => each.dtype === dtype && each.shape.join() === shape.join());
}

/** Exact: `numpy.stack`. */
function stack(arrays: readonly NpyArray[]): NpyArray {
  const [{ data: first, shape, dtype }] = arrays;
  const make = first.constructor as new (length: number) => NpyData;
  const data = new make(first.length * arrays.length);
  for (const [slot, array] of arrays.entries()) {
    // Of one type, so that both are arrays of numbers or both of bigints.
    data.set(inRowOrder(array) as never, slot * first.length);
  }
  return { data, shape: [arrays.length, ...shape], dtype, fortranOrder: false };
}

/** The elements with the last index running fastest. */
function inRowOrder({ data, shape, fortranOrder }: NpyArray): NpyData {
  if (!fortranOrder || shape.length < 2) return data;
  const count = shape.reduce((product, extent) => product * extent, 1);
  // A complex number is two elements.
  const parts = count === 0 ? 1 : data.length / count;
  const turned = data.slice();
  const position = shape.map(() => 0);
  for (let to = 0; to < count; to++) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis] + position[axis];
    for (let part = 0; part < parts; part++) turned[to * parts + part] = data[from * parts + part];
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis] === shape[axis]; axis--) {
      position[axis] = 0;
    }
  }
  return turned;
}

/** The batch of samples without images. */
export function collateFields(
  samples: readonly WithRow[],
  plan: ColumnPlan,
): FieldBatch<Record<string, unknown>> {
  const parts = samples.flatMap(({ value }) => value.part ?? []);
  const padding = samples.filter(({ value }) => value.isPadding).length;
  return {
    fields: collateColumns(samples.map(({ row }) => row), plan),
    keys: samples.map(({ value }) => value.key),
    shards: samples.map(({ value }) => value.shard),
    indexes: samples.map(({ value }) => value.index),
    ...(parts.length > 0 && { parts }),
    ...(padding > 0 && { padding }),
    size: samples.length,
  };
}
