/**
 * The marker segments before the first scan, read as Pillow's Python parser reads them.
 *
 * Pillow decodes what two parsers accept: this one, which identifies the file, and libjpeg's. What
 * the first refuses ("cannot identify image file") never reaches the second.
 *
 * @module
 */

import {
  M_APP0,
  M_APP1,
  M_APP13,
  M_APP14,
  M_APP15,
  M_APP2,
  M_DAC,
  M_DHP,
  M_DHT,
  M_DQT,
  M_EOI,
  M_JPG,
  M_JPG0,
  M_JPG13,
  M_RST0,
  M_SOF0,
  M_SOF15,
  M_SOS,
} from "../../kernel/abi.ts";

/** What the segments hold, as far as it is asked for. */
export interface JpegSegments {
  /** Exif data: the body of the first Exif segment, with its signature, and those of the others, without. */
  readonly exif?: Uint8Array;
  /** The XMP packet: the last one, without its signature. */
  readonly xmp?: Uint8Array;
  /** Bodies of the ICC profile segments before the frame header, with their 14-byte headers. */
  readonly icc: readonly Uint8Array[];
  /** What the frame header says. */
  readonly frame: JpegFrame;
}

/** The frame header, in pixels. */
export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3 | 4;
}

/** Why Pillow does not identify the file, and at which byte. */
export interface SegmentFault {
  readonly reason: string;
  readonly offsetBytes: number;
}

class Refusal extends Error {}

const JFIF = [0x4a, 0x46, 0x49, 0x46];
const EXIF = [0x45, 0x78, 0x69, 0x66, 0x00];
const XMP = [..."http://ns.adobe.com/xap/1.0/\0"].map((c) => c.charCodeAt(0));
const ICC = [..."ICC_PROFILE\0"].map((c) => c.charCodeAt(0));
const PHOTOSHOP = [..."Photoshop 3.0\0"].map((c) => c.charCodeAt(0));
const RESOURCE = [..."8BIM"].map((c) => c.charCodeAt(0));
const ADOBE = [..."Adobe"].map((c) => c.charCodeAt(0));
const TIFF_PREFIXES = ["MM\0*", "II*\0", "MM*\0", "II\0*", "MM\0+"];
const BIG_TIFF_PREFIX = "II+\0";

function startsWith(bytes: Uint8Array, prefix: readonly number[], at = 0): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}

/** Markers that Pillow knows and skips without a body. */
function isBare(code: number): boolean {
  return (code >= M_RST0 && code <= M_EOI) || code === M_JPG ||
    (code >= M_JPG0 && code <= M_JPG13);
}

function isFrame(code: number): boolean {
  return (code >= M_SOF0 && code <= M_SOF15 && ![M_DHT, M_JPG, M_DAC].includes(code)) ||
    code === M_DHP;
}

/**
 * Reads the segments up to the first scan.
 *
 * Exact: Pillow 12.2 or, with `isFormer`, 9.4, `JpegImagePlugin.JpegImageFile._open`, in what it accepts.
 *
 * @returns The segments, or why Pillow does not identify the file.
 */
