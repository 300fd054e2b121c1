// The look-up tables of progressive AC scans, made anew for each scan: a scan has one table, and what an entry holds
// depends on the scan's parameters.
//
// First scans, an entry of 64 bits for the next 10 bits, which describes one or two symbols:
//
//   bits  0..6   length of everything the entry consumes: codes and value bits
//   bits  8..22  2^s - 1, s being the number of value bits of the last symbol
//   bit   23     1: there are two symbols
//   bits 24..31  how far the coefficient index advances; END_OF_BLOCK more at an end of block
//   bits 32..47  value of the first of two symbols
//   bits 48..63  how far the index advances to the first of two symbols; of one, to the only one
//
// Refining scans, an entry of 32 bits for the next 10 bits, one symbol and its sign:
//
//   bits  0..7   length: code and sign
//   bits  8..15  how many zeros the index advances over: the run and 1
//   bits 16..31  the sign, 1 or -1; 0 for a run alone
//
// What neither describes is a special entry, which consumes nothing and advances beyond every other one, by which the
// decoders know it: in place of the value it has the symbol and the length of its code (length << 8 | symbol), 0
// where the code is longer than 10 bits or there is none.

import { INFO_WARNINGS_BAD_CODE, STATUS_OK } from "../abi";
import { countInfo } from "../shared/memory";
import { DEFINED, DEFINED_BYTES, deriveCanonical, LOOKAHEAD, maxCode, symbolOf } from "./huffman";

/** First scans: two symbols an entry where they fit. */
export const PAIRS: usize = memory.data(8 << 10, 64);
/** First scans: one symbol an entry. */
export const SINGLES: usize = memory.data(8 << 10, 64);
/** Refining scans. */
export const SIGNS: usize = memory.data(4 << 10, 64);

export const END_OF_BLOCK: u32 = 128;
// More than an index of 63, a first symbol that leaves the block by 16, and an end of block come to.
export const SPECIAL_ADVANCE: u32 = 208;
// More zeros than a block has: an index from 127 on is a special entry's.
export const SPECIAL_ZEROS: u32 = 128;
export const TWO_SYMBOLS: u64 = 1 << 23;
// Leads the first store to the slot that is restored.
const NO_SLOT: u32 = 80;

/**
 * Derives SINGLES, and with `isPaired` PAIRS, for a first scan whose values are shifted left by `low`. Values that may
 * lose their highest bit by that, which no encoder makes, are left to the special path.
 */
export function deriveFirst(table: i32, low: i32, isPaired: bool): i32 {
  const status = deriveCanonical(table, 15);
  if (status < 0) return status;
  const d = DEFINED + <usize>table * DEFINED_BYTES;
  let o = SINGLES, index: usize = 17;
  for (let length: u32 = 1; length <= LOOKAHEAD; length++) {
    for (let i: u32 = load<u8>(d + length); i > 0; i--) {
      const symbol: u32 = load<u8>(d + index++);
      o = fill(o, 1 << (LOOKAHEAD - length), single(symbol, length, <u32>low));
    }
  }
  fill(o, <u32>(SINGLES + (8 << LOOKAHEAD) - o) >> 3, special(0));
  if (isPaired) pairUp(d, <u32>low);
  return STATUS_OK;
}

function special(codeAndSymbol: u32): u64 {
  return (<u64>SPECIAL_ADVANCE << 24) | (<u64>codeAndSymbol << 32) | (<u64>NO_SLOT << 48);
}

function single(symbol: u32, length: u32, low: u32): u64 {
  const size = symbol & 15;
  if (!symbol) return <u64>length | (<u64>END_OF_BLOCK << 24) | (<u64>END_OF_BLOCK << 48);
  if (!size || size + low > 15) return special((length << 8) | symbol);
  const advance = <u64>(symbol >> 4) + 1;
  return <u64>(length + size) | (<u64>((1 << size) - 1) << 8) | (advance << 24) | (advance << 48);
}

