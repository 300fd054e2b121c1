/** The linear congruential generator of the golden scripts: the next state, 32 bits. */
export function drawState(state: number): number {
  return (Math.imul(state, 1664525) + 1013904223) >>> 0;
}

/**
 * A picture of noise in which one value in four is 0 or 255, so that results of filters are clipped.
 * The same as `draw` in `fixtures/resample/make_golden.py`.
 */
export function drawNoise(
  width: number,
  height: number,
  channels: number,
): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(width * height * channels);
  let state = width * 65536 + height;
  for (let i = 0; i < data.length; i++) {
    state = drawState(state);
    const value = state >>> 24;
    data[i] = value < 32 ? 0 : value > 223 ? 255 : value;
  }
  return data;
}
