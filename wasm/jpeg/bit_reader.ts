// A reader of bits that is a position alone: the un-stuffed, reversed segment lets a 64-bit load at any
// byte yield at least 57 bits. Past the end of the data all bits are 0, as libjpeg has it. For the
// careful decoder of sequential scans, which goes symbol by symbol, and to hand a position from run to run; the decoders
// of blocks keep their state in locals.

import { INFO_WARNINGS_BAD_CODE } from "../abi";
import { countInfo } from "../shared/memory";
import { LOOKAHEAD, maxCode, symbolOf, symbolTable } from "./huffman";
import { segmentBytes, segmentTop } from "./unstuff";

let at: u64 = 0;

export function readerPosition(): u64 { return at; }
export function setReaderPosition(bit: u64): void { at = bit; }
/** Whether bits were read that the segment does not have. */
export function isPastEnd(): bool { return at > <u64>segmentBytes << 3; }

// The next 57 bits or more, most significant first.
function window(): u64 {
  const byte = <usize>min(at >> 3, <u64>segmentBytes);
  return load<u64>(segmentTop - 8 - byte) << (at & 7);
}

/** The symbol of the next code; bits that are no code count as 17 and as symbol 0. */
export function readSymbol(table: i32): u32 {
  const w = window();
  const e: u32 = load<u16>(symbolTable(table) + (<usize>(w >> (64 - LOOKAHEAD)) << 1));
  if (e) {
    at += <u64>(e >> 8);
    return e & 255;
  }
  const code = <i32>(w >> 48);
  for (let length: u32 = LOOKAHEAD + 1; length <= 16; length++) {
    if (code >> (16 - length) <= maxCode(table, length)) {
      at += <u64>length;
      return symbolOf(table, length, code >> (16 - length));
    }
  }
  at += 17;
  countInfo(INFO_WARNINGS_BAD_CODE);
  return 0;
}

// The next `n` bits, 1 to 16.
function readBits(n: u32): i32 {
  const v = <i32>(window() >> (64 - n));
  at += <u64>n;
  return v;
}

/** A value of `size` bits, extended by its sign (T.81 F.2.2.1); 0 for no bits. */
export function readValue(size: u32): i32 {
  if (!size) return 0;
  const v = readBits(size);
  return v < (1 << (size - 1)) ? v + 1 - (1 << size) : v;
}
