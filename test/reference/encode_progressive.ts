/**
 * Writes progressive JPEG files of given coefficients (T.81 annex G), by any script of scans and any Huffman codes:
 * what encoders never choose is put to a decoder as well as what they do.
 */
import type { RandomSource } from "../../src/numbers/random_source.ts";
import { BitWriter, type EncodedComponent, sizeOf, writeSegment } from "./encode_jpeg.ts";
import { ZIGZAG } from "./decode_jpeg.ts";

/** One scan: the components, the band, and the bits. */
export interface Scan {
  readonly components: readonly number[];
  readonly first: number;
  readonly last: number;
  /** Position of the bit that was sent last, 0 in a first scan. */
  readonly high: number;
  readonly low: number;
}

/** Symbol, and the bits that follow its code. */
interface Step {
  readonly symbol: number;
  readonly bits: readonly (readonly [value: number, length: number])[];
}

/** Draws scans that send every bit of every coefficient, in an order that makes sense. */
export function drawScript(random: RandomSource, components: number): Scan[] {
  const scans: Scan[] = [];
  const all = Array.from({ length: components }, (_, i) => i);
  const dcLow = random.below(3);
  const groups = random.below(2) === 0 ? [all] : all.map((i) => [i]);
  const addDc = (high: number, low: number): void => {
    for (const group of groups) scans.push({ components: group, first: 0, last: 0, high, low });
  };
  addDc(0, dcLow);
  const lows = all.map(() => random.below(4));
  const addAc = (i: number, high: number, low: number): void => {
    for (let first = 1; first < 64;) {
      const last = random.below(2) === 0 ? 63 : Math.min(63, first + random.below(12));
      scans.push({ components: [i], first, last, high, low });
      first = last + 1;
    }
  };
  for (const i of all) addAc(i, 0, lows[i]);
  for (let low = dcLow; low > 0; low--) addDc(low, low - 1);
  for (let step = 3; step > 0; step--) {
    for (const i of all) if (lows[i] >= step) addAc(i, step, step - 1);
  }
  return scans;
}

/**
 * Encodes coefficients progressively. `random` chooses the codes' lengths and where runs of blocks end.
 */
export function encodeProgressive(
  width: number,
  height: number,
  components: readonly EncodedComponent[],
  { script, random, restart = 0 }: {
    readonly script: readonly Scan[];
    readonly random: RandomSource;
    readonly restart?: number;
  },
): Uint8Array<ArrayBuffer> {
  const out: number[] = [0xFF, 0xD8];
  components.forEach(({ quantization }, i) => {
    const steps = ZIGZAG.map((natural) => quantization[natural]);
    const isWide = steps.some((step) => step > 255);
    const body = isWide ? steps.flatMap((step) => [step >> 8, step & 255]) : steps;
    writeSegment(out, 0xDB, [(isWide ? 16 : 0) | i, ...body]);
  });
  writeSegment(out, 0xC2, [
    8,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
    components.length,
    ...components.flatMap(({ h, v }, i) => [i + 1, h << 4 | v, i]),
  ]);
  if (restart > 0) writeSegment(out, 0xDD, [restart >> 8, restart & 255]);
  const maxH = Math.max(...components.map(({ h }) => h));
  const maxV = Math.max(...components.map(({ v }) => v));
  for (const scan of script) {
    const chosen = scan.components.map((i) => components[i]);
    const isAlone = chosen.length === 1;
    const [h, v] = isAlone ? [chosen[0].h, chosen[0].v] : [1, 1];
    const segments = scan.first === 0
      ? makeDcSteps(chosen, scan, {
        mcusWide: Math.ceil(width * h / (8 * maxH)),
        mcusHigh: Math.ceil(height * v / (8 * maxV)),
        frameMcusWide: Math.ceil(width / (8 * maxH)),
        restart,
      })
      : makeAcSteps(chosen[0], scan, random, {
        mcusWide: Math.ceil(width * h / (8 * maxH)),
        mcusHigh: Math.ceil(height * v / (8 * maxV)),
        frameMcusWide: Math.ceil(width / (8 * maxH)),
        restart,
      });
    writeScan(out, scan, segments, random);
  }
  out.push(0xFF, 0xD9);
  return Uint8Array.from(out);
}

