/** A codec as it is added: this file, and its line in the list of codecs. */

import { ImageError } from "../../src/errors.ts";
import type { Codec } from "../../src/image/codec.ts";

/** "RAWI", width and height as bytes, then the pixels as they are: grey or RGB. */
export const raw: Codec = {
  name: "raw",
  extensions: ["rawi"],
  isMine: (head) => String.fromCharCode(...head.subarray(0, 4)) === "RAWI",
  readHeader: (bytes) => ({ width: bytes[4], height: bytes[5] }),
  decode(bytes) {
    const [width, height] = [bytes[4], bytes[5]];
    const data = bytes.slice(6);
    const channels = data.length / (width * height);
    if (channels !== 1 && channels !== 3) {
      throw new ImageError("image/corrupt", { action: "decode", reason: "it ends early" });
    }
    return { width, height, channels, data };
  },
};
