/** Marker codes of T.81, table B.1. */
const SOI = 0xd8, EOI = 0xd9, DQT = 0xdb, SOF2 = 0xc2, DHT = 0xc4, SOS = 0xda;

const COMPONENTS = [1, 2, 3];

// The AC symbol E0 ends the band in this many blocks, by 14 more bits that are zero here.
const RUN_BLOCKS = 1 << 14;
const RUN_BITS = 1 + 14;

/**
 * A complete progressive JPEG file, 4:4:4, of one grey, in bytes that grow with the image's area by
 * three bits a block: outliers of any size at no cost.
 *
 * Its only codes are one bit of zero, so that all data of its scans are zeros.
 */
export function makeFlatProgressive(width: number, height: number): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const head = [0xff, SOI];
  writeSegment(head, DQT, [0, ...new Array<number>(64).fill(1)]);
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  writeSegment(head, SOF2, [8, ...size, 3, ...COMPONENTS.flatMap((id) => [id, 0x11, 0])]);
  const oneCode = [1, ...new Array<number>(15).fill(0)];
  writeSegment(head, DHT, [0x00, ...oneCode, 0, 0x10, ...oneCode, 0xe0]);
  const parts = [new Uint8Array(head), makeScan(COMPONENTS, 0, 0, 3 * blocks)];
  for (const id of COMPONENTS) {
    parts.push(makeScan([id], 1, 63, Math.ceil(blocks / RUN_BLOCKS) * RUN_BITS));
  }
  parts.push(new Uint8Array([0xff, EOI]));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function makeScan(ids: number[], first: number, last: number, bits: number): Uint8Array {
  const head: number[] = [];
  writeSegment(head, SOS, [ids.length, ...ids.flatMap((id) => [id, 0x00]), first, last, 0]);
  const scan = new Uint8Array(head.length + Math.ceil(bits / 8));
  scan.set(head);
  return scan;
}

function writeSegment(out: number[], marker: number, body: readonly number[]): void {
  const length = body.length + 2;
  out.push(0xff, marker, length >> 8, length & 255, ...body);
}
