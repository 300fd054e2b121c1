/**
 * A sequential Huffman JPEG decoder for intact files, written to be read: ITU-T T.81 for the format,
 * libjpeg-turbo for the samples. One, three or four components; the result is what Pillow loads.
 */
import type { Image } from "../../src/image/types.ts";
import { BitReader, type HuffmanTable, TruncatedError } from "./bit_reader.ts";
import { inverseDct } from "./idct.ts";
import { convertYcc, type Plane, upsample } from "./upsample.ts";

/** A component of the frame, with the coefficients of all its blocks. */
export interface Component {
  readonly id: number;
  readonly h: number;
  readonly v: number;
  readonly tableIndex: number;
  /** Blocks that the component has in a scan of its own. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Blocks in a row of `coefficients`: whole MCUs. */
  readonly blockStride: number;
  /** 64 in natural order for each block. */
  readonly coefficients: Int16Array;
  /** Quantisation steps in natural order, as they were when the component's scan began. */
  quantization: Uint16Array;
}

/** What the markers say, and all coefficients. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: Component[];
  readonly jfif: boolean;
  /** The Adobe marker's transform, -1 without one. */
  readonly adobe: number;
}

/** Natural position of the k-th coefficient of a scan (T.81, figure 5). */
export const ZIGZAG: readonly number[] = makeZigzag();

/** Decodes a file. Throws on anything but an intact sequential Huffman file. */
export function decodeSlowly(bytes: Uint8Array): Image {
  const frame = readFrame(bytes);
  const maxH = Math.max(...frame.components.map(({ h }) => h));
  const maxV = Math.max(...frame.components.map(({ v }) => v));
  const planes = frame.components.map((component) => {
    const plane = transformComponent(component, frame, maxH, maxV);
    return upsample(plane, maxH / component.h, maxV / component.v);
  });
  return assemble(frame, planes);
}

/** Reads markers and coefficients. */
export function readFrame(bytes: Uint8Array): Frame {
  const quantization: Uint16Array[] = [];
  const huffman = new Map<number, HuffmanTable>();
  let frame: Frame | undefined;
  let [jfif, adobe, restart] = [false, -1, 0];
  let at = 2;
  // After the scan's last MCU the end marker may be missing, which Pillow accepts.
  while (at < bytes.length || !frame) {
    if (bytes[at] !== 0xFF) throw new Error(`No marker at ${at}`);
    while (bytes[at] === 0xFF) at++;
    const marker = bytes[at++];
    if (marker === 0xD9 && frame) break;
    // A file of tables may stand before the image.
    if (marker === 0xD9 || marker === 0xD8) continue;
    const size = bytes[at] << 8 | bytes[at + 1];
    const body = bytes.subarray(at + 2, at + size);
    at += size;
    const text = String.fromCharCode(...body.subarray(0, 5));
    if (marker === 0xE0 && text === "JFIF\0") jfif = true;
    else if (marker === 0xEE && text === "Adobe" && body.length >= 12) adobe = body[11];
    else if (marker === 0xDB) readQuantization(body, quantization);
    else if (marker === 0xC4) readHuffman(body, huffman);
    else if (marker === 0xDD) restart = body[0] << 8 | body[1];
    else if (marker === 0xC0 || marker === 0xC1) frame = { ...readFrameHeader(body), jfif, adobe };
    else if (marker > 0xC1 && marker < 0xD0 && marker !== 0xCC) throw new Error("Not sequential");
    else if (marker === 0xDA && frame) {
      at = readScan(
        new BitReader(bytes, at),
        body,
        { ...frame, jfif, adobe },
        quantization,
        huffman,
        restart,
      );
    }
  }
  if (!frame) throw new Error("No frame");
  return { ...frame, jfif, adobe };
}

function readQuantization(body: Uint8Array, tables: Uint16Array[]): void {
  for (let at = 0; at < body.length;) {
    const wide = body[at] >> 4;
    const table = tables[body[at++] & 15] = new Uint16Array(64);
    for (const natural of ZIGZAG) table[natural] = wide ? body[at++] << 8 | body[at++] : body[at++];
  }
}

function readHuffman(body: Uint8Array, tables: Map<number, HuffmanTable>): void {
  for (let at = 0; at < body.length;) {
    const symbols = new Map<number, number>();
    const counts = body.subarray(at + 1, at + 17);
    tables.set(body[at], { symbols });
    at += 17;
    let code = 0;
    for (let length = 1; length <= 16; length++, code <<= 1) {
      for (let i = 0; i < counts[length - 1]; i++) symbols.set(length * 65536 + code++, body[at++]);
    }
  }
}

function readFrameHeader(body: Uint8Array): Omit<Frame, "jfif" | "adobe"> {
  const height = body[1] << 8 | body[2];
  const width = body[3] << 8 | body[4];
  const layers = Array.from({ length: body[5] }, (_, i) => body.subarray(6 + 3 * i, 9 + 3 * i));
  const maxH = Math.max(...layers.map((layer) => layer[1] >> 4));
  const maxV = Math.max(...layers.map((layer) => layer[1] & 15));
  const components = layers.map(([id, sampling, tableIndex]): Component => {
    const [h, v] = [sampling >> 4, sampling & 15];
    const blockStride = Math.ceil(width / (8 * maxH)) * h;
    const rows = Math.ceil(height / (8 * maxV)) * v;
    return {
      id,
      h,
      v,
      tableIndex,
      blocksWide: Math.ceil(Math.ceil(width * h / maxH) / 8),
      blocksHigh: Math.ceil(Math.ceil(height * v / maxV) / 8),
      blockStride,
      coefficients: new Int16Array(blockStride * rows * 64),
      quantization: new Uint16Array(64),
    };
  });
  return { width, height, components };
}

