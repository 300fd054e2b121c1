// Writes blocks.ts. The inner loop stands three times, for the first two AC tables at constant addresses and
// for any other: an address that the compiler knows becomes part of the load, which takes an addition out of
// the chain from one symbol to the next (measured: 5% of entropy decoding). Run by the build.

// Fills the bits up. What lies below the counted ones is data too, so that or-ing it in again changes nothing.
function refill(indent: string): string {
  return `${indent}b |= load<u64>(p) >> <u64>n;
${indent}p -= (~n >> 3) & 7;
${indent}n |= 56;
`;
}

type Load = (index: string) => string;

// One look-up of AC symbols: one or two of them, or a way out of the loop.
//
// A refill stands between the look-up, for which enough bits are left, and the shift: so the chain from one
// look-up to the next is a shift, a mask, a load and a shift, and waits neither for the refill nor for the
// count, which V8 keeps on the stack.
//
// A choice between two numbers becomes a conditional move, two instructions less than masking with a sign.
function step(load: Load, refill: string, isKept: boolean, comment = ""): string {
  return `          e = ${load("<usize>(b >> 51) & 0x1ff8")};
${refill}${isKept ? "          rotated = rotl<u64>(b, e);\n" : ""}          b <<= e;
          n -= <u32>e;
${
    isKept ? `${comment}          store<i16>(o + <usize>load<u8>(<usize>(k + <u32>(e >> 48)), SLOTS - 1), <i16>(e >> 32));\n` : ""
  }          k += <u32>e >> 24;
${isKept ? keep("          ") : ""}          if (k >= 64) break;
`;
}

// Stores the value of an entry's last symbol. Values with a leading 0, at most half the mask, stand for
// negative numbers: less 2^s - 1.
function keep(indent: string): string {
  return `${indent}mask = (e >> 8) & 0x7fff;
${indent}value = rotated & mask;
${indent}value = select<u64>(value, value - mask, value > (mask >> 1));
${indent}store<i16>(o + <usize>load<u8>(<usize>k, SLOTS - 1), <i16>value);
`;
}

// The AC coefficients of a block. Entries of the second level advance so far that they leave the loop by its
// only exit, and are seen to behind it: a test of its own in every step, and what the compiler moves about
// where the two ways meet, cost 2% of decoding.
function loop(load: Load, isKept: boolean, comment = ""): string {
  return `      while (true) {
        while (true) {
${step(load, refill("          "), isKept, comment)}${step(load, "", isKept)}        }
        if (k <= SECOND_LEVEL_ADVANCE) break;
        k -= SECOND_LEVEL_ADVANCE;
${refill("        ")}        e = ${load("(<usize><u16>(e >> 32) << 3) + (<usize>(b >> 45) & 0x1f8)")};
        rare |= e;
${isKept ? "        rotated = rotl<u64>(b, e);\n" : ""}        b <<= e;
        n -= <u32>e;
        k += <u32>e >> 24;
${isKept ? keep("        ") : ""}        if (k >= 64) break;
      }
`;
}

// The three loops, for tables at either constant address and for any other.
function loops(isKept: boolean): string {
  const at = (name: string): Load => (index) => `load<u64>(${index}, ${name})`;
  const comment = `          // The first symbol's value, or a 0 where there is one symbol only: the slot it falls on is
          // written again by the second store, or holds a 0 already.
`;
  return `    if (table == AC0) {
${loop(at("AC0"), isKept, comment)}    } else if (table == AC1) {
${loop(at("AC1"), isKept)}    } else {
${loop((index) => `load<u64>(table + (${index}))`, isKept)}    }
`;
}

// The same by the tables of skip_tables.ts, which say of more symbols how long they are, and of none what it is.
function passingLoop(load: Load): string {
  const step = (refill: string) =>
    `          s = ${load("<usize>(b >> (63 - SKIP_LOOKAHEAD)) & (SKIP_BYTES - 2)")};
${refill}          b <<= s;
          n -= s;
          k += s >> 6;
          if (k >= 64) break;
`;
  return `      while (true) {
        while (true) {
${step(refill("          "))}${step("")}        }
        if (k < SKIP_RARE) break;
        k -= SKIP_RARE;
        s = 0;
${refill("        ")}        e = singleSymbol(table, b);
        rare |= e;
        b <<= e;
        n -= <u32>e;
        const advance = <u32>(e >> 24) & 255;
        k += advance + (advance & END_OF_BLOCK) * (SKIP_END / END_OF_BLOCK - 1);
        if (k >= 64) break;
      }
`;
}

function passingLoops(): string {
  const at = (name: string): Load => (index) => `<u32>load<u16>(${index}, ${name})`;
  return `    if (table == AC0) {
${passingLoop(at("SKIPS"))}    } else if (table == AC1) {
${passingLoop(at("SKIPS + SKIP_BYTES"))}    } else {
      const skips = skipTable(table);
${passingLoop((index) => `<u32>load<u16>(skips + (${index}))`)}    }
`;
}

