// What the kernel and its host agree on: status codes, markers, and the fields of the two blocks that they
// exchange. The build copies this file to src/kernel/abi.ts as it is, so it holds plain numbers only: valid
// AssemblyScript and valid TypeScript.
//
// Every call takes one number at most, a count of bytes. What else it needs stands in the parameter block.

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
export const STATUS_BAD_RESTART = -23;
export const STATUS_MISSING_SCAN = -24;
export const STATUS_UNSUPPORTED_CONVERSION = -33; // lossless, in a colour space other than what is put out
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

// JPEG markers (T.81 table B.1), by libjpeg's names. A frame header's marker is the value of INFO_SOF.
export const M_TEM = 0x01;
export const M_SOF0 = 0xc0; // baseline
export const M_SOF1 = 0xc1; // extended sequential, Huffman
export const M_SOF2 = 0xc2; // progressive, Huffman
export const M_SOF3 = 0xc3; // lossless, Huffman
export const M_DHT = 0xc4;
export const M_SOF5 = 0xc5; // hierarchical from here to SOF7
export const M_JPG = 0xc8;
export const M_SOF9 = 0xc9; // extended sequential, arithmetic
export const M_SOF10 = 0xca; // progressive, arithmetic
export const M_SOF11 = 0xcb; // lossless, arithmetic
export const M_DAC = 0xcc;
export const M_SOF15 = 0xcf;
export const M_RST0 = 0xd0;
export const M_RST7 = 0xd7;
export const M_SOI = 0xd8;
export const M_EOI = 0xd9;
export const M_SOS = 0xda;
export const M_DQT = 0xdb;
export const M_DNL = 0xdc;
export const M_DRI = 0xdd;
export const M_DHP = 0xde;
export const M_EXP = 0xdf;
export const M_APP0 = 0xe0;
export const M_APP1 = 0xe1;
export const M_APP2 = 0xe2;
export const M_APP13 = 0xed;
export const M_APP14 = 0xee;
export const M_APP15 = 0xef;
export const M_JPG0 = 0xf0;
export const M_JPG13 = 0xfd;
export const M_COM = 0xfe;

// Whose results, PARAM_REFERENCE: see jpeg/reference.ts.
export const REFERENCE_TODAY = 0; // libjpeg-turbo 3.2, as in Pillow's wheels
export const REFERENCE_FORMER = 1; // libjpeg-turbo 2.1.5, as in Debian 12 and 13

// What `start` prepares, PARAM_MODE.
export const MODE_RGB = 0;
export const MODE_NATIVE = 1; // grey or CMYK as stored
export const MODE_FUSED = 2; // decoded and resampled

// Number format of what is resampled, PARAM_OUTPUT_TYPE.
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
export const INFO_OUTPUT = 36; // address of the rows that `next` made
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

// The parameter block: 32-bit integers at the address that `params()` returns, by byte offset. Addresses are of
// memory that the host took by `reserve`.

// For `header` and `start`.
export const PARAM_REFERENCE = 112;
export const PARAM_TAIL = 116; // bytes of the input that are not the file's, but an end that was given to it

// For `start`: the part that is decoded, in pixels of the result. In MODE_FUSED the tables decide it.
export const PARAM_MODE = 0;
export const PARAM_SCALE = 4; // eighths of the size: 8, 4, 2 or 1; 8 in MODE_FUSED
export const PARAM_LEFT = 8;
export const PARAM_TOP = 12;
export const PARAM_RIGHT = 16; // one past the last column, and below one past the last row
export const PARAM_BOTTOM = 20;
export const PARAM_MAX_SCANS = 24;
export const PARAM_READS_ALL = 28; // 1: what lies below the part is decoded too, so that all damage is found

// For `start` in MODE_FUSED, and for `resample`.
export const PARAM_X_BOUNDS = 32; // address of pairs (first tap, number of taps), one an output column
export const PARAM_X_COEFFICIENTS = 36; // address of their coefficients, fixed point, PARAM_X_TAPS each
export const PARAM_X_TAPS = 40;
export const PARAM_X_COUNT = 44; // output columns
export const PARAM_Y_BOUNDS = 48; // the same for output rows
export const PARAM_Y_COEFFICIENTS = 52;
export const PARAM_Y_TAPS = 56;
export const PARAM_Y_COUNT = 60;
export const PARAM_OUTPUT = 64; // address of the whole output
export const PARAM_OUTPUT_TYPE = 68;
export const PARAM_OUTPUT_WIDTH = 72; // of the whole output, in pixels
export const PARAM_OUTPUT_HEIGHT = 76;
export const PARAM_OUTPUT_LEFT = 80; // where the resampled part starts in it
export const PARAM_OUTPUT_TOP = 84;
export const PARAM_OUTPUT_CHANNELS = 88; // OUTPUT_U8_NHWC: as many as are resampled, or 3 of one that is replicated
export const PARAM_CHANNELS = 92; // channels that are resampled
export const PARAM_NORMALISATION = 96; // OUTPUT_F32_NCHW: address of four float32 numbers a channel, see output.ts
export const PARAM_VALUES = 100; // OUTPUT_F16_NCHW: address of the value of each byte, 256 a channel
export const PARAM_SOURCE_WIDTH = 104; // `resample`: of the packed pixels in the input
export const PARAM_SOURCE_HEIGHT = 108;
export const PARAM_X_PRECISION = 120; // fractional bits of the coefficients: 22 is Pillow's arithmetic, fewer bits are
export const PARAM_Y_PRECISION = 124; // torch's, whose coefficients have 16 bits; the same arithmetic for both

// For `unfilter`, with PARAM_OUTPUT.
export const PARAM_ROWS = 128;
export const PARAM_ROW_BYTES = 132; // of a row without the byte of its filter
export const PARAM_PIXEL_BYTES = 136; // from a pixel to the next one, 1 to 8
export const PARAM_BYTES = 144;
