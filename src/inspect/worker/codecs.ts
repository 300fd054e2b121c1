/**
 * Who decodes what in the page's worker: the kernel and the decoders of ours, and for formats whose decoders are
 * packages, what the browser has.
 *
 * @module
 */
import type { Codec, DecodedPixels } from "../../image/codec.ts";
import { registerCodec } from "../../image/codecs/mod.ts";
import { variantError } from "../../image/codecs/faults.ts";
import { bmp, gif, png, tiff } from "../../image/codecs/lazy.ts";
import { describeFormat, findFormat, isAvif } from "../../image/format.ts";
import type { Image } from "../../image/types.ts";

/** Has everything in this worker find them. */
export function registerCodecs(): void {
  for (const codec of [png, gif, bmp, tiff]) registerCodec(codec);
  registerCodec(browserCodec("webp", "image/webp", (head) => isOf(head, "webp")));
  registerCodec(browserCodec("avif", "image/avif", isAvif));
  registerCodec(browserCodec("jxl", "image/jxl", (head) => isOf(head, "jxl")));
}

function isOf(head: Uint8Array, extension: string): boolean {
  return findFormat(head)?.extensions[0] === extension;
}

/** A codec of what the browser decodes: for looking at, for its pixels need not be Pillow's. */
function browserCodec(name: string, type: string, isMine: (head: Uint8Array) => boolean): Codec {
  return {
    name,
    extensions: [name],
    isMine,
    async decode(bytes, { maxPixels = 178_956_970 }): Promise<Image> {
      if (typeof createImageBitmap !== "function" || typeof OffscreenCanvas === "undefined") {
        throw variantError("nothing decodes such files here");
      }
      let bitmap: ImageBitmap;
      try {
        bitmap = await createImageBitmap(
          new Blob([bytes as Uint8Array<ArrayBuffer>], { type }),
          { colorSpaceConversion: "none", premultiplyAlpha: "none" },
        );
      } catch {
        throw variantError(`the browser cannot decode it, which is ${describeFormat(bytes)}`);
      }
      try {
        const { width, height } = bitmap;
        if (width * height > maxPixels) throw variantError(`it has ${width}x${height} pixels`);
        return dropAlpha(drawBitmap(bitmap));
      } finally {
        bitmap.close();
      }
    },
  };
}

/** What is used of a canvas, whose types not every library has. */
interface Context {
  drawImage(image: ImageBitmap, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): DecodedPixels;
}

function drawBitmap(bitmap: ImageBitmap): DecodedPixels {
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d") as unknown as Context;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}

function dropAlpha({ width, height, data: rgba }: DecodedPixels): Image {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    data[to] = rgba[from];
    data[to + 1] = rgba[from + 1];
    data[to + 2] = rgba[from + 2];
  }
  return { width, height, channels: 3, data };
}
