// Where libjpeg-turbo 2.1.5 and 3.2 make other things of a file, or have another opinion of it, this says which of them
// is followed. All that differs:
//
// - the estimates of unfinished progressive files (3.0.1, smoothing.ts): a component two blocks wide takes its second
//   column for the missing third and fourth ones, and the rows above and below are counted in rows of blocks, not in
//   strips, which matters where a strip has several;
// - lossless files (SOF3) are decoded (3.0, lossless.ts);
// - a second frame header is refused before its length is looked at (3.0.4, markers.ts).

import { PARAM_REFERENCE, REFERENCE_FORMER } from "../abi";
import { param } from "../shared/memory";

/** Whether libjpeg-turbo 2.1.5 is followed. */
export function isFormer(): bool { return param(PARAM_REFERENCE) == REFERENCE_FORMER; }
