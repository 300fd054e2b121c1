/**
 * How a JPEG file was made: its chroma sampling, its quality, by its headers alone.
 *
 * @module
 */

/** How a file was made. */
export interface JpegFacts {
  /** Its components' sampling: `4:2:0` and so on; `grey` of one component. */
  readonly sampling: string;
  /** The quality that libjpeg would have been told, 1 to 100; absent where there is no table of luminance. */
  readonly quality?: number;
  /** Whether the table is libjpeg's of that quality, and not just near it. */
  readonly isStandard: boolean;
  /** Whether it is progressive. */
  readonly isProgressive: boolean;
}

/** The table of luminance of T.81, K.1, row by row. */
const LUMINANCE = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat();

/** Where each coefficient of a file's table stands in rows: T.81, figure 5. */
const ZIGZAG = makeZigzag();

function makeZigzag(): number[] {
  const places = Array.from({ length: 64 }, (_, i) => [i >> 3, i & 7] as const);
  // Along diagonals, downwards on odd ones and upwards on even ones.
  return places.sort(([y, x], [v, u]) => x + y - u - v || ((x + y) % 2 === 0 ? x - u : y - v))
    .map(([y, x]) => 8 * y + x);
}

/**
 * The table of luminance that libjpeg makes of a quality, in a file's order.
 *
 * Exact: libjpeg-turbo 3, `jpeg_quality_scaling` and `jpeg_add_quant_table` with `force_baseline`.
 */
export function quantisationTable(quality: number): number[] {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return ZIGZAG.map((place) =>
    Math.min(255, Math.max(1, Math.floor((LUMINANCE[place] * scale + 50) / 100)))
  );
}

let tables: number[][] | undefined;
const known = new Map<string, readonly [quality: number, isStandard: boolean]>();
const MAX_KNOWN = 4096;

/**
 * The quality whose table is nearest to a file's: the least sum of absolute differences, the higher of two. Encoders
 * with tables of their own have no such number; theirs is how libjpeg would have had to be told to quantise alike.
 */
export function estimateQuality(
  table: readonly number[],
): readonly [quality: number, isStandard: boolean] {
  const name = table.join();
  const before = known.get(name);
  if (before !== undefined) return before;
  tables ??= Array.from({ length: 100 }, (_, i) => quantisationTable(i + 1));
  let best = 0;
  let least = Infinity;
  for (const [i, own] of tables.entries()) {
    let sum = 0;
    for (let k = 0; k < 64; k++) sum += Math.abs(own[k] - table[k]);
    if (sum <= least) [best, least] = [i + 1, sum];
  }
  const found = [best, least === 0] as const;
  if (known.size < MAX_KNOWN) known.set(name, found);
  return found;
}

/** Reads how a file was made; `undefined` where its headers do not say. */
export function readJpegFacts(bytes: Uint8Array): JpegFacts | undefined {
  const tablesById = new Map<number, number[]>();
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) {
      at++;
      continue;
    }
    const marker = bytes[at + 1];
    // Fill bytes, and markers without a body.
    if (marker === 0xff || marker === 0 || (marker >= 0xd0 && marker <= 0xd8) || marker === 1) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) return undefined;
    const end = at + 2 + (bytes[at + 2] << 8 | bytes[at + 3]);
    const body = bytes.subarray(at + 4, end);
    if (marker === 0xdb) readTables(body, tablesById);
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const count = body[5];
      if (!(count > 0) || body.length < 6 + 3 * count) return undefined;
      const factors = Array.from({ length: count }, (_, i) => body[7 + 3 * i]);
      const table = tablesById.get(body[8]);
      const [quality, isStandard] = table === undefined ? [] : estimateQuality(table);
      return {
        sampling: nameSampling(factors),
        ...(quality !== undefined && { quality }),
        isStandard: isStandard ?? false,
        isProgressive: marker === 0xc2 || marker === 0xca,
      };
    }
    at = end;
  }
  return undefined;
}

function readTables(body: Uint8Array, into: Map<number, number[]>): void {
  for (let at = 0; at < body.length;) {
    const isWide = body[at] >> 4 !== 0;
    const size = isWide ? 128 : 64;
    const values = body.subarray(at + 1, at + 1 + size);
    if (values.length < size) return;
    const table = Array.from(
      { length: 64 },
      (_, i) => isWide ? values[2 * i] << 8 | values[2 * i + 1] : values[i],
    );
    into.set(body[at] & 15, table);
    at += 1 + size;
  }
}

const NAMES: Readonly<Record<string, string>> = {
  "1x1": "4:4:4",
  "2x1": "4:2:2",
  "2x2": "4:2:0",
  "1x2": "4:4:0",
  "4x1": "4:1:1",
  "4x2": "4:1:0",
};

/** The sampling by the factors of the components: those of the first one over those of the others. */
function nameSampling(factors: readonly number[]): string {
  if (factors.length === 1) return "grey";
  const [first, second, third] = factors;
  const [across, down] = [(first >> 4) / (second >> 4), (first & 15) / (second & 15)];
  const name = second === third ? NAMES[`${across}x${down}`] : undefined;
  const own = name ?? factors.map((factor) => `${factor >> 4}x${factor & 15}`).join(" ");
  return factors.length === 3 ? own : `${own}, ${factors.length} components`;
}