interface Layout {
  readonly mcusWide: number;
  readonly mcusHigh: number;
  readonly frameMcusWide: number;
  readonly restart: number;
}

/** A scan's steps, a list for each segment between restart markers. */
type Segments = Step[][];

function blockAt({ coefficients }: EncodedComponent, index: number): Int16Array {
  return coefficients.subarray(index * 64, index * 64 + 64);
}

function valueStep(symbol: number, value: number): Step {
  const size = sizeOf(value);
  const bits = (value < 0 ? value - 1 : value) & ((1 << size) - 1);
  return { symbol, bits: size > 0 ? [[bits, size]] : [] };
}

function makeDcSteps(
  components: readonly EncodedComponent[],
  { high, low }: Scan,
  { mcusWide, mcusHigh, frameMcusWide, restart }: Layout,
): Segments {
  const segments: Segments = [];
  const predictors = components.map(() => 0);
  const isAlone = components.length === 1;
  for (let mcu = 0; mcu < mcusWide * mcusHigh; mcu++) {
    if (mcu === 0 || restart > 0 && mcu % restart === 0) {
      segments.push([]);
      predictors.fill(0);
    }
    const steps = segments[segments.length - 1];
    const [mcuX, mcuY] = [mcu % mcusWide, Math.floor(mcu / mcusWide)];
    components.forEach((component, i) => {
      const [h, v] = isAlone ? [1, 1] : [component.h, component.v];
      for (let n = 0; n < h * v; n++) {
        const row = mcuY * v + Math.floor(n / h);
        const dc = blockAt(component, row * frameMcusWide * component.h + mcuX * h + n % h)[0];
        if (high > 0) {
          steps.push({ symbol: -1, bits: [[dc >> low & 1, 1]] });
          continue;
        }
        const difference = (dc >> low) - predictors[i];
        predictors[i] = dc >> low;
        steps.push(valueStep(sizeOf(difference), difference));
      }
    });
  }
  return segments;
}

/** The runs of blocks without further coefficients, and the correction bits that wait for them. */
class BlockRun {
  blocks = 0;
  corrections: (readonly [number, number])[] = [];

  flush(steps: Step[]): void {
    if (this.blocks === 0) return;
    const size = 31 - Math.clz32(this.blocks);
    const low = this.blocks & ((1 << size) - 1);
    steps.push({
      symbol: size << 4,
      bits: [...(size > 0 ? [[low, size] as const] : []), ...this.corrections],
    });
    this.blocks = 0;
    this.corrections = [];
  }
}

function makeAcSteps(
  component: EncodedComponent,
  scan: Scan,
  random: RandomSource,
  { mcusWide, mcusHigh, frameMcusWide, restart }: Layout,
): Segments {
  const segments: Segments = [[]];
  const run = new BlockRun();
  for (let n = 0; n < mcusWide * mcusHigh; n++) {
    let steps = segments[segments.length - 1];
    if (n > 0 && restart > 0 && n % restart === 0) {
      run.flush(steps);
      segments.push(steps = []);
    }
    const row = Math.floor(n / mcusWide);
    const block = blockAt(component, row * frameMcusWide * component.h + n % mcusWide);
    if (scan.high > 0) refineBlock(steps, block, scan, run);
    else writeBlock(steps, block, scan, run);
    if (run.blocks === 0x7FFF || random.below(20) === 0) run.flush(steps);
  }
  run.flush(segments[segments.length - 1]);
  return segments;
}