// The DC difference. Seven bits of lookahead decide nearly every code, and a table of one kilobyte leaves the L1
// cache to the AC tables (measured: 0.7% of decoding).
const DC = `    let e = load<u64>(<usize>load<u32>(block, B_SHORT_DC) + (<usize>(b >> 54) & 0x3f8));
${refill("    ")}    if (e & SECOND_LEVEL) {
      const dc: usize = load<u32>(block, B_DC);
      e = load<u64>(dc + (<usize>(b >> 51) & 0x1ff8));
      if (e & SECOND_LEVEL) {
        e = load<u64>(dc + (<usize><u16>(e >> 32) << 3) + (<usize>(b >> 45) & 0x1f8));
        rare |= e;
      }
    }
    // What is consumed comes around to the low bits: the value bits are the lowest.
    let rotated = rotl<u64>(b, e);
    b <<= e;
    n -= <u32>e;
    let mask = (e >> 8) & 0x7fff;
    let value = rotated & mask;
    value = select<u64>(value, value - mask, value > (mask >> 1));
    const prediction: usize = load<u32>(block, B_PREDICTION);
    const dcValue = <i32>value + load<i32>(prediction); // wraps around, as libjpeg's does in sequential files
    store<i32>(prediction, dcValue);
`;

// Puts the reader, in locals, to a bit.
const SEEK = `p = segmentTop - 8 - <usize>(used >> 3);
        b = load<u64>(p) << (used & 7);
        n = used & 7 ? 64 - <u32>(used & 7) : 56;
        p -= used & 7 ? 8 : 7;
`;

// Where an entry's first symbol filled the block: puts the second one back.
function giveBack(store: string): string {
  return `      const advance = <u32>e >> 24, run = <u32>(e >> 48);
      // The entry again, at the bits it was found by.
      const after = (<u64>(segmentTop - 8 - p) << 3) - <u64>(n & 63), before = after - (e & 127);
      const length = firstLength(table, load<u64>(segmentTop - 8 - <usize>(before >> 3)) << (before & 7));
      // Two symbols if there is more than the first one, whose code is not a long one then.
      if (length && length < (e & 127) && k - advance + run >= 64) {
${store}        const used = before + length;
        ${SEEK}      }
`;
}

