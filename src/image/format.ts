const SIGNATURES: readonly (readonly [name: string, offset: number, bytes: readonly number[]])[] = [
  ["a PNG image", 0, [0x89, 0x50, 0x4e, 0x47]],
  ["a WebP image", 8, [0x57, 0x45, 0x42, 0x50]],
  ["a GIF image", 0, [0x47, 0x49, 0x46, 0x38]],
  ["a BMP image", 0, [0x42, 0x4d]],
  ["a TIFF image", 0, [0x49, 0x49, 0x2a, 0x00]],
  ["a TIFF image", 0, [0x4d, 0x4d, 0x00, 0x2a]],
  ["a JPEG 2000 image", 0, [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50]],
  ["a JPEG 2000 image", 0, [0xff, 0x4f, 0xff, 0x51]],
  ["a JPEG XL image", 0, [0xff, 0x0a]],
  ["an AVIF or HEIF image", 4, [0x66, 0x74, 0x79, 0x70]],
  ["gzip data", 0, [0x1f, 0x8b]],
  ["a PDF document", 0, [0x25, 0x50, 0x44, 0x46]],
  ["a ZIP archive", 0, [0x50, 0x4b, 0x03, 0x04]],
];

/** Names the real format of bytes that are not a JPEG file, for errors. */
export function describeFormat(bytes: Uint8Array): string {
  if (bytes.length === 0) return "empty";
  for (const [name, offset, signature] of SIGNATURES) {
    if (signature.every((byte, i) => bytes[offset + i] === byte)) return name;
  }
  const head = bytes.subarray(0, 256);
  const isText = head.every((byte) => byte === 9 || byte === 10 || byte === 13 || byte >= 0x20);
  return isText ? "text" : "of an unknown format";
}
