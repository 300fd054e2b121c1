/**
 * The stage that decodes fields.
 *
 * @module
 */
import { decodeByPlugin, findFieldReader } from "../batch/decoders.ts";
import { locateFault, skipFault, type SkipHandler } from "../batch/faults.ts";
import { decodeJpeg, init } from "../image/mod.ts";
import { decodeField } from "../sample/mod.ts";
import type { Sample } from "../sample/sample.ts";
import type { DecodeFieldsOptions } from "./dataset.ts";

/** Stage: samples with their fields, or the chosen ones, decoded by extension. */
export async function* decodeSamples(
  samples: AsyncIterable<Sample<unknown>>,
  options: DecodeFieldsOptions & { readonly onSkip?: SkipHandler },
): AsyncGenerator<Sample<unknown>, void, undefined> {
  const chosen = options.fields && new Set(options.fields);
  for await (const sample of samples) {
    const fields: Record<string, unknown> = Object.create(null);
    try {
      for (const [extension, field] of Object.entries(sample.fields)) {
        const raw = field instanceof Uint8Array && (chosen?.has(extension) ?? true);
        fields[extension] = raw ? await decodeMember(sample, extension, field, options) : field;
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
): Promise<unknown> {
  try {
    const reader = findFieldReader(bytes, extension, options.decoders);
    if (reader === "jpeg") {
      await init();
      return decodeJpeg(bytes);
    }
    if (reader !== undefined) return await decodeByPlugin(bytes, reader);
    return await decodeField(extension, bytes);
  } catch (error) {
    throw locateFault(error, sample, extension);
  }
}
