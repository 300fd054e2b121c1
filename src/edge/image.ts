/**
 * The image of a sample, read by whichever codec can.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { type Codec, requireCodec } from "../image/codec.ts";
import type { Sample } from "../sample/sample.ts";
import { findImageField } from "../steps/fields.ts";

/**
 * Does something to a sample's image.
 *
 * @throws {SampleError} If it has none.
 * @throws {ImageError} If no codec can read it; errors of `work` say which sample they are of.
 */
export async function withImage<T>(
  sample: Sample,
  codecs: readonly Codec[],
  work: (bytes: Uint8Array, codec: Codec) => T | Promise<T>,
): Promise<T> {
  const extension = findImageField(sample, {}, codecs);
  const bytes = sample.bytes[extension];
  try {
    return await work(bytes, requireCodec(bytes, extension, codecs));
  } catch (error) {
    const { key, shard } = sample;
    throw error instanceof WdsError ? error.at({ key, shard }) : error;
  }
}