/** Decodes one scan and returns the offset of the marker after it. */
function readScan(
  bits: BitReader,
  header: Uint8Array,
  frame: Frame,
  quantization: Uint16Array[],
  huffman: Map<number, HuffmanTable>,
  restart: number,
): number {
  const parts = Array.from({ length: header[0] }, (_, i) => {
    const component = frame.components.find(({ id }) => id === header[1 + 2 * i]) as Component;
    const tables = header[2 + 2 * i];
    component.quantization = quantization[component.tableIndex].slice();
    return {
      component,
      dc: huffman.get(tables >> 4) as HuffmanTable,
      ac: huffman.get(16 | tables & 15) as HuffmanTable,
      predictor: 0,
    };
  });
  const alone = parts.length === 1;
  const first = parts[0].component;
  const mcusWide = alone ? first.blocksWide : first.blockStride / first.h;
  const mcusHigh = alone
    ? first.blocksHigh
    : first.coefficients.length / 64 / first.blockStride / first.v;
  for (let mcu = 0; mcu < mcusWide * mcusHigh; mcu++) {
    if (restart > 0 && mcu > 0 && mcu % restart === 0) {
      bits.skipRestart();
      for (const part of parts) part.predictor = 0;
    }
    const blocks = parts.flatMap(({ component: { h, v, blockStride, coefficients } }, part) =>
      Array.from({ length: alone ? 1 : h * v }, (_, i) => {
        const x = alone ? mcu % mcusWide : mcu % mcusWide * h + i % h;
        const y = Math.floor(mcu / mcusWide) * (alone ? 1 : v) + (alone ? 0 : Math.floor(i / h));
        const offset = (y * blockStride + x) * 64;
        return { part: parts[part], block: coefficients.subarray(offset, offset + 64) };
      })
    );
    bits.decodeMcu(blocks.length, restart > 0, () => {
      const before = parts.map(({ predictor }) => predictor);
      try {
        // What another scan of the component left is not cleared: coefficients that are 0 here stay.
        for (const { part, block } of blocks) readBlock(bits, part, block);
      } catch (error) {
        if (error instanceof TruncatedError) before.forEach((v, i) => parts[i].predictor = v);
        throw error;
      }
    });
  }
  return bits.end();
}

function readBlock(
  bits: BitReader,
  part: { dc: HuffmanTable; ac: HuffmanTable; predictor: number },
  block: Int16Array,
): void {
  part.predictor += bits.receiveExtend(bits.symbol(part.dc));
  block[0] = part.predictor;
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(part.ac);
    const [run, size] = [symbol >> 4, symbol & 15];
    if (size === 0 && run !== 15) break;
    k += run;
    if (size > 0) block[ZIGZAG[k]] = bits.receiveExtend(size);
  }
}

function transformComponent(component: Component, frame: Frame, maxH: number, maxV: number): Plane {
  const width = Math.ceil(frame.width * component.h / maxH);
  const height = Math.ceil(frame.height * component.v / maxV);
  const data = new Uint8Array(width * height);
  for (let by = 0; by * 8 < height; by++) {
    for (let bx = 0; bx * 8 < width; bx++) {
      const offset = (by * component.blockStride + bx) * 64;
      const block = component.coefficients.subarray(offset, offset + 64);
      const samples = inverseDct(block, component.quantization);
      for (let y = by * 8; y < Math.min(by * 8 + 8, height); y++) {
        for (let x = bx * 8; x < Math.min(bx * 8 + 8, width); x++) {
          data[y * width + x] = samples[(y & 7) * 8 + (x & 7)];
        }
      }
    }
  }
  return { width, height, data };
}

/** Crops and interleaves the planes, in the colour space of libjpeg's `default_decompress_parms`. */
function assemble(frame: Frame, planes: Plane[]): Image {
  const { width, height } = frame;
  const channels = planes.length as 1 | 3 | 4;
  const ids = frame.components.map(({ id }) => id).join();
  const ycc = channels === 3
    ? frame.jfif || (frame.adobe >= 0 ? frame.adobe !== 0 : ids !== "82,71,66")
    : channels === 4 && frame.adobe === 2;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = planes.map((plane) => plane.data[y * plane.width + x]);
      if (ycc) pixel.splice(0, 3, ...convertYcc(pixel[0], pixel[1], pixel[2]));
      // libjpeg makes CMY of YCCK by complementing RGB, and Pillow complements all four.
      if (channels === 4) pixel.forEach((v, i) => pixel[i] = ycc && i < 3 ? v : 255 - v);
      data.set(pixel, (y * width + x) * channels);
    }
  }
  return { width, height, channels, data };
}

function makeZigzag(): number[] {
  const order: number[] = [];
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const cells = Array.from({ length: 8 }, (_, y) => [y, diagonal - y])
      .filter(([, x]) => x >= 0 && x < 8).map(([y, x]) => y * 8 + x);
    order.push(...(diagonal % 2 === 0 ? cells.reverse() : cells));
  }
  return order;
}
