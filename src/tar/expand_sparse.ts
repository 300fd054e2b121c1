/**
 * Sparse files with their zeros.
 *
 * @module
 */
import type { SparseMap } from "./sparse.ts";

// Zeros come in pieces of this size: what a sparse file says of itself costs no memory.
const MOST_ZERO_BYTES = 65_536;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Puts the zeros between the stored parts of a sparse file.
 *
 * @param stored The parts, one after the other.
 * @param map Where they lie in the file.
 * @param size Size in bytes of the file with its zeros.
 */
export function expandSparse(
  stored: ReadableStream<Bytes>,
  { parts }: SparseMap,
  size: number,
): ReadableStream<Bytes> {
  const reader = stored.getReader();
  let held: Bytes = new Uint8Array(0);
  let position = 0;
  /** Two numbers a part: the next one is at `next`. */
  let next = 0;
  let partLeft = 0;

  const read = async (): Promise<Bytes> => {
    while (held.length === 0) {
      const { done, value } = await reader.read();
      if (done) throw new RangeError("A sparse file stores fewer bytes than its parts have");
      held = value;
    }
    const part = held.subarray(0, partLeft);
    held = held.subarray(part.length);
    partLeft -= part.length;
    // What is yielded may be transferred, and with it the rest that shares its memory.
    return held.length === 0 ? part : part.slice();
  };

  return new ReadableStream<Bytes>({
    async pull(controller) {
      while (partLeft === 0 && next < parts.length && parts[next] <= position) {
        partLeft = parts[next + 1];
        next += 2;
      }
      const hole = (next < parts.length ? parts[next] : size) - position;
      const bytes = partLeft > 0 ? await read() : new Uint8Array(Math.min(hole, MOST_ZERO_BYTES));
      position += bytes.length;
      if (bytes.length > 0) controller.enqueue(bytes);
      if (position >= size) controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
