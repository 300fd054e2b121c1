/**
 * Deflate data to bytes.
 *
 * The platform's `DecompressionStream` does not tell where the data ended, and runtimes disagree on what may
 * follow it, where gzip is many members, one behind the other.
 *
 * @module
 */
import {
  CODE_LENGTHS,
  DISTANCES,
  EXTRA_SHIFT,
  fillTable,
  KIND_BASE,
  KIND_BRANCH,
  KIND_END,
  KIND_MASK,
  LITERALS,
  VALUE_SHIFT,
} from "./huffman.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What stopped the work: no more input, an output to be taken, or the end of the data. */
export type InflateStop = "input" | "output" | "end";

/** Data that no deflate writer makes. */
export class InflateError extends Error {
  override readonly name: string = "InflateError";
}

/** Bytes of the window that a copy may reach back. */
const HISTORY_BYTES = 32_768;

/** Bytes of an output: what costs little to hold, and much more than the history that goes before it. */
const OUTPUT_BYTES = 256 * 1024;

/** The longest copy. */
const MAX_COPY = 258;

/** What one turn of the loop over codes may read: four words. */
const TURN_BYTES = 16;

/** More than the header of a block takes: 14 bits, 19 lengths of 3 and 320 of 14 at most. */
const BLOCK_HEADER_BYTES = 600;

// RFC 1951, section 3.2.7: the order in which lengths of codes of lengths come.
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const FIXED_LITERALS: Int32Array = makeFixed(
  Uint8Array.from({ length: 288 }, (_, i) => i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8),
  LITERALS,
);
const FIXED_DISTANCES: Int32Array = makeFixed(new Uint8Array(32).fill(5), DISTANCES);

function makeFixed(lengths: Uint8Array, alphabet: typeof LITERALS): Int32Array {
  const table = new Int32Array(1 << alphabet.root);
  fillTable(lengths, alphabet, table);
  return table;
}

/**
 * Inflates one deflate stream, given in pieces, into outputs of bounded size.
 *
 * Exact: RFC 1951; what is refused is what zlib's `inflate` refuses.
 */
export class Inflater {
  /** The input that is read, and its first byte that was not. */
  #input: Bytes;
  #position = 0;
  /** Where the input really ends: zeros follow it once there is no more. */
  #inputEnd: number;
  #isLast = false;
  #hold = 0;
  #bits = 0;
  #output: Bytes;
  #outputStart = 0;
  #outputEnd = 0;
  #mode: "block" | "stored" | "codes" | "end" = "block";
  #isFinalBlock = false;
  #storedLeft = 0;
  #literals: Int32Array = FIXED_LITERALS;
  #distances: Int32Array = FIXED_DISTANCES;
  #ownLiterals: Int32Array | undefined;
  #ownDistances: Int32Array | undefined;

  /** @param input The first bytes; never changed. */
  constructor(input: Bytes) {
    this.#input = input;
    this.#inputEnd = input.length;
    // Little input makes little output, mostly.
    this.#output = new Uint8Array(Math.min(Math.max(input.length * 4, 2048), OUTPUT_BYTES));
  }

  /** Adds input behind the bytes that wait. */
  push(bytes: Uint8Array): void {
    this.#letGo();
    this.#input = joinBytes(this.#input.subarray(this.#position), bytes);
    this.#position = 0;
    this.#inputEnd = this.#input.length;
  }

  /** Says that no more input comes. */
  finish(): void {
    this.#isLast = true;
    // The loops read ahead: zeros that they may see, and may not use.
    this.push(new Uint8Array(BLOCK_HEADER_BYTES));
    this.#inputEnd -= BLOCK_HEADER_BYTES;
  }

