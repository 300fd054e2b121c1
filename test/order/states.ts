/** States of passes, and the errors that they may meet. */

import { assert } from "chai";
import { OrderError, type OrderState, type Print } from "../../src/order/mod.ts";

/** The print of an order. */
export const PRINT: Print = { shards: "1234abcd", seed: "7", window: "16" };

/** Sees to it that an error of this code is thrown. */
export function throwsOrder(code: string, run: () => unknown, message?: RegExp): void {
  try {
    run();
  } catch (error) {
    assert.instanceOf(error, OrderError);
    assert.equal((error as OrderError).code, code);
    if (message !== undefined) assert.match((error as OrderError).message, message);
    return;
  }
  assert.fail(`nothing was thrown instead of ${code}`);
}

/** The state of a pass. */
export function state(changes: Partial<OrderState> = {}): OrderState {
  return { v: 1, print: PRINT, epoch: 0, lanes: 12, rank: 0, world: 2, taken: 3, ...changes };
}

/** Whole numbers. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
