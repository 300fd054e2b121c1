/**
 * The step that decodes fields.
 *
 * @module
 */
import { type Codec, findFieldCodec } from "../image/codec.ts";
import { listCodecs } from "../image/codecs/plugged.ts";
import { locateFault, loseSample } from "./faults.ts";
import { checkImageOptions, type ImageFieldOptions } from "./fields.ts";
import type { Sample } from "../sample/sample.ts";
import { applySchema, checkSchema, type FieldSchema } from "../sample/schema.ts";
import type { UnpackBudget } from "../sample/unpack.ts";
import { type ReadOptions, sizeLimits } from "../sample/read_options.ts";
import { type Item, withValue } from "./item.ts";
import type { Step } from "./step.ts";

/** What {@linkcode Dataset.decode} takes. */
export interface DecodeFieldsOptions extends ImageFieldOptions {
  /**
   * Extensions of the fields to decode; the others stay bytes.
   *
   * @default {all}
   */
  readonly fields?: readonly string[];
  /**
   * A schema of the decoded fields, by any library that follows Standard Schema, zod and valibot among them. A sample
   * that it refuses is a fault, `sample/bad-field`. What it makes of a field takes the field's place, and the type of
   * what comes out is its.
   *
   * @default {none}
   */
  readonly schema?: FieldSchema<object>;
}

/** What decodes a sample: what the step was given, read once. */
interface FieldDecoder {
  readonly chosen: ReadonlySet<string> | undefined;
  readonly codecs: readonly Codec[];
  readonly options: DecodeFieldsOptions;
  readonly sizes: { readonly maxEntryBytes: number; readonly maxSampleBytes: number };
}

/**
 * Step: samples with their fields, or the chosen ones, decoded by extension.
 *
 * @param limits How much compressed fields may unpack to.
 * @throws {TypeError} If an option is none of its choices, or of another type.
 * @throws {RangeError} If a number is none that it can be.
 */
export function decodeStep(
  options: DecodeFieldsOptions,
  limits: Pick<ReadOptions, "maxEntryBytes" | "maxSampleBytes"> = {},
): Step<Sample<unknown>, Sample<unknown>> {
  checkImageOptions(options);
  checkSchema(options.schema);
  const { fields, decoders, schema, ...plain } = options;
  const decoder: FieldDecoder = {
    chosen: fields && new Set(fields),
    codecs: listCodecs(decoders),
    options,
    sizes: sizeLimits(limits),
  };
  return {
    name: "decode",
    settings: {
      fields,
      ...plain,
      decoders: decoders && Object.keys(decoders),
      ...(schema && { schema: schema["~standard"].vendor }),
    },
    async *run(upstream, run): AsyncGenerator<Item<Sample<unknown>>, void, undefined> {
      for await (const item of upstream(run)) {
        let decoded: Sample<unknown>;
        try {
          decoded = await decodeSample(item.value, decoder);
        } catch (error) {
          loseSample(error, item, run);
          continue;
        }
        yield withValue(item, decoded);
      }
    },
    async one(item): Promise<Item<Sample<unknown>>> {
      return withValue(item, await decodeSample(item.value, decoder));
    },
  };
}

async function decodeSample(
  sample: Sample<unknown>,
  decoder: FieldDecoder,
): Promise<Sample<unknown>> {
  const { chosen, sizes } = decoder;
  const fields: Record<string, unknown> = Object.create(null);
  const budget = { field: sizes.maxEntryBytes, left: sizes.maxSampleBytes };
  for (const [extension, field] of Object.entries(sample.fields)) {
    const isRaw = field instanceof Uint8Array && (chosen?.has(extension) ?? true);
    fields[extension] = isRaw
      ? await decodeMember(sample, extension, field, decoder, budget)
      : field;
  }
  const decoded = { ...sample, fields };
  const { schema } = decoder.options;
  return schema === undefined
    ? decoded
    : { ...decoded, fields: await applySchema(decoded, schema) };
}

/** The decoding of fields that are no images, which only this step needs: loaded when there is such a field. */
let fieldModule: typeof import("../sample/field.ts") | undefined;

async function decodeMember(
  sample: Sample<unknown>,
  extension: string,
  bytes: Uint8Array,
  { codecs, options: { maxPixels, truncated, strict, reference } }: FieldDecoder,
  budget: UnpackBudget,
): Promise<unknown> {
  try {
    const codec = findFieldCodec(bytes, extension, codecs);
    if (codec !== undefined) {
      await codec.load?.();
      return await codec.decode(bytes, { maxPixels, truncated, strict, reference });
    }
    fieldModule ??= await import("../sample/field.ts");
    return await fieldModule.decodeWithin(extension, bytes, {}, { budget });
  } catch (error) {
    throw locateFault(error, sample, extension);
  }
}
