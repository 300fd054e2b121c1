// What the kernel exports. The host writes the input, tables and parameters into the kernel's memory, calls, and reads
// results back; nothing is imported and nothing traps (see abi.ts for the numbers that both know).

import { STATUS_OUT_OF_MEMORY } from "./abi";
import { nextRows, startDecode } from "./jpeg/decode";
import { readHeader } from "./jpeg/markers";
import { undoFilters } from "./png/unfilter";
import { resampleImage } from "./resample/packed";
import { alloc, INFO, PARAMS, resetArena } from "./shared/memory";

let input: usize = 0;
let inputBytes: usize = 0;

/** Address of the info block. */
export function info(): usize { return INFO; }

/** Address of the parameter block. */
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

/** Starts decoding as the parameter block says. Files with several scans are entropy-decoded here. */
export function start(): i32 { return startDecode(); }

/**
 * Decodes more rows and returns how many, 0 at the end, or a failure. In MODE_FUSED it returns at the
 * end only.
 */
export function next(): i32 { return nextRows(); }

/** Resamples the input, packed pixels, as the parameter block says. */
export function resample(): i32 {
  if (!input) return STATUS_OUT_OF_MEMORY;
  return resampleImage(input);
}

/** Undoes the filters of a PNG file's rows in the input, and returns how many rows had one that there is. */
export function unfilter(): i32 {
  if (!input) return STATUS_OUT_OF_MEMORY;
  return undoFilters(input);
}
