/**
 * The kernel's failures as typed errors.
 *
 * @module
 */
import { type ErrorCode, ImageError, KernelError, type WdsError } from "../errors.ts";
import * as abi from "./abi.ts";

const STATUSES: Readonly<Record<number, readonly [code: ErrorCode, message: string]>> = {
  [abi.STATUS_NOT_JPEG]: ["jpeg/not-jpeg", "it does not begin with the JPEG start marker"],
  [abi.STATUS_TRUNCATED]: ["jpeg/truncated", "the file ends too early"],
  [abi.STATUS_OUT_OF_MEMORY]: ["kernel/out-of-memory", "the kernel's memory is exhausted"],
  [abi.STATUS_BAD_LENGTH]: ["jpeg/corrupt", "a marker segment has a wrong length"],
  [abi.STATUS_DUPLICATE_SOI]: ["jpeg/corrupt", "a second start-of-image marker"],
  [abi.STATUS_DUPLICATE_SOF]: ["jpeg/corrupt", "a second frame header"],
  [abi.STATUS_EMPTY_IMAGE]: ["jpeg/corrupt", "the frame has no pixels or no components"],
  [abi.STATUS_BAD_HUFFMAN_TABLE]: ["jpeg/corrupt", "a Huffman table is invalid"],
  [abi.STATUS_BAD_TABLE_INDEX]: ["jpeg/corrupt", "a table index is out of range"],
  [abi.STATUS_BAD_COMPONENT_ID]: ["jpeg/corrupt", "a scan names a component that the frame lacks"],
  [abi.STATUS_SOS_BEFORE_SOF]: ["jpeg/corrupt", "a scan comes before the frame header"],
  [abi.STATUS_NO_SCAN]: ["jpeg/corrupt", "there is a frame header but no scan"],
  [abi.STATUS_NO_IMAGE]: ["jpeg/corrupt", "there is no image in the file"],
  [abi.STATUS_MISSING_QUANTISATION_TABLE]: ["jpeg/corrupt", "a quantisation table is missing"],
  [abi.STATUS_MISSING_HUFFMAN_TABLE]: ["jpeg/corrupt", "a Huffman table is missing"],
  [abi.STATUS_BAD_SAMPLING]: ["jpeg/corrupt", "a sampling factor is outside 1 to 4"],
  [abi.STATUS_BAD_MCU_SIZE]: ["jpeg/corrupt", "an MCU has more than 10 blocks"],
  [abi.STATUS_UNKNOWN_MARKER]: ["jpeg/corrupt", "an unknown marker"],
  [abi.STATUS_BAD_PROGRESSION]: ["jpeg/corrupt", "a progressive scan has impossible parameters"],
  [abi.STATUS_DC_OVERFLOW]: ["jpeg/corrupt", "a DC coefficient overflows"],
  [abi.STATUS_TOO_MANY_SCANS]: ["jpeg/too-many-scans", "it has more scans than `maxScans` allows"],
  [abi.STATUS_UNEXPECTED_SCAN]: ["jpeg/corrupt", "another scan follows a complete image"],
  [abi.STATUS_MISSING_SCAN]: ["jpeg/corrupt", "a component of a lossless file has no scan"],
  [abi.STATUS_BAD_RESTART]: [
    "jpeg/corrupt",
    "a restart interval of a lossless scan is no whole rows",
  ],
  [abi.STATUS_UNSUPPORTED_CONVERSION]: [
    "jpeg/unsupported-lossless",
    "a lossless file in a colour space that would have to be converted",
  ],
  [abi.STATUS_UNSUPPORTED_LOSSLESS]: [
    "jpeg/unsupported-lossless",
    "this kind of lossless JPEG, or a fraction of one's size, is not supported",
  ],
  [abi.STATUS_UNSUPPORTED_HIERARCHICAL]: [
    "jpeg/unsupported-lossless",
    "hierarchical JPEG is not supported",
  ],
  [abi.STATUS_UNSUPPORTED_PRECISION]: [
    "jpeg/unsupported-precision",
    "samples of other than 8 bits are not supported",
  ],
  [abi.STATUS_UNSUPPORTED_COMPONENTS]: [
    "jpeg/unsupported-components",
    "the number of components is not supported",
  ],
  [abi.STATUS_UNSUPPORTED_SAMPLING]: [
    "jpeg/unsupported-sampling",
    "fractional sampling ratios are not supported",
  ],
  [abi.STATUS_IMAGE_TOO_BIG]: ["jpeg/too-large", "a dimension is larger than 65,500 pixels"],
};

/** On what the kernel failed. */
export interface FailureContext {
  /** What was being done: "decode". */
  readonly action: string;
  /** What it was done to: "the image". */
  readonly subject?: string;
  /** Offset in the file at which the kernel stopped, in bytes. */
  readonly fileOffsetBytes?: number;
}

/** Makes the typed error for a negative status of the kernel. */
export function toError(status: number, context: FailureContext): WdsError {
  const [code, reason] = STATUSES[status] ?? ["jpeg/corrupt", `the kernel reports ${status}`];
  const at = context.fileOffsetBytes === undefined
    ? ""
    : ` (at byte ${context.fileOffsetBytes} of the file)`;
  const failure = { action: context.action, subject: context.subject, reason: reason + at };
  return code.startsWith("kernel/")
    ? new KernelError(code, failure)
    : new ImageError(code, failure);
}
