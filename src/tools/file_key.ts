/**
 * Names of files as keys and extensions of samples.
 *
 * @module
 */

/** The key of a file: its path without the ending, in whose last part no dot may be. */
export function keyOf(name: string): string {
  const slash = name.lastIndexOf("/") + 1;
  return name.slice(0, slash) + withoutDots(name.slice(slash).replace(/\.[^.]*$/, ""));
}

/** The ending of a file's name, in lower case; of a name without one, all of it. */
export function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

/** A name in which the first dot behind the last slash would end the key. */
export function withoutDots(name: string): string {
  const slash = name.lastIndexOf("/") + 1;
  return name.slice(0, slash) + name.slice(slash).replaceAll(".", "_");
}

/** Exact: torchvision 0.21, `IMG_EXTENSIONS`. */
export const IMAGE_NAME = /\.(jpg|jpeg|png|ppm|bmp|pgm|tif|tiff|webp)$/i;
