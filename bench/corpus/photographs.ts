/**
 * Photographs that no camera took: surfaces that hide one another, of every size, as in the "dead leaves" model of natural
 * images, with texture, light and shade, out of focus in part, seen through a lens, with a sensor's noise, sharpened.
 *
 * What a decoder's speed depends on is how many coefficients of a block are not zero and how they are spread. Pictures that
 * are drawn from smooth shapes alone have too few of the small ones, which the refining scans of progressive files are full
 * of; the constants below were chosen by `statistics.ts` beside ImageNet, and the question `photographs` prints both.
 *
 * Only additions, multiplications, roots and integer hashes, so that every machine draws the same bytes.
 *
 * @module
 */
import { hashPoint, mix, smoothstep, valueNoise } from "../../test/fixtures/sample/noise.ts";
import type { Picture } from "./encode.ts";

/** What a photograph is of, as far as a decoder can tell. */
interface Subject {
  /** Share of the picture that is in focus. */
  readonly focus: number;
  /** Share of the picture that is full of small things. */
  readonly detail: number;
  /** How rough surfaces are, in parts of their brightness. */
  readonly roughness: number;
  /** How far colours are from grey. */
  readonly colour: number;
  /** The sensor's noise at half brightness, in grey levels. */
  readonly noise: number;
}

const SUBJECTS: readonly Subject[] = [
  // Leaves and stones, near and in daylight.
  { focus: 0.95, detail: 0.95, roughness: 0.9, colour: 0.46, noise: 2 },
  // Someone before a blurred background.
  { focus: 0.4, detail: 0.35, roughness: 0.35, colour: 0.44, noise: 1.6 },
  // A street.
  { focus: 0.9, detail: 0.5, roughness: 0.4, colour: 0.34, noise: 1.8 },
  // A room by lamplight.
  { focus: 0.7, detail: 0.4, roughness: 0.3, colour: 0.44, noise: 3 },
  // Sky above a far shore.
  { focus: 0.9, detail: 0.3, roughness: 0.25, colour: 0.4, noise: 1 },
  // An animal's fur.
  { focus: 0.8, detail: 0.7, roughness: 0.8, colour: 0.34, noise: 1.8 },
];

/** How many photographs there are before they repeat with other seeds. */
export const SUBJECT_COUNT: number = SUBJECTS.length;

const TILE = 512;
const SMALLEST_RADIUS = 1.2;
/** How often a point is covered, on average, before the picture is done. */
const COVERAGE = 5;
const LENS_SIGMA = 0.5;
const SHARPENING = 0.55;

/** Draws photograph number `index`, always the same at the same size. */
export function drawPhotograph(index: number, width: number, height: number): Picture {
  const subject = SUBJECTS[index % SUBJECTS.length];
  const seed = 7919 * (index + 1);
  const planes = paintSurfaces(subject, seed, width, height);
  defocus(planes, subject, seed, width, height);
  for (const plane of planes) blur(plane, width, height, LENS_SIGMA);
  return develop(planes, subject, seed, width, height);
}

/** Covers a large area with photographs side by side, as drawing one of that size would take long. */
export function tilePhotographs(width: number, height: number, tile = 1024): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let top = 0, index = 0; top < height; top += tile) {
    for (let left = 0; left < width; left += tile, index++) {
      const [across, down] = [Math.min(tile, width - left), Math.min(tile, height - top)];
      const part = drawn(index % SUBJECTS.length, tile);
      for (let y = 0; y < down; y++) {
        const row = part.data.subarray(y * tile * 3, (y * tile + across) * 3);
        data.set(row, ((top + y) * width + left) * 3);
      }
    }
  }
  return { width, height, data };
}

const squares = new Map<number, Picture>();

function drawn(index: number, size: number): Picture {
  const known = squares.get(index * 65536 + size);
  if (known !== undefined) return known;
  const picture = drawPhotograph(index, size, size);
  squares.set(index * 65536 + size, picture);
  return picture;
}

/** Numbers in [0, 1), one after the other. */
class Draws {
  readonly #seed: number;
  #n = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  next(): number {
    return hashPoint(this.#n++, 77, this.#seed);
  }
}

