/**
 * The sizes that images are resized to, in Python's arithmetic.
 *
 * @module
 */
import { roundHalfEven } from "../../../numbers/round_half_even.ts";
import { resizeShorterEdge } from "../geometry.ts";
import type { ProcessorResize } from "./descriptor.ts";

/** Width and height. */
export type Size = [width: number, height: number];

type Rule = (width: number, height: number, values: readonly number[]) => Size;

const RULES: Readonly<Record<ProcessorResize["rule"], Rule>> = {
  exact: (_width, _height, [toHeight, toWidth]) => [toWidth, toHeight],
  shorter: (width, height, [edge]) => resizeShorterEdge(width, height, edge),
  aspect: (width, height, [edge, limit]) => keepAspect(width, height, edge, limit),
  box(width, height, [maxHeight, maxWidth]) {
    const scale = Math.min(maxHeight / height, maxWidth / width);
    return [Math.trunc(width * scale), Math.trunc(height * scale)];
  },
  longer(width, height, [edge]) {
    const scale = edge / Math.max(width, height);
    return [Math.trunc(width * scale + 0.5), Math.trunc(height * scale + 0.5)];
  },
  multiple(width, height, [toHeight, toWidth, multiple, keepsRatio]) {
    let down = toHeight / height;
    let across = toWidth / width;
    if (keepsRatio) {
      // The one that is nearer to 1 counts for both.
      if (Math.abs(1 - across) < Math.abs(1 - down)) down = across;
      else across = down;
    }
    return [
      roundHalfEven(across * width / multiple) * multiple,
      roundHalfEven(down * height / multiple) * multiple,
    ];
  },
  divisor: (width, height, [divisor]) => [
    Math.floor(width / divisor) * divisor,
    Math.floor(height / divisor) * divisor,
  ],
  ratio(width, height, [toHeight, toWidth, contains]) {
    const down = height / toHeight;
    const across = width / toWidth;
    const ratio = contains ? Math.max(down, across) : Math.min(down, across);
    return [roundHalfEven(width / ratio), roundHalfEven(height / ratio)];
  },
};

/**
 * Width and height of a resized image.
 *
 * Exact: transformers' `get_resize_output_image_size`, `get_size_with_aspect_ratio`,
 * `get_image_size_for_max_height_width` and the `resize` of its classes; timm's `ResizeKeepRatio`.
 */
export function sizeAfter({ rule, values }: ProcessorResize, width: number, height: number): Size {
  return RULES[rule](width, height, values);
}

/** The longer edge follows from the shorter one before it was rounded, so that it may be one less than the limit. */
function keepAspect(width: number, height: number, edge: number, limit: number): Size {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  let wanted = edge;
  let exact = edge;
  if (longer / shorter * edge > limit) {
    exact = limit * shorter / longer;
    wanted = roundHalfEven(exact);
  }
  if (shorter === wanted) return [width, height];
  const other = Math.trunc(exact * longer / shorter);
  return width < height ? [wanted, other] : [other, wanted];
}
