/** ONNX models of one operator, written byte by byte after onnx.proto3. */

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

function number(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)];
}

function bytes(field: number, content: readonly number[]): number[] {
  return [...varint((field << 3) | 2), ...varint(content.length), ...content];
}

function text(field: number, value: string): number[] {
  return bytes(field, [...new TextEncoder().encode(value)]);
}

/** Element types of TensorProto.DataType. */
export const ELEMENTS = { float32: 1, uint8: 2, float16: 10 } as const;

function valueInfo(name: string, element: number, dimensions: readonly number[]): number[] {
  // A length below 0 is one of any size, named.
  const shape = dimensions.flatMap((length) =>
    bytes(1, length < 0 ? text(2, "batch") : number(1, length))
  );
  const tensor = bytes(1, [...number(1, element), ...bytes(2, shape)]);
  return [...text(1, name), ...bytes(2, tensor)];
}

/** A model with one operator from `input` to `output`. */
export function makeModel(
  operator: string,
  element: number,
  inputShape: readonly number[],
  outputShape: readonly number[],
): Uint8Array<ArrayBuffer> {
  const node = [...text(1, "input"), ...text(2, "output"), ...text(4, operator)];
  const graph = [
    ...bytes(1, node),
    ...text(2, "graph"),
    ...bytes(11, valueInfo("input", element, inputShape)),
    ...bytes(12, valueInfo("output", element, outputShape)),
  ];
  const opset = number(2, 13);
  return new Uint8Array([...number(1, 8), ...bytes(7, graph), ...bytes(8, opset)]);
}
