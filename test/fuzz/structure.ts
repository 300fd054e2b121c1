/** Where the parts of a JPEG file lie, as far as its markers tell; it need not be an intact file. */

/** A marker with the segment that it begins. */
export interface Segment {
  readonly marker: number;
  /** Offset of the 0xFF. */
  readonly start: number;
  /** Offset behind the segment. */
  readonly end: number;
}

/** Offsets of the parts of a file. */
export interface Structure {
  /** Segments in file order, bare markers and start and end of the image left out. */
  readonly segments: readonly Segment[];
  /** Entropy-coded data: from behind a scan header to the next marker that is no restart. */
  readonly scans: readonly { readonly start: number; readonly end: number }[];
  /** Offsets of the restart markers. */
  readonly restarts: readonly number[];
}

/** Finds the parts of a file. */
export function readStructure(bytes: Uint8Array): Structure {
  const segments: Segment[] = [];
  const scans: { start: number; end: number }[] = [];
  const restarts: number[] = [];
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xFF || marker === 0 || marker === 0xFF || isBare(marker)) {
      at++;
      continue;
    }
    const end = Math.min(bytes.length, at + 2 + Math.max(2, bytes[at + 2] << 8 | bytes[at + 3]));
    segments.push({ marker, start: at, end });
    at = end;
    if (marker !== 0xDA) continue;
    for (; at < bytes.length; at++) {
      if (bytes[at] !== 0xFF || bytes[at + 1] === 0 || bytes[at + 1] === 0xFF) continue;
      if (bytes[at + 1] < 0xD0 || bytes[at + 1] > 0xD7) break;
      restarts.push(at);
    }
    scans.push({ start: end, end: at });
  }
  return { segments, scans, restarts };
}

function isBare(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xD0 && marker <= 0xD9);
}

/** Whether a marker is a frame header. */
export function isFrame(marker: number): boolean {
  return marker >= 0xC0 && marker <= 0xCF && ![0xC4, 0xC8, 0xCC].includes(marker);
}
