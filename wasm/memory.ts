// The kernel's memory map. Static regions come first, then the arena: input bytes, un-stuffed
// scan data, strips and outputs of one image, taken with `alloc` and given back all at once.

import { INFO_BYTES, PARAM_BYTES } from "./abi";

export const INFO: usize = memory.data(INFO_BYTES, 16);
export const PARAMS: usize = memory.data(PARAM_BYTES, 16);

// Components: one record each, fields by byte offset.
export const MAX_COMPONENTS: i32 = 4;
const COMPONENT_BYTES: usize = 128;
const COMPONENTS: usize = memory.data(4 * 128, 16);
export const C_ID: usize = 0; // component identifier
export const C_H: usize = 4; // sampling factors
export const C_V: usize = 8;
export const C_TQ: usize = 12; // quantisation table index
export const C_TD: usize = 16; // DC and AC entropy table indices of the current scan
export const C_TA: usize = 20;
export const C_DC: usize = 24; // DC prediction
export const C_WIDTH_BLOCKS: usize = 28; // libjpeg's width_in_blocks, height_in_blocks
export const C_HEIGHT_BLOCKS: usize = 32;
export const C_WIDTH: usize = 36; // libjpeg's downsampled_width, downsampled_height
export const C_HEIGHT: usize = 40;
export const C_BAND_BYTES: usize = 44; // distance of two bands: a band is 8 rows, column after column
export const C_STRIP_BYTES: usize = 48; // distance of two strips: a strip is the bands of one MCU row
export const C_STRIPS: usize = 52; // address of the first strip's first column
export const C_STRIP_COUNT: usize = 56; // strips kept (1, or more where upsampling needs neighbours)
export const C_UPSAMPLED: usize = 60; // address of one band at full resolution, 0 if not needed
export const C_X_FACTOR: usize = 64; // columns and rows that one sample makes
export const C_Y_FACTOR: usize = 68;
export const C_METHOD: usize = 72; // upsampling method, see upsample.ts
export const C_FIRST_BLOCK: usize = 76; // blocks of a row that the region needs: [first, last)
export const C_LAST_BLOCK: usize = 80;
export const C_COEFFICIENTS: usize = 84; // all blocks of the component, where a file has several scans
export const C_DC_CONTEXT: usize = 92; // conditioning of the DC difference, arithmetic coding
export const C_ROW_BYTES: usize = 88; // distance of two rows of them

// Quantisation tables in natural order, 64 unsigned 16-bit values: as defined, and as latched by
// each component at its first scan (libjpeg's latch_quant_tables).
export const QUANTISATION: usize = memory.data(4 * 128, 16);
export const COMPONENT_QUANTISATION: usize = memory.data(4 * 128, 16);

// Bit t: quantisation table t is defined; component t has latched its table.
export let quantisationDefined: i32 = 0;
export let quantisationLatched: i32 = 0;
export function setQuantisationDefined(v: i32): void { quantisationDefined = v; }
export function setQuantisationLatched(v: i32): void { quantisationLatched = v; }

// The arena. `limit` is the end of what may be used; 64 bytes of slack follow every allocation,
// so that a 16-byte load or store may start at its last byte.
const SLACK: usize = 64;
let top: usize = 0;

export function resetArena(): void { top = (__heap_base + 63) & ~63; }

/** Takes `bytes` of the arena, 64-byte aligned; 0 if the memory cannot grow that far. */
export function alloc(bytes: usize): usize {
  if (bytes > 0xe0000000) return 0;
  const start = top;
  const end = start + bytes + SLACK;
  if (end < start || end > 0xfff00000) return 0;
  const pages = <i32>((end + 65535) >> 16);
  const have = memory.size();
  if (pages > have && memory.grow(pages - have) < 0) return 0;
  top = (end + 63) & ~63;
  return start;
}

export function component(index: i32): usize { return COMPONENTS + <usize>index * COMPONENT_BYTES; }
export function setInfo(offset: usize, value: i32): void { store<i32>(INFO + offset, value); }
export function getInfo(offset: usize): i32 { return load<i32>(INFO + offset); }
export function countInfo(offset: usize): void { store<i32>(INFO + offset, load<i32>(INFO + offset) + 1); }
export function param(offset: usize): i32 { return load<i32>(PARAMS + offset); }
