/**
 * Objects whose names come from data.
 *
 * @module
 */
/** An object without a prototype: `__proto__` is a name like any other. */
export function dictionary<V>(): Record<string, V> {
  return Object.create(null) as Record<string, V>;
}
