/**
 * How a transform's tensor lies in memory.
 *
 * @module
 */
import type { TensorData, TensorType } from "../types.ts";
import { allocateData } from "./tensor.ts";
import type { Transform } from "./transform.ts";

/** The typed array that holds elements of a tensor type. */
export type DataOf<Type extends TensorType> = Type extends "float32" ? Float32Array<ArrayBuffer>
  : Type extends "float16" ? Uint16Array<ArrayBuffer>
  : Uint8Array<ArrayBuffer>;

/** Where a tensor goes: an array, and the element that it starts at. */
export interface TensorSlot {
  readonly into: TensorData;
  readonly offset: number;
}

/** Makes the array for `length` elements. */
export function allocateTensor<Type extends TensorType>(type: Type, length: number): DataOf<Type> {
  return allocateData(type, length) as DataOf<Type>;
}

/** The elements in a buffer that holds nothing else. */
export function viewTensor<Type extends TensorType>(type: Type, buffer: ArrayBuffer): DataOf<Type> {
  const view = type === "float32"
    ? new Float32Array(buffer)
    : type === "float16"
    ? new Uint16Array(buffer)
    : new Uint8Array(buffer);
  return view as DataOf<Type>;
}

/** Shape of one image's tensor. */
export function shapeOf(transform: Transform): [number, number, number] {
  const [height, width] = transform.crop;
  return transform.type === "uint8" ? [height, width, 3] : [3, height, width];
}

/** Elements of one image's tensor. */
export function elementsOf({ crop: [height, width] }: Transform): number {
  return 3 * height * width;
}
