/** The order of elements in Python's uint8 tensors. */

import type { Tensor } from "../../src/image/types.ts";

/** [H, W, 3] u8 to [3, H, W]. */
export function channelsFirst({ data, shape: [height, width] }: Tensor): Uint8Array<ArrayBuffer> {
  const area = height * width;
  const planes = new Uint8Array(3 * area);
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < area; i++) planes[c * area + i] = data[3 * i + c];
  }
  return planes;
}
