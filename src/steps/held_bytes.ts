/**
 * Bytes of samples that wait for their turn, and their limit.
 *
 * @module
 */
import { OrderError } from "../errors.ts";
import type { Sample } from "../sample/sample.ts";

/** Bytes of samples that wait in all lanes of a pass. */
export class HeldBytes {
  readonly #most: number;
  #bytes = 0;

  /** @param most Bytes that may wait. */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Counts bytes that begin to wait, or wait no longer where they are negative.
   *
   * @throws {OrderError} `order/too-large` if they are too many.
   */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (bytes <= 0 || this.#bytes <= this.#most) return;
    throw new OrderError("order/too-large", {
      action: `hold more than ${this.#most} bytes of samples until their turn (maxBufferedBytes)`,
      reason:
        "the windows of all lanes have as many; take fewer lanes, a smaller window, or raise the limit",
    });
  }
}

/** Bytes of all members of a sample. */
export function countBytes({ bytes }: Sample): number {
  let sum = 0;
  for (const member of Object.values(bytes)) sum += member.length;
  return sum;
}
