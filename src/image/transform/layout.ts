/**
 * Number formats of tensors, and how a tensor lies in memory: the one place that says it.
 *
 * @module
 */
import type { MaskData, MaskType, TensorData, TensorType } from "../types.ts";

/** Number formats of what is stacked to batches: tensors and masks. */
export type ElementType = TensorType | MaskType;

/** Typed arrays of tensors and masks. */
export type ElementData = TensorData | MaskData;

/** The typed array that holds elements of a tensor type. */
export type DataOf<Type extends TensorType | MaskType> = Type extends "float32"
  ? Float32Array<ArrayBuffer>
  : Type extends "float16" ? Uint16Array<ArrayBuffer>
  : Type extends "int32" ? Int32Array<ArrayBuffer>
  : Uint8Array<ArrayBuffer>;

/** The arrays of the number formats, by name. */
const ARRAYS = {
  float32: Float32Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  int32: Int32Array,
} as const;

/** The number formats of tensors, as options name them. */
export const TENSOR_TYPES: readonly TensorType[] = ["float32", "float16", "uint8"];

/** Lengths of a tensor's dimensions. */
export type TensorShape = readonly [number, number, number];

/** Where a tensor goes: an array, and the element that it starts at. */
export interface TensorSlot<Data extends ElementData = TensorData> {
  readonly into: Data;
  readonly offset: number;
}

/** What becomes of a field: a tensor, or the mask beside it. */
export interface TensorTarget {
  readonly type: ElementType;
  /** Lengths of its dimensions; absent where they depend on the image. */
  readonly shape?: readonly number[];
}

/** What a transform makes of an image, or of its mask. */
export function targetOf(
  { type, shape }: { readonly type: TensorType; readonly shape?: TensorShape },
  mask: { readonly type: MaskType } | undefined,
): TensorTarget {
  if (mask === undefined) return { type, shape };
  return {
    type: mask.type,
    shape: shape && (type === "uint8" ? shape.slice(0, 2) : shape.slice(1)),
  };
}

/** Makes the array for `length` elements. */
export function allocateTensor<Type extends ElementType>(type: Type, length: number): DataOf<Type> {
  return new ARRAYS[type](length) as DataOf<Type>;
}

/** Elements in a buffer: all of it, or `length` from an offset in bytes on. */
export function viewTensor<Type extends ElementType>(
  type: Type,
  buffer: ArrayBuffer,
  offsetBytes = 0,
  length?: number,
): DataOf<Type> {
  return new ARRAYS[type](buffer, offsetBytes, length) as DataOf<Type>;
}

/** Whether an array is that of a tensor type. */
export function isDataOf(type: ElementType, data: unknown): boolean {
  return data instanceof ARRAYS[type];
}

/** Bytes of one element. */
export function elementBytes(type: ElementType): number {
  return ARRAYS[type].BYTES_PER_ELEMENT;
}

/** Shape of the tensor of an image: channels first, or last where the bytes are kept. */
export function shapeOf(type: TensorType, height: number, width: number): TensorShape {
  return type === "uint8" ? [height, width, 3] : [3, height, width];
}

/** Elements of a tensor. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
