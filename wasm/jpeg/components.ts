// The components of the current frame and their quantisation tables.

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
export const C_MAPS: usize = 96; // for each of these blocks 64 bits, in zigzag order: the coefficient is not zero

// Quantisation tables in natural order, 64 unsigned 16-bit values: as defined, and as latched by
// each component at its first scan (libjpeg's latch_quant_tables).
export const QUANTISATION: usize = memory.data(4 * 128, 16);
export const COMPONENT_QUANTISATION: usize = memory.data(4 * 128, 16);

// Bit t: quantisation table t is defined; component t has latched its table.
export let quantisationDefined: i32 = 0;
export let quantisationLatched: i32 = 0;
export function setQuantisationDefined(v: i32): void { quantisationDefined = v; }
export function setQuantisationLatched(v: i32): void { quantisationLatched = v; }

export function component(index: i32): usize { return COMPONENTS + <usize>index * COMPONENT_BYTES; }
