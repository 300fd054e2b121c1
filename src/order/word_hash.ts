/**
 * A hash of what an order is made of, to notice that it has changed.
 *
 * @module
 */

/**
 * Hashes words of 32 bits to one.
 *
 * Exact: Appleby's MurmurHash3_x86_32, seed 0, of the words' bytes in little-endian order.
 */
export class WordHash {
  #hash = 0;
  #count = 0;

  /** Takes a word; only its lowest 32 bits count. */
  add(word: number): this {
    const scrambled = Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    this.#hash = (Math.imul(rotate(this.#hash ^ scrambled, 13), 5) + 0xe6546b64) | 0;
    this.#count++;
    return this;
  }

  /** Takes a text, and where it ends. */
  addText(text: string): this {
    this.add(text.length);
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
    return this;
  }

  /** The hash of all that was taken, as eight hexadecimal digits. */
  toString(): string {
    let x = this.#hash ^ (this.#count * 4);
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0).toString(16).padStart(8, "0");
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
