/**
 * Pictures as PNG (ISO/IEC 15948), compressed by the platform or by another's deflate.
 *
 * @module
 */
import { concatenate } from "../../concatenate.ts";
import { updateCrc32 } from "../../numbers/crc32.ts";
import type { Image } from "../types.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const COLOUR_TYPES: Readonly<Record<number, number>> = { 1: 0, 3: 2 };
const SUB = 1;
const PAETH = 4;

/**
 * Encodes pixels as PNG, without loss.
 *
 * Shape: [H, W, C] u8, C being 1 or 3, to the bytes of a file. Every row is filtered with Paeth's predictor,
 * which on photographs is within a few per cent of choosing the best filter for each row.
 *
 * @param pack Compresses in the format of zlib, in place of the platform.
 * @throws {RangeError} If the image has another number of channels.
 */
export async function encodePng(
  image: Image,
  pack: (rows: Bytes) => Bytes | Promise<Bytes> = packByPlatform,
): Promise<Bytes> {
  const { width, height, channels } = image;
  const colourType = COLOUR_TYPES[channels];
  if (colourType === undefined) throw new RangeError(`PNG takes 1 or 3 channels, not ${channels}`);
  return joinPng({ width, height, depth: 8, colourType }, [], await pack(filterRows(image)));
}

/** What the first chunk of a file says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a number. */
  readonly depth: number;
  readonly colourType: number;
}

/**
 * Puts a file together.
 *
 * @param extra Chunks between the header and the pixels.
 * @param data Rows with their filters, compressed.
 */
export function joinPng(
  { width, height, depth, colourType }: PngHeader,
  extra: readonly (readonly [type: string, data: Uint8Array])[],
  data: Uint8Array,
): Bytes {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, colourType], 8);
  return concatenate([
    SIGNATURE,
    makeChunk("IHDR", header),
    ...extra.map(([type, own]) => makeChunk(type, own)),
    makeChunk("IDAT", data),
    makeChunk("IEND", header.subarray(0, 0)),
  ]);
}

async function packByPlatform(rows: Bytes): Promise<Bytes> {
  const plain = new ReadableStream<Bytes>({
    start(controller): void {
      controller.enqueue(rows);
      controller.close();
    },
  });
  const packed = plain.pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function filterRows({ width, height, channels, data }: Image): Uint8Array<ArrayBuffer> {
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1));
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = y * stride;
    rows[to++] = y === 0 ? SUB : PAETH;
    for (let x = 0; x < stride; x++) {
      const at = row + x;
      const left = x < channels ? 0 : data[at - channels];
      if (y === 0) {
        rows[to++] = data[at] - left;
        continue;
      }
      const up = data[at - stride];
      const corner = x < channels ? 0 : data[at - stride - channels];
      const toLeft = Math.abs(up - corner);
      const toUp = Math.abs(left - corner);
      const toCorner = Math.abs(left + up - 2 * corner);
      const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
      rows[to++] = data[at] - nearest;
    }
  }
  return rows;
}

function makeChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) chunk[4 + i] = type.charCodeAt(i);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, updateCrc32(chunk.subarray(4, 8 + data.length), 0) >>> 0);
  return chunk;
}
