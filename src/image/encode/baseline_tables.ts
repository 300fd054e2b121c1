/**
 * Tables of baseline JPEG: those of ITU-T T.81, Annex K, which libjpeg uses where nobody names others.
 *
 * @module
 */

/** Natural place of each coefficient, in the order of a scan. T.81, figure 5. */
export const ZIGZAG: Uint8Array = makeZigzag();

function makeZigzag(): Uint8Array {
  const order = new Uint8Array(64);
  let at = 0;
  for (let sum = 0; sum < 15; sum++) {
    for (let i = 0; i <= sum; i++) {
      // Up on even diagonals, down on odd ones.
      const [x, y] = sum % 2 === 0 ? [i, sum - i] : [sum - i, i];
      if (x < 8 && y < 8) order[at++] = 8 * y + x;
    }
  }
  return order;
}

/** T.81, table K.1. */
export const LUMA_QUANTA: readonly number[] = [
  ...[16, 11, 10, 16, 24, 40, 51, 61],
  ...[12, 12, 14, 19, 26, 58, 60, 55],
  ...[14, 13, 16, 24, 40, 57, 69, 56],
  ...[14, 17, 22, 29, 51, 87, 80, 62],
  ...[18, 22, 37, 56, 68, 109, 103, 77],
  ...[24, 35, 55, 64, 81, 104, 113, 92],
  ...[49, 64, 78, 87, 103, 121, 120, 101],
  ...[72, 92, 95, 98, 112, 100, 103, 99],
];

/** T.81, table K.2. */
export const CHROMA_QUANTA: readonly number[] = [
  ...[17, 18, 24, 47, 99, 99, 99, 99],
  ...[18, 21, 26, 66, 99, 99, 99, 99],
  ...[24, 26, 56, 99, 99, 99, 99, 99],
  ...[47, 66, 99, 99, 99, 99, 99, 99],
  ...new Array<number>(32).fill(99),
];

/** A table of Huffman codes as a file has it. */
export interface HuffmanTable {
  /** How many codes there are of 1 to 16 bits. */
  readonly counts: readonly number[];
  /** What they stand for, the shortest first. */
  readonly values: readonly number[];
}

/** T.81, table K.3. */
export const DC_LUMA: HuffmanTable = {
  counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
};

/** T.81, table K.4. */
export const DC_CHROMA: HuffmanTable = {
  counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
  values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
};

/** T.81, table K.5. */
export const AC_LUMA: HuffmanTable = {
  counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
  values: readHex(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a43444546" +
      "4748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7" +
      "b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
  ),
};

/** T.81, table K.6. */
export const AC_CHROMA: HuffmanTable = {
  counts: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119],
  values: readHex(
    "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445" +
      "464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5" +
      "b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa",
  ),
};

function readHex(digits: string): number[] {
  return Array.from(digits.matchAll(/../g), ([pair]) => parseInt(pair, 16));
}

/** The codes of a table with their lengths in bits, `code << 5 | length`, by what they stand for. T.81, annex C.2. */
export function makeCodes({ counts, values }: HuffmanTable): Int32Array {
  const codes = new Int32Array(256);
  let code = 0;
  let at = 0;
  counts.forEach((count, i) => {
    for (let left = count; left > 0; left--) codes[values[at++]] = code++ << 5 | i + 1;
    code <<= 1;
  });
  return codes;
}
