/**
 * The step that decodes fields.
 *
 * @module
 */
import { decodeByPlugin, findFieldReader, type ImageDecoders } from "../image/codec.ts";
import { locateFault, skipFault } from "./faults.ts";
import { checkDecoders } from "./fields.ts";
import { decodeJpeg, init } from "../image/mod.ts";
import { decodeWithin } from "../sample/field.ts";
import { MAX_JSON_DEPTH } from "../sample/json.ts";
import type { Sample } from "../sample/sample.ts";
import type { UnpackBudget } from "../sample/unpack.ts";
import { type ReadOptions, sizeLimits } from "../sample/read_options.ts";
import { type Item, withValue } from "./item.ts";
import type { Step } from "./step.ts";

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

/**
 * Step: samples with their fields, or the chosen ones, decoded by extension.
 *
 * @param limits How much compressed fields may unpack to.
 * @throws {TypeError} If a decoder is no function.
 */
export function decodeStep(
  options: DecodeFieldsOptions,
  limits: Pick<ReadOptions, "maxEntryBytes" | "maxSampleBytes"> = {},
): Step<Sample<unknown>, Sample<unknown>> {
  const { fields, decoders } = options;
  checkDecoders(decoders);
  const sizes = sizeLimits(limits);
  const chosen = fields && new Set(fields);
  return {
    name: "decode",
    settings: { fields, decoders: decoders && Object.keys(decoders) },
    async *run(upstream, run): AsyncGenerator<Item<Sample<unknown>>, void, undefined> {
      for await (const item of upstream(run)) {
        let decoded: Sample<unknown>;
        try {
          decoded = await decodeSample(item.value, chosen, decoders, sizes);
        } catch (error) {
          skipFault(error, run.onSkip);
          continue;
        }
        yield withValue(item, decoded);
      }
    },
    async one(item): Promise<Item<Sample<unknown>>> {
      return withValue(item, await decodeSample(item.value, chosen, decoders, sizes));
    },
  };
}

async function decodeSample(
  sample: Sample<unknown>,
  chosen: ReadonlySet<string> | undefined,
  decoders: ImageDecoders | undefined,
  sizes: { readonly maxEntryBytes: number; readonly maxSampleBytes: number },
): Promise<Sample<unknown>> {
  const fields: Record<string, unknown> = Object.create(null);
  const budget = { field: sizes.maxEntryBytes, left: sizes.maxSampleBytes };
  for (const [extension, field] of Object.entries(sample.fields)) {
    const isRaw = field instanceof Uint8Array && (chosen?.has(extension) ?? true);
    fields[extension] = isRaw
      ? await decodeMember(sample, extension, field, decoders, budget)
      : field;
  }
  return { ...sample, fields };
}

async function decodeMember(
  sample: Sample<unknown>,
  extension: string,
  bytes: Uint8Array,
  decoders: ImageDecoders | undefined,
  budget: UnpackBudget,
): Promise<unknown> {
  try {
    const reader = findFieldReader(bytes, extension, decoders);
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
