/**
 * Arrays that numpy saved: `.npy`, versions 1 to 3.
 *
 * @module
 */
/** Typed arrays that hold an array's elements; float16 is its bits in a `Uint16Array`. */
export type NpyData =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** An array as numpy saved it. */
export interface NpyArray {
  /** Elements in this machine's byte order; a complex number is two, real part first. */
  readonly data: NpyData;
  /** Length of each dimension; empty for a scalar. */
  readonly shape: readonly number[];
  /** numpy's name of the type without its byte order, e.g. `f4`, `u1`, `b1` or `c8`. */
  readonly dtype: string;
  /** Whether the first index runs fastest, and not the last one. */
  readonly fortranOrder: boolean;
}

interface ElementType {
  readonly bytes: number;
  readonly make: new (buffer: ArrayBuffer) => NpyData;
  /** Elements of the typed array for one of numpy's. */
  readonly parts?: number;
}

const ELEMENT_TYPES: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ["b1", { bytes: 1, make: Uint8Array }],
  ["i1", { bytes: 1, make: Int8Array }],
  ["u1", { bytes: 1, make: Uint8Array }],
  ["i2", { bytes: 2, make: Int16Array }],
  ["u2", { bytes: 2, make: Uint16Array }],
  ["f2", { bytes: 2, make: Uint16Array }],
  ["i4", { bytes: 4, make: Int32Array }],
  ["u4", { bytes: 4, make: Uint32Array }],
  ["f4", { bytes: 4, make: Float32Array }],
  ["i8", { bytes: 8, make: BigInt64Array }],
  ["u8", { bytes: 8, make: BigUint64Array }],
  ["f8", { bytes: 8, make: Float64Array }],
  ["c8", { bytes: 4, make: Float32Array, parts: 2 }],
  ["c16", { bytes: 8, make: Float64Array, parts: 2 }],
]);

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads a `.npy` file of numbers or booleans.
 *
 * Exact: numpy's format versions 1.0, 2.0 and 3.0, `numpy.lib.format.read_array`.
 *
 * @throws {Error} With what is wrong, for the caller to say where.
 */
export function parseNpy(bytes: Uint8Array): NpyArray {
  const { header, start } = readHeader(bytes);
  const descr = /'descr': *'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const shapeText = /'shape': *\(([0-9, ]*)\)/.exec(header)?.[1];
  if (descr === undefined) {
    const fields = /'descr': *(\[.*\]), *'fortran_order'/.exec(header)?.[1];
    if (fields === undefined) throw new Error("its header is damaged");
    throw new Error(`its elements are structures, of the dtype ${fields.slice(0, 200)}: ${ADVICE}`);
  }
  if (order === undefined || shapeText === undefined) throw new Error("its header is damaged");
  const dtype = descr.replace(/^[<>|=]/, "");
  const type = ELEMENT_TYPES.get(dtype);
  if (type === undefined) {
    throw new Error(
      `its elements are ${describeElements(dtype)}, of the dtype "${descr}": ${ADVICE}`,
    );
  }
  const shape = shapeText.split(",").filter((part) => part.trim() !== "").map(Number);
  const parts = shape.reduce((product, length) => product * length, type.parts ?? 1);
  const length = parts * type.bytes;
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(length)) {
    throw new Error(`its shape (${shapeText.slice(0, 80)}) has more elements than can be counted`);
  }
  if (length > bytes.length - start) {
    throw new Error(`it has ${bytes.length - start} bytes of data, its shape needs ${length}`);
  }
  const data = bytes.slice(start, start + length);
  if (type.bytes > 1 && descr.startsWith(">") === isLittleEndian()) swapBytes(data, type.bytes);
  return { data: new type.make(data.buffer), shape, dtype, fortranOrder: order === "True" };
}

const ADVICE = "store numbers of at most 64 bits, or another format";

/** What elements are that no typed array holds. */
function describeElements(dtype: string): string {
  switch (dtype[0]) {
    case "f":
    case "g":
      return "long doubles";
    case "c":
      return "complex long doubles";
    case "U":
      return "strings";
    case "S":
    case "a":
      return "byte strings";
    case "O":
      return "Python objects";
    case "M":
    case "m":
      return "times";
    case "V":
      return "bytes without a type";
  }
  return "of an unknown kind";
}

function readHeader(bytes: Uint8Array): { header: string; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new Error("it does not begin as npy files do");
  }
  const major = bytes[6];
  if (major < 1 || major > 3) throw new Error(`version ${major} of the format is not known`);
  const headerStart = major === 1 ? 10 : 12;
  const start = headerStart + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) throw new Error("it ends inside its header");
  return { header: new TextDecoder().decode(bytes.subarray(headerStart, start)), start };
}

function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}

function swapBytes(data: Uint8Array, width: number): void {
  for (let i = 0; i < data.length; i += width) data.subarray(i, i + width).reverse();
}