/** The source text of blocks.ts. */
export function generateBlocks(): string {
  return `// Generated by blocks_gen.ts; do not edit.
//
// The fast decoder of sequential Huffman scans: the blocks of a run one after the other, all state in
// locals, up to two symbols a lookup, and no test for the end of the data.
//
// All indices into memory are bounded whatever the data: a table index is 10 (or 7, or 6) bits, a slot index at
// most 63 + 208 - 1, so that stores stay within a block and the slot behind it; a block consumes at
// most 64 codes of 31 bits, 248 bytes, before the read pointer is checked, and the margin below the
// un-stuffed data is larger.
//
// Bits: a refill leaves 64 bits of the data, of which 56 to 63 are counted. An entry of the first level consumes
// at most 25 of them (10 of lookahead and 15 of a value), one of the second at most 31. Every block and every
// turn of the loop begins with a look-up and a refill behind it, so that two entries of the first level, or one
// of the second, follow a refill, and 14 bits at least are left for the next look-up, which takes 10.

import {
  END_OF_BLOCK, firstLength, INVALID, SECOND_LEVEL, SECOND_LEVEL_ADVANCE, singleSymbol, TABLE_BYTES, TABLES,
} from "./huffman";
import { SKIP_BYTES, SKIP_END, SKIP_LOOKAHEAD, SKIP_RARE, SKIPS } from "./skip_tables";
import { segmentBytes, segmentTop } from "./unstuff";

${SLOTS_SOURCE}
// The blocks of an MCU in their order: a record each, fields by byte offset.
export const BLOCK_BYTES: usize = 20;
export const BLOCKS: usize = memory.data(10 * 20, 16);
export const B_DC: usize = 0; // DC table
export const B_SHORT_DC: usize = 4; // and its short form
export const B_AC: usize = 8; // AC table
export const B_PREDICTION: usize = 12; // address of the DC prediction
export const B_NEXT: usize = 16; // next record

const AC0: usize = TABLES + 4 * TABLE_BYTES;
const AC1: usize = TABLES + 5 * TABLE_BYTES;

function skipTable(table: usize): usize { return SKIPS + ((table - AC0) / TABLE_BYTES) * SKIP_BYTES; }

// Bit reader. \`bits\` holds the next bits, most significant first; only the low 6 bits of \`count\`,
// how many of them are valid, are meaningful (shifts take their count modulo 64); \`pointer\` is
// where the next refill loads. The segment's first bytes are at segmentTop - 8.
let bits: u64 = 0;
let count: u32 = 0;
let pointer: usize = 0;

/** Bits consumed of the segment. */
export function consumed(): u64 { return (<u64>(segmentTop - 8 - pointer) << 3) - <u64>(count & 63); }

/** Sets the reader to a bit of the segment. */
export function seekBlocks(bit: u64): void {
  const at = segmentTop - 8 - <usize>(bit >> 3), skip = bit & 7;
  bits = load<u64>(at) << skip;
  // All 64 bits of a load at a whole byte cannot be counted in 6 bits: its last byte is loaded again.
  count = skip ? 64 - <u32>skip : 56;
  pointer = skip ? at - 8 : at - 7;
}

/**
 * Decodes \`blocks\` blocks, the first one by the record \`first\`, into \`out\`, 128 bytes each, which hold zeros; the slot
 * behind them is written too. Returns whether bits were met that are no code.
 */
export function decodeBlocks(blocks: i32, first: usize, out: usize): bool {
  let rare: u64 = 0; // all entries of the second level, or-ed
  let b = bits, n = count, p = pointer, o = out;
  let block = first;
  // The zeros below the data are as far as the reader goes.
  const limit = segmentTop - segmentBytes - 40;
  while (blocks > 0) {
    blocks--;
${DC}    store<i16>(o, <i16>dcValue);
    const table: usize = load<u32>(block, B_AC);
    let k: u32 = 1; // index of the next coefficient
${loops(true)}    // 64 is a block filled to its last coefficient, 129..191 an end of block. Anything else may be
    // an entry whose first symbol filled the block: its second belongs to the next block.
    if (k - 129 > 62 && k != 64) {
${giveBack("        store<i16>(o + 126, <i16>(e >> 32));\n")}    }
    if (p < limit) p = limit;
    o += 128;
    block = load<u32>(block, B_NEXT);
  }
  bits = b;
  count = n;
  pointer = p;
  return (rare & INVALID) != 0;
}

/**
 * Passes over \`blocks\` blocks, the first one by the record \`first\`, of which nothing is kept. Half the instructions a
 * symbol (measured: two thirds of the time). Consumes the same bits as decodeBlocks, and returns the same.
 */
export function skipBlocks(blocks: i32, first: usize): bool {
  let rare: u64 = 0;
  let b = bits, n = count, p = pointer;
  let block = first;
  const limit = segmentTop - segmentBytes - 40;
  while (blocks > 0) {
    blocks--;
${DC}    const table: usize = load<u32>(block, B_AC);
    let k: u32 = 1;
${loops(false)}    if (k - 129 > 62 && k != 64) {
${giveBack("")}    }
    if (p < limit) p = limit;
    block = load<u32>(block, B_NEXT);
  }
  bits = b;
  count = n;
  pointer = p;
  return (rare & INVALID) != 0;
}

/**
 * Decodes the DC coefficients of \`blocks\` blocks, the first one by the record \`first\`, into \`out\`, where decodeBlocks has
 * them. The AC tables' tables for passing must be there (deriveSkips). Consumes the same bits as decodeBlocks, and returns
 * the same.
 */
export function decodeMeans(blocks: i32, first: usize, out: usize): bool {
  let rare: u64 = 0;
  let b = bits, n = count, p = pointer, o = out;
  let block = first;
  const limit = segmentTop - segmentBytes - 40;
  while (blocks > 0) {
    blocks--;
${DC}    store<i16>(o, <i16>dcValue);
    o += 128;
    const table: usize = load<u32>(block, B_AC);
    let k: u32 = 1, s: u32 = 0;
${passingLoops()}    // As above; an entry may have more symbols than two.
    if (k - SKIP_END - 1 > 62 && k != 64) {
      let used = (<u64>(segmentTop - 8 - p) << 3) - <u64>(n & 63) - <u64>(s & 63);
      k -= s >> 6;
      if (k < 64) {
        do {
          e = singleSymbol(table, load<u64>(segmentTop - 8 - <usize>(used >> 3)) << (used & 7));
          used += e & 127;
          k += <u32>(e >> 24) & 255;
        } while (k < 64);
        ${SEEK}      }
    }
    if (p < limit) p = limit;
    block = load<u32>(block, B_NEXT);
  }
  bits = b;
  count = n;
  pointer = p;
  return (rare & INVALID) != 0;
}
`;
}

const SLOTS_SOURCE = `// Byte offset within a block by zigzag index. 64..79: a run that leaves the block counts as the last
// coefficient, as in libjpeg. From 80 on: a slot behind the block, for entries that store nothing;
// the next block's DC coefficient overwrites it.
const SLOTS: usize = memory.data<u8>([
  0, 2, 16, 32, 18, 4, 6, 20, 34, 48, 64, 50, 36, 22, 8, 10, 24, 38, 52, 66, 80, 96, 82, 68, 54, 40, 26, 12,
  14, 28, 42, 56, 70, 84, 98, 112, 114, 100, 86, 72, 58, 44, 30, 46, 60, 74, 88, 102, 116, 118, 104, 90, 76, 62,
  78, 92, 106, 120, 122, 108, 94, 110, 124, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126,
  126, 126, 126,
${`  ${"128, ".repeat(24).trimEnd()}\n`.repeat(8)}]);
`;
