/**
 * What users take for an archive: files of other kinds, by their first bytes.
 *
 * @module
 */
const GIT_LFS = "version https://git-lfs.github.com/spec/";

const SIGNATURES: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], "it is gzip data, which must be decompressed first"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "it is compressed with xz: decompress it with `xz -d`"],
  [[0x42, 0x5a, 0x68], "it is compressed with bzip2: decompress it with `bunzip2`"],
  [[0x28, 0xb5, 0x2f, 0xfd], "it is compressed with Zstandard: decompress it with `zstd -d`"],
  [[0x04, 0x22, 0x4d, 0x18], "it is compressed with LZ4: decompress it with `lz4 -d`"],
  [[0x50, 0x4b, 0x03, 0x04], "it is a ZIP archive"],
  [[0x50, 0x4b, 0x05, 0x06], "it is an empty ZIP archive"],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "it is a 7-Zip archive"],
  [[0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], "it is a RAR archive"],
  [[0x50, 0x41, 0x52, 0x31], "it is a Parquet file"],
  [[0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a], "it is an HDF5 file"],
  [[0x25, 0x50, 0x44, 0x46], "it is a PDF document"],
  [[0xff, 0xd8, 0xff], "it is a JPEG image"],
  [[0x89, 0x50, 0x4e, 0x47], "it is a PNG image"],
  [[0x47, 0x49, 0x46, 0x38], "it is a GIF image"],
];

/**
 * Says what a file is that is no tar archive, and where there is something to do about it, what.
 *
 * @param head Its first 512 bytes, or all of it.
 * @returns A clause for an error; `undefined` for a kind that is not known.
 */
export function describeKind(head: Uint8Array): string | undefined {
  for (const [bytes, what] of SIGNATURES) {
    if (bytes.every((byte, i) => head[i] === byte)) return what;
  }
  const text = skipComments(new TextDecoder().decode(head.subarray(0, 512)));
  if (text.startsWith(GIT_LFS)) {
    return "it is a pointer of Git LFS, not the file itself: run `git lfs pull` in the clone that it is from";
  }
  if (/^<(?:!doctype\s+html|html|head|body|title|script)\b/i.test(text)) {
    return "it is a web page (HTML): the host may want a login, or the file be at another address";
  }
  if (/^<\?xml\b|^<Error>/.test(text)) {
    return "it is an XML document, as hosts send for an error";
  }
  if (/^[{[]\s*["{[\]}]/.test(text)) return "it is JSON text";
  return undefined;
}

/** The text behind its byte order mark, its blanks and its comments. */
function skipComments(text: string): string {
  const rest = text.replace(/^[\ufeff\s]+/, "");
  const end = rest.startsWith("<!--") ? rest.indexOf("-->") : -1;
  return end < 0 ? rest : skipComments(rest.slice(end + 3));
}
