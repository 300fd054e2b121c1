/**
 * Which keys were seen before, in memory that does not grow with the length of keys.
 *
 * @module
 */

/** Keys that are remembered at most: 32 million slots of 12 bytes, three quarters of them taken. */
const MAX_KEYS = 2 ** 25 * 0.75;
const FIRST_SLOTS = 2 ** 12;

/**
 * Remembers 64 bits of each key's hash and the number of its shard: 12 bytes, 16 to 32 with the room between them. Of a
 * dataset of ten million samples, two different keys have the same hash with a probability of 3 in a million.
 *
 * Beyond 25 million keys, 400 MB, no more are taken in: later keys are compared with those alone.
 */
export class KeyTable {
  readonly #maxKeys: number;
  #hashes = new Uint32Array(2 * FIRST_SLOTS);
  #shards = new Int32Array(FIRST_SLOTS).fill(-1);
  #count = 0;

  /** @param maxKeys Most keys that are remembered. */
  constructor(maxKeys: number = MAX_KEYS) {
    this.#maxKeys = maxKeys;
  }

  /** Whether no more keys are taken in. */
  get isFull(): boolean {
    return this.#count >= this.#maxKeys;
  }

  /**
   * Takes a key in.
   *
   * @param shard Number of its shard.
   * @param _index Number of its sample.
   * @returns The number of the shard that had it before; `undefined` if none had.
   */
  add(key: string, shard: number, _index?: number): number | undefined {
    return this.addHash(...hashKey(key), shard);
  }

  /** The same, of a key of which the hash is known. */
  addHash(low: number, high: number, shard: number): number | undefined {
    const slot = this.#find(low, high);
    if (this.#shards[slot] >= 0) return this.#shards[slot];
    if (this.isFull) return undefined;
    this.#set(slot, low, high, shard);
    if (++this.#count > this.#shards.length * 0.75) this.#grow();
    return undefined;
  }

  /** The slot that has a hash, or that it may have. */
  #find(low: number, high: number): number {
    const mask = this.#shards.length - 1;
    let slot = low & mask;
    while (this.#shards[slot] >= 0) {
      if (this.#hashes[2 * slot] === low && this.#hashes[2 * slot + 1] === high) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #set(slot: number, low: number, high: number, shard: number): void {
    this.#hashes[2 * slot] = low;
    this.#hashes[2 * slot + 1] = high;
    this.#shards[slot] = shard;
  }

  #grow(): void {
    const [hashes, shards] = [this.#hashes, this.#shards];
    this.#hashes = new Uint32Array(2 * hashes.length);
    this.#shards = new Int32Array(2 * shards.length).fill(-1);
    for (const [from, shard] of shards.entries()) {
      if (shard < 0) continue;
      const [low, high] = [hashes[2 * from], hashes[2 * from + 1]];
      this.#set(this.#find(low, high), low, high, shard);
    }
  }
}

/** Bytes of a key in a {@linkcode KeyLog}: its hash, and the number of its sample. */
const LOGGED_BYTES = 12;

/** Keys of a shard, as another process compares them with those of its own. */
export class KeyLog extends KeyTable {
  readonly #most: number;
  readonly #logged: number[] = [];
  /** Whether there were more keys than are logged. */
  isCut = false;

  /** @param most Most keys that are logged. */
  constructor(most: number) {
    super();
    this.#most = most;
  }

  override add(key: string, shard: number, index: number): number | undefined {
    const [low, high] = hashKey(key);
    const before = this.addHash(low, high, shard);
    if (before !== undefined) return before;
    if (this.#logged.length < 3 * this.#most) this.#logged.push(low, high, index);
    else this.isCut = true;
    return undefined;
  }

  /** What was logged, as bytes. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(4 * this.#logged.length);
    const view = new DataView(bytes.buffer);
    for (const [i, word] of this.#logged.entries()) view.setUint32(4 * i, word, true);
    return bytes;
  }
}

/** The keys of a log. */
export function* readKeyLog(
  bytes: Uint8Array,
): Generator<{ readonly low: number; readonly high: number; readonly index: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + LOGGED_BYTES <= bytes.length; at += LOGGED_BYTES) {
    yield {
      low: view.getUint32(at, true),
      high: view.getUint32(at + 4, true),
      index: view.getUint32(at + 8, true),
    };
  }
}

/** Two hashes of 32 bits: FNV-1a with two primes, each finished as MurmurHash3 does. */
export function hashKey(key: string): [low: number, high: number] {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
    high ^= high >>> 15;
  }
  return [finish(low), finish(high ^ key.length)];
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
