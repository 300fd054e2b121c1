/**
 * Decoders that callers plug in, as codecs.
 *
 * @module
 */
import { ImageError } from "../../errors.ts";
import {
  type Codec,
  type DecodedPixels,
  type ImageDecoder,
  type ImageDecoders,
  toMask,
} from "../codec.ts";
import { describeFormat, findFormat } from "../format.ts";
import type { Image } from "../types.ts";
import { CODECS, listRegistered } from "./mod.ts";

/**
 * All codecs there are: those built in, then those that were plugged in, unless there is a built-in one for it, then
 * those that were registered, unless one was plugged in.
 */
export function listCodecs(
  decoders: ImageDecoders = {},
  builtIn: readonly Codec[] = CODECS,
): readonly Codec[] {
  const taken = new Set(builtIn.flatMap(({ extensions }) => extensions));
  const names = Object.keys(decoders).filter((name) => !taken.has(name));
  const plugged = names.map((name): Codec => ({
    name,
    extensions: [name],
    takesOthers: true,
    // Of several that could read a format, the one that is named after it first.
    isMine: (head) => findFormat(head)?.extensions.find((each) => names.includes(each)) === name,
    decode: (bytes) => decodeBy(decoders[name], name, bytes),
    decodeMask: async (bytes) => toMask(await decodeBy(decoders[name], name, bytes)),
  }));
  const registered = listRegistered().filter(({ extensions }) =>
    !extensions.some((each) => names.includes(each))
  );
  return [...builtIn, ...plugged, ...registered];
}

/**
 * Decodes an image by a plugged-in decoder.
 *
 * Alpha is dropped, as Pillow's conversion of RGBA to RGB does.
 *
 * @throws {ImageError} `image/corrupt` if it fails, or gives no image.
 */
async function decodeBy(decode: ImageDecoder, format: string, bytes: Uint8Array): Promise<Image> {
  let pixels: DecodedPixels;
  try {
    pixels = await decode(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const found = findFormat(bytes)?.extensions.includes(format)
      ? ""
      : `; what it was given is ${describeFormat(bytes)}`;
    throw new ImageError("image/corrupt", {
      action: "decode",
      reason: `the ${format} decoder failed: ${reason}${found}`,
      cause,
    });
  }
  return packPixels(pixels, format);
}

function packPixels(pixels: DecodedPixels | null | undefined, format: string): Image {
  const { width = 0, height = 0, data } = pixels ?? {};
  const channels = data === undefined ? 0 : data.length / (width * height);
  const isImage = Number.isSafeInteger(width) && width > 0 && Number.isSafeInteger(height) &&
    height > 0 && (channels === 1 || channels === 3 || channels === 4);
  if (!isImage || data === undefined) {
    throw new ImageError("image/corrupt", {
      action: "decode",
      reason: `the ${format} decoder gave ` +
        (data === undefined ? "no pixels" : `${data.length} bytes for ${width}x${height} pixels`),
    });
  }
  if (channels !== 4) return { width, height, channels, data: new Uint8Array(data) };
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + 1];
    rgb[to + 2] = data[from + 2];
  }
  return { width, height, channels: 3, data: rgb };
}
