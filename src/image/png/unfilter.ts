/**
 * The filters of PNG's rows, undone by the kernel: in JavaScript they took two thirds of a file's time.
 *
 * @module
 */
import * as abi from "../../kernel/abi.ts";
import { getKernel, releaseKernel } from "../../kernel/instance.ts";
import { toError } from "../../kernel/status.ts";
import { corruptError } from "../codecs/faults.ts";

/** Rows of one length. */
export interface FilteredRows {
  readonly rows: number;
  /** Bytes of a row, without that of its filter. */
  readonly rowBytes: number;
  /** Bytes from a pixel to the next one; 1 where pixels are smaller. */
  readonly pixelBytes: number;
}

/**
 * Undoes the filters of rows, each of which is a byte that names its filter and its bytes; above the first one there are
 * zeros.
 *
 * @returns The rows without these bytes.
 * @throws {ImageError} `image/corrupt` for a filter that there is not.
 */
export function unfilter(
  data: Uint8Array,
  { rows, rowBytes, pixelBytes }: FilteredRows,
): Uint8Array<ArrayBuffer> {
  const kernel = getKernel();
  try {
    kernel.begin(data);
    const output = kernel.reserve(rows * rowBytes);
    kernel.setParam(abi.PARAM_OUTPUT, output);
    kernel.setParam(abi.PARAM_ROWS, rows);
    kernel.setParam(abi.PARAM_ROW_BYTES, rowBytes);
    kernel.setParam(abi.PARAM_PIXEL_BYTES, pixelBytes);
    const done = kernel.exports.unfilter();
    if (done < 0) throw toError(done, { action: "decode" });
    if (done < rows) {
      const filter = data[done * (rowBytes + 1)];
      throw corruptError(`its row ${done} has the filter ${filter}, which PNG has not`);
    }
    return kernel.bytes.slice(output, output + rows * rowBytes);
  } finally {
    releaseKernel();
  }
}
