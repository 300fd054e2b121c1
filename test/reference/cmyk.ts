/** Pillow's conversion of one CMYK pixel to RGB (`Convert.c`, `cmyk2rgb`), written to be read. */
export function convertCmyk(
  [cyan, magenta, yellow, black]: readonly number[],
): [red: number, green: number, blue: number] {
  const light = 255 - black;
  const remove = (ink: number): number => light - divideBy255(ink * light);
  return [remove(cyan), remove(magenta), remove(yellow)];
}

/** A product of two bytes over 255, rounded to nearest, without dividing (`MULDIV255`). */
function divideBy255(product: number): number {
  const rounded = product + 128;
  return (rounded + (rounded >> 8)) >> 8;
}
