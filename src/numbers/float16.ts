/**
 * Numbers of 16 bits, where the runtime has no array of them.
 *
 * @module
 */
const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** Bits of the float16 nearest to a float32, a tie to the even one. */
export function toFloat16Bits(value: number): number {
  float[0] = value;
  const bits = floatBits[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // not a number
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above round to infinity
  if (magnitude < 0x38800000) {
    // Below 2^-14 the result counts steps of 2^-24; the scaling is exact and so is rounding by addition
    // of 2^52, past which a double has no fraction.
    const steps = Math.abs(float[0]) * 2 ** 24;
    return sign | (steps + 2 ** 52 - 2 ** 52);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}
