// The filters of PNG's rows, undone (PNG 9.2): from rows that begin with the number of their filter to rows without it.
//
// All channels of a pixel at once, eight lanes of which as many count as a pixel has bytes. What is stored beyond them is
// written over by the next pixel, and behind the last one by the next row: the output is apart from the input.

import {
  PARAM_OUTPUT, PARAM_PIXEL_BYTES, PARAM_ROW_BYTES, PARAM_ROWS, STATUS_OUT_OF_MEMORY,
} from "../abi";
import { alloc, param } from "../shared/memory";

const NONE: i32 = 0;
const SUB: i32 = 1;
const UP: i32 = 2;
const AVERAGE: i32 = 3;
const PAETH: i32 = 4;

@inline
function take(address: usize): v128 { return i16x8.extend_low_i8x16_u(v128.load64_zero(address)); }

@inline
function put(address: usize, lanes: v128): void { v128.store64_lane(address, i8x16.narrow_i16x8_u(lanes, lanes), 0); }

function undoSub(line: usize, out: usize, bytes: usize, step: usize): void {
  let left = i8x16.splat(0);
  for (let i: usize = 0; i < bytes; i += step) {
    left = i8x16.add(left, v128.load64_zero(line + i));
    v128.store64_lane(out + i, left, 0);
  }
}

function undoUp(line: usize, above: usize, out: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(out + i, i8x16.add(v128.load(line + i), v128.load(above + i)));
  }
}

function undoAverage(line: usize, above: usize, out: usize, bytes: usize, step: usize): void {
  const bits = i16x8.splat(255);
  let left = i16x8.splat(0);
  for (let i: usize = 0; i < bytes; i += step) {
    left = v128.and(i16x8.add(take(line + i), i16x8.shr_u(i16x8.add(left, take(above + i)), 1)), bits);
    put(out + i, left);
  }
}

function undoPaeth(line: usize, above: usize, out: usize, bytes: usize, step: usize): void {
  const bits = i16x8.splat(255);
  let left = i16x8.splat(0), corner = i16x8.splat(0);
  for (let i: usize = 0; i < bytes; i += step) {
    const up = take(above + i);
    const toLeft = i16x8.sub(up, corner), toUp = i16x8.sub(left, corner);
    const farLeft = i16x8.abs(toLeft), farUp = i16x8.abs(toUp), farCorner = i16x8.abs(i16x8.add(toLeft, toUp));
    const least = i16x8.min_s(farLeft, i16x8.min_s(farUp, farCorner));
    const upOrCorner = v128.bitselect(up, corner, i16x8.eq(farUp, least));
    const nearest = v128.bitselect(left, upOrCorner, i16x8.eq(farLeft, least));
    left = v128.and(i16x8.add(nearest, take(line + i)), bits);
    put(out + i, left);
    corner = up;
  }
}

/**
 * Undoes the filters of rows at `input`, each a byte more than PARAM_ROW_BYTES, to rows at PARAM_OUTPUT.
 *
 * @returns How many were done: less than PARAM_ROWS where the next one has a filter that there is not.
 */
export function undoFilters(input: usize): i32 {
  const bytes = <usize>param(PARAM_ROW_BYTES), step = <usize>param(PARAM_PIXEL_BYTES), rows = param(PARAM_ROWS);
  let above = alloc(bytes);
  if (!above) return STATUS_OUT_OF_MEMORY;
  memory.fill(above, 0, bytes + 16);
  let out = <usize>param(PARAM_OUTPUT), line = input;
  for (let row = 0; row < rows; row++) {
    const filter: i32 = load<u8>(line++);
    if (filter == NONE) memory.copy(out, line, bytes);
    else if (filter == SUB) undoSub(line, out, bytes, step);
    else if (filter == UP) undoUp(line, above, out, bytes);
    else if (filter == AVERAGE) undoAverage(line, above, out, bytes, step);
    else if (filter == PAETH) undoPaeth(line, above, out, bytes, step);
    else return row;
    above = out;
    line += bytes;
    out += bytes;
  }
  return rows;
}
