/**
 * What MessagePack and CBOR have in common: a cursor over bytes, and the values that both make.
 *
 * @module
 */

/** Levels of lists and maps within one another: Python's own bounds are as high. */
export const MAX_PACKED_DEPTH = 1000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A cursor over bytes. */
export class PackedReader {
  readonly view: DataView;
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.at;
  }

  /** Goes on by so many bytes; gives the offset before. */
  move(count: number): number {
    if (count > this.left) throw new Error("it ends early");
    const before = this.at;
    this.at += count;
    return before;
  }

  /** An unsigned integer of 1, 2, 4 or 8 bytes. */
  unsigned(size: number): number | bigint {
    const at = this.move(size);
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getUint16(at);
    return size === 4 ? this.view.getUint32(at) : narrow(this.view.getBigUint64(at));
  }

  /** A signed one. */
  signed(size: number): number | bigint {
    const at = this.move(size);
    if (size === 1) return this.view.getInt8(at);
    if (size === 2) return this.view.getInt16(at);
    return size === 4 ? this.view.getInt32(at) : narrow(this.view.getBigInt64(at));
  }

  /** A copy of so many bytes, which keeps nothing of the shard. */
  bytes(count: number): Uint8Array {
    const at = this.move(count);
    return this.#bytes.slice(at, at + count);
  }

  /** So many bytes of text. */
  text(count: number): string {
    const at = this.move(count);
    try {
      return utf8.decode(this.#bytes.subarray(at, at + count));
    } catch (cause) {
      throw new Error(`its text at byte ${at} is not UTF-8`, { cause });
    }
  }

  /** Sees to it that a list or map of so many items, a byte each at least, can be there. */
  checkCount(count: number | bigint, itemBytes = 1): number {
    if (typeof count === "bigint" || count * itemBytes > this.left) {
      throw new Error("it ends early");
    }
    return count;
  }
}

/** An integer as a number, where that holds it. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A plain object where all names are texts, `__proto__` like any other, and a `Map` where they are not. */
export function makeMap(entries: readonly (readonly [unknown, unknown])[]): unknown {
  if (entries.some(([name]) => typeof name !== "string")) return new Map(entries);
  const map: Record<string, unknown> = {};
  for (const [name, value] of entries as readonly [string, unknown][]) {
    if (name === "__proto__") {
      const property = { value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(map, name, property);
    } else map[name] = value;
  }
  return map;
}

/** Sees to it that nesting has an end. */
export function checkDepth(depth: number, most: number): void {
  if (depth > most) throw new Error(`it is nested deeper than the limit of ${most} levels`);
}
