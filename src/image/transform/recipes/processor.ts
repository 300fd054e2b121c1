/**
 * What the transform of an image processor does.
 *
 * @module
 */
import { roundHalfEven } from "../../../numbers/round_half_even.ts";
import type { Image } from "../../types.ts";
import { shapeOf } from "../layout.ts";
import type { ProcessorTransform } from "../processors/descriptor.ts";
import { type Size, sizeAfter } from "../processors/sizes.ts";
import { makeValues } from "../processors/values.ts";
import type { Placement, Recipe } from "../recipe.ts";
import type { ChannelValues } from "../statistics.ts";

/** Reads the transform of a processor. */
export function readProcessor(transform: ProcessorTransform): Recipe {
  const { type, square, order, fill, pad } = transform;
  const size = findFixedSize(transform);
  return {
    type,
    ...(size === undefined ? {} : { shape: shapeOf(type, ...size) }),
    isBgr: order === "bgr",
    padding: fill,
    isPaddedLast: pad !== null,
    values: () => makeValues(transform).tables,
    arithmetic: () => makeValues(transform).arithmetic,
    ...(square === null ? {} : { prepare: (image) => makeSquare(image, square) }),
    place: (width, height) => placeImage(transform, width, height),
  };
}

/** Height and width of all tensors, where they have the same. */
function findFixedSize(
  { pad, crop, resize }: ProcessorTransform,
): readonly [number, number] | undefined {
  if (pad !== null) return pad;
  if (crop !== null) return crop;
  return resize?.rule === "exact" ? [resize.values[0], resize.values[1]] : undefined;
}

function placeImage(transform: ProcessorTransform, width: number, height: number): Placement {
  const { resize, crop, pad, backend } = transform;
  const [resizedWidth, resizedHeight]: Size = resize === null
    ? [width, height]
    : sizeAfter(resize, width, height);
  const [cropHeight, cropWidth] = crop ?? [resizedHeight, resizedWidth];
  const across = placeCrop(resizedWidth, cropWidth, backend);
  const down = placeCrop(resizedHeight, cropHeight, backend);
  const [outputHeight, outputWidth] = pad ?? [cropHeight, cropWidth];
  if (outputHeight < cropHeight || outputWidth < cropWidth) {
    throw new RangeError(
      `An image of ${cropWidth}x${cropHeight} pixels cannot be padded to ${outputWidth}x${outputHeight}`,
    );
  }
  return {
    source: { left: 0, top: 0, width, height },
    resizedWidth,
    resizedHeight,
    left: across.offset,
    top: down.offset,
    width: across.kept,
    height: down.kept,
    padLeft: across.padding,
    padTop: down.padding,
    outputHeight,
    outputWidth,
    interpolation: resize?.filter ?? "nearest",
    isTorch: backend === "torchvision",
    isMirrored: false,
    isDrawn: false,
  };
}

/** One axis of a centre crop of `wanted` pixels out of `size`: each library rounds in its own way. */
function placeCrop(
  size: number,
  wanted: number,
  backend: ProcessorTransform["backend"],
): { offset: number; kept: number; padding: number } {
  if (wanted > size) {
    const half = (wanted - size) / 2;
    return {
      offset: 0,
      kept: size,
      padding: backend === "pil" ? Math.ceil(half) : Math.floor(half),
    };
  }
  const half = (size - wanted) / 2;
  return {
    offset: backend === "timm" ? roundHalfEven(half) : Math.floor(half),
    kept: wanted,
    padding: 0,
  };
}

/** The image in the middle of a square of a colour. */
function makeSquare({ width, height, data }: Image, colour: ChannelValues): Image {
  const edge = Math.max(width, height);
  const left = Math.floor((edge - width) / 2);
  const top = Math.floor((edge - height) / 2);
  const square = new Uint8Array(3 * edge * edge);
  for (let at = 0; at < square.length; at += 3) square.set(colour, at);
  for (let y = 0; y < height; y++) {
    square.set(data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((y + top) * edge + left));
  }
  return { width: edge, height: edge, channels: 3, data: square };
}
