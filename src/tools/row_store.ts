/**
 * Rows by their keys, in little memory: as text in large blocks, and not as objects.
 *
 * @module
 */
import { parseJsonText } from "../sample/json.ts";
import { hashKey } from "./key_table.ts";
import type { Row } from "./parquet.ts";

const BLOCK_BYTES = 2 ** 22;
const FIRST_ROWS = 2 ** 10;

/** Before a key and before a row. */
const LENGTH_BYTES = 4;

/** A place is the number of a block times this, and where in it. */
const BLOCK_STEP = 2 ** 32;

/** Rows by their keys: the text of their values, and 20 to 40 bytes a row beside it. Names of columns are there once. */
export class RowStore {
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #blocks: Uint8Array[] = [];
  /** Bytes of the last block that are taken. */
  #taken = BLOCK_BYTES;
  #blockBytes = 0;
  /** Where each row lies, and half of its key's hash. */
  #places = new Float64Array(FIRST_ROWS);
  #hashes = new Uint32Array(FIRST_ROWS);
  /** Numbers of rows by their hashes, each 1 higher; 0 where there is none. */
  #slots = new Uint32Array(2 * FIRST_ROWS);
  #used = new Uint8Array(FIRST_ROWS);
  /** Names of columns, as rows have them, and their numbers. */
  readonly #heads: (readonly string[])[] = [];
  readonly #headNumbers = new Map<string, number>();
  #headBytes = 0;
  #usedCount = 0;
  #size = 0;

  /** Number of rows. */
  get size(): number {
    return this.#size;
  }

  /** Rows that were found. */
  get usedCount(): number {
    return this.#usedCount;
  }

  /** Bytes of memory that it takes. */
  get bytes(): number {
    const { byteLength } = this.#places;
    return this.#blockBytes + this.#headBytes + byteLength + this.#hashes.byteLength +
      this.#slots.byteLength + this.#used.byteLength;
  }

  /**
   * Takes a row in.
   *
   * @returns The number of the row that has the key already, in whose place it does not come; `undefined` if none has.
   */
  add(key: string, row: Row): number | undefined {
    const keyBytes = this.#encoder.encode(key);
    const [hash] = hashKey(key);
    const slot = this.#findSlot(hash, keyBytes);
    if (this.#slots[slot] > 0) return this.#slots[slot] - 1;
    const number = this.#size++;
    if (number === this.#places.length) this.#growRows();
    const members = Object.entries(row).filter(([, value]) => value !== undefined);
    const head = this.#findHead(members.map(([name]) => name));
    const values = [head, ...members.map(([, value]) => value)];
    this.#places[number] = this.#write(keyBytes, this.#encoder.encode(writeValue(values)));
    this.#hashes[number] = hash;
    this.#slots[slot] = number + 1;
    if (this.#size > this.#slots.length * 0.75) this.#growSlots();
    return undefined;
  }

  /** The row of a key. */
  find(key: string): Row | undefined {
    const [hash] = hashKey(key);
    const number = this.#slots[this.#findSlot(hash, this.#encoder.encode(key))] - 1;
    if (number < 0) return undefined;
    if (this.#used[number] === 0) this.#usedCount++;
    this.#used[number] = 1;
    const { view, offset } = this.#open(number);
    const at = offset + LENGTH_BYTES + view.getUint32(offset, true);
    const [head, ...values] = parseJsonText(this.#read(view, at)) as [number, ...unknown[]];
    return Object.fromEntries(this.#heads[head].map((name, i) => [name, values[i]]));
  }

  #findHead(names: readonly string[]): number {
    const text = JSON.stringify(names);
    const known = this.#headNumbers.get(text);
    if (known !== undefined) return known;
    const number = this.#heads.push(names) - 1;
    this.#headNumbers.set(text, number);
    // Each name is there twice, with some room round it.
    this.#headBytes += 4 * text.length + 64;
    return number;
  }

  /** The first keys, in the order in which they were taken in. */
  listKeys(count: number): string[] {
    return Array.from({ length: Math.min(count, this.#size) }, (_, number) => {
      const { view, offset } = this.#open(number);
      return this.#read(view, offset);
    });
  }

  /** The slot of a key, or the one that it would take. */
  #findSlot(hash: number, key: Uint8Array): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] - 1;
      if (number < 0 || (this.#hashes[number] === hash && this.#hasKey(number, key))) return slot;
    }
  }

  #hasKey(number: number, key: Uint8Array): boolean {
    const { view, offset } = this.#open(number);
    if (view.getUint32(offset, true) !== key.length) return false;
    return key.every((byte, i) => view.getUint8(offset + LENGTH_BYTES + i) === byte);
  }

  #open(number: number): { readonly view: DataView; readonly offset: number } {
    const place = this.#places[number];
    const { buffer } = this.#blocks[Math.floor(place / BLOCK_STEP)];
    return { view: new DataView(buffer), offset: place % BLOCK_STEP };
  }

  #read(view: DataView, offset: number): string {
    const length = view.getUint32(offset, true);
    return this.#decoder.decode(new Uint8Array(view.buffer, offset + LENGTH_BYTES, length));
  }

  #write(key: Uint8Array, text: Uint8Array): number {
    const needed = 2 * LENGTH_BYTES + key.length + text.length;
    if (this.#blocks.length === 0 || needed > this.#blocks.at(-1)!.length - this.#taken) {
      const block = new Uint8Array(Math.max(BLOCK_BYTES, needed));
      this.#blocks.push(block);
      this.#blockBytes += block.length;
      this.#taken = 0;
    }
    const block = this.#blocks.at(-1)!;
    const view = new DataView(block.buffer);
    const offset = this.#taken;
    for (const part of [key, text]) {
      view.setUint32(this.#taken, part.length, true);
      block.set(part, this.#taken + LENGTH_BYTES);
      this.#taken += LENGTH_BYTES + part.length;
    }
    return (this.#blocks.length - 1) * BLOCK_STEP + offset;
  }

  #growRows(): void {
    const [places, hashes, used] = [this.#places, this.#hashes, this.#used];
    const length = 2 * places.length;
    this.#places = new Float64Array(length);
    this.#places.set(places);
    this.#hashes = new Uint32Array(length);
    this.#hashes.set(hashes);
    this.#used = new Uint8Array(length);
    this.#used.set(used);
  }

  #growSlots(): void {
    const mask = 2 * this.#slots.length - 1;
    this.#slots = new Uint32Array(mask + 1);
    for (let number = 0; number < this.#size; number++) {
      let slot = this.#hashes[number] & mask;
      while (this.#slots[slot] > 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

/** A value as text: JSON with `NaN` and infinities, without members that are undefined. */
export function writeValue(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    return Number.isFinite(value) ? JSON.stringify(value) : String(value);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(writeValue).join(",")}]`;
  const members = Object.entries(value).filter(([, each]) => each !== undefined)
    .map(([name, each]) => `${JSON.stringify(name)}:${writeValue(each)}`);
  return `{${members.join(",")}}`;
}
