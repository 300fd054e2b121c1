/**
 * `exp`, `log`, `sin` and `cos` that every runtime computes to the same last bit.
 *
 * The functions of `Math` differ between engines. These use nothing but `+ - * /` on doubles, and
 * carry about 106 bits, so that the result is the correctly rounded one for every input of the
 * tests. The C library behind Python and Pillow has the same aim but not the same last bit on every
 * processor: it is within one unit of the last place of these.
 *
 * @module
 */
import {
  add,
  divide,
  type DoubleDouble,
  multiply,
  negate,
  productError,
  renormalize,
  sumError,
} from "./double_double.ts";

/** Largest magnitude of an angle that {@linkcode sin} and {@linkcode cos} reduce exactly. */
export const MAX_ANGLE = 32768;

// pi / 64 in parts of 33 bits, so that a part times a multiple below 2^20 is exact, and a rest.
const STEP_1 = 0.049087385210441425;
const STEP_2 = 1.8990939082199894e-12;
const STEP_3 = 6.319582027222395e-23;
const STEP_4 = 2.649508643865281e-33;
const STEPS_PER_RADIAN = 20.371832715762604;

// ln 2 in the same way.
const LN2_1 = 0.6931471804855391;
const LN2_2 = 7.440617109802979e-11;
const LN2_3 = 2.0941744292700725e-21;

// Adding and subtracting 1.5 * 2^52 rounds to the nearest integer, a tie to the even one.
const ROUNDER = 6755399441055744;

/** `sin(j * pi / 64)` for j from 0 to 32, as a double and what it lacks. From mpmath at 400 bits. */
const SINES: readonly DoubleDouble[] = [
  [0.0, 0.0],
  [0.049067674327418015, -6.79610372051828e-19],
  [0.0980171403295606, -1.634582362244256e-18],
  [0.14673047445536175, 3.726947147046568e-18],
  [0.19509032201612828, -7.991079068461731e-18],
  [0.2429801799032639, -8.751431529719663e-18],
  [0.2902846772544624, -1.892797870777425e-17],
  [0.33688985339222005, -4.200094003347509e-19],
  [0.3826834323650898, -1.0050772696461588e-17],
  [0.4275550934302821, 9.411189816295473e-18],
  [0.47139673682599764, 6.516678136069013e-18],
  [0.5141027441932218, -4.5712707523615624e-17],
  [0.5555702330196022, 4.709410940561677e-17],
  [0.5956993044924334, -1.3438641936579467e-17],
  [0.6343932841636455, 1.0420901929280035e-17],
  [0.6715589548470184, -4.048903774929669e-17],
  [0.7071067811865476, -4.833646656726457e-17],
  [0.7409511253549591, -1.4708616952297345e-17],
  [0.773010453362737, -3.256590703364977e-17],
  [0.8032075314806449, -3.306060980481491e-17],
  [0.8314696123025452, 1.4073856984728024e-18],
  [0.8577286100002721, -4.818344793633662e-17],
  [0.881921264348355, -1.9843248405890562e-17],
  [0.9039892931234433, -6.609754468748431e-18],
  [0.9238795325112867, 1.7645047084336677e-17],
  [0.9415440651830208, -2.789637954769834e-17],
  [0.9569403357322088, 4.05538698618757e-17],
  [0.970031253194544, 1.8365300348428844e-17],
  [0.9807852804032304, 1.8546939997825006e-17],
  [0.989176509964781, -4.098730993704711e-17],
  [0.9951847266721969, -4.248691367830441e-17],
  [0.9987954562051724, -1.2291693337075465e-17],
  [1.0, 0.0],
];

/**
 * The sine of an angle in radians, correctly rounded but for a chance too small to meet.
 *
 * @throws {RangeError} If the angle's magnitude exceeds {@linkcode MAX_ANGLE}.
 */
export function sin(angle: number): number {
  return sineOfSteps(angle, 0);
}

/**
 * The cosine of an angle in radians, correctly rounded but for a chance too small to meet.
 *
 * @throws {RangeError} If the angle's magnitude exceeds {@linkcode MAX_ANGLE}.
 */
export function cos(angle: number): number {
  return sineOfSteps(angle, 32);
}

/**
 * e to the power of `x`, correctly rounded but for a chance too small to meet; below 2^-1022 the
 * last bit may be off.
 */
export function exp(x: number): number {
  if (!(x > -746)) return x < 0 ? 0 : NaN;
  if (x > 710) return Infinity;
  const k = (x * 1.4426950408889634 + ROUNDER) - ROUNDER;
  const rest = add([x - k * LN2_1, 0], add([-k * LN2_2, 0], [-k * LN2_3, 0]));
  // e^r - 1 of r / 256 by its series, then squared eight times: (1 + a)² - 1 = 2a + a².
  const r: DoubleDouble = [rest[0] / 256, rest[1] / 256];
  let power: DoubleDouble = [1, 0];
  for (let n = 10; n > 1; n--) power = add([1, 0], divide(multiply(r, power), [n, 0]));
  power = multiply(r, power);
  for (let i = 0; i < 8; i++) power = add([2 * power[0], 2 * power[1]], multiply(power, power));
  const value = add([1, 0], power)[0];
  // In two steps, because 2^1024 and 2^-1075 are no doubles although the result may be one.
  const half = Math.trunc(k / 2);
  return value * powerOfTwo(half) * powerOfTwo(k - half);
}

