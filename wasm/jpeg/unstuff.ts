// Removes byte stuffing from one segment of scan data and reverses it in memory.
//
// A JPEG bit stream is big-endian and WebAssembly loads are little-endian. With the bytes stored
// in reverse order, a plain 64-bit load at the right place yields the next 8 bytes most significant
// first, so that a refill needs neither a byte swap nor a test for 0xFF.

/** One past the segment's first byte; byte i of the segment is at `segmentTop - 1 - i`. */
export let segmentTop: usize = 0;
/** Bytes in the segment. */
export let segmentBytes: usize = 0;
/** The marker that ended the segment, 0 if the file ended first. */
export let segmentMarker: i32 = 0;
/** Address just past that marker. */
export let segmentAfter: usize = 0;

/** Bytes that must be free below and above the un-stuffed data (see blocks.ts for what reads there). */
export const UNSTUFF_MARGIN: usize = 1024;

/** Makes the segment an empty one that `marker`, which ends at `after`, has ended already. */
export function emptySegment(marker: i32, after: usize): void {
  segmentBytes = 0;
  segmentMarker = marker;
  segmentAfter = after;
  clearBelow(segmentTop);
}

// Zeros what a reader may load past the end of the data.
function clearBelow(o: usize): void { memory.fill(o - 64, 0, 64); }

/** Zeros more than that: `bytes` below the segment's data. */
export function clearMore(bytes: usize): void { memory.fill(segmentTop - segmentBytes - bytes, 0, bytes); }

/**
 * Un-stuffs from `s` to the next marker or to `end`, where the file ends, to below `top`.
 *
 * As jdhuff.c, jpeg_fill_bit_buffer: 0xFF 0x00 is the byte 0xFF, any number of fill bytes 0xFF may
 * stand before the 0x00 or before the marker code. Reads at most 16 bytes at a time, never past the
 * file's end; writes at most 16 bytes below the data.
 */
export function unstuff(s: usize, end: usize, top: usize): void {
  segmentTop = top;
  segmentMarker = 0;
  const ones = i8x16.splat(-1);
  let o = top;
  while (true) {
    while (s + 16 <= end) {
      const v = v128.load(s);
      v128.store(o - 16, i8x16.shuffle(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
      const isFf = i8x16.eq(v, ones);
      if (v128.any_true(isFf)) {
        const k = <usize>ctz(i8x16.bitmask(isFf));
        s += k;
        o -= k;
        break;
      }
      s += 16;
      o -= 16;
    }
    while (s < end && load<u8>(s) != 0xff) store<u8>(--o, load<u8>(s++));
    if (s >= end) break;
    // At a 0xFF: data, or a marker.
    let q = s + 1;
    while (q < end && load<u8>(q) == 0xff) q++;
    if (q >= end) { s = end; break; }
    const code: i32 = load<u8>(q);
    s = q + 1;
    if (code) { segmentMarker = code; break; }
    store<u8>(--o, 0xff);
  }
  segmentAfter = s;
  segmentBytes = top - o;
  clearBelow(o);
}
