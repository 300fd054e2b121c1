/**
 * Colours by number.
 *
 * @module
 */
import { isFormer } from "./reference.ts";
import type { Image, Reference } from "./types.ts";

/**
 * All 256 colours of a palette, three bytes each: those that a file leaves out are black, and were greys in the former
 * Pillow.
 *
 * Exact: Pillow's `ImagingPaletteNew` and `putpalette`, 12.2 and 9.4.
 *
 * @param given Colours of three bytes each.
 */
export function completePalette(
  given: Uint8Array | undefined,
  reference: Reference | undefined,
): Uint8Array {
  const isGrey = isFormer(reference);
  const palette = Uint8Array.from({ length: 768 }, (_, i) => isGrey ? Math.floor(i / 3) : 0);
  const length = Math.min(768, 3 * Math.floor((given?.length ?? 0) / 3));
  if (given !== undefined) palette.set(given.subarray(0, length));
  return palette;
}

/** Looks up the colours of pixels. */
export function applyPalette(
  { width, height, data }: Pick<Image, "width" | "height" | "data">,
  palette: Uint8Array,
): Image {
  const rgb = new Uint8Array(3 * data.length);
  for (let i = 0, to = 0; i < data.length; i++, to += 3) {
    const from = 3 * data[i];
    rgb[to] = palette[from];
    rgb[to + 1] = palette[from + 1];
    rgb[to + 2] = palette[from + 2];
  }
  return { width, height, channels: 3, data: rgb };
}
