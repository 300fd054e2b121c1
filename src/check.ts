/**
 * Checks of what callers pass: one place for what an option may be.
 *
 * @module
 */

/**
 * Throws where an option is none of its choices. One that is absent has its default.
 *
 * @param name Name of the option, for the message.
 * @throws {TypeError} If it is something else.
 */
export function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  const list = choices.map((choice) => `"${choice}"`).join(" or ");
  const given = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new TypeError(`${name} must be ${list}, not ${given}`);
}

/**
 * Throws where a limit is not a number of 0 or more; `Infinity` is none at all. One that is absent has its
 * default.
 *
 * @param name Name of the option, for the message.
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is `NaN` or negative.
 */
export function checkLimit(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "number") {
    throw new TypeError(`${name} must be a number, not ${typeof value}`);
  }
  if (!(value >= 0)) throw new RangeError(`${name} must be a number of 0 or more, not ${value}`);
}

/**
 * Throws where an offset is not an integer of 0 or more. One that is absent has its default.
 *
 * @throws {RangeError} If it is something else.
 */
export function checkOffset(name: string, value: unknown): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return;
  throw new RangeError(`${name} must be an integer of 0 or more, not ${value}`);
}

/**
 * Throws where what is to be called is no function.
 *
 * @throws {TypeError} If it is something else.
 */
export function checkCallback(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new TypeError(`${name} must be a function, not ${typeof value}`);
}

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

/** Reads a word that must be one of a few. */
export function oneOf<T extends string>(name: string, allowed: readonly T[], value: T): T {
  if (typeof value !== "string") throw new TypeError(`${name} must be a string`);
  if (!allowed.includes(value)) {
    throw new RangeError(
      `${name} must be one of ${allowed.join(", ")}, not ${JSON.stringify(value)}`,
    );
  }
  return value;
}
