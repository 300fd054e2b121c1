/**
 * Captions of pictures: capitals three pixels wide and five high, drawn twice as large.
 *
 * @module
 */
import type { Image } from "../image/types.ts";

/** Rows of pixels that a line of text takes. */
export const LINE_HEIGHT = 14;

const SCALE = 2;
const ADVANCE = 4 * SCALE;
const INK = 220;

/** Rows of each sign from above, three bits each, the leftmost pixel first. */
const SIGNS: Readonly<Record<string, readonly number[]>> = {
  "0": [7, 5, 5, 5, 7],
  "1": [2, 6, 2, 2, 7],
  "2": [7, 1, 7, 4, 7],
  "3": [7, 1, 3, 1, 7],
  "4": [5, 5, 7, 1, 1],
  "5": [7, 4, 7, 1, 7],
  "6": [7, 4, 7, 5, 7],
  "7": [7, 1, 1, 2, 2],
  "8": [7, 5, 7, 5, 7],
  "9": [7, 5, 7, 1, 7],
  A: [2, 5, 7, 5, 5],
  B: [6, 5, 6, 5, 6],
  C: [3, 4, 4, 4, 3],
  D: [6, 5, 5, 5, 6],
  E: [7, 4, 6, 4, 7],
  F: [7, 4, 6, 4, 4],
  G: [3, 4, 5, 5, 3],
  H: [5, 5, 7, 5, 5],
  I: [7, 2, 2, 2, 7],
  J: [1, 1, 1, 5, 2],
  K: [5, 5, 6, 5, 5],
  L: [4, 4, 4, 4, 7],
  M: [5, 7, 7, 5, 5],
  N: [6, 5, 5, 5, 5],
  O: [2, 5, 5, 5, 2],
  P: [6, 5, 6, 4, 4],
  Q: [2, 5, 5, 6, 3],
  R: [6, 5, 6, 5, 5],
  S: [3, 4, 2, 1, 6],
  T: [7, 2, 2, 2, 2],
  U: [5, 5, 5, 5, 7],
  V: [5, 5, 5, 5, 2],
  W: [5, 5, 7, 7, 5],
  X: [5, 5, 2, 5, 5],
  Y: [5, 5, 2, 2, 2],
  Z: [7, 1, 2, 4, 7],
  " ": [0, 0, 0, 0, 0],
  "-": [0, 0, 7, 0, 0],
  _: [0, 0, 0, 0, 7],
  ".": [0, 0, 0, 0, 2],
  ",": [0, 0, 0, 2, 4],
  "'": [2, 2, 0, 0, 0],
  "/": [1, 1, 2, 4, 4],
  "(": [1, 2, 2, 2, 1],
  ")": [4, 2, 2, 2, 4],
  ":": [0, 2, 0, 2, 0],
};

/** What stands for a sign that is not among them. */
const OTHER: readonly number[] = [0, 7, 7, 7, 0];

/**
 * Draws a line of text into an image of three channels, cut off where it has no room.
 *
 * @param left Column of its first pixel.
 * @param top Row above which nothing is drawn.
 * @param room Pixels that it may be wide.
 */
export function drawText(
  { width, height, data }: Image,
  text: string,
  left: number,
  top: number,
  room: number,
): void {
  const signs = [...text.toUpperCase()].slice(0, Math.floor((room + SCALE) / ADVANCE));
  for (const [i, sign] of signs.entries()) {
    const rows = SIGNS[sign] ?? OTHER;
    for (let y = 0; y < 5 * SCALE; y++) {
      const row = top + 3 + y;
      if (row >= height) return;
      for (let x = 0; x < 3 * SCALE; x++) {
        const isInk = (rows[Math.floor(y / SCALE)] >> (2 - Math.floor(x / SCALE))) & 1;
        const column = left + i * ADVANCE + x;
        if (isInk === 1 && column < width) {
          data.fill(INK, 3 * (row * width + column), 3 * (row * width + column + 1));
        }
      }
    }
  }
}
