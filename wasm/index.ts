// What the kernel exports. The host writes input and tables into the kernel's memory, calls, and
// reads results back; nothing is imported and nothing traps (see abi.ts for the shared numbers).

import { STATUS_OUT_OF_MEMORY } from "./abi";
import { nextRows, startDecode } from "./decode";
import { readHeader } from "./markers";
import { alloc, INFO, PARAMS, resetArena } from "./memory";
import { resampleImage } from "./resample";

let input: usize = 0;
let inputBytes: usize = 0;

/** Address of the info block. */
export function info(): usize { return INFO; }

/** Address of the transform block. */
export function params(): usize { return PARAMS; }

/** Forgets the previous image and returns the address for `bytes` of input, 0 if memory is short. */
export function begin(bytes: usize): usize {
  resetArena();
  input = alloc(bytes);
  inputBytes = bytes;
  return input;
}

/** Takes `bytes` for the host's tables or output, until the next `begin`; 0 if memory is short. */
export function reserve(bytes: usize): usize { return alloc(bytes); }

/** Parses the input's headers into the info block. */
export function header(): i32 {
  if (!input) return STATUS_OUT_OF_MEMORY;
  return readHeader(input, inputBytes);
}

/**
 * Starts decoding: a region, at `scale` eighths of the size, to rows, or in MODE_FUSED what the transform block says. Files with several
 * scans, at most `maxScans`, are entropy-decoded here. With `all`, the data below the region is decoded too.
 */
export function start(mode: i32, scale: i32, left: i32, top: i32, right: i32, bottom: i32, maxScans: i32, all: i32): i32 {
  return startDecode(mode, scale, left, top, right, bottom, maxScans, all != 0);
}

/**
 * Decodes more rows and returns how many, 0 at the end, or a failure. In MODE_FUSED it returns at the
 * end only.
 */
export function next(): i32 { return nextRows(); }

/** Resamples the input, packed pixels, as the transform block says. */
export function resample(): i32 {
  if (!input) return STATUS_OUT_OF_MEMORY;
  return resampleImage(input);
}
