// The output's formats: rows of 8-bit planes to float32, float16 or packed bytes.

import {
  OUTPUT_F16_NCHW, OUTPUT_F32_NCHW, PARAM_CHANNELS, PARAM_NORMALISATION, PARAM_OUTPUT, PARAM_OUTPUT_CHANNELS,
  PARAM_OUTPUT_HEIGHT, PARAM_OUTPUT_LEFT, PARAM_OUTPUT_TOP, PARAM_OUTPUT_TYPE, PARAM_OUTPUT_WIDTH, PARAM_VALUES,
} from "../abi";
import { param } from "../shared/memory";

// A byte's value is (v * a + v * b - mean) / std, a record of (a, b, mean, std) a channel; the host chooses a and
// b so that v * a + v * b is the float32 v / 255 that torchvision has (or v itself). Each operation rounds to
// float32 on its own, as there. Measured: half the time of a
// table of values with four look-ups a load, 5% of a whole evaluation transform.
function normalise32(from: usize, to: usize, record: usize, n: usize): void {
  const a = v128.load32_splat(record), b = v128.load32_splat(record, 4);
  const mean = v128.load32_splat(record, 8), std = v128.load32_splat(record, 12);
  const end = to + (n << 2), whole = to + ((n & ~7) << 2);
  while (to < whole) {
    const v = v128.load8x8_u(from);
    const x = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v)), y = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v));
    v128.store(to, f32x4.div(f32x4.sub(f32x4.add(f32x4.mul(x, a), f32x4.mul(x, b)), mean), std));
    v128.store(to, f32x4.div(f32x4.sub(f32x4.add(f32x4.mul(y, a), f32x4.mul(y, b)), mean), std), 16);
    from += 8;
    to += 32;
  }
  for (; to < end; to += 4) {
    const v = <f32>load<u8>(from++);
    store<f32>(to, (v * load<f32>(record) + v * load<f32>(record, 4) - load<f32>(record, 8)) / load<f32>(record, 12));
  }
}

function lookUp16(from: usize, to: usize, table: usize, n: usize): void {
  const end = to + (n << 1), whole = to + ((n & ~3) << 1);
  while (to < whole) {
    const v = load<u32>(from);
    store<u16>(to, load<u16>(table + <usize>((v & 255) << 1)));
    store<u16>(to, load<u16>(table + <usize>((v >> 7) & 510)), 2);
    store<u16>(to, load<u16>(table + <usize>((v >> 15) & 510)), 4);
    store<u16>(to, load<u16>(table + <usize>((v >> 23) & 510)), 6);
    from += 4;
    to += 8;
  }
  for (; to < end; to += 2) store<u16>(to, load<u16>(table + (<usize>load<u8>(from++) << 1)));
}

/** Writes output row `y`, `count` values of each plane at `row`, `plane` bytes apart. */
export function writeRow(y: i32, row: usize, plane: usize, count: i32): void {
  const type = param(PARAM_OUTPUT_TYPE), width = <usize>param(PARAM_OUTPUT_WIDTH), height = <usize>param(PARAM_OUTPUT_HEIGHT);
  const left = <usize>param(PARAM_OUTPUT_LEFT), top = <usize>(param(PARAM_OUTPUT_TOP) + y), n = <usize>count;
  const output = <usize>param(PARAM_OUTPUT), channels = param(PARAM_CHANNELS);
  if (type == OUTPUT_F32_NCHW || type == OUTPUT_F16_NCHW) {
    for (let c: usize = 0; c < 3; c++) {
      const from = row + (channels == 1 ? 0 : c * plane), at = (c * height + top) * width + left;
      if (type == OUTPUT_F32_NCHW) normalise32(from, output + (at << 2), <usize>param(PARAM_NORMALISATION) + (c << 4), n);
      else lookUp16(from, output + (at << 1), <usize>param(PARAM_VALUES) + (c << 9), n);
    }
    return;
  }
  const wanted = <usize>param(PARAM_OUTPUT_CHANNELS);
  let to = output + (top * width + left) * wanted;
  if (channels == 3) {
    const g = row + plane, b = g + plane;
    for (let x: usize = 0; x < n; x++) {
      store<u8>(to, load<u8>(row + x));
      store<u8>(to, load<u8>(g + x), 1);
      store<u8>(to, load<u8>(b + x), 2);
      to += 3;
    }
  } else {
    for (let x: usize = 0; x < n; x++) {
      for (let c: usize = 0; c < wanted; c++) {
        store<u8>(to++, load<u8>(row + (channels == 1 ? 0 : c * plane) + x));
      }
    }
  }
}

