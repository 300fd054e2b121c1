// What the encoder exports: a module of its own, which is loaded with the first picture that is encoded. It writes the scan of
// a baseline JPEG file with 4:2:0; the host writes what stands before it. Nothing is imported and nothing traps.
//
//     tables(), prepare()   the host writes the order of the scan, divisors and codes, and has them prepared, when one is another
//     begin(width, height)  forgets the picture before; the host writes packed RGB to the address that it returns
//     output()              where the host writes the file's head
//     encode(headBytes)     returns the length of the whole file, which begins at output(), or 0 if memory is short

import { alloc, resetArena } from "../shared/memory";
import { convertStrip, MCU_BYTES } from "./colour";
import { prepareBlocks, TABLES } from "./fdct";
import { encodeMcu, finishBits, prepareBits, MAX_MCU_BYTES, setRowTop, startBits } from "./huffman";
import { stuff } from "./stuff";

// Room for a file's head, and for what ends it.
const HEAD_BYTES: usize = 1024;

let width: i32 = 0;
let height: i32 = 0;
let pixels: usize = 0;
let strip: usize = 0;
let rowTop: usize = 0;
let out: usize = 0;

/** Address of the tables that the host writes: see fdct.ts. */
export function tables(): usize { return TABLES; }

/** Derives what the blocks and the bits take from the tables. */
export function prepare(): void {
  prepareBlocks();
  prepareBits();
}

/** Forgets the picture before; the address for rows of RGB, 3 * `w` bytes each, or 0 if memory is short. Edges are 1 to 65,500. */
export function begin(w: i32, h: i32): usize {
  resetArena();
  out = 0;
  width = w;
  height = h;
  const across = <usize>((w + 15) >> 4);
  const bytes = <u64>w * <u64>h * 3;
  if (bytes > 0xe0000000) return 0;
  pixels = alloc(<usize>bytes);
  strip = alloc(across * MCU_BYTES);
  const row = alloc(across * MAX_MCU_BYTES);
  rowTop = row + across * MAX_MCU_BYTES;
  if (!pixels || !strip || !row) return 0;
  // Half a byte a pixel, which few pictures need; more is taken when it is.
  out = alloc(HEAD_BYTES + <usize>(bytes / 6));
  return out ? pixels : 0;
}

/** Where the file begins. */
export function output(): usize { return out; }

/** Whether the memory reaches to `end`, grown where it does not, by a quarter at least. */
function reach(end: u64): bool {
  const have = memory.size();
  const pages = <i32>((end + 65535) >> 16);
  if (pages <= have) return true;
  const more = pages - have;
  const quarter = have >> 2;
  return memory.grow(more > quarter ? more : quarter) >= 0 || memory.grow(more) >= 0;
}

/** Writes the scan behind `headBytes` bytes of head, and the file's end. Returns its length, or 0 if memory is short. */
export function encode(headBytes: usize): usize {
  if (!out) return 0;
  startBits(rowTop);
  const across = (width + 15) >> 4;
  const down = (height + 15) >> 4;
  // In blocks of 8: those beyond are no part of the picture.
  const lumaAcross = (width + 7) >> 3;
  const lumaDown = (height + 7) >> 3;
  let o = out + headBytes;
  for (let row = 0; row < down; row++) {
    convertStrip(pixels, width, height, row, strip);
    const hasBelow = 2 * row + 1 < lumaDown;
    let mcu = strip;
    for (let column = 0; column < across; column++) {
      encodeMcu(mcu, 2 * column + 1 < lumaAcross, hasBelow);
      mcu += MCU_BYTES;
    }
    const bottom = row + 1 == down ? finishBits() : setRowTop(rowTop);
    // All of it may be stuffed; a vector may be written beyond, and two bytes end the file.
    if (!reach(<u64>o + (<u64>(rowTop - bottom) << 1) + 64)) return 0;
    o = stuff(bottom, rowTop, o);
  }
  store<u16>(o, 0xd9ff);
  return o + 2 - out;
}
