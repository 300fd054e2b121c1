/**
 * Throws where a number of items is not an integer of `least` or more.
 *
 * @param what What is counted, for the message.
 * @throws {RangeError} If it is not.
 */
export function checkCount(what: string, count: number, least: number): void {
  if (!Number.isSafeInteger(count) || count < least) {
    throw new RangeError(`${what} must be an integer of ${least} or more, not ${count}`);
  }
}