/** A square of noise whose octaves have about the same height, as surfaces have; without edges. */
function makeTexture(seed: number): Float32Array {
  const texture = new Float32Array(TILE * TILE);
  let height = 1;
  for (let cells = 8; cells <= TILE; cells *= 2, height *= 0.72) {
    const step = cells / TILE;
    for (let y = 0; y < TILE; y++) {
      const v = y * step;
      const top = Math.floor(v);
      const down = smoothstep(0, 1, v - top);
      for (let x = 0; x < TILE; x++) {
        const u = x * step;
        const left = Math.floor(u);
        const across = smoothstep(0, 1, u - left);
        const [right, bottom] = [(left + 1) % cells, (top + 1) % cells];
        texture[y * TILE + x] += height * (mix(
          mix(hashPoint(left, top, seed + cells), hashPoint(right, top, seed + cells), across),
          mix(
            hashPoint(left, bottom, seed + cells),
            hashPoint(right, bottom, seed + cells),
            across,
          ),
          down,
        ) - 0.5);
      }
    }
  }
  return texture;
}

/** Paints surfaces over one another; three planes of light, 0 to 1. */
function paintSurfaces(
  { detail, roughness, colour }: Subject,
  seed: number,
  width: number,
  height: number,
): Float32Array[] {
  const planes = [0, 1, 2].map(() => new Float32Array(width * height));
  const texture = makeTexture(seed);
  const draws = new Draws(seed);
  const largest = 0.5 * Math.max(width, height);
  const unit = 1 / Math.min(width, height);
  let toPaint = COVERAGE * width * height;
  // The ground, then surfaces whose number falls with the third power of their size: each octave covers as much.
  paintSurface(planes, texture, width, height, {
    x: width / 2,
    y: height / 2,
    radius: 4 * largest,
    stretch: 1,
    turn: 0,
    light: 0.4,
    tint: [1, 1, 1],
    shade: 0.6,
    rough: roughness * 0.5,
    offset: 0,
    stride: 1,
  });
  while (toPaint > 0) {
    const low = SMALLEST_RADIUS / largest;
    const radius = largest * low / Math.sqrt(1 - draws.next() * (1 - low * low));
    const [x, y] = [draws.next() * width, draws.next() * height];
    const busy = smoothstep(
      1 - detail - 0.25,
      1 - detail + 0.25,
      valueNoise(x * unit * 2.5, y * unit * 2.5, seed + 5),
    );
    const painted = Math.min(3 * radius * radius, width * height);
    toPaint -= painted;
    // Where there are few small things, they are left out.
    if (draws.next() > busy && radius < 40) continue;
    const place = valueNoise(x * unit * 1.7, y * unit * 1.7, seed + 11);
    const dark = draws.next();
    const light = mix(place * place, dark * dark, 0.65) * 0.95 + 0.02;
    const hue = [0, 1, 2].map((channel) =>
      mix(valueNoise(x * unit * 1.3, y * unit * 1.3, seed + 20 + channel), draws.next(), 0.4) - 0.5
    );
    const grip = draws.next();
    paintSurface(planes, texture, width, height, {
      x,
      y,
      radius,
      stretch: 0.35 + 0.65 * draws.next(),
      turn: draws.next() * 2 - 1,
      light,
      tint: hue.map((part) => 1 + 2 * colour * part) as [number, number, number],
      shade: (draws.next() - 0.5) * 1.2,
      rough: roughness * grip * grip * 1.6,
      offset: Math.floor(draws.next() * TILE * TILE),
      stride: draws.next() < 0.5 ? 1 : 2,
    });
  }
  return planes;
}

interface Surface {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Shorter over longer axis. */
  readonly stretch: number;
  /** Direction of the longer axis, -1 to 1. */
  readonly turn: number;
  readonly light: number;
  readonly tint: readonly [number, number, number];
  /** How much lighter one side is than the other. */
  readonly shade: number;
  readonly rough: number;
  /** Where in the texture it begins, and how fast it goes through it. */
  readonly offset: number;
  readonly stride: number;
}

