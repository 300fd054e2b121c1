/**
 * CRC-32 as gzip, zip and PNG have it.
 *
 * @module
 */
// Table k holds the remainders of a byte with k zero bytes behind it: eight bytes go in one step then. Made when they
// are first needed: that takes milliseconds of a start.
let tables: readonly Int32Array[] | undefined;

function makeTables(): Int32Array[] {
  const made = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    // The polynomial 0x04c11db7 with its bits reversed.
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    made[0][byte] = rest;
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let k = 1; k < 8; k++) {
      const before = made[k - 1][byte];
      made[k][byte] = (before >>> 8) ^ made[0][before & 0xff];
    }
  }
  return made;
}

/**
 * The CRC-32 of bytes that follow others.
 *
 * Exact: RFC 1952, section 8, zlib's `crc32`.
 *
 * @param bytes What follows.
 * @param before The CRC-32 of what came before; 0 for nothing.
 * @returns The CRC-32 of all, as an integer of 32 bits with a sign.
 */
export function updateCrc32(bytes: Uint8Array, before: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables ??= makeTables();
  let rest = ~before;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    rest ^= bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24;
    rest = t7[rest & 0xff] ^ t6[rest >>> 8 & 0xff] ^ t5[rest >>> 16 & 0xff] ^ t4[rest >>> 24] ^
      t3[bytes[i + 4]] ^ t2[bytes[i + 5]] ^ t1[bytes[i + 6]] ^ t0[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) rest = (rest >>> 8) ^ t0[(rest ^ bytes[i]) & 0xff];
  return ~rest;
}