/** The natural logarithm, correctly rounded but for a chance too small to meet. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  let k = 0;
  let m = x;
  for (; m < 2 ** -32; k -= 32) m *= 2 ** 32;
  for (; m > 2 ** 32; k += 32) m *= 2 ** -32;
  for (; m < 0.7071067811865476; k--) m *= 2;
  for (; m > 1.4142135623730951; k++) m *= 0.5;
  // log m = 2 artanh s, where s = (m - 1) / (m + 1) and |s| < 0.172: s + s³/3 + s⁵/5 + …
  const sum = m + 1;
  const s = divide([m - 1, 0], [sum, sumError(m, 1, sum)]);
  const square = multiply(s, s);
  let series: DoubleDouble = divide([1, 0], [43, 0]);
  for (let n = 41; n > 0; n -= 2) {
    series = add(divide([1, 0], [n, 0]), multiply(square, series));
  }
  const half = multiply(s, series);
  const multiple = add([k * LN2_1, 0], add([k * LN2_2, 0], [k * LN2_3, 0]));
  return add(multiple, [2 * half[0], 2 * half[1]])[0];
}

/** `sin(angle + steps * pi / 64)`. */
function sineOfSteps(angle: number, steps: number): number {
  if (!(angle >= -MAX_ANGLE && angle <= MAX_ANGLE)) {
    if (angle - angle !== 0) return NaN;
    throw new RangeError(`An angle must be within ${MAX_ANGLE} radians of 0, not ${angle}`);
  }
  if (steps === 0 && angle === 0) return angle;
  const n = (angle * STEPS_PER_RADIAN + ROUNDER) - ROUNDER;
  // The four parts of n * pi / 64 are taken off one by one; n * STEP_1 to n * STEP_3 are exact.
  const first = angle - n * STEP_1;
  const second = n * STEP_2;
  const partial = first - second;
  const partialError = sumError(first, -second, partial);
  const third = n * STEP_3;
  const t = partial - third;
  const tError = sumError(partial, -third, t) + partialError - n * STEP_4;

  // sin(a + t) = sin a cos t + cos a sin t, with a from the table: 128 steps are a turn.
  const position = (n + steps) & 127;
  const sine = tableSign(position);
  const sinA = SINES[tableIndex(position)];
  const quarter = (position + 32) & 127;
  const cosine = tableSign(quarter);
  const cosA = SINES[tableIndex(quarter)];
  const s = sine * sinA[0];
  const c = cosine * cosA[0];

  // |t| < 0.0246, so the terms left out are below 2^-75 of the result.
  const tt = t * t;
  const sinRest = t * tt * (-1 / 6 + tt * (1 / 120 + tt * (-1 / 5040 + tt * (1 / 362880)))) +
    tError;
  const cosRest = tt * (-1 / 2 + tt * (1 / 24 + tt * (-1 / 720 + tt * (1 / 40320)))) - t * tError;
  const product = c * t;
  const high = s + product;
  const low = sumError(s, product, high) + productError(c, t, product) +
    (sine * sinA[1] + cosine * cosA[1] * t + (s * cosRest + c * sinRest));
  // The error is below 2^-60 of the result. Where it could change the rounding, do it again slowly.
  const margin = high * 2 ** -60;
  const rounded = high + (low - margin);
  if (rounded === high + (low + margin)) return rounded;
  return sineExactly(
    [s, sine * sinA[1]],
    [c, cosine * cosA[1]],
    renormalize(t, tError),
  );
}

/** `sinA cos t + cosA sin t`, all of it in double-doubles. */
function sineExactly(sinA: DoubleDouble, cosA: DoubleDouble, t: DoubleDouble): number {
  const square = negate(multiply(t, t));
  let sinT: DoubleDouble = [1, 0];
  let cosT: DoubleDouble = [1, 0];
  for (let n = 14; n > 0; n -= 2) {
    sinT = add([1, 0], divide(multiply(square, sinT), [n * (n + 1), 0]));
    cosT = add([1, 0], divide(multiply(square, cosT), [n * (n - 1), 0]));
  }
  return add(multiply(sinA, cosT), multiply(cosA, multiply(t, sinT)))[0];
}

/** Row of {@linkcode SINES} whose magnitude `sin(position * pi / 64)` has, position in 0..127. */
function tableIndex(position: number): number {
  const half = position & 63;
  return half > 32 ? 64 - half : half;
}

/** Sign of `sin(position * pi / 64)`, position in 0..127. */
function tableSign(position: number): number {
  return position < 64 ? 1 : -1;
}

/** 2^k for k in -1022..1023, by multiplications, which are exact. */
function powerOfTwo(k: number): number {
  let result = 1;
  let factor = k < 0 ? 0.5 : 2;
  for (let n = k < 0 ? -k : k; n > 0; n >>= 1) {
    if (n & 1) result *= factor;
    factor *= factor;
  }
  return result;
}
