/**
 * Writing `.npy` files.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import type { NpyArray, NpyData } from "./npy.ts";

/**
 * The header of a `.npy` file (version 1.0), padded to 64 bytes, as numpy writes it.
 *
 * @param shape Length of each dimension.
 * @param descr numpy's name of the type with its byte order.
 */
export function makeNpyHeader(
  shape: readonly number[],
  descr: string = "<f4",
  isFortran: boolean = false,
): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const order = isFortran ? "True" : "False";
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = new Uint8Array(length).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  for (let i = 0; i < text.length; i++) header[10 + i] = text.charCodeAt(i);
  header[length - 1] = 0x0a;
  return header;
}

/** Numbers as little-endian bytes, whatever this machine's order. */
export function toLittleEndian(data: NpyData): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data.BYTES_PER_ELEMENT === 1 || new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) {
    return bytes;
  }
  const turned = bytes.slice();
  for (let i = 0; i < turned.length; i += data.BYTES_PER_ELEMENT) {
    turned.subarray(i, i + data.BYTES_PER_ELEMENT).reverse();
  }
  return turned;
}

/**
 * An array as a `.npy` file.
 *
 * Exact: numpy 1.24, `numpy.lib.format.write_array` for arrays in this order; the byte order is little-endian.
 *
 * @throws {TypeError} If there are not as many elements as its shape says.
 */
export function formatNpy({ data, shape, dtype, fortranOrder }: NpyArray): Uint8Array<ArrayBuffer> {
  const isComplex = dtype.startsWith("c");
  const count = shape.reduce((product, length) => product * length, isComplex ? 2 : 1);
  if (count !== data.length) {
    throw new TypeError(`an array of shape (${shape.join(", ")}) has not ${data.length} elements`);
  }
  const order = /^[biuS]1$/.test(dtype) ? "|" : "<";
  return concatenate([makeNpyHeader(shape, order + dtype, fortranOrder), toLittleEndian(data)]);
}
