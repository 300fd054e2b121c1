/**
 * Writes baseline and extended sequential JPEG files of given coefficients, so that any block can be
 * put to a decoder.
 */
import { ZIGZAG } from "./decode_jpeg.ts";

/** One component: its sampling factors, its blocks in raster order of whole MCUs, its steps. */
export interface EncodedComponent {
  readonly h: number;
  readonly v: number;
  /** 64 in natural order for each block; row after row of `ceil(width / (8 maxH)) * h` blocks. */
  readonly coefficients: Int16Array;
  /** 64 in natural order. */
  readonly quantization: Uint16Array;
}

/** What is written around the blocks. */
export interface EncodeOptions {
  /** MCUs between restart markers; 0 for none. */
  readonly restart?: number;
  /** Whether each component has a scan of its own. */
  readonly separate?: boolean;
}

/** DC symbols 0 to 11 and every AC symbol a baseline file may have. */
const DC_SYMBOLS = Array.from({ length: 12 }, (_, size) => size);
const AC_SYMBOLS = [
  0x00,
  0xF0,
  ...Array.from({ length: 160 }, (_, i) => Math.floor(i / 10) << 4 | i % 10 + 1),
];

/**
 * Encodes coefficients. DC values differ by at most 2047 from block to block, AC values are within
 * 1023 of 0: the most that the symbols hold.
 */
export function encodeCoefficients(
  width: number,
  height: number,
  components: readonly EncodedComponent[],
  { restart = 0, separate = false }: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const wide = components.some(({ quantization }) => quantization.some((step) => step > 255));
  const out: number[] = [0xFF, 0xD8];
  components.forEach(({ quantization }, i) => {
    const steps = ZIGZAG.map((natural) => quantization[natural]);
    const body = wide ? steps.flatMap((step) => [step >> 8, step & 255]) : steps;
    writeSegment(out, 0xDB, [(wide ? 16 : 0) | i, ...body]);
  });
  writeSegment(out, wide ? 0xC1 : 0xC0, [
    8,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
    components.length,
    ...components.flatMap(({ h, v }, i) => [i + 1, h << 4 | v, i]),
  ]);
  // All DC codes have 4 bits and all AC codes 8, which is enough for the 12 and the 162 of them.
  writeSegment(out, 0xC4, [0x00, 0, 0, 0, DC_SYMBOLS.length, ...zeros(12), ...DC_SYMBOLS]);
  writeSegment(out, 0xC4, [0x10, ...zeros(7), AC_SYMBOLS.length, ...zeros(8), ...AC_SYMBOLS]);
  if (restart > 0) writeSegment(out, 0xDD, [restart >> 8, restart & 255]);
  const maxH = Math.max(...components.map(({ h }) => h));
  const maxV = Math.max(...components.map(({ v }) => v));
  const scans = separate ? components.map((_, i) => [i]) : [components.map((_, i) => i)];
  for (const indices of scans) {
    const head = [indices.length, ...indices.flatMap((i) => [i + 1, 0]), 0, 63, 0];
    writeSegment(out, 0xDA, head);
    const chosen = indices.map((i) => components[i]);
    // One component alone is not interleaved: its MCU is one block, whatever its factors.
    const alone = chosen.length === 1;
    const [h, v] = alone ? [chosen[0].h, chosen[0].v] : [1, 1];
    writeScan(out, chosen, {
      mcusWide: Math.ceil(width * h / (8 * maxH)),
      mcusHigh: Math.ceil(height * v / (8 * maxV)),
      alone,
      frameMcusWide: Math.ceil(width / (8 * maxH)),
      restart,
    });
  }
  out.push(0xFF, 0xD9);
  return Uint8Array.from(out);
}

interface ScanLayout {
  readonly mcusWide: number;
  readonly mcusHigh: number;
  readonly alone: boolean;
  /** MCUs in a row of the whole frame, which blocks are stored by. */
  readonly frameMcusWide: number;
  readonly restart: number;
}

function writeScan(
  out: number[],
  components: readonly EncodedComponent[],
  { mcusWide, mcusHigh, alone, frameMcusWide, restart }: ScanLayout,
): void {
  const bits = new BitWriter(out);
  const predictors = components.map(() => 0);
  for (let mcu = 0; mcu < mcusWide * mcusHigh; mcu++) {
    if (restart > 0 && mcu > 0 && mcu % restart === 0) {
      bits.flush();
      out.push(0xFF, 0xD0 | (mcu / restart - 1) & 7);
      predictors.fill(0);
    }
    const [mcuX, mcuY] = [mcu % mcusWide, Math.floor(mcu / mcusWide)];
    components.forEach((component, i) => {
      const [h, v] = alone ? [1, 1] : [component.h, component.v];
      for (let n = 0; n < h * v; n++) {
        const row = mcuY * v + Math.floor(n / h);
        const index = row * frameMcusWide * component.h + mcuX * h + n % h;
        const block = component.coefficients.subarray(index * 64, index * 64 + 64);
        predictors[i] = writeBlock(bits, block, predictors[i]);
      }
    });
  }
  bits.flush();
}

/** Writes a block and returns its DC value, the next block's predictor. */
function writeBlock(bits: BitWriter, block: Int16Array, predictor: number): number {
  const difference = block[0] - predictor;
  bits.write(DC_SYMBOLS.indexOf(sizeOf(difference)), 4);
  bits.writeValue(difference);
  let run = 0;
  for (let k = 1; k < 64; k++) {
    const value = block[ZIGZAG[k]];
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) bits.write(AC_SYMBOLS.indexOf(0xF0), 8);
    bits.write(AC_SYMBOLS.indexOf(run << 4 | sizeOf(value)), 8);
    bits.writeValue(value);
    run = 0;
  }
  if (run > 0) bits.write(AC_SYMBOLS.indexOf(0x00), 8);
  return block[0];
}

/** Bits of a value's magnitude: the category of its symbol. */
export function sizeOf(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}

/** Appends bits to bytes, most significant first, with stuffing. */
export class BitWriter {
  readonly #out: number[];
  #byte = 0;
  #count = 0;

  constructor(out: number[]) {
    this.#out = out;
  }

  write(value: number, length: number): void {
    if (value < 0) throw new RangeError("A coefficient is too large for its symbol");
    for (let i = length - 1; i >= 0; i--) {
      this.#byte = this.#byte << 1 | value >> i & 1;
      if (++this.#count < 8) continue;
      this.#out.push(this.#byte);
      if (this.#byte === 0xFF) this.#out.push(0);
      this.#byte = this.#count = 0;
    }
  }

  /** The bits that follow a size: a negative number is one less, in two's complement. */
  writeValue(value: number): void {
    const size = sizeOf(value);
    if (size > 0) this.write((value < 0 ? value - 1 : value) & ((1 << size) - 1), size);
  }

  flush(): void {
    while (this.#count > 0) this.write(1, 1);
  }
}

/** Appends a marker segment. */
export function writeSegment(out: number[], marker: number, body: readonly number[]): void {
  out.push(0xFF, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body);
}

function zeros(count: number): number[] {
  return new Array(count).fill(0);
}