// Writes `count` entries; returns the address behind them.
function fill(to: usize, count: u32, entry: u64): usize {
  const end = to + (<usize>count << 3);
  const pair = i64x2.splat(entry);
  if (count & 1) {
    store<u64>(to, entry);
    to += 8;
  }
  for (; to < end; to += 16) v128.store(to, pair);
  return end;
}

// Where a code and its value bits leave room in the lookahead for the next symbol's code, the entry describes both.
// The second symbol's value bits may reach beyond.
function pairUp(d: usize, low: u32): void {
  memory.copy(PAIRS, SINGLES, 8 << LOOKAHEAD);
  let code: u32 = 0, index: usize = 17;
  for (let length: u32 = 1; length <= LOOKAHEAD; length++) {
    for (let i: u32 = load<u8>(d + length); i > 0; i--, code++) {
      const symbol: u32 = load<u8>(d + index++), size = symbol & 15, used = length + size;
      if (!size || size + low > 15 || used >= LOOKAHEAD) continue;
      const left = LOOKAHEAD - used, advance = (symbol >> 4) + 1;
      const base = <u64>used | TWO_SYMBOLS | (<u64>advance << 24) | (<u64>advance << 48);
      let to = PAIRS + (<usize>(code << (LOOKAHEAD - length)) << 3);
      for (let v: u32 = 0; v < (<u32>1 << size); v++) {
        const value = v < (<u32>1 << (size - 1)) ? <i32>v + 1 - (1 << size) : <i32>v;
        const first = base + (<u64>(<u16>value) << 32);
        for (let rest: u32 = 0; rest < (<u32>1 << left); rest++) {
          const second = <u64><u32>load<u64>(SINGLES + (<usize>(rest << used) << 3));
          const codeLength = (<u32>second & 127) - popcnt((<u32>second >> 8) & 0x7fff);
          if (codeLength && codeLength <= left) store<u64>(to, second + first);
          to += 8;
        }
      }
    }
    code <<= 1;
  }
}

/** Derives SIGNS. */
export function deriveSigns(table: i32): i32 {
  const status = deriveCanonical(table, 15);
  if (status < 0) return status;
  const d = DEFINED + <usize>table * DEFINED_BYTES;
  let o = SIGNS, index: usize = 17;
  for (let length: u32 = 1; length <= LOOKAHEAD; length++) {
    for (let i: u32 = load<u8>(d + length); i > 0; i--) {
      const symbol: u32 = load<u8>(d + index++), count: u32 = 1 << (LOOKAHEAD - length), size = symbol & 15;
      const advance = ((symbol >> 4) + 1) << 8;
      if (symbol == 0xf0) o = fill32(o, count, length | advance);
      else if (size != 1 || length == LOOKAHEAD) o = fill32(o, count, specialSign((length << 8) | symbol));
      else {
        o = fill32(o, count >> 1, (length + 1) | advance | 0xffff0000);
        o = fill32(o, count >> 1, (length + 1) | advance | 0x00010000);
      }
    }
  }
  fill32(o, <u32>(SIGNS + (4 << LOOKAHEAD) - o) >> 2, specialSign(0));
  return STATUS_OK;
}

function specialSign(codeAndSymbol: u32): u32 { return (SPECIAL_ZEROS << 8) | (codeAndSymbol << 16); }

function fill32(to: usize, count: u32, entry: u32): usize {
  const end = to + (<usize>count << 2);
  for (; to < end; to += 4) store<u32>(to, entry);
  return end;
}

/**
 * The code of more than 10 bits at the top of `window`: its length << 8 | its symbol. Bits that are no code count as 17
 * and as symbol 0.
 */
export function longCode(table: i32, window: u64): u32 {
  const code = <i32>(window >> 48);
  for (let length: u32 = LOOKAHEAD + 1; length <= 16; length++) {
    if (code >> (16 - length) <= maxCode(table, length)) {
      return (length << 8) | symbolOf(table, length, code >> (16 - length));
    }
  }
  countInfo(INFO_WARNINGS_BAD_CODE);
  return 17 << 8;
}