  /**
   * Goes on until more input is needed, an output is full, or the data ends.
   *
   * @throws {InflateError} If the data is damaged, or is cut.
   */
  run(): InflateStop {
    while (this.#mode !== "end") {
      const stop = this.#mode === "codes"
        ? this.#readCodes()
        : this.#mode === "stored"
        ? this.#readStored()
        : this.#readBlockHeader();
      if (this.#position - (this.#bits >> 3) > this.#inputEnd) throw new InflateError("it is cut");
      if (stop === "input" && this.#isLast) throw new InflateError("it is cut");
      if (stop !== undefined) return stop;
    }
    return "end";
  }

  /** Takes what was made and not taken before; the caller owns it, and may do with it what he likes. */
  takeOutput(): Bytes {
    const [start, end] = [this.#outputStart, this.#outputEnd];
    this.#outputStart = end;
    const isFull = end + MAX_COPY > this.#output.length;
    // What stays in use is the history of what comes next, and mostly empty memory is not worth holding.
    if (!isFull || 2 * (end - start) < this.#output.length) return this.#output.slice(start, end);
    const taken = this.#output.subarray(start, end);
    this.#beginOutput();
    return taken;
  }

  /** The input behind the end of the data. */
  takeRest(): Bytes {
    this.#letGo();
    return this.#input.subarray(this.#position, this.#inputEnd);
  }

  /** Gives whole bytes that are held back to the input. */
  #letGo(): void {
    this.#position -= this.#bits >> 3;
    this.#bits &= 7;
    this.#hold &= (1 << this.#bits) - 1;
  }

  #readBlockHeader(): InflateStop | undefined {
    if (this.#isFinalBlock) {
      this.#mode = "end";
      return undefined;
    }
    if (this.#input.length - this.#position < BLOCK_HEADER_BYTES && !this.#isLast) return "input";
    this.#isFinalBlock = this.#read(1) === 1;
    const kind = this.#read(2);
    if (kind === 0) this.#beginStored();
    else if (kind === 1) {
      this.#literals = FIXED_LITERALS;
      this.#distances = FIXED_DISTANCES;
      this.#mode = "codes";
    } else if (kind === 2) this.#beginDynamic();
    else throw new InflateError("a block is of no known kind");
    return undefined;
  }

  /** Reads up to 16 bits; none are missing, for the input was looked at before. */
  #read(count: number): number {
    while (this.#bits < count) {
      this.#hold |= this.#input[this.#position++] << this.#bits;
      this.#bits += 8;
    }
    const value = this.#hold & ((1 << count) - 1);
    this.#hold >>>= count;
    this.#bits -= count;
    return value;
  }

  #beginStored(): void {
    // The rest of a byte is left out.
    this.#read(this.#bits & 7);
    const length = this.#read(16);
    if ((this.#read(16) ^ length) !== 0xffff) throw new InflateError("a length is damaged");
    this.#letGo();
    this.#storedLeft = length;
    this.#mode = "stored";
  }

  #readStored(): InflateStop | undefined {
    while (this.#storedLeft > 0) {
      const room = this.#output.length - this.#outputEnd;
      if (room === 0) return this.#moveOutput();
      const there = this.#inputEnd - this.#position;
      if (there <= 0) return "input";
      const count = Math.min(this.#storedLeft, room, there);
      this.#output.set(
        this.#input.subarray(this.#position, this.#position + count),
        this.#outputEnd,
      );
      this.#outputEnd += count;
      this.#position += count;
      this.#storedLeft -= count;
    }
    this.#mode = "block";
    return undefined;
  }

  #beginDynamic(): void {
    const literals = this.#read(5) + 257;
    const distances = this.#read(5) + 1;
    const lengths = this.#read(4) + 4;
    if (literals > 286 || distances > 30) throw new InflateError("a block has too many codes");
    const ofLengths = new Uint8Array(19);
    for (let i = 0; i < lengths; i++) ofLengths[LENGTH_ORDER[i]] = this.#read(3);
    const all = this.#readLengths(ofLengths, literals + distances);
    if (all[256] === 0) throw new InflateError("a block has no end");
    this.#literals = this.#ownLiterals ??= new Int32Array(LITERALS.entries);
    this.#distances = this.#ownDistances ??= new Int32Array(DISTANCES.entries);
    const isCode = fillTable(all.subarray(0, literals), LITERALS, this.#literals) &&
      fillTable(all.subarray(literals), DISTANCES, this.#distances);
    if (!isCode) throw new InflateError("a block's codes are damaged");
    this.#mode = "codes";
  }

  #readLengths(ofLengths: Uint8Array, count: number): Uint8Array {
    const table = new Int32Array(CODE_LENGTHS.entries);
    if (!fillTable(ofLengths, CODE_LENGTHS, table)) {
      throw new InflateError("a block's codes are damaged");
    }
    const all = new Uint8Array(count);
    for (let i = 0; i < count;) {
      while (this.#bits < CODE_LENGTHS.root) {
        this.#hold |= this.#input[this.#position++] << this.#bits;
        this.#bits += 8;
      }
      const entry = table[this.#hold & 127];
      this.#read(entry & 15);
      const symbol = entry >>> VALUE_SHIFT;
      if (symbol < 16) {
        all[i++] = symbol;
        continue;
      }
      const times = symbol === 16
        ? 3 + this.#read(2)
        : symbol === 17
        ? 3 + this.#read(3)
        : 11 + this.#read(7);
      if (i + times > count || (symbol === 16 && i === 0)) {
        throw new InflateError("a block's codes are damaged");
      }
      all.fill(symbol === 16 ? all[i - 1] : 0, i, i + times);
      i += times;
    }
    return all;
  }

  /** The loop that the speed depends on: everything that it needs is in variables of its own. */
  #readCodes(): InflateStop | undefined {
    const input = this.#input;
    const words = new DataView(input.buffer, input.byteOffset, input.byteLength);
    const output = this.#output;
    const literals = this.#literals;
    const distances = this.#distances;
    const literalMask = (1 << LITERALS.root) - 1;
    const distanceMask = (1 << DISTANCES.root) - 1;
    const inputLimit = input.length - TURN_BYTES;
    const outputLimit = output.length - MAX_COPY;
    let at = this.#position;
    let hold = this.#hold;
    let bits = this.#bits;
    let to = this.#outputEnd;
    let stop: InflateStop | undefined = "input";
    let why: string | undefined;
    while (at <= inputLimit) {
      if (to > outputLimit) {
        stop = "output";
        break;
      }
      // Without a branch, which would be mispredicted: whole bytes up to 31 bits; what lies above them is
      // read again the next time.
      hold |= words.getInt32(at, true) << bits;
      at += (31 - bits) >> 3;
      bits |= 24;
      let entry = literals[hold & literalMask];
      if ((entry & KIND_MASK) === 0) {
        hold = hold >>> (entry & 15) | 0;
        bits -= entry & 15;
        output[to++] = entry >>> VALUE_SHIFT;
        // At most 10 bits have gone, so that 14 are left.
        entry = literals[hold & literalMask];
        if ((entry & KIND_MASK) === 0) {
          hold = hold >>> (entry & 15) | 0;
          bits -= entry & 15;
          output[to++] = entry >>> VALUE_SHIFT;
          continue;
        }
        hold |= words.getInt32(at, true) << bits;
        at += (31 - bits) >> 3;
        bits |= 24;
      }
      if ((entry & KIND_MASK) === KIND_BRANCH) {
        const within = (hold >>> LITERALS.root) & ((1 << (entry & 15)) - 1);
        entry = literals[(entry >>> VALUE_SHIFT) + within];
      }
      hold = hold >>> (entry & 15) | 0;
      bits -= entry & 15;
      const kind = entry & KIND_MASK;
      if (kind === 0) {
        output[to++] = entry >>> VALUE_SHIFT;
        continue;
      }
      if (kind !== KIND_BASE) {
        if (kind === KIND_END) stop = undefined;
        else why = "a code means nothing";
        break;
      }
      const lengthBits = (entry >>> EXTRA_SHIFT) & 15;
      const length = (entry >>> VALUE_SHIFT) + (hold & ((1 << lengthBits) - 1));
      hold = hold >>> lengthBits | 0;
      bits -= lengthBits;
      hold |= words.getInt32(at, true) << bits;
      at += (31 - bits) >> 3;
      bits |= 24;
      entry = distances[hold & distanceMask];
      if ((entry & KIND_MASK) === KIND_BRANCH) {
        const within = (hold >>> DISTANCES.root) & ((1 << (entry & 15)) - 1);
        entry = distances[(entry >>> VALUE_SHIFT) + within];
      }
      hold = hold >>> (entry & 15) | 0;
      bits -= entry & 15;
      if ((entry & KIND_MASK) !== KIND_BASE) {
        why = "a code means nothing";
        break;
      }
      hold |= words.getInt32(at, true) << bits;
      at += (31 - bits) >> 3;
      bits |= 24;
      const distanceBits = (entry >>> EXTRA_SHIFT) & 15;
      const distance = (entry >>> VALUE_SHIFT) + (hold & ((1 << distanceBits) - 1));
      hold = hold >>> distanceBits | 0;
      bits -= distanceBits;
      let from = to - distance;
      if (from < 0) {
        why = "a copy reaches back too far";
        break;
      }
      const end = to + length;
      if (length > 24 && distance >= length) {
        output.copyWithin(to, from, from + length);
        to = end;
      } else {
        // Byte by byte: a copy may overlap what it makes.
        while (to < end) output[to++] = output[from++];
      }
    }
    // What was read above the bits that count is none of theirs.
    hold &= (1 << bits) - 1;
    this.#position = at;
    this.#hold = hold;
    this.#bits = bits;
    this.#outputEnd = to;
    if (why !== undefined) {
      // Zeros behind the end make codes of no meaning.
      const isCut = at - (bits >> 3) > this.#inputEnd;
      throw new InflateError(isCut ? "it is cut" : why);
    }
    if (stop === undefined) this.#mode = "block";
    return stop === "output" ? this.#moveOutput() : stop;
  }

  /** Where all was taken, begins the next output. */
  #moveOutput(): InflateStop | undefined {
    if (this.#outputStart < this.#outputEnd) return "output";
    this.#beginOutput();
    return undefined;
  }

  /** Begins an output, the history in front of it. */
  #beginOutput(): void {
    const end = this.#outputEnd;
    const history = Math.min(end, HISTORY_BYTES);
    const next = new Uint8Array(HISTORY_BYTES + OUTPUT_BYTES);
    next.set(this.#output.subarray(end - history, end));
    this.#output = next;
    this.#outputStart = history;
    this.#outputEnd = history;
  }
}

/** Two pieces of bytes, one behind the other. */
export function joinBytes(a: Uint8Array, b: Uint8Array): Bytes {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
