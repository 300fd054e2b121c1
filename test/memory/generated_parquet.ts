import { concatenate } from "../../src/concatenate.ts";
import type { ObjectFacts, OpenedObject, OpenOptions, Source } from "../../src/storage/source.ts";

/** Thrift's compact protocol, as far as a footer of Parquet takes it. */
type Value = number | string | readonly Value[] | { readonly [field: number]: Value };

const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

const encoder = new TextEncoder();

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push(value % 0x80 + 0x80);
  return [...bytes, value];
}

function typeOf(value: Value): number {
  if (typeof value === "number") return value > 2 ** 31 - 1 ? I64 : I32;
  return typeof value === "string" ? BINARY : Array.isArray(value) ? LIST : STRUCT;
}

function encode(value: Value): number[] {
  if (typeof value === "number") return varint(value * 2);
  if (typeof value === "string") return [...varint(value.length), ...encoder.encode(value)];
  if (Array.isArray(value)) {
    const items = value as readonly Value[];
    const type = items.length === 0 ? I32 : typeOf(items[0]);
    const head = items.length < 15
      ? [items.length * 16 + type]
      : [0xf0 + type, ...varint(items.length)];
    return [...head, ...items.flatMap(encode)];
  }
  let last = 0;
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const head = (Number(name) - last) * 16 + typeOf(field);
    last = Number(name);
    return [head, ...encode(field)];
  });
  return [...fields, 0];
}

/** Parquet's numbers: a type of bytes, one that is always there, the plain encoding, no codec. */
const BYTE_ARRAY = 6;
const REQUIRED = 0;
const PLAIN = 0;
const RLE = 3;
const UNCOMPRESSED = 0;

/** A Parquet file with a column of images that is never stored: the same row group, made anew as often as it takes. */
export class GeneratedParquet implements Source {
  readonly name = "generated.parquet";
  readonly rows: number;
  readonly sizeBytes: number;
  readonly #group: Uint8Array;
  readonly #groups: number;
  readonly #footer: Uint8Array;

  /**
   * @param image Bytes of the image of each row.
   * @param groupRows Rows of a group.
   * @param leastBytes Bytes of the file.
   */
  constructor(image: Uint8Array, groupRows: number, leastBytes: number) {
    const row = concatenate([new Uint8Array(new Uint32Array([image.length]).buffer), image]);
    const bodyBytes = row.length * groupRows;
    const page = { 1: groupRows, 2: PLAIN, 3: RLE, 4: RLE };
    const header = Uint8Array.from(encode({ 1: 0, 2: bodyBytes, 3: bodyBytes, 5: page }));
    this.#group = concatenate([header, ...Array.from({ length: groupRows }, () => row)]);
    const size = this.#group.length;
    this.#groups = Math.ceil(leastBytes / size);
    this.rows = this.#groups * groupRows;
    const footer = encode({
      1: 1,
      2: [{ 4: "schema", 5: 1 }, { 1: BYTE_ARRAY, 3: REQUIRED, 4: "image" }],
      3: this.rows,
      4: Array.from({ length: this.#groups }, (_, i) => {
        const facts = {
          ...{ 1: BYTE_ARRAY, 2: [PLAIN], 3: ["image"], 4: UNCOMPRESSED },
          ...{ 5: groupRows, 6: size, 7: size, 9: 4 + i * size },
        };
        return { 1: [{ 2: 4 + i * size, 3: facts }], 2: size, 3: groupRows };
      }),
    });
    const length = new Uint8Array(new Uint32Array([footer.length]).buffer);
    this.#footer = concatenate([Uint8Array.from(footer), length, encoder.encode("PAR1")]);
    this.sizeBytes = 4 + this.#groups * size + this.#footer.length;
  }

  stat(): Promise<ObjectFacts> {
    return Promise.resolve({ sizeBytes: this.sizeBytes });
  }

  open({ offset = 0, length = Infinity }: OpenOptions = {}): OpenedObject {
    const end = Math.min(this.sizeBytes, offset + length);
    const bytes = new Uint8Array(end - offset);
    const groupsEnd = 4 + this.#groups * this.#group.length;
    for (let at = offset; at < end;) {
      const [part, from] = at < 4
        ? [encoder.encode("PAR1"), at]
        : at < groupsEnd
        ? [this.#group, (at - 4) % this.#group.length]
        : [this.#footer, at - groupsEnd];
      const piece = part.subarray(from, from + end - at);
      bytes.set(piece, at - offset);
      at += piece.length;
    }
    return { body: new Blob([bytes]).stream() };
  }
}
