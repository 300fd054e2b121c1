/**
 * From bytes to the numbers of a processor, every float32 operation where Python has it.
 *
 * @module
 */
import { toFloat16Bits } from "../../../numbers/float16.ts";
import type { ValueTables } from "../tensor.ts";
import type { ProcessorTransform } from "./descriptor.ts";

/** The parts of a transform that its numbers follow from. */
type Numbers = Pick<
  ProcessorTransform,
  "backend" | "type" | "rescale" | "offset" | "mean" | "std" | "again"
>;

/** Both forms of a transform's numbers. */
export interface ProcessorValues {
  readonly tables: ValueTables;
  /** As the kernel takes it; absent where no such arithmetic gives the numbers of the tables. */
  readonly arithmetic?: Float32Array<ArrayBuffer>;
}

const f = Math.fround;

let last: { readonly name: string; readonly values: ProcessorValues } | undefined;

/** The numbers of a transform, kept from image to image. */
export function makeValues(numbers: Numbers): ProcessorValues {
  const { backend, type, rescale, offset, mean, std, again } = numbers;
  const name = [backend, type, rescale, offset, mean, std, again].join(" ");
  if (last?.name !== name) {
    const floats = computeTables(numbers);
    const values = type === "float16"
      ? { tables: Uint16Array.from(floats, toFloat16Bits) }
      : { tables: floats, arithmetic: findArithmetic(numbers, floats) };
    last = { name, values };
  }
  return last!.values;
}

function computeTables(numbers: Numbers): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    for (let byte = 0; byte < 256; byte++) {
      floats[256 * channel + byte] = computeValue(numbers, channel, byte);
    }
  }
  return floats;
}

/**
 * A float64 operation on float32 numbers, rounded to float32, is the float32 operation.
 *
 * Exact: transformers' `rescale_and_normalize` (one step where both are asked for) and `rescale`, `normalize`; those
 * of NumPy, which multiply in float64.
 */
function computeValue(numbers: Numbers, channel: number, byte: number): number {
  const { backend, rescale, offset, mean, std, again } = numbers;
  const divisor = f(std[channel]);
  let value = byte;
  const isOneStep = backend === "torchvision" && rescale !== null && mean !== null && offset === 0;
  if (isOneStep) {
    const [subtracted, divided] = scaleStatistics(numbers, channel);
    value = f(f(value - subtracted) / divided);
  } else {
    if (rescale !== null) value = f(value * (backend === "torchvision" ? f(rescale) : rescale));
    if (offset !== 0) value = f(value + offset);
    if (mean !== null) value = f(f(value - f(mean[channel])) / divisor);
  }
  return again ? f(value / divisor) : value;
}

/** Mean and standard deviation in units of a byte, as float32. */
function scaleStatistics({ rescale, mean, std }: Numbers, channel: number): [number, number] {
  const factor = f(1 / rescale!);
  return [f(f(mean![channel]) * factor), f(f(std[channel]) * factor)];
}

/** Looks for arithmetic of the kernel's kind, `(v * a + v * b - mean) / std`, that gives the very numbers. */
function findArithmetic(
  numbers: Numbers,
  floats: Float32Array,
): Float32Array<ArrayBuffer> | undefined {
  const records = new Float32Array(12);
  for (let channel = 0; channel < 3; channel++) {
    const wanted = floats.subarray(256 * channel, 256 * channel + 256);
    const record = listRecords(numbers, channel).find((each) => isArithmetic(each, wanted));
    if (record === undefined) return undefined;
    records.set(record, 4 * channel);
  }
  return records;
}

type ArithmeticRecord = readonly [a: number, b: number, mean: number, std: number];

function listRecords(numbers: Numbers, channel: number): ArithmeticRecord[] {
  const { rescale, mean, std } = numbers;
  const factors: [number, number][] = [[1, 0]];
  const statistics: [number, number][] = [[0, 1], [1, 1]];
  if (mean !== null) statistics.push([f(mean[channel]), f(std[channel])]);
  if (rescale !== null) {
    // Of 16 bits, times a byte: exact. What is left is 2^16 times smaller, and so is its error.
    const step = 2 ** (Math.floor(Math.log2(rescale)) - 15);
    const high = Math.floor(rescale / step) * step;
    factors.push([f(rescale), 0], [high, f(rescale - high)]);
    if (mean !== null) statistics.push(scaleStatistics(numbers, channel));
  }
  return factors.flatMap(([a, b]) =>
    statistics.map(([less, divisor]): ArithmeticRecord => [a, b, less, divisor])
  );
}

function isArithmetic([a, b, mean, std]: ArithmeticRecord, wanted: Float32Array): boolean {
  return wanted.every((value, v) => Object.is(f(f(f(f(v * a) + f(v * b)) - mean) / std), value));
}
