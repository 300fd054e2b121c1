/** Reads the PNG files of the handler: 8 bits, grey or RGB, one IDAT, any filter. */
export async function decodePng(
  file: Uint8Array<ArrayBuffer>,
): Promise<{ width: number; height: number; channels: number; data: Uint8Array }> {
  const view = new DataView(file.buffer, file.byteOffset);
  const chunks = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let at = 8; at < file.length;) {
    const length = view.getUint32(at);
    chunks.set(
      new TextDecoder().decode(file.subarray(at + 4, at + 8)),
      file.slice(at + 8, at + 8 + length),
    );
    at += 12 + length;
  }
  const width = view.getUint32(16), height = view.getUint32(20);
  const channels = file[25] === 2 ? 3 : 1;
  const packed = new Blob([chunks.get("IDAT")!]).stream().pipeThrough(
    new DecompressionStream("deflate"),
  );
  const rows = new Uint8Array(await new Response(packed).arrayBuffer());
  const stride = width * channels;
  const data = unfilterRows(rows, height, stride, channels);
  return { width, height, channels, data };
}

/** The scalar twin of the kernel's filters: PNG 9.2 to 9.4, byte by byte. */
export function unfilterRows(
  rows: Uint8Array,
  height: number,
  stride: number,
  step: number,
): Uint8Array {
  const data = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const a = x < step ? 0 : data[y * stride + x - step];
      const b = y === 0 ? 0 : data[(y - 1) * stride + x];
      const c = x < step || y === 0 ? 0 : data[(y - 1) * stride + x - step];
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const predicted = [0, a, b, (a + b) >> 1, paeth][filter];
      data[y * stride + x] = rows[y * (stride + 1) + 1 + x] + predicted;
    }
  }
  return data;
}
