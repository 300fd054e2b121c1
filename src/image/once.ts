/**
 * What is made when it is first needed: a table that a start has no use for.
 *
 * @module
 */

/** A function that makes its result with the first call, and gives the same with all others. */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
