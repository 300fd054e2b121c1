/** libjpeg-turbo's upsampling (`jdsample.c`) and colour conversion (`jdcolor.c`), written to be read. */

/** Samples of one component, packed, rows top down. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Enlarges a component `h` times in width and `v` times in height. Only 2x1, 2x2 and 1x2 are "fancy",
 * the first two only from components wider than two samples; the rest is replicated.
 */
export function upsample(plane: Plane, h: number, v: number): Plane {
  const wide = plane.width > 2;
  if (h === 2 && v === 1 && wide) return upsampleH2V1(plane);
  if (h === 2 && v === 2 && wide) return upsampleH2V2(plane);
  if (h === 1 && v === 2) return upsampleH1V2(plane);
  return makePlane(
    plane.width * h,
    plane.height * v,
    (x, y) => at(plane, Math.floor(x / h), Math.floor(y / v)),
  );
}

/** Three parts of the nearer sample, one of the farther; the outermost samples are copied. */
function upsampleH2V1(plane: Plane): Plane {
  return makePlane(plane.width * 2, plane.height, (x, y) => {
    const right = x & 1;
    const near = x >> 1;
    const far = near + (right ? 1 : -1);
    if (far < 0 || far >= plane.width) return at(plane, near, y);
    return (3 * at(plane, near, y) + at(plane, far, y) + (right ? 2 : 1)) >> 2;
  });
}

/** The rows outside the image are copies of its first and last. */
function upsampleH1V2(plane: Plane): Plane {
  return makePlane(plane.width, plane.height * 2, (x, y) => {
    return (columnSum(plane, x, y) + (y & 1 ? 2 : 1)) >> 2;
  });
}

/** First down the columns without rounding, then along the rows. */
function upsampleH2V2(plane: Plane): Plane {
  return makePlane(plane.width * 2, plane.height * 2, (x, y) => {
    const right = x & 1;
    const near = x >> 1;
    const far = Math.min(plane.width - 1, Math.max(0, near + (right ? 1 : -1)));
    return (3 * columnSum(plane, near, y) + columnSum(plane, far, y) + (right ? 7 : 8)) >> 4;
  });
}

function columnSum(plane: Plane, x: number, y: number): number {
  const near = y >> 1;
  const far = Math.min(plane.height - 1, Math.max(0, near + (y & 1 ? 1 : -1)));
  return 3 * at(plane, x, near) + at(plane, x, far);
}

const FIX = (x: number): number => Math.round(x * 65536);

/** One pixel of YCbCr (full range) to RGB, by 16-bit fixed point. */
export function convertYcc(y: number, cb: number, cr: number): [number, number, number] {
  const b = cb - 128;
  const r = cr - 128;
  return [
    clamp(y + ((FIX(1.402) * r + 32768) >> 16)),
    clamp(y + ((-FIX(0.34414) * b - FIX(0.71414) * r + 32768) >> 16)),
    clamp(y + ((FIX(1.772) * b + 32768) >> 16)),
  ];
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}

function at(plane: Plane, x: number, y: number): number {
  return plane.data[y * plane.width + x];
}

function makePlane(width: number, height: number, value: (x: number, y: number) => number): Plane {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = value(x, y);
  }
  return { width, height, data };
}
