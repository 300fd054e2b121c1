/** Branches of the kernel that no input reaches, and why. */

/** A branch as `instrument.ts` names it, without its line, which changes with every edit. */
export interface Unreachable {
  readonly file: string;
  readonly kind: string;
  readonly text: string;
  readonly why: string;
}

/** All of them. */
export const UNREACHABLE: readonly Unreachable[] = [
  {
    file: "jpeg/huffman.ts",
    kind: "if",
    text: "if (index + count > 256) return STATUS_BAD_HUFFMAN_TABLE;",
    why: "The marker parser refuses such a table when it is defined.",
  },
  {
    file: "jpeg/huffman.ts",
    kind: "if",
    text: "if (blocks >= SECOND_LEVEL_BLOCKS) return STATUS_BAD_HUFFMAN_TABLE;",
    why: "256 codes need at most 129 blocks; a second line of defence.",
  },
  {
    file: "jpeg/truncation.ts",
    kind: "else",
    text: "if (decodeMcu(blocks, tables)) break;",
    why:
      "The second of two, behind fill bytes: takes hundreds of them right before the end of 64 KiB.",
  },
  {
    file: "jpeg/coefficients.ts",
    kind: "if",
    text: "if (!at) return STATUS_OUT_OF_MEMORY;",
    why: "Takes an engine that refuses to grow the memory.",
  },
  {
    file: "jpeg/coefficients.ts",
    kind: "if",
    text: "if (!maps) return STATUS_OUT_OF_MEMORY;",
    why: "The same.",
  },
  {
    file: "jpeg/coefficients.ts",
    kind: "if",
    text: "if (!buffer) return STATUS_OUT_OF_MEMORY;",
    why: "The same.",
  },
  {
    file: "jpeg/lossless.ts",
    kind: "if",
    text: "if (!at || !differences || !undone || !row) return STATUS_OUT_OF_MEMORY;",
    why: "The same.",
  },
  {
    file: "jpeg/output.ts",
    kind: "if",
    text: "if (!planes) return STATUS_OUT_OF_MEMORY;",
    why: "The same.",
  },
  {
    file: "jpeg/output.ts",
    kind: "if",
    text: "if (!rows) return STATUS_OUT_OF_MEMORY;",
    why: "The same.",
  },
  {
    file: "png/unfilter.ts",
    kind: "if",
    text: "if (!above) return STATUS_OUT_OF_MEMORY;",
    why: "Takes an engine that refuses to grow the memory.",
  },
  {
    file: "resample/resample.ts",
    kind: "no",
    text:
      "const k0 = j < n ? load<i32>(k + (<usize>j << 2)) : 0, k1 = j + 1 < n ? load<i32>(k + (<usize>j << 2), 4) : 0;",
    why: "The host's tables have one tap or more for each output; a second line of defence.",
  },
  {
    file: "resample/resample.ts",
    kind: "if",
    text: "if (!xTable || !yTable || !columns || !outputRow || !ring) return STATUS_OUT_OF_MEMORY;",
    why: "Takes an engine that refuses to grow the memory.",
  },
  {
    file: "resample/resample.ts",
    kind: "if",
    text: "if (y != ringNext || y >= neededY1) return;",
    why: "Bands that are not needed are not fed; a second line of defence.",
  },
  {
    file: "resample/resample.ts",
    kind: "no",
    text:
      "const first = nextOutput < yCount ? load<i32>(yTable + <usize>nextOutput * yRecord) : y;",
    why: "Nothing is fed after the last output row; a second line of defence.",
  },
  {
    file: "resample/packed.ts",
    kind: "if",
    text: "if (status < 0) return status;",
    why: "Takes an engine that refuses to grow the memory.",
  },
  {
    file: "resample/packed.ts",
    kind: "if",
    text: "if (!upper) return STATUS_OUT_OF_MEMORY;",
    why: "The same.",
  },
];