function writeBlock(
  steps: Step[],
  block: Int16Array,
  { first, last, low }: Scan,
  run: BlockRun,
): void {
  let zeros = 0;
  for (let k = first; k <= last; k++) {
    const coefficient = block[ZIGZAG[k]];
    const value = Math.sign(coefficient) * (Math.abs(coefficient) >> low);
    if (value === 0) {
      zeros++;
      continue;
    }
    run.flush(steps);
    for (; zeros > 15; zeros -= 16) steps.push({ symbol: 0xF0, bits: [] });
    steps.push(valueStep(zeros << 4 | sizeOf(value), value));
    zeros = 0;
  }
  if (zeros > 0) run.blocks++;
}

function refineBlock(
  steps: Step[],
  block: Int16Array,
  { first, last, low }: Scan,
  run: BlockRun,
): void {
  const magnitudes = Array.from(block, (_, k) => Math.abs(block[ZIGZAG[k]]) >> low);
  let end = last;
  while (end >= first && magnitudes[end] !== 1) end--;
  let zeros = 0;
  let corrections: (readonly [number, number])[] = [];
  for (let k = first; k <= last; k++) {
    if (magnitudes[k] === 0) {
      zeros++;
      continue;
    }
    for (; zeros > 15 && k <= end; zeros -= 16) {
      run.flush(steps);
      steps.push({ symbol: 0xF0, bits: corrections });
      corrections = [];
    }
    if (magnitudes[k] > 1) {
      corrections.push([magnitudes[k] & 1, 1]);
      continue;
    }
    run.flush(steps);
    const sign = block[ZIGZAG[k]] < 0 ? 0 : 1;
    steps.push({ symbol: zeros << 4 | 1, bits: [[sign, 1], ...corrections] });
    corrections = [];
    zeros = 0;
  }
  if (zeros > 0 || corrections.length > 0) {
    run.blocks++;
    run.corrections.push(...corrections);
  }
}

function writeScan(out: number[], scan: Scan, segments: Segments, random: RandomSource): void {
  const symbols = [...new Set(segments.flat().map(({ symbol }) => symbol))].filter((s) => s >= 0);
  const codes = drawCodes(random, symbols);
  if (symbols.length > 0) writeTable(out, scan.first === 0 ? 0 : 0x10, codes);
  writeSegment(out, 0xDA, [
    scan.components.length,
    ...scan.components.flatMap((i) => [i + 1, 0]),
    scan.first,
    scan.last,
    scan.high << 4 | scan.low,
  ]);
  segments.forEach((steps, n) => {
    if (n > 0) out.push(0xFF, 0xD0 | (n - 1) & 7);
    const bits = new BitWriter(out);
    for (const { symbol, bits: extra } of steps) {
      if (symbol >= 0) bits.write(...codes.get(symbol)!);
      for (const [value, length] of extra) bits.write(value, length);
    }
    bits.flush();
  });
}

type Codes = Map<number, readonly [code: number, length: number]>;

/** Codes of drawn lengths, 1 to 16: some short, many longer than a decoder's look-up. */
function drawCodes(random: RandomSource, symbols: readonly number[]): Codes {
  const isLong = random.below(3) === 0;
  const lengths = symbols.map(() => isLong ? 11 + random.below(6) : 9 + random.below(8));
  // As many symbols get short codes as there is room for: a code of all ones is not allowed.
  let room = 65535 - lengths.reduce((sum, length) => sum + (1 << (16 - length)), 0);
  for (let i = 0; i < symbols.length && !isLong; i++) {
    const length = 1 + random.below(8);
    const more = (1 << (16 - length)) - (1 << (16 - lengths[i]));
    if (more > room) continue;
    room -= more;
    lengths[i] = length;
  }
  const order = symbols.map((symbol, i) => ({ symbol, length: lengths[i] }))
    .sort((a, b) => a.length - b.length);
  const codes: Codes = new Map();
  let code = 0;
  let before = 0;
  for (const { symbol, length } of order) {
    code <<= length - before;
    before = length;
    codes.set(symbol, [code++, length]);
  }
  return codes;
}

function writeTable(out: number[], index: number, codes: Codes): void {
  const counts = new Array<number>(16).fill(0);
  for (const [, length] of codes.values()) counts[length - 1]++;
  writeSegment(out, 0xC4, [index, ...counts, ...codes.keys()]);
}
