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
export const ELEMENTS = { float32: 1, uint8: 2, int64: 7, float16: 10 } as const;

/** A tensor that comes or goes: its element type and its dimensions, of which one below 0 is of any size. */
type Value = readonly [name: string, element: number, dimensions: readonly number[]];

function valueInfo([name, element, dimensions]: Value): number[] {
  // A dimension of any size has a name, the same for those that are the same number.
  const shape = dimensions.flatMap((length) =>
    bytes(1, length < 0 ? text(2, `any${-length}`) : number(1, length))
  );
  const tensor = bytes(1, [...number(1, element), ...bytes(2, shape)]);
  return [...text(1, name), ...bytes(2, tensor)];
}

/** An operator: what it takes, what it gives, and attributes that are lists of integers or single ones. */
interface Node {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

function nodeBytes({ operator, inputs, output, attributes = {} }: Node): number[] {
  const listed = Object.entries(attributes).flatMap(([name, value]) =>
    bytes(
      5,
      typeof value === "number"
        ? [...text(1, name), ...number(3, value), ...number(20, 2)]
        : [...text(1, name), ...value.flatMap((each) => number(8, each)), ...number(20, 7)],
    )
  );
  const given = inputs.flatMap((input) => text(1, input));
  return [...given, ...text(2, output), ...text(4, operator), ...listed];
}

function graphBytes(
  nodes: readonly Node[],
  inputs: readonly Value[],
  outputs: readonly Value[],
  constants: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  const graph = [
    ...nodes.flatMap((node) => bytes(1, nodeBytes(node))),
    ...text(2, "graph"),
    ...constants,
    ...inputs.flatMap((input) => bytes(11, valueInfo(input))),
    ...outputs.flatMap((output) => bytes(12, valueInfo(output))),
  ];
  const opset = number(2, 13);
  return new Uint8Array([...number(1, 8), ...bytes(7, graph), ...bytes(8, opset)]);
}

/** A model with one operator from `input` to `output`. */
export function makeModel(
  operator: string,
  element: number,
  inputShape: readonly number[],
  outputShape: readonly number[],
): Uint8Array<ArrayBuffer> {
  return graphBytes(
    [{ operator, inputs: ["input"], output: "output" }],
    [["input", element, inputShape]],
    [["output", element, outputShape]],
  );
}

/**
 * A model of CLIP's shape, `pixel_values` and `input_ids` to `logits`: the mean of each colour of an image, times the mean
 * of the rows of a caption's words in a table, whose row i is i, i + 1, i + 2.
 */
export function makeClipModel(vocabulary: number): Uint8Array<ArrayBuffer> {
  const table = Float32Array.from(
    { length: 3 * vocabulary },
    (_, i) => Math.floor(i / 3) + i % 3,
  );
  const rows = [
    ...number(1, vocabulary),
    ...number(1, 3),
    ...number(2, ELEMENTS.float32),
    ...text(8, "table"),
    ...bytes(9, [...new Uint8Array(table.buffer)]),
  ];
  return graphBytes(
    [
      { operator: "GlobalAveragePool", inputs: ["pixel_values"], output: "pooled" },
      { operator: "Flatten", inputs: ["pooled"], output: "image" },
      { operator: "Gather", inputs: ["table", "input_ids"], output: "words" },
      {
        operator: "ReduceMean",
        inputs: ["words"],
        output: "caption",
        attributes: { axes: [1], keepdims: 0 },
      },
      {
        operator: "Transpose",
        inputs: ["caption"],
        output: "turned",
        attributes: { perm: [1, 0] },
      },
      { operator: "MatMul", inputs: ["image", "turned"], output: "logits" },
    ],
    [
      ["pixel_values", ELEMENTS.float32, [-1, 3, 224, 224]],
      ["input_ids", ELEMENTS.int64, [-1, -2]],
    ],
    [["logits", ELEMENTS.float32, [-1, -1]]],
    bytes(5, rows),
  );
}