function paintSurface(
  planes: readonly Float32Array[],
  texture: Float32Array,
  width: number,
  height: number,
  surface: Surface,
): void {
  const { x, y, radius, stretch, turn, light, tint, shade, rough, offset, stride } = surface;
  const cos = (1 - turn * turn) / (1 + turn * turn);
  const sin = 2 * turn / (1 + turn * turn);
  const [inverse, across] = [1 / radius, 1 / (radius * stretch)];
  const top = Math.max(0, Math.ceil(y - radius));
  const bottom = Math.min(height - 1, Math.floor(y + radius));
  const left = Math.max(0, Math.ceil(x - radius));
  const right = Math.min(width - 1, Math.floor(x + radius));
  for (let row = top; row <= bottom; row++) {
    const down = row - y;
    const line = (offset + row * stride * TILE) & (TILE * TILE - 1);
    for (let column = left; column <= right; column++) {
      const over = column - x;
      const u = (over * cos + down * sin) * inverse;
      const v = (down * cos - over * sin) * across;
      if (u * u + v * v > 1) continue;
      const grain = texture[(line + column * stride) & (TILE * TILE - 1)];
      const value = light * (1 + shade * v) * (1 + rough * grain);
      const at = row * width + column;
      planes[0][at] = value * tint[0];
      planes[1][at] = value * tint[1];
      planes[2][at] = value * tint[2];
    }
  }
}

/** Blurs what lies before and behind the plane of focus. */
function defocus(
  planes: readonly Float32Array[],
  { focus }: Subject,
  seed: number,
  width: number,
  height: number,
): void {
  const unit = 1 / Math.min(width, height);
  const depth = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const far = valueNoise(x * unit * 1.6, y * unit * 1.6, seed + 41);
      depth[y * width + x] = smoothstep(focus, focus + 0.35, far + 0.15 * (y * unit - 0.5));
    }
  }
  for (const plane of planes) {
    const near = plane.slice();
    const soft = plane.slice();
    blur(near, width, height, 1.6);
    blur(soft, width, height, 5);
    for (let i = 0; i < plane.length; i++) {
      const t = depth[i] * 2;
      plane[i] = t < 1 ? mix(plane[i], near[i], t) : mix(near[i], soft[i], t - 1);
    }
  }
}

/** A Gaussian, nearly: three boxes whose widths may be fractions. */
function blur(plane: Float32Array, width: number, height: number, sigma: number): void {
  const radius = (Math.sqrt(4 * sigma * sigma + 1) - 1) / 2;
  const line = new Float32Array(Math.max(width, height));
  for (let time = 0; time < 3; time++) {
    for (let y = 0; y < height; y++) blurLine(plane, y * width, 1, width, radius, line);
    for (let x = 0; x < width; x++) blurLine(plane, x, width, height, radius, line);
  }
}

function blurLine(
  plane: Float32Array,
  start: number,
  step: number,
  count: number,
  radius: number,
  line: Float32Array,
): void {
  for (let i = 0; i < count; i++) line[i] = plane[start + i * step];
  const whole = Math.floor(radius);
  const part = radius - whole;
  const scale = 1 / (2 * radius + 1);
  const at = (i: number): number => line[i < 0 ? 0 : i >= count ? count - 1 : i];
  let sum = 0;
  for (let i = -whole; i <= whole; i++) sum += at(i);
  for (let i = 0; i < count; i++) {
    plane[start + i * step] = (sum + part * (at(i - whole - 1) + at(i + whole + 1))) * scale;
    sum += at(i + whole + 1) - at(i - whole);
  }
}

/** Sensor and development: noise that grows with the light, gamma, sharpening, eight bits. */
function develop(
  planes: readonly Float32Array[],
  { noise }: Subject,
  seed: number,
  width: number,
  height: number,
): Picture {
  const developed = planes.map((plane, channel) => {
    const levels = new Float32Array(plane.length);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const light = Math.min(1, Math.max(0, plane[i]));
        // Gamma of 2, after which a photon's noise is the same at every brightness.
        const own = gauss(x, y, seed + 100 + channel);
        const shared = gauss(x, y, seed + 99);
        levels[i] = 255 * Math.sqrt(light) + noise * (0.8 * shared + 0.7 * own);
      }
    }
    return levels;
  });
  const data = new Uint8Array(width * height * 3);
  for (const [channel, levels] of developed.entries()) {
    const soft = levels.slice();
    blur(soft, width, height, 1);
    for (let i = 0; i < levels.length; i++) {
      const value = levels[i] + SHARPENING * (levels[i] - soft[i]);
      data[3 * i + channel] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return { width, height, data };
}

/** About normal, with a deviation of 1: four even draws. */
function gauss(x: number, y: number, seed: number): number {
  const sum = hashPoint(x, y, seed) + hashPoint(x, y, seed + 1009) +
    hashPoint(x, y, seed + 2003) + hashPoint(x, y, seed + 3001);
  return (sum - 2) * 1.7320508;
}
