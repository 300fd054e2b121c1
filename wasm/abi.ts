// The one place that fixes what the kernel and its host agree on. The build copies this file to
// src/kernel/abi.ts, so it holds plain numbers only: valid AssemblyScript and valid TypeScript.

// Status codes: 0 and above are results, below are failures.
export const STATUS_OK = 0;
export const STATUS_NOT_JPEG = -1;
export const STATUS_TRUNCATED = -2;
export const STATUS_OUT_OF_MEMORY = -3;
export const STATUS_BAD_LENGTH = -4;
export const STATUS_DUPLICATE_SOI = -5;
export const STATUS_DUPLICATE_SOF = -6;
export const STATUS_EMPTY_IMAGE = -7;
export const STATUS_BAD_HUFFMAN_TABLE = -8;
export const STATUS_BAD_TABLE_INDEX = -9;
export const STATUS_BAD_COMPONENT_ID = -10;
export const STATUS_SOS_BEFORE_SOF = -11;
export const STATUS_NO_SCAN = -12;
export const STATUS_NO_IMAGE = -13;
export const STATUS_MISSING_QUANTISATION_TABLE = -14;
export const STATUS_MISSING_HUFFMAN_TABLE = -15;
export const STATUS_BAD_SAMPLING = -16;
export const STATUS_BAD_MCU_SIZE = -17;
export const STATUS_UNKNOWN_MARKER = -18;
export const STATUS_UNEXPECTED_SCAN = -19;
export const STATUS_BAD_PROGRESSION = -20;
export const STATUS_DC_OVERFLOW = -21;
export const STATUS_TOO_MANY_SCANS = -22;
export const STATUS_UNSUPPORTED_LOSSLESS = -34;
export const STATUS_UNSUPPORTED_HIERARCHICAL = -35;
export const STATUS_UNSUPPORTED_PRECISION = -36;
export const STATUS_UNSUPPORTED_COMPONENTS = -37;
export const STATUS_UNSUPPORTED_SAMPLING = -38;
export const STATUS_IMAGE_TOO_BIG = -41;

// Colour spaces, as libjpeg's default_decompress_parms decides them.
export const COLOUR_GREY = 1;
export const COLOUR_RGB = 2;
export const COLOUR_YCBCR = 3;
export const COLOUR_CMYK = 4;
export const COLOUR_YCCK = 5;

// What `start` prepares.
export const MODE_RGB = 0;
export const MODE_NATIVE = 1; // grey or CMYK as stored
export const MODE_FUSED = 2;

// Number format of `transform`'s output.
export const OUTPUT_F32_NCHW = 0;
export const OUTPUT_F16_NCHW = 1;
export const OUTPUT_U8_NHWC = 2;

// The info block: 32-bit integers at the address that `info()` returns, by byte offset.
export const INFO_WIDTH = 0;
export const INFO_HEIGHT = 4;
export const INFO_COMPONENTS = 8;
export const INFO_PRECISION = 12;
export const INFO_SOF = 16;
export const INFO_COLOUR = 20;
export const INFO_RESTART_INTERVAL = 24;
export const INFO_OFFSET = 28; // byte offset in the file of the fault, or of the end of what was read
export const INFO_DETAIL = 32; // the marker, table index or component id a failure is about
export const INFO_OUTPUT = 36; // address of the rows that `next_rows` made
export const INFO_WARNINGS_BAD_CODE = 40;
export const INFO_WARNINGS_EARLY_MARKER = 44;
export const INFO_WARNINGS_EXTRANEOUS = 48;
export const INFO_WARNINGS_RESYNC = 52;
export const INFO_SLOW_RUNS = 56; // runs of MCUs that the careful decoder did again
export const INFO_WARNINGS_PROGRESSION = 60;
export const INFO_SAMPLING = 64; // four pairs (h, v), 8 bytes each
export const INFO_SCANS = 96;
export const INFO_SMOOTHED = 100; // 1 if unfinished coefficients were estimated
export const INFO_BYTES = 112;

// The transform block: 32-bit integers at the address that `params()` returns, by byte offset.
// Tables are addresses in the kernel's memory, written by the host after `reserve_tables`.
export const PARAM_X_BOUNDS = 0; // pairs (first tap, tap count), one an output column
export const PARAM_X_COEFFICIENTS = 4; // 22-bit fixed point, PARAM_X_TAPS each
export const PARAM_X_TAPS = 8;
export const PARAM_X_COUNT = 12; // output columns
export const PARAM_Y_BOUNDS = 16;
export const PARAM_Y_COEFFICIENTS = 20;
export const PARAM_Y_TAPS = 24;
export const PARAM_Y_COUNT = 28; // output rows
export const PARAM_OUTPUT_TYPE = 32;
export const PARAM_LUT = 36; // float32: four numbers a channel (see normalise32); float16: the value of each byte, 256 a channel
export const PARAM_OUTPUT = 40; // address of the tensor
export const PARAM_OUTPUT_WIDTH = 44; // of the whole tensor, in pixels
export const PARAM_OUTPUT_HEIGHT = 48;
export const PARAM_OUTPUT_LEFT = 52; // where the resampled part starts in it
export const PARAM_OUTPUT_TOP = 56;
export const PARAM_CHANNELS = 60; // of the resampled part (1 is replicated to 3 by `transform`)
export const PARAM_SOURCE_WIDTH = 64; // `resample` only: of the packed pixels in the input
export const PARAM_SOURCE_HEIGHT = 68;
export const PARAM_BYTES = 80;
