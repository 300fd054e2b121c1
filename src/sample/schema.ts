/**
 * What the fields of samples are to be: schemas by any library that follows Standard Schema (zod, valibot, ArkType).
 *
 * @module
 */
import { SampleError } from "../errors.ts";
import type { Sample } from "./sample.ts";

/** A sample whose fields are known to the compiler, so that a misspelt one does not compile. */
export type DecodedSample<Fields extends object> = Omit<Sample<unknown>, "fields"> & {
  /** Field by lower-cased extension (without its dot). Has no prototype. */
  readonly fields: { [Name in keyof Fields]: Fields[Name] };
};

/** A schema, version 1 of Standard Schema: what libraries like zod and valibot give. */
export interface FieldSchema<Fields extends object> {
  /** What libraries agreed on. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Fields> | Promise<SchemaResult<Fields>>;
    readonly types?: { readonly input: unknown; readonly output: Fields } | undefined;
  };
}

/** What a schema says of a value: the value that it makes of it, or what is wrong. */
export type SchemaResult<Fields> =
  | { readonly value: Fields; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong. */
export interface SchemaIssue {
  /** What is wrong, in words. */
  readonly message: string;
  /** Names from the fields to what is wrong. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * Checks an option.
 *
 * @throws {TypeError} If it is no schema.
 */
export function checkSchema(schema: unknown): void {
  if (schema === undefined) return;
  const isObject = typeof schema === "object" && schema !== null || typeof schema === "function";
  const standard = isObject
    ? (schema as { "~standard"?: { validate?: unknown } })["~standard"]
    : undefined;
  if (typeof standard?.validate !== "function") {
    throw new TypeError("schema must follow Standard Schema, as those of zod and valibot do");
  }
}

/**
 * Has a schema look at decoded fields.
 *
 * @returns The fields that it knows as it gives them, and the others as they are.
 * @throws {SampleError} `sample/bad-field` with what it finds wrong, and the field where it says which.
 */
export async function applySchema(
  { shard, key, offsets, fields }: Sample<unknown>,
  schema: FieldSchema<object>,
): Promise<Record<string, unknown>> {
  // Schemas ask objects for what those of dictionaries have not.
  const given = schema["~standard"].validate({ ...fields });
  const result = given instanceof Promise ? await given : given;
  if (result.issues === undefined) {
    return Object.assign(Object.create(null), fields, result.value);
  }
  const [first, ...others] = result.issues;
  const path = (first?.path ?? []).map((part) =>
    String(typeof part === "object" ? part.key : part)
  );
  const [field, ...inside] = path;
  const where = inside.length === 0 ? "" : `${inside.join(".")}: `;
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  throw new SampleError("sample/bad-field", {
    action: "decode",
    reason: `its schema refuses it: ${where}${first?.message ?? "without a reason"}${more}`,
  }).at({ shard, key, field, offsetBytes: field === undefined ? undefined : offsets[field] });
}
