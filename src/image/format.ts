/**
 * What a file is, by its first bytes: extensions only say what somebody took it for.
 *
 * @module
 */
import { once } from "./once.ts";

/** A format of files. */
export interface FileFormat {
  /** What a file of it is, for errors: "a PNG image". */
  readonly what: string;
  /** The last parts of extensions that such images go by, the commonest first; none where it is no image. */
  readonly extensions: readonly string[];
}

/** JPEG, the one format that the kernel decodes. */
export const JPEG: FileFormat = { what: "a JPEG image", extensions: ["jpg", "jpeg"] };

type Signature = readonly [offset: number, bytes: readonly number[] | string];

const getSignatures = once((): readonly (readonly [FileFormat, ...(readonly Signature[])])[] => [
  [JPEG, [0, [0xff, 0xd8, 0xff]]],
  [image("a PNG image", "png"), [0, [0x89, 0x50, 0x4e, 0x47]]],
  [image("a WebP image", "webp"), [0, "RIFF"], [8, "WEBP"]],
  [image("a GIF image", "gif"), [0, "GIF8"]],
  // The upper bytes of the size of its header: "BM" alone begins many a text.
  [image("a BMP image", "bmp"), [0, "BM"], [15, [0, 0, 0]]],
  [image("a TIFF image", "tif", "tiff"), [0, "II*\0"]],
  [image("a TIFF image", "tif", "tiff"), [0, "MM\0*"]],
  [image("a BigTIFF image", "tif", "tiff"), [0, "II+\0"]],
  [image("a BigTIFF image", "tif", "tiff"), [0, "MM\0+"]],
  [image("a JPEG 2000 image", "jp2", "j2k"), [0, "\0\0\0\x0cjP"]],
  [image("a JPEG 2000 image", "j2k", "jp2"), [0, [0xff, 0x4f, 0xff, 0x51]]],
  [image("a JPEG XL image", "jxl"), [0, [0xff, 0x0a]]],
  [image("a JPEG XL image", "jxl"), [0, "\0\0\0\x0cJXL "]],
  [image("an AVIF image", "avif"), [4, "ftypavi"]],
  [image("a HEIF image", "heic", "heif", "avif"), [4, "ftyphei"]],
  [image("a HEIF image", "heic", "heif", "avif"), [4, "ftyphev"]],
  [image("a HEIF image", "heif", "heic", "avif"), [4, "ftypmif1"]],
  [image("a HEIF image", "heif", "heic", "avif"), [4, "ftypmsf1"]],
  [image("a QOI image", "qoi"), [0, "qoif"]],
  [image("a Photoshop image", "psd"), [0, "8BPS"]],
  ...["pbm", "pgm", "ppm"].flatMap((name, i) =>
    [i + 1, i + 4].flatMap((digit) =>
      [..."\n\r\t #"].map((blank): readonly [FileFormat, Signature] => [
        image(`a ${name.toUpperCase()} image`, name, "pnm"),
        [0, `P${digit}${blank}`],
      ])
    )
  ),
  [image("an MP4 video or its like"), [4, "ftyp"]],
  [image("gzip data"), [0, [0x1f, 0x8b]]],
  [image("a PDF document"), [0, "%PDF"]],
  [image("a ZIP archive"), [0, "PK\x03\x04"]],
  [image("a tar archive"), [257, "ustar"]],
  [image("a NumPy array"), [0, [0x93, ..."NUMPY".split("").map((letter) => letter.charCodeAt(0))]]],
]);

function image(what: string, ...extensions: string[]): FileFormat {
  return { what, extensions };
}

const getImageExtensions = once(() =>
  new Set(getSignatures().flatMap(([{ extensions }]) => extensions))
);

/** Last part of an extension: what it says about the format (`png` of `left.png`). */
export function getFormat(extension: string): string {
  return extension.slice(extension.lastIndexOf(".") + 1);
}

/** Whether an extension promises an image, of whatever format, one that can be decoded or not. */
export function isImageExtension(extension: string): boolean {
  return getImageExtensions().has(getFormat(extension));
}

/** The format of a file; `undefined` where it is none that is known, text for one. */
export function findFormat(bytes: Uint8Array): FileFormat | undefined {
  return getSignatures().find(([, ...parts]) =>
    parts.every(([offset, expected]) =>
      typeof expected === "string"
        ? [...expected].every((letter, i) => bytes[offset + i] === letter.charCodeAt(0))
        : expected.every((byte, i) => bytes[offset + i] === byte)
    )
  )?.[0];
}

/** Whether bytes begin as a JPEG file does; the same as Pillow looks at. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Whether a file says that it can be read as AVIF, whatever it is first of all: HEIF files may be that too. */
export function isAvif(bytes: Uint8Array): boolean {
  const letters = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (letters(4) !== "ftyp") return false;
  const end = Math.min(bytes.length, bytes[2] * 256 + bytes[3], 256);
  for (let at = 8; at + 4 <= end; at += 4) {
    // What follows the first brand is its version.
    if (at !== 12 && (letters(at) === "avif" || letters(at) === "avis")) return true;
  }
  return false;
}

/** Says what a file is, for errors. */
export function describeFormat(bytes: Uint8Array): string {
  if (bytes.length === 0) return "empty";
  const format = findFormat(bytes);
  if (format !== undefined) return format.what;
  const head = bytes.subarray(0, 256);
  const isText = head.every((byte) => byte === 9 || byte === 10 || byte === 13 || byte >= 0x20);
  if (!isText) return "of an unknown format";
  const text = new TextDecoder().decode(head);
  if (/^\s*<(?:svg|\?xml[^]*<svg)/i.test(text)) return "an SVG drawing";
  return /^\s*<(?:!doctype html|html|head|body)/i.test(text) ? "a web page" : "text";
}