export function readSegments(bytes: Uint8Array, isFormer = false): JpegSegments | SegmentFault {
  let icc: readonly Uint8Array[] = [];
  let collected: Uint8Array[] = [];
  let exif: Uint8Array | undefined;
  let xmp: Uint8Array | undefined;
  let hasResolution = false;
  let frame: JpegFrame | undefined;
  let position = 2; // at the 0xFF of the first marker
  const refuse = (reason: string): SegmentFault => ({ reason, offsetBytes: position });
  for (;;) {
    // Anything up to 0xFF is skipped, and so are fill bytes and stuffed zeros.
    while (position < bytes.length && bytes[position] !== 0xff) position++;
    while (position + 1 < bytes.length && bytes[position + 1] === 0xff) position++;
    if (position + 1 >= bytes.length) return refuse("no scan before the end of the file");
    const code = bytes[position + 1];
    if (code === 0) {
      position += 2;
      continue;
    }
    if (code < M_SOF0) return refuse(`0x${code.toString(16)} is no marker`);
    if (isBare(code)) {
      position += 2;
      continue;
    }
    if (position + 4 > bytes.length) return refuse("the file ends in a segment");
    const length = (bytes[position + 2] << 8) | bytes[position + 3];
    const end = position + 2 + Math.max(2, length);
    if (end > bytes.length) return refuse("the file ends in a segment");
    const body = bytes.subarray(position + 4, end);
    try {
      if (code === M_SOS) {
        if (frame === undefined) return refuse("a scan before the frame header");
        // The last frame header counts, and libjpeg's opinion of two of them.
        if (frame.width === 0 || frame.height === 0) return refuse("the frame has no pixels");
        return { exif, xmp, icc, frame };
      }
      if (code === M_DQT) checkQuantisation(body);
      else if (isFrame(code)) {
        frame = readFrame(body, collected);
        if (collected.length > 0) [icc, collected] = [collected, []];
      } else if (code >= M_APP0 && code <= M_APP15) {
        if (code === M_APP0 && startsWith(body, JFIF)) {
          require(body.length >= 7, "a JFIF segment is too short");
          if (body.length >= 12 && body[7] === 1) hasResolution = true;
        } else if (code === M_APP1 && startsWith(body, EXIF) && (isFormer || body[5] === 0)) {
          exif = exif === undefined || isFormer ? exif ?? body : joinBytes(exif, body.subarray(6));
        } else if (code === M_APP1 && startsWith(body, XMP)) xmp = body.subarray(XMP.length);
        else if (code === M_APP2 && startsWith(body, ICC)) collected.push(body);
        else if (code === M_APP13 && startsWith(body, PHOTOSHOP)) checkPhotoshop(body);
        else if (code === M_APP14 && startsWith(body, ADOBE)) {
          require(body.length >= 7, "an Adobe segment is too short");
        }
        if (isFormer && exif !== undefined && !hasResolution) {
          checkExif(exif);
          hasResolution = true;
        }
      }
    } catch (fault) {
      if (fault instanceof Refusal) return refuse(fault.message);
      throw fault;
    }
    position = end;
  }
}

function require(condition: boolean, reason: string): void {
  if (!condition) throw new Refusal(reason);
}

function checkQuantisation(body: Uint8Array): void {
  for (let at = 0; at < body.length;) {
    const size = body[at] >> 4 ? 129 : 65;
    require(body.length - at >= size, "a quantisation table segment has a wrong length");
    at += size;
  }
}

function readFrame(body: Uint8Array, icc: readonly Uint8Array[]): JpegFrame {
  require(body.length >= 6, "a frame header is too short");
  require(body[0] === 8, `samples of ${body[0]} bits`);
  require([1, 3, 4].includes(body[5]), `${body[5]} components`);
  require((body.length - 6) % 3 === 0, "a frame header has a wrong length");
  const width = (body[3] << 8) | body[4];
  const height = (body[1] << 8) | body[2];
  // Pillow sorts the profile's segments here and reads the first one's count.
  const first = icc.length > 0 ? icc.toSorted(compareBytes)[0] : undefined;
  require(first === undefined || first.length >= 14, "an ICC profile segment is too short");
  return { width, height, components: body[5] as 1 | 3 | 4 };
}

// The resource blocks of a Photoshop segment: a name that begins beyond the segment is the one thing
// that Pillow stumbles over; other short blocks it leaves alone.
function checkPhotoshop(body: Uint8Array): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = 14;
  while (startsWith(body, RESOURCE, at)) {
    at += 4;
    if (at + 2 > body.length) return;
    const code = view.getUint16(at);
    at += 2;
    require(at < body.length, "a Photoshop segment is too short");
    at += 1 + body[at];
    at += at & 1;
    if (at + 4 > body.length) return;
    const size = view.getInt32(at);
    at += 4;
    // The resolution block is read up to its 14th byte.
    if (code === 0x03ed && Math.min(size, body.length - at) < 14) return;
    at += size;
    at += at & 1;
    if (at < 0) return;
  }
}

// Pillow 9.4 looks for the resolution in the Exif data; a TIFF header that ends early, and one of a little-endian
// BigTIFF file, are not handled there.
function checkExif(exif: Uint8Array): void {
  const data = exif[5] === 0 ? exif.subarray(6) : exif;
  if (data.length === 0) return;
  const prefix = String.fromCharCode(...data.subarray(0, 4));
  require(prefix !== BIG_TIFF_PREFIX, "the Exif segment holds a BigTIFF header");
  if (TIFF_PREFIXES.includes(prefix)) {
    require(data.length >= 8, "the Exif segment ends in its TIFF header");
  }
}

function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Orders bytes as Python does. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
