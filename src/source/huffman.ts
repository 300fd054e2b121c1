/**
 * The Huffman codes of deflate as tables to look up.
 *
 * An entry says with its lowest 4 bits how many bits its code has, with the next 4 how many bits follow
 * that are added to its value, with the next 3 what it is, and with the rest its value. The first part of a
 * table is looked up by the next `root` bits; an entry for longer codes says where their own part begins.
 *
 * @module
 */

/** Where an entry's number of extra bits begins. */
export const EXTRA_SHIFT = 4;

/** Where an entry's value begins. */
export const VALUE_SHIFT = 11;

/** The bits that say what an entry is; none of them is set for a literal. */
export const KIND_MASK = 0x700;

/** A length or a distance: its value is the least one. */
export const KIND_BASE = 0x100;

/** The end of a block. */
export const KIND_END = 0x200;

/** Longer codes: its value is where their part begins, its lowest bits by how many bits to look up there. */
export const KIND_BRANCH = 0x300;

/** A code that means nothing. */
const KIND_INVALID = 0x400;

const MAX_BITS = 15;

/** A kind of code: what its symbols mean, and how it is looked up. */
export interface Alphabet {
  /** Entry of each symbol, but for the length of its code. */
  readonly symbols: Int32Array;
  /** Bits of the first look-up. */
  readonly root: number;
  /** Entries that a table can have at most. */
  readonly entries: number;
  /** Whether a single code of one bit, or none at all, will do. */
  readonly mayBeIncomplete: boolean;
}

/** RFC 1951, section 3.2.5: bases and extra bits go up together, `step` of them with the same bits. */
function listBases(first: number, plain: number, step: number, count: number): number[] {
  const entries: number[] = [];
  let base = first;
  for (let i = 0; i < count; i++) {
    const extra = i < plain ? 0 : Math.floor((i - plain) / step) + 1;
    entries.push(KIND_BASE | extra << EXTRA_SHIFT | base << VALUE_SHIFT);
    base += 1 << extra;
  }
  return entries;
}

function listLiterals(): Int32Array {
  const entries = new Int32Array(288).fill(KIND_INVALID);
  for (let literal = 0; literal < 256; literal++) entries[literal] = literal << VALUE_SHIFT;
  entries[256] = KIND_END;
  entries.set(listBases(3, 8, 4, 28), 257);
  // The longest has a code of its own, without extra bits.
  entries[285] = KIND_BASE | 258 << VALUE_SHIFT;
  return entries;
}

function listDistances(): Int32Array {
  const entries = new Int32Array(32).fill(KIND_INVALID);
  entries.set(listBases(1, 4, 2, 30));
  return entries;
}

// A part for longer codes holds two symbols or more, and has 2^(15 - root) entries at most.

/** Literals, lengths and the end of a block. */
export const LITERALS: Alphabet = {
  symbols: listLiterals(),
  root: 10,
  entries: 1024 + 144 * 32,
  mayBeIncomplete: true,
};

/** Distances. */
export const DISTANCES: Alphabet = {
  symbols: listDistances(),
  root: 9,
  entries: 512 + 16 * 64,
  mayBeIncomplete: true,
};

/** Lengths of the codes of the other two, and repetitions of them. */
export const CODE_LENGTHS: Alphabet = {
  symbols: Int32Array.from({ length: 19 }, (_, symbol) => symbol << VALUE_SHIFT),
  root: 7,
  entries: 128,
  mayBeIncomplete: false,
};

/**
 * Makes the table of a code from the lengths of its symbols' codes.
 *
 * Exact: zlib's `inflate_table` refuses the same codes.
 *
 * @param lengths Bits of each symbol's code, 0 where it has none.
 * @param table Takes the entries.
 * @returns Whether there is such a code: not where it has too many codes, or too few.
 */
export function fillTable(
  lengths: Uint8Array,
  { symbols, root, mayBeIncomplete }: Alphabet,
  table: Int32Array,
): boolean {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) counts[length]++;
  const used = lengths.length - counts[0];
  let left = 1;
  for (let bits = 1; bits <= MAX_BITS; bits++) {
    left = left * 2 - counts[bits];
    if (left < 0) return false;
  }
  const isSparse = used === 0 || (used === 1 && counts[1] === 1);
  if (left > 0 && !(mayBeIncomplete && isSparse)) return false;

  const codes = reverseCodes(lengths, counts);
  table.fill(KIND_INVALID | 1, 0, 1 << root);
  let end = addBranches(lengths, codes, root, table);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    const entry = symbols[symbol] | length;
    const branch = length > root ? table[codes[symbol] & ((1 << root) - 1)] : 0;
    const start = branch >>> VALUE_SHIFT;
    end = length > root ? start + (1 << (branch & 15)) : 1 << root;
    const from = start + (length > root ? codes[symbol] >>> root : codes[symbol]);
    const step = 1 << (length > root ? length - root : length);
    for (let at = from; at < end; at += step) table[at] = entry;
  }
  return true;
}

/** Codes of the symbols, as RFC 1951, section 3.2.2, has them, their first bit lowest. */
function reverseCodes(lengths: Uint8Array, counts: Uint16Array): Uint16Array {
  const next = new Uint16Array(MAX_BITS + 2);
  for (let bits = 1; bits <= MAX_BITS; bits++) next[bits + 1] = (next[bits] + counts[bits]) << 1;
  return Uint16Array.from(lengths, (length) => {
    if (length === 0) return 0;
    let code = next[length]++;
    let reversed = 0;
    for (let bit = 0; bit < length; bit++, code >>>= 1) reversed = reversed << 1 | (code & 1);
    return reversed;
  });
}

/** Puts the entries for codes of more than `root` bits, and makes room for their parts. */
function addBranches(
  lengths: Uint8Array,
  codes: Uint16Array,
  root: number,
  table: Int32Array,
): number {
  const mask = (1 << root) - 1;
  for (const [symbol, length] of lengths.entries()) {
    if (length <= root) continue;
    const at = codes[symbol] & mask;
    const known = (table[at] & KIND_MASK) === KIND_BRANCH ? table[at] & 15 : 0;
    table[at] = KIND_BRANCH | Math.max(known, length - root);
  }
  let end = mask + 1;
  for (let at = 0; at <= mask; at++) {
    if ((table[at] & KIND_MASK) !== KIND_BRANCH) continue;
    const bits = table[at] & 15;
    table[at] |= end << VALUE_SHIFT;
    table.fill(KIND_INVALID | 1, end, end + (1 << bits));
    end += 1 << bits;
  }
  return end;
}
