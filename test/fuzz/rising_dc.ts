/** A progressive grey file of one DC scan, in which every difference is 32767. */
export function drawRisingDc(width: number, height: number): Uint8Array<ArrayBuffer> {
  // A code of one bit for a difference of 15 bits: 0 and 15 ones, and a stuffed byte.
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const head = [
    [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0, ...new Array(64).fill(1)],
    [0xFF, 0xC2, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0],
    [0xFF, 0xC4, 0, 20, 0, 1, ...new Array(15).fill(0), 15],
    [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0],
  ].flat();
  const file = new Uint8Array(head.length + 3 * blocks + 2);
  file.set(head);
  for (let i = 0; i < blocks; i++) file.set([0x7F, 0xFF, 0x00], head.length + 3 * i);
  file.set([0xFF, 0xD9], file.length - 2);
  return file;
}
