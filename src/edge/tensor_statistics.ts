/**
 * What the values of a tensor are like.
 *
 * @module
 */

/** What some values are like. */
export interface ValueStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Standard deviation of all values, not of a sample of them. */
  readonly std: number;
}

/** What a tensor's values are like, all of them and channel by channel. */
export interface TensorStatistics extends ValueStatistics {
  readonly dtype: "float32";
  readonly shape: readonly number[];
  /** By channel, in the tensor's order. */
  readonly channels: readonly ValueStatistics[];
}

/**
 * Measures a tensor.
 *
 * Shape: [C, H, W] float32. The sums are float64, taken in the tensor's order.
 * Equals numpy's `min`, `max`, `mean` and `std` on float64 to about 13 digits: numpy adds in another order.
 */
export function measureTensor(data: Float32Array, shape: readonly number[]): TensorStatistics {
  const [count] = shape;
  const plane = data.length / count;
  const channels = Array.from(
    { length: count },
    (_, channel) => measure(data.subarray(channel * plane, (channel + 1) * plane)),
  );
  return { dtype: "float32", shape, ...measure(data), channels };
}

function measure(values: Float32Array): ValueStatistics {
  let [min, max, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { min, max, mean, std: Math.sqrt(squares / values.length) };
}
