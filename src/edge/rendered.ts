/**
 * What rendering takes and gives.
 *
 * @module
 */
import type { Codec } from "../image/codec.ts";
import type { EncodeJpeg } from "../image/encode/jpeg.ts";

/** A body and what it is. */
export interface Rendered {
  readonly body: Uint8Array<ArrayBuffer> | string;
  readonly type: string;
  /** Lengths of the dimensions, of raw pixels and tensors. */
  readonly shape?: readonly number[];
}

/** What a label means. */
export interface LabelInfo {
  /** Name for people. */
  readonly name: string;
  /** WordNet's synset. */
  readonly synset?: string;
}

/** What rendering takes besides the sample. */
export interface RenderContext {
  readonly maxPixels: number;
  readonly codecs: readonly Codec[];
  readonly encodeJpeg: EncodeJpeg;
  readonly labels: (label: number) => Promise<LabelInfo | undefined>;
}
