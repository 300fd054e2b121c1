/**
 * Pictures of samples, made when they are looked at.
 *
 * @module
 */
import { requireCodec } from "../../image/codec.ts";
import { listCodecs } from "../../image/codecs/plugged.ts";
import { isImageExtension } from "../../image/format.ts";
import { type Fit, makePicture } from "../../image/transform/picture.ts";
import type { Image } from "../../image/types.ts";
import type { IndexedField, IndexedSample } from "../../index/shard_index.ts";
import { readRange } from "../../index/ranges.ts";
import { concatenate } from "../../concatenate.ts";
import { SourceError } from "../../errors.ts";
import type { Source } from "../../storage/source.ts";
import type { Fault, Picture } from "../messages.ts";

/** Bytes of a member that is read for being looked at. */
const MOST_BYTES = 256 << 20;

/** The field that a sample's picture is of: `jpg`, `jpeg`, or the first that is called as an image is. */
export function findImage({ fields }: IndexedSample): IndexedField | undefined {
  return fields.find(({ extension }) => extension === "jpg") ??
    fields.find(({ extension }) => extension === "jpeg") ??
    fields.find(({ extension }) => isImageExtension(extension));
}

/**
 * Reads a field's bytes.
 *
 * @throws {SourceError} If they cannot be read, or are more than somebody looks at.
 */
export async function readField(
  source: Source,
  { offsetBytes, sizeBytes, sparseBytes }: IndexedField,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (sizeBytes > MOST_BYTES || sparseBytes !== undefined) {
    throw new SourceError("source/too-large", {
      action: "look at it",
      reason: sparseBytes === undefined
        ? `it has ${sizeBytes} bytes, more than ${MOST_BYTES}`
        : "it is stored as a sparse file",
    });
  }
  const parts: Uint8Array[] = [];
  for await (const part of readRange(source, offsetBytes, sizeBytes, { signal })) parts.push(part);
  return concatenate(parts);
}

/**
 * Decodes an image to a picture of so many pixels.
 *
 * @throws {ImageError} If it cannot be decoded.
 */
export async function makeImagePicture(
  bytes: Uint8Array,
  extension: string,
  options: { readonly size: number; readonly fit: Fit },
): Promise<Picture> {
  const codec = requireCodec(bytes, extension, listCodecs());
  await codec.load?.();
  let imageSize: [number, number] | undefined;
  // What has no header to read is measured as it is decoded, once.
  const measured = codec.readHeader === undefined
    ? {
      ...codec,
      async decode(...args: Parameters<typeof codec.decode>): Promise<Image> {
        const image = await codec.decode(...args);
        imageSize = [image.width, image.height];
        return image;
      },
    }
    : codec;
  const header = codec.readHeader?.(bytes);
  if (header !== undefined) imageSize = [header.width, header.height];
  const { width, height, data } = await makePicture(bytes, options, measured);
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from];
    rgba[to + 1] = data[from + 1];
    rgba[to + 2] = data[from + 2];
    rgba[to + 3] = 255;
  }
  return { width, height, rgba, imageSize: imageSize ?? [width, height] };
}

/** What the painter asks of whoever has the samples. */
export interface PainterOptions {
  /** The picture of the sample at a place. */
  make(place: number, size: number): Promise<Picture | Fault>;
  /** Takes it. */
  give(place: number, picture: Picture | Fault): void;
  /** Pictures that are made at a time. */
  readonly atOnce: number;
}

/** Makes pictures of what is looked at now: what was asked for last comes first, what scrolled away is forgotten. */
export class Painter {
  readonly #options: PainterOptions;
  readonly #waiting = new Map<number, number>();
  #running = 0;

  constructor(options: PainterOptions) {
    this.#options = options;
  }

  /** Asks for a picture. */
  ask(place: number, size: number): void {
    this.#waiting.delete(place);
    this.#waiting.set(place, size);
    while (this.#running < Math.min(this.#options.atOnce, this.#waiting.size)) void this.#run();
  }

  /** Nobody looks at it any more. */
  forget(place: number): void {
    this.#waiting.delete(place);
  }

  async #run(): Promise<void> {
    this.#running++;
    try {
      // Those that were asked for together become known together.
      await Promise.resolve();
      while (this.#waiting.size > 0) {
        const [place, size] = [...this.#waiting].at(-1)!;
        this.#waiting.delete(place);
        this.#options.give(place, await this.#options.make(place, size));
      }
    } finally {
      this.#running--;
    }
  }
}
