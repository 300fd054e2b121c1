/**
 * The stage that decodes fields.
 *
 * @module
 */
import { decodeByPlugin, findFieldReader, type ImageDecoders } from "../image/codec.ts";
import { locateFault, skipFault, type SkipHandler } from "./faults.ts";
import { decodeJpeg, init } from "../image/mod.ts";
import { decodeWithin } from "../sample/field.ts";
import { MAX_JSON_DEPTH } from "../sample/json.ts";
import type { Sample } from "../sample/sample.ts";
import type { UnpackBudget } from "../sample/unpack.ts";
import { type ReadOptions, sizeLimits } from "../sample/read_options.ts";

/** What {@linkcode Dataset.decode} takes. */
export interface DecodeFieldsOptions {
  /**
   * Extensions of the fields to decode; the others stay bytes.
   *
   * @default {all}
   */
  readonly fields?: readonly string[];
  /** Decoders for image types other than JPEG, by extension. */
  readonly decoders?: ImageDecoders;
}

/** What the stage takes: which fields, and the dataset's limits. */
export interface DecodeStageOptions extends DecodeFieldsOptions {
  /** How much compressed fields may unpack to. */
  readonly limits?: Pick<ReadOptions, "maxEntryBytes" | "maxSampleBytes">;
  /** Takes faults that are to be skipped. */
  readonly onSkip?: SkipHandler;
}

/** Stage: samples with their fields, or the chosen ones, decoded by extension. */
export async function* decodeSamples(
  samples: AsyncIterable<Sample<unknown>>,
  options: DecodeStageOptions,
): AsyncGenerator<Sample<unknown>, void, undefined> {
  const { maxEntryBytes, maxSampleBytes } = sizeLimits(options.limits ?? {});
  const chosen = options.fields && new Set(options.fields);
  for await (const sample of samples) {
    const fields: Record<string, unknown> = Object.create(null);
    const budget = { field: maxEntryBytes, left: maxSampleBytes };
    try {
      for (const [extension, field] of Object.entries(sample.fields)) {
        const raw = field instanceof Uint8Array && (chosen?.has(extension) ?? true);
        fields[extension] = raw
          ? await decodeMember(sample, extension, field, options, budget)
          : field;
      }
    } catch (error) {
      skipFault(error, options.onSkip);
      continue;
    }
    yield { ...sample, fields };
  }
}

async function decodeMember(
  sample: Sample<unknown>,
  extension: string,
  bytes: Uint8Array,
  options: DecodeFieldsOptions,
  budget: UnpackBudget,
): Promise<unknown> {
  try {
    const reader = findFieldReader(bytes, extension, options.decoders);
    if (reader === "jpeg") {
      await init();
      return decodeJpeg(bytes);
    }
    if (reader !== undefined) return await decodeByPlugin(bytes, reader);
    const limits = { budget, maxJsonDepth: MAX_JSON_DEPTH };
    return await decodeWithin(extension, bytes, {}, limits);
  } catch (error) {
    throw locateFault(error, sample, extension);
  }
}
