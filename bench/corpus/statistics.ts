/**
 * What a decoder meets in a file, counted: the numbers by which drawn photographs are compared with real ones.
 *
 * @module
 */
import { type Component, type Frame, readFrame, ZIGZAG } from "../../test/reference/decode_jpeg.ts";

/** Counts of one file. */
export interface FileStatistics {
  readonly bitsPerPixel: number;
  /** AC coefficients of a luma block that are not zero. */
  readonly luma: number;
  /** The same of a block of colour difference; 0 in a grey file. */
  readonly chroma: number;
  /** Huffman symbols a block of a sequential file, over all components. */
  readonly symbols: number;
  /** Symbols that are read in the refining scans of a progressive file, a block. */
  readonly refinementSymbols: number;
  /** Bits that correct a coefficient which is known already, in those scans, a block. */
  readonly corrections: number;
  /** Blocks of luma of which nothing but the mean is left, of all of them. */
  readonly flat: number;
}

/** A scan of AC coefficients of one component, as libjpeg's `jpeg_simple_progression` lays them out. */
interface Refinement {
  readonly isLuma: boolean;
  readonly low: number;
}

// Luma is refined from a quarter to a half to the whole, colour differences from a half to the whole.
const REFINEMENTS: readonly Refinement[] = [
  { isLuma: true, low: 1 },
  { isLuma: true, low: 0 },
  { isLuma: false, low: 0 },
];

/** Counts a sequential file. */
export function countFile(file: Uint8Array): FileStatistics {
  const frame = readFrame(file);
  const { width, height, components } = frame;
  const blocks = components.reduce((sum, { coefficients }) => sum + coefficients.length / 64, 0);
  const luma = countCoefficients(components[0]);
  const chroma = components.slice(1).map(countCoefficients);
  const chromaBlocks = chroma.reduce((sum, part) => sum + part.blocks, 0);
  const { symbols, corrections } = countRefinements(frame);
  return {
    bitsPerPixel: file.length * 8 / (width * height),
    luma: luma.nonZero / luma.blocks,
    chroma: chromaBlocks === 0
      ? 0
      : chroma.reduce((sum, part) => sum + part.nonZero, 0) / chromaBlocks,
    symbols: [luma, ...chroma].reduce((sum, part) => sum + part.symbols, 0) / blocks,
    refinementSymbols: symbols / blocks,
    corrections: corrections / blocks,
    flat: luma.flat / luma.blocks,
  };
}

/** The mean of each number over files. */
export function averageStatistics(files: readonly FileStatistics[]): FileStatistics {
  const mean = (of: (file: FileStatistics) => number): number =>
    files.reduce((sum, file) => sum + of(file), 0) / files.length;
  return {
    bitsPerPixel: mean(({ bitsPerPixel }) => bitsPerPixel),
    luma: mean(({ luma }) => luma),
    chroma: mean(({ chroma }) => chroma),
    symbols: mean(({ symbols }) => symbols),
    refinementSymbols: mean(({ refinementSymbols }) => refinementSymbols),
    corrections: mean(({ corrections }) => corrections),
    flat: mean(({ flat }) => flat),
  };
}

function countCoefficients(
  { coefficients }: Component,
): { blocks: number; nonZero: number; symbols: number; flat: number } {
  let [nonZero, symbols, flat] = [0, 0, 0];
  for (let block = 0; block < coefficients.length; block += 64) {
    let last = 0;
    for (let k = 1; k < 64; k++) {
      if (coefficients[block + ZIGZAG[k]] === 0) continue;
      nonZero++;
      symbols += 1 + ((k - last - 1) >> 4);
      last = k;
    }
    // The mean's own symbol, and the end of the block where it does not end by itself.
    symbols += last === 63 ? 1 : 2;
    if (last === 0) flat++;
  }
  return { blocks: coefficients.length / 64, nonZero, symbols, flat };
}

/** What the refining scans have to read: T.81 G.1.2.3, figure G.7. */
function countRefinements({ components }: Frame): { symbols: number; corrections: number } {
  let [symbols, corrections] = [0, 0];
  for (const [index, { coefficients }] of components.entries()) {
    for (const { low } of REFINEMENTS.filter(({ isLuma }) => isLuma === (index === 0))) {
      let isRunOfEnds = false;
      for (let block = 0; block < coefficients.length; block += 64) {
        let last = 0;
        let zeros = 0;
        let known = 0;
        for (let k = 1; k < 64; k++) {
          const value = Math.abs(coefficients[block + ZIGZAG[k]]) >> low;
          if (value > 1) known++;
          else if (value === 0) zeros++;
          else {
            symbols += 1 + (zeros >> 4);
            zeros = 0;
            last = k;
          }
        }
        corrections += known;
        // Blocks that end early are counted as one run, which one symbol stands for.
        if (last < 63 && (last > 0 || !isRunOfEnds)) symbols++;
        isRunOfEnds = last < 63;
      }
    }
  }
  return { symbols, corrections };
}
