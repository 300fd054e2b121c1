/**
 * The size of a JPEG XL picture, by the beginning of its codestream.
 *
 * @module
 */
import { concatenate } from "../../concatenate.ts";
import { corruptError, truncatedError } from "../codecs/faults.ts";
import { listBoxes } from "./boxes.ts";

/** Widths that are a fraction of the height. Exact: ISO/IEC 18181-1, size header. */
const RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 10],
  [4, 3],
  [3, 2],
  [16, 9],
  [5, 4],
  [2, 1],
];

/**
 * The size that the header of a file tells, as it is stored.
 *
 * @throws {ImageError} `image/truncated` if it is cut, `image/corrupt` if it is none.
 */
export function readJxlSize(bytes: Uint8Array): { width: number; height: number } {
  return readSize(findCodestream(bytes));
}

/** How much of the codestream is looked at. */
const HEAD_BYTES = 12;

/** The beginning of the codestream, in a container or without. */
function findCodestream(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0xff) return bytes;
  let head: Uint8Array = new Uint8Array(0);
  for (const { type, body } of listBoxes(bytes)) {
    if (type === "jxlc") return body;
    // Parts are numbered, and may be of a few bytes.
    if (type === "jxlp") head = concatenate([head, body.subarray(4, 4 + HEAD_BYTES)]);
    if (head.length >= HEAD_BYTES) return head;
  }
  throw truncatedError("it has no codestream");
}

function readSize(bytes: Uint8Array): { width: number; height: number } {
  if (bytes.length < HEAD_BYTES) throw truncatedError();
  if (bytes[0] !== 0xff || bytes[1] !== 0x0a) throw corruptError("its codestream is damaged");
  let at = 16;
  const read = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) value += ((bytes[at >> 3] >> (at & 7)) & 1) * 2 ** i;
    return value;
  };
  const readLength = (isSmall: boolean): number =>
    isSmall ? 8 * (1 + read(5)) : 1 + read([9, 13, 18, 30][read(2)]);
  const isSmall = read(1) === 1;
  const height = readLength(isSmall);
  const ratio = read(3);
  if (ratio === 0) return { width: readLength(isSmall), height };
  const [over, under] = RATIOS[ratio - 1];
  return { width: Math.floor(height * over / under), height };
}
